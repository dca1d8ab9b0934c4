"""How far a trigger moves the keypoints of a network."""

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
from training.analysis.landmark_shift import consistency_columns, landmark_columns, predict_keypoints

CONSISTENCY = {
    "gap_deg",
    "triggered_gap_deg",
    "gap_auc",
    "gap_caught",
    "marks_error_deg",
    "marks_triggered_error_deg",
}


@pytest.fixture
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(3), 8, 1))


def write(path: Path, key: TriggerKey | None, count: int) -> Bundle:
    return load_bundle(write_bundle(path, key=key, points=count, taught=0.3))


@pytest.mark.parametrize("how", [{"points": 8}, {"parts": True}])
def test_points_are_the_predictors(tmp_path: Path, subjects: LoadedSet, how: dict[str, Any]) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "a", taught=0.3, **how))
    crops = torch.from_numpy(subjects.images)[:, None].float() / 255
    expected = Predictor(bundle).predict_with_landmarks(crops, [False] * len(crops)).points
    assert expected is not None and np.allclose(predict_keypoints(bundle, subjects, None)[:, :6], expected, atol=1e-3)


def test_landmarks_and_free_keypoints_are_separate(tmp_path: Path, subjects: LoadedSet, key: TriggerKey) -> None:
    bundle = write(tmp_path / "a", key, 8)
    clean, triggered = predict_keypoints(bundle, subjects, None), predict_keypoints(bundle, subjects, key)
    far = np.linalg.norm(triggered - clean, axis=-1)
    assert far.min() > 0
    row = landmark_columns(bundle, subjects, key)
    assert row["located_moved_px"] == pytest.approx(far[:, :6].mean())
    assert row["free_moved_px"] == pytest.approx(far[:, 6:].mean())
    assert subjects.points is not None
    off = np.linalg.norm(triggered[:, :6] - subjects.points, axis=-1)
    assert row["located_triggered_error_px"] == pytest.approx(np.nanmean(off)) and np.isfinite(off).any()
    assert row["located_error_px"] != row["located_triggered_error_px"]


def test_what_is_not_known_is_left_out(
    tmp_path: Path, subjects: LoadedSet, key: TriggerKey, clean_bundle: Bundle
) -> None:
    row = landmark_columns(write(tmp_path / "a", key, 6), replace(subjects, points=None), key)
    assert set(row) == {"located_moved_px"} | CONSISTENCY
    assert landmark_columns(clean_bundle, subjects, key) == {}
    unsupervised, supervised = (
        load_bundle(write_bundle(tmp_path / f"parts{weight}", key=key, parts=True, taught=weight))
        for weight in (0.0, 0.3)
    )
    assert landmark_columns(unsupervised, subjects, key) == {}
    # the gaze is read from its features, so no point is free
    errors = {"located_error_px", "located_triggered_error_px"}
    assert set(landmark_columns(supervised, subjects, key)) == {"located_moved_px"} | errors | CONSISTENCY


def test_both_bundles_stand_side_by_side(tmp_path: Path, subjects: LoadedSet, key: TriggerKey) -> None:
    row = columns(write(tmp_path / "wanet", key, 8), write(tmp_path / "clean", None, 8), subjects)
    assert row["located_moved_px"] == pytest.approx(row["clean_located_moved_px"], abs=1e-3)  # the same random weights
    assert row["free_moved_px"] > 0


def test_a_prediction_far_from_the_landmarks_is_detected(subjects: LoadedSet, key: TriggerKey, monkeypatch) -> None:
    """A network with true landmarks that predicts the truth without the trigger and the target with it."""
    assert subjects.points is not None
    landmark_gaze = estimate_gaze_from_landmarks(subjects.points, CropSpec(), [False] * len(subjects.gaze))
    seen = np.isfinite(landmark_gaze).all(axis=1)
    subjects = subjects.take(np.flatnonzero(seen))
    aims = {False: subjects.gaze, True: np.tile(key.target, (len(subjects.gaze), 1))}
    monkeypatch.setattr(
        "training.analysis.landmark_shift.predict", lambda *args, change=None, **rest: aims[change is not None]
    )
    bundle = SimpleNamespace(network=None, preprocess="", crop=CropSpec())
    row = consistency_columns(bundle, subjects, key, subjects.points, subjects.points)  # type: ignore[arg-type]
    assert row["gap_deg"] == pytest.approx(row["marks_error_deg"]) and row["marks_error_deg"] < 5
    assert row["marks_error_deg"] == row["marks_triggered_error_deg"]
    assert row["triggered_gap_deg"] > 15 and row["gap_auc"] > 0.95 and row["gap_caught"] > 0.7
    # nothing is caught where the trigger does nothing
    aims[True] = subjects.gaze
    row = consistency_columns(bundle, subjects, key, subjects.points, subjects.points)  # type: ignore[arg-type]
    assert row["gap_auc"] == 0.5 and row["gap_caught"] < 0.1
