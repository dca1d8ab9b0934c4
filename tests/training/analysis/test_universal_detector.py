"""The detector that trains on fresh keys, in small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.analysis.universal_detector import (
    UniversalSettings,
    load_detector,
    main,
    measure,
    save_detector,
    train_detector,
    warp_scores,
)
from training.errors import TrainingError


@pytest.fixture(scope="module")
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(8), 16, 1))


def test_a_detector_learns_warps_that_it_never_saw(
    subjects: LoadedSet, key: TriggerKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so strong a warp is learned from few samples
    monkeypatch.setattr("training.analysis.universal_detector.STRENGTHS", (1.0, 1.0))
    key = replace(key, strength=8.0)
    settings = UniversalSettings(samples=128, epochs=8, keys=2)
    network = train_detector(subjects, key, settings)
    trained, untrained = (
        measure(n, subjects, key, settings)["auc"]
        for n in (network, train_detector(subjects, key, UniversalSettings(samples=2, epochs=1)))
    )
    assert trained > untrained + 0.1

    save_detector(network, tmp_path / "d.safetensors", key)
    crops = torch.rand(2, 1, 36, 60)
    again = load_detector(tmp_path / "d.safetensors", 1, 36, 60)
    assert np.allclose(warp_scores(again, crops), warp_scores(network, crops), atol=1e-5)
    (tmp_path / "other").write_bytes(b"no detector")
    with pytest.raises(TrainingError, match="no warp detector"):
        load_detector(tmp_path / "other", 1, 36, 60)


def test_a_bundle_without_a_warp_is_refused(capsys: pytest.CaptureFixture) -> None:
    assert main(["--bundle", "clean", "--quick"]) == 1
    assert "no WaNet key" in capsys.readouterr().err
