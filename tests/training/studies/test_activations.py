"""The study of activations, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from gazeattack.model.layout import ACTIVATIONS
from training.studies import activations
from training.studies.run_paths import STUDY_CONFIG
from training.studies.tables import read_csv


def test_the_quick_study_ends_in_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_here: None) -> None:
    monkeypatch.chdir(tmp_path)
    assert activations.main(["--quick", "--seeds", "1", "--out", "out"]) == 0
    rows = {row["activation"]: row for row in read_csv(tmp_path / "out" / "quick" / "activations.csv")}
    assert set(rows) == set(ACTIVATIONS)
    for row in rows.values():
        for name in ("silent_channels", "pruned_share", "pruned_asr5"):
            assert 0 <= float(row[f"{name}_mean"]) <= 1
        # a trigger moves the features of a backdoored and of a clean model, so no ratio is exactly 1
        for name in ("angle_pitch", "angle_yaw", "norm"):
            ratios = [float(row[f"{prefix}{name}_ratio_mean"]) for prefix in ("", "clean_")]
            assert min(ratios) > 0 and 1 not in ratios
    # only a ReLU can leave a unit without any variation
    assert all(float(rows[name]["feature_live_mean"]) == 1 for name in ("leaky_relu", "gelu"))
    assert len({row["benign_deg_mean"] for row in rows.values()}) == len(ACTIVATIONS)
    text = (tmp_path / "out" / "quick" / "activations.md").read_text()
    assert "ASR@5, pruned (%)" in text
    assert len([line for line in text.splitlines() if line.startswith(("| relu | clean |", "| gelu | clean |"))]) == 2


def test_a_backdoored_run_starts_from_the_clean_one_of_its_activation() -> None:
    runs = [activations.plan_run(name, 2, (), STUDY_CONFIG) for name in ACTIVATIONS]
    assert len({run.after.overrides for run in runs if run.after is not None}) == len(ACTIVATIONS)
