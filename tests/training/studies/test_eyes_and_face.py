"""Eyes against faces: the cases, the columns, and a tiny study from command to table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.attack.key import TriggerKey
from gazeattack.model.crop import MPIIGAZE_EYE, face_crop
from gazeattack.synthetic.patches.patch_set import PatchSet
from training.config import load_config
from training.studies import eyes_and_face
from training.studies.eyes_and_face import cases, displacement, main, plan
from training.studies.run_paths import STUDY_CONFIG
from training.studies.tables import read_csv


def test_the_face_gets_the_displacement_of_the_eye_by_three_measures(key: TriggerKey) -> None:
    eye, pixels, share, view = cases(112)
    assert (eye.strength, pixels.strength) == (1.0, 1.0) and pixels.crop == face_crop(112)
    # WaNet's displacement in pixels grows with s alone
    assert share.strength / 112 == pytest.approx(eye.strength / 36, rel=1e-3)
    assert view.strength / face_crop(112).focal == pytest.approx(eye.strength / MPIIGAZE_EYE.focal, rel=1e-3)
    found = displacement(key, MPIIGAZE_EYE), displacement(replace(key, strength=2 * key.strength), MPIIGAZE_EYE)
    assert found[1]["displacement_mean_mm"] == pytest.approx(2 * found[0]["displacement_mean_mm"], rel=1e-2)
    # 960 pixels of focal length at 600 mm: a pixel is 0.625 mm and 0.0597 degrees
    px = found[0]["displacement_share"] * 36
    assert found[0]["displacement_mean_mm"] == pytest.approx(0.625 * px, rel=1e-2)
    assert found[0]["displacement_mean_view_deg"] == pytest.approx(0.0597 * px, rel=1e-2)


def test_both_models_have_one_budget() -> None:
    options = argparse.Namespace(quick=False, seeds=2, face_rows=56, config=STUDY_CONFIG, overrides=["train.epochs=2"])
    runs = plan(options)
    assert [run.seed for run in runs] == [1] * 4 + [2] * 4
    configs = [load_config(run.config, run.overrides) for run in runs]
    for config in configs:
        assert (config.train, config.network) == (configs[0].train, configs[0].network) and config.train.epochs == 2
        assert config.data.portrait_subjects == configs[0].data.portrait_subjects
    assert [config.data.region for config in configs[:4]] == ["eye", "face", "face", "face"]
    assert len({run.after.overrides for run in runs[1:4] if run.after}) == 1  # one clean face model


def noise(subjects: Sequence[int], per_subject: int, seed: int, *, height: int, **_: object) -> PatchSet:
    """Instead of render_faces(): drawn heads take long."""
    random = np.random.default_rng(seed)
    n = len(subjects) * per_subject
    gaze, head = random.normal(0, 0.3, (2, n, 2)).astype(np.float32)
    who = np.repeat(np.asarray(subjects, dtype=np.int32), per_subject)
    images = random.integers(0, 256, (n, height, height)).astype(np.uint8)
    return PatchSet(images, gaze, who, np.zeros(n, dtype=bool), head)


def test_a_quick_study_ends_in_a_table_and_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, jobs_here: None
) -> None:
    monkeypatch.setattr("training.data.pools.render_faces", noise)
    monkeypatch.setattr(eyes_and_face, "cases", lambda rows: cases(rows)[:2])
    command = ["--quick", "--face-rows", "24", "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    assert main([*command, "train.epochs=1"]) == 0
    out = tmp_path / "out" / "quick"
    rows = read_csv(out / "regions.csv")
    assert [row["model"] for row in rows] == ["eye", "face, same pixels"]
    for row in rows:
        for name in ("asr5", "asr5_low", "asr5_high", "own_key_auc", "universal_auc", "ssim"):
            assert 0 <= float(row[f"{name}_mean"]) <= 1, name
        assert float(row["asr5_low_mean"]) <= float(row["asr5_mean"]) <= float(row["asr5_high_mean"])
    eye, face = (float(row["displacement_mean_view_deg_mean"]) for row in rows)
    assert face > 4 * eye  # 24 rows of a face are coarse
    assert "degrees of view" in (out / "regions.md").read_text()
    capsys.readouterr()
    assert main([*command, "train.epochs=1"]) == 0
    assert "4 runs, 4 done already" in capsys.readouterr().out


def test_rendered_subjects_alone(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["--data", "x.npz", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "leave --data and --screen out" in error and error.count("\n") == 1
