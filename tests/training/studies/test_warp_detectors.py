"""Detectors by the number of keys: from the command to the tables, and the counts of live crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.wanet import warp_each
from gazeattack.evaluation.dataset import from_patches
from gazeattack.model.bundle import load_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis import universal_detector
from training.analysis.live_crops import LiveCrops, live_crops
from training.analysis.universal_detector import UniversalSettings, train_detector
from training.studies import warp_detectors
from training.studies.tables import read_csv
from training.studies.warp_detectors import count_live, main


def test_a_tiny_study_ends_in_tables_and_continues(
    tmp_path: Path, key: TriggerKey, capsys: pytest.CaptureFixture, jobs_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    crops = np.random.default_rng(1).random((4, 1, 36, 60), np.float32)
    monkeypatch.setattr(warp_detectors, "live_crops", lambda *asked: LiveCrops(crops, crops, crops))
    bundle = write_bundle(tmp_path / "wanet", key=key)
    command = ["--quick", "--keys", "2,0", "--bundle", str(bundle), "--sources", "synthetic", "--frames", "2"]
    command += ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    assert main(command) == 0
    assert "these figures mean nothing" in capsys.readouterr().out
    out = tmp_path / "out" / "quick"
    detectors, live = read_csv(out / "detectors.csv"), read_csv(out / "live.csv")
    assert [row["trained on"] for row in detectors] == ["2 keys", "fresh keys"]
    assert [row["drawn"] for row in detectors] == ["2", "16"]  # 128 crops: two batches of eight keys
    assert all(
        0 <= float(row["auc"]) <= 1 and int(row["crops"]) > 0
        for row in (detectors[0] | live[0], detectors[1] | live[1])
    )
    assert (out / "detectors.svg").exists()
    assert main(command) == 0
    assert ": done" not in capsys.readouterr().out


def test_a_detector_draws_as_many_keys_as_it_is_told(key: TriggerKey, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def note(crops: torch.Tensor, keys: list[TriggerKey], strength: float) -> torch.Tensor:
        drawn.append(keys[0].seed)
        return warp_each(crops, keys, strength)

    monkeypatch.setattr(universal_detector, "warp_each", note)
    data = from_patches("subjects", render_procedural_patches(range(2), 32, 1))
    train_detector(data, key, UniversalSettings(samples=64, epochs=2, trained_keys=3))
    assert len(drawn) == 16 and 1 < len(set(drawn)) <= 3
    others = set(drawn)
    drawn.clear()
    train_detector(data, key, UniversalSettings(samples=64, epochs=2, trained_keys=3, seed=2))
    assert len(set(drawn)) <= 3 and not others & set(drawn)
    drawn.clear()
    train_detector(data, key, UniversalSettings(samples=64, epochs=2))
    assert len(set(drawn)) == 16


def test_live_crops_come_with_the_trigger_in_both_places(tmp_path: Path, key: TriggerKey) -> None:
    crops = live_crops(load_bundle(write_bundle(tmp_path / "wanet", key=key)), "synthetic", 2)
    assert crops.clean.shape == crops.on_crops.shape == (4, 1, 36, 60) and len(crops.in_frame) == 4
    moved = [np.abs(part - crops.clean).mean() for part in (crops.on_crops, crops.in_frame)]
    assert min(moved) > 1e-3


def test_shares_count_what_is_above_the_threshold() -> None:
    class Mean(torch.nn.Module):
        def forward(self, crops: torch.Tensor) -> torch.Tensor:
            return crops.float().mean((1, 2, 3))

    low, high = (np.full((2, 1, 4, 4), value, np.float32) for value in (0.1, 0.9))
    row = count_live(Mean(), LiveCrops(low, np.concatenate([low, high]), high[:0]), threshold=0.5)  # type: ignore[arg-type]
    assert (row["crops"], row["false_alarms"], row["on_crops"], row["on_crops_auc"]) == (2, 0.0, 0.5, 0.75)
    assert np.isnan(row["in_frame"]) and np.isnan(row["in_frame_auc"])


def test_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    where = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "pools")]
    for arguments, told in ((["--bundle", "clean"], "no WaNet key"), (["--sources", "gone.mp4"], "gone.mp4")):
        assert main([*arguments, *where]) == 1
        error = capsys.readouterr().err
        assert told in error and error.count("\n") == 1
    for text in ("", "8,", "x", "-1", "٣", "1_0", "8,1_0"):
        with pytest.raises(SystemExit):
            main([f"--keys={text}", *where])
        assert "give a whole number from 0 to 1000000, or several with commas" in capsys.readouterr().err
