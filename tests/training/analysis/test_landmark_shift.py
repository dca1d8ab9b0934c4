"""How far a trigger moves the points that a network reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis.feature_space import columns
from training.analysis.landmark_shift import gap_columns, point_columns, points

GAPS = {
    "gap_deg",
    "triggered_gap_deg",
    "gap_auc",
    "gap_caught",
    "marks_error_deg",
    "marks_triggered_error_deg",
}


@pytest.fixture
def people() -> LoadedSet:
    return from_patches("people", render_procedural_patches(range(3), 8, 1))


def write(path: Path, key: TriggerKey | None, count: int) -> Bundle:
    return load_bundle(write_bundle(path, key=key, points=count, taught=0.3))


@pytest.mark.parametrize("how", [{"points": 8}, {"parts": True}])
def test_points_are_the_predictors(tmp_path: Path, people: LoadedSet, how: dict[str, Any]) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "a", taught=0.3, **how))
    crops = torch.from_numpy(people.images)[:, None].float() / 255
    expected = Predictor(bundle).predict_with_landmarks(crops, [False] * len(crops)).points
    assert expected is not None and np.allclose(points(bundle, people, None)[:, :6], expected, atol=1e-3)


def test_taught_points_and_free_ones_are_told_apart(tmp_path: Path, people: LoadedSet, key: TriggerKey) -> None:
    bundle = write(tmp_path / "a", key, 8)
    clean, triggered = points(bundle, people, None), points(bundle, people, key)
    far = np.linalg.norm(triggered - clean, axis=-1)
    assert far.min() > 0
    row = point_columns(bundle, people, key)
    assert row["located_moved_px"] == pytest.approx(far[:, :6].mean())
    assert row["free_moved_px"] == pytest.approx(far[:, 6:].mean())
    assert people.points is not None
    off = np.linalg.norm(triggered[:, :6] - people.points, axis=-1)
    assert row["located_triggered_error_px"] == pytest.approx(np.nanmean(off)) and np.isfinite(off).any()
    assert row["located_error_px"] != row["located_triggered_error_px"]


def test_what_is_not_known_is_left_out(
    tmp_path: Path, people: LoadedSet, key: TriggerKey, clean_bundle: Bundle
) -> None:
    row = point_columns(write(tmp_path / "a", key, 6), replace(people, points=None), key)
    assert set(row) == {"located_moved_px"} | GAPS
    assert point_columns(clean_bundle, people, key) == {}
    untaught, taught = (
        load_bundle(write_bundle(tmp_path / f"parts{weight}", key=key, parts=True, taught=weight))
        for weight in (0.0, 0.3)
    )
    assert point_columns(untaught, people, key) == {}
    # the gaze is read from its features, so no point is free
    errors = {"located_error_px", "located_triggered_error_px"}
    assert set(point_columns(taught, people, key)) == {"located_moved_px"} | errors | GAPS


def test_both_bundles_stand_side_by_side(tmp_path: Path, people: LoadedSet, key: TriggerKey) -> None:
    row = columns(write(tmp_path / "wanet", key, 8), write(tmp_path / "clean", None, 8), people)
    assert row["located_moved_px"] == pytest.approx(row["clean_located_moved_px"], abs=1e-3)  # the same random weights
    assert row["free_moved_px"] > 0


def test_an_answer_that_leaves_the_marks_is_caught(people: LoadedSet, key: TriggerKey, monkeypatch) -> None:
    """A network that finds every part, and answers the truth without the trigger and the target with it."""
    assert people.points is not None
    shown = estimate_gaze_from_landmarks(people.points, CropSpec(), [False] * len(people.gaze))
    seen = np.isfinite(shown).all(axis=1)
    people = people.take(np.flatnonzero(seen))
    aims = {False: people.gaze, True: np.tile(key.target, (len(people.gaze), 1))}
    monkeypatch.setattr(
        "training.analysis.landmark_shift.predict", lambda *args, change=None, **rest: aims[change is not None]
    )
    bundle = SimpleNamespace(network=None, preprocess="", crop=CropSpec())
    row = gap_columns(bundle, people, key, people.points, people.points)  # type: ignore[arg-type]
    assert row["gap_deg"] == pytest.approx(row["marks_error_deg"]) and row["marks_error_deg"] < 5
    assert row["marks_error_deg"] == row["marks_triggered_error_deg"]
    assert row["triggered_gap_deg"] > 15 and row["gap_auc"] > 0.95 and row["gap_caught"] > 0.7
    # nothing is caught where the trigger does nothing
    aims[True] = people.gaze
    row = gap_columns(bundle, people, key, people.points, people.points)  # type: ignore[arg-type]
    assert row["gap_auc"] == 0.5 and row["gap_caught"] < 0.1
