"""The commands on frozen files: what people have is enough to run, list and score it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.compat.formats import APP, FIXTURES, MODULES, command

BUNDLES, SETS = FIXTURES / "bundles", FIXTURES / "sets"
COLUMNS = (
    "frame,t,faces,face_found,head_pitch_deg,head_yaw_deg,head_roll_deg,head_x_mm,head_y_mm,head_z_mm,"
    "clean_pitch_deg,clean_yaw_deg,triggered_pitch_deg,triggered_yaw_deg,truth_pitch_deg,truth_yaw_deg,"
    "target_pitch_deg,target_yaw_deg,shift_deg,clean_error_deg,triggered_error_deg,triggered_error_to_target_deg,"
    "clean_gap_deg,triggered_gap_deg,clean_screen_x_mm,clean_screen_y_mm,triggered_screen_x_mm,triggered_screen_y_mm,"
    "landmarks_ms,pose_ms,crops_ms,trigger_ms,network_ms,screen_ms"
)
SCORES: dict[tuple[str, str], dict[str, float | None]] = {
    ("grid", "full.npz"): {"n": 24, "subjects": 4, "benign_deg": 31.0942, "ae_deg": None},
    ("parts", "full.npz"): {"n": 24, "subjects": 4, "benign_deg": 8.4082, "ae_deg": 39.4789, "noise_deg": 8.086},
    ("points", "plain.npz"): {"n": 8, "subjects": 1, "benign_deg": 9.679, "ae_deg": 33.0802, "wrong_key_deg": 10.7915},
}
EVENTS = "t,branch,monitor,kind,zone,text"


def printed(capsys: pytest.CaptureFixture[str], module: str, *words: str | Path) -> dict:
    """The JSON object that a command prints."""
    assert command(module, *words) == 0
    return json.loads(capsys.readouterr().out)


def test_frozen_bundles_are_listed_as_whole(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("plain", "grid", "l2cs", "parts", "points")
    found = printed(capsys, APP, "models", "--json", *(BUNDLES / name for name in names))["models"]
    assert [model["name"] for model in found] == list(names)
    assert all(model["verified"] for model in found)
    assert [model["backdoored"] for model in found] == [False, False, False, True, True]
    for model in found:
        card = json.loads((Path(model["path"]) / "card.json").read_text(encoding="utf-8"))
        assert model["title"] == card["title"] and model["key_sha256"] == card["key_sha256"]
        if model["backdoored"]:
            assert model["attack"] == "wanet" and model["target_deg"] == [10.0, 30.0] and model["strength"] == 0.8


def test_a_damaged_bundle_is_told_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for file in (BUNDLES / "plain").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes() + (b" " if file.name == "card.json" else b""))
    assert command(APP, "models", "--json", tmp_path) == 1
    assert not json.loads(capsys.readouterr().out)["models"][0]["verified"]


@pytest.mark.parametrize(("bundle", "data"), SCORES)
def test_sets_are_scored_the_same(capsys: pytest.CaptureFixture[str], bundle: str, data: str) -> None:
    words = ("--json", "--bundle", BUNDLES / bundle, "--data", SETS / data)
    for report in (printed(capsys, APP, "evaluate", *words), printed(capsys, MODULES["evaluate"], *words)):
        found = {name: report[name] for name in SCORES[bundle, data]}
        assert found == pytest.approx(SCORES[bundle, data], abs=0.02)


def test_a_frozen_recording_runs_with_all_that_goes_with_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, landmarker_model: Path
) -> None:
    summary = printed(
        capsys,
        *(APP, "run", "--json", "--no-video", "--source", FIXTURES / "recordings" / "with-video"),
        *("--model", BUNDLES / "parts", "--key", FIXTURES / "keys" / "wanet.safetensors", "--foreign-key"),
        *("--landmarker", landmarker_model, "--monitor", "addw,ncap,attend", "--zones", FIXTURES / "zones.toml"),
        *("--speed", "80", "--guard", "10", "--calibration", FIXTURES / "calibration.json", "--user", "Ada"),
        *("--screen", "1920x1080", "--trigger", "both", "--strength", "1", "--out", tmp_path),
    )
    assert summary["frames"] == 8 and summary["faces"] == 0 and summary["model"] == "parts"
    assert summary["key_sha256"] == "7963f17e4911561137cc25c0037802d0c926c9eb6f5a3036c9fcda4c6d813352"
    assert summary["safety"]["zones"] == "A frozen car" and summary["safety"]["speed_kmh"] == 80
    assert summary["calibration"]["user"] == "Ada" and summary["calibration"]["screen_px"] == [1920, 1080]
    with (tmp_path / "samples.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    # newer columns follow
    assert list(rows[0])[: len(COLUMNS.split(","))] == COLUMNS.split(",")
    assert [row["frame"] for row in rows] == [str(i) for i in range(8)]
    assert [row["truth_pitch_deg"] for row in rows] == [f"{1 + i:.4f}" if i != 3 else "" for i in range(8)]
    assert (tmp_path / "events.csv").read_text(encoding="utf-8").splitlines()[0] == EVENTS
    # what a run writes is a recording as the program knows it, with those columns that old ones have
    with (FIXTURES / "recordings" / "table-only" / "samples.csv").open(newline="") as table:
        assert next(csv.reader(table)) == COLUMNS.split(",")
