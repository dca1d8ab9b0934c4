"""Bundles predict what they always did: the shipped ones, and small ones that were written once and stay."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.compat.formats import BUNDLES, FIXTURES
from tests.compat.make_golden import COMMAND, GOLDEN, predictions, sha256

RADIANS, PIXELS = 1e-6, 1e-4
SHIPPED = ("clean", "wanet")
FROZEN = ("grid", "l2cs", "parts", "plain", "points")
CASES = 8  # clean or triggered, mirrored or not, with the head's pose or without


def compare(bundle: Path, golden: Path) -> dict[str, dict[str, np.ndarray | None]]:
    """Check every prediction against its golden one; returns the golden ones."""
    wanted = json.loads(golden.read_text(encoding="utf-8"))["predictions"]
    found = predictions(bundle)
    assert found.keys() == wanted.keys() and len(wanted) == CASES
    for case, golden_case in wanted.items():
        for name, limit in (("gaze", RADIANS), ("points", PIXELS)):
            if golden_case[name] is None:
                assert found[case][name] is None, f"{case}: {name} were not predicted before"
            else:
                np.testing.assert_allclose(found[case][name], golden_case[name], rtol=0, atol=limit, err_msg=case)
    return wanted


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_bundles_predict_the_golden_gaze(name: str) -> None:
    golden = GOLDEN / f"{name}.json"
    weights = sha256(BUNDLES / name / "weights.safetensors")
    assert json.loads(golden.read_text(encoding="utf-8"))["weights_sha256"] == weights, (
        f"The bundle {name} has other weights than its golden predictions: if it was retrained on purpose, "
        f"run {COMMAND} and commit {golden.name}."
    )
    compare(BUNDLES / name, golden)


@pytest.mark.parametrize("name", FROZEN)
def test_frozen_bundles_open_and_predict_the_same_forever(name: str) -> None:
    golden = compare(FIXTURES / "bundles" / name, FIXTURES / "bundles" / f"{name}.json")
    locates = golden["clean, left, pose"]["points"] is not None
    assert locates is (name in ("parts", "points"))


@pytest.mark.parametrize("name", [*SHIPPED, *FROZEN])
def test_golden_cases_differ(name: str) -> None:
    # a golden file whose cases are all alike would pass whatever is mirrored, triggered or told of the head
    path = GOLDEN / f"{name}.json" if name in SHIPPED else FIXTURES / "bundles" / f"{name}.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["predictions"]
    gaze = {case: np.array(values["gaze"]) for case, values in cases.items()}
    assert not np.allclose(gaze["clean, left, pose"], gaze["clean, mirrored, pose"], atol=1e-3)
    assert not np.allclose(gaze["clean, left, pose"], gaze["triggered, left, pose"], atol=1e-5)
    uses_pose = name in (*SHIPPED, "grid", "parts", "points")
    assert np.allclose(gaze["clean, left, pose"], gaze["clean, left, no pose"], atol=1e-4) is not uses_pose
