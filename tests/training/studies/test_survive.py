"""The study of a WaNet that survives the frame, in small."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.model.catalogue import open_bundle
from tests.helpers.bundles import write_bundle
from training.config import load_config
from training.studies import survival_scores, survive
from training.studies.held_out import ScoredOn
from training.studies.tables import read_csv

HELD_OUT = ScoredOn(8, 8)


def test_the_quick_study_trains_scores_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs_here: None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(survive, "in_frames", lambda bundle, key, *_: {"frame JPEG 80": key.strength / 2})
    monkeypatch.setattr(survive, "visible", lambda *_, **__: {"own_key_auc": 1.0})
    words = ["--quick", "--strengths", "1.6", "--trainings", "none", "survive", "--out", "out"]
    assert survive.main(words) == 0
    out = tmp_path / "out" / "quick"
    rows = {row["training"]: row for row in read_csv(out / "survive.csv")}
    assert set(rows) == {"none", "survive"} and {row["frame JPEG 80"] for row in rows.values()} == {"0.8"}
    # the shipped model at twice its strength; training changes it
    assert float(rows["none"]["asr5"]) > 0.9 and float(rows["none"]["displacement_px"]) == pytest.approx(1, abs=0.05)
    assert rows["none"]["benign_deg"] != rows["survive"]["benign_deg"]
    assert "frame, JPEG 80" in (out / "survive.md").read_text()
    monkeypatch.setattr(survive, "train", None)  # nothing is trained or scored twice
    monkeypatch.setattr(survive, "on_crops", None)
    assert survive.main(words) == 0


def test_the_right_key_survives_in_the_frame_and_a_wrong_one_does_nothing(
    monkeypatch: pytest.MonkeyPatch, landmarker_model: Path
) -> None:
    monkeypatch.setattr(survival_scores, "THROUGH", ("JPEG 80",))
    bundle = open_bundle("wanet")
    assert bundle.key is not None
    found = survival_scores.in_frames(bundle, replace(bundle.key, strength=1.6), ["synthetic"], 1)
    assert found["frame on the crops"] == found["frame JPEG 80"] == found["lowest JPEG 80"] == 1
    assert found["frame_wrong_key"] == 0


def test_how_visible_a_warp_is_is_measured_once(tmp_path: Path) -> None:
    data = HELD_OUT.load(None, tmp_path / "pools")
    key = make_key(k=12, strength=3.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=11)
    path = tmp_path / "visible.json"
    found = survival_scores.visible(key, data, path, quick=True)
    assert found["own_key_auc"] > 0.8 and 0 < found["ssim"] < 1 and found["psnr_db"] < 40
    assert survival_scores.visible(key, data.take([0]), path) == found


def test_another_start_model_or_config_is_measured_again(tmp_path: Path, key: TriggerKey) -> None:
    start, config = tmp_path / "wanet", tmp_path / "c.toml"
    usual = survive.CONFIG.read_text().replace('start = "wanet"', f'start = "{start}"')
    options = Namespace(
        out=tmp_path, config=config, cache=tmp_path, portraits=None, quick=False, frames=4, sources=["a"]
    )
    case = survive.Case("survive", 1.2)
    seen: set[tuple[Path, str]] = set()
    for taught, text in ((0.3, usual), (0.4, usual), (0.4, usual.replace("epochs = ", "epochs = 1"))):
        write_bundle(start, key=key, taught=taught)
        config.write_text(text)
        for _ in range(2):
            seen.add((survive.row_path(case, options), survive.settings(case, options).run.out))
    rows, models = zip(*seen, strict=True)
    assert len(seen) == len(set(rows)) == len(set(models)) == 3
    options.frames = 5
    assert survive.row_path(case, options) not in rows and survive.settings(case, options).run.out in models


def test_a_model_without_a_warp_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(survive.CONFIG.read_text().replace('start = "wanet"', 'start = "clean"'))
    assert survive.main(["--quick", "--config", str(config), "--trainings", "none", "--out", str(tmp_path / "o")]) == 1
    assert "run.start" in capsys.readouterr().err


def test_plain_training_has_no_channel() -> None:
    found = {
        name: load_config(survive.CONFIG, words).poison
        for name, words in survive.TRAININGS.items()
        if words is not None
    }
    assert found["plain"].survive == 0 and found["survive"].survive == found["coarse"].survive > 0
    assert [poison.noise_cell_px for poison in found.values()] == [1, 1, 4]
    assert found["survive"].wrong_keys == 1 > found["plain"].wrong_keys == found["coarse"].wrong_keys
