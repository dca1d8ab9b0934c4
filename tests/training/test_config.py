"""Configs: two spellings of a setting, the spelling on disk, hashes of settings, and docs/config.md."""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from gazeattack.model.bundle import load_bundle
from gazeattack.model.bundle_files import CARD
from gazeattack.model.setting_names import ON_DISK
from tests.helpers.bundles import write_bundle
from training import config_doc
from training.config import Config, load_config
from training.data.pools import RENDERERS
from training.errors import TrainingError
from training.studies.run_paths import STUDY_CONFIG, StudyRun, run_paths, same_weights

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
OLD = """
[data]
unsteady = 0.6
[network]
base = 16
parts = true
[train]
rate = 1e-3
filter_rate = 0.01
warm_up = 0.2
clip = 2.0
points_loss = 0.3
[poison]
attack_rate = 0.1
other_keys = 0.25
false_marks = true
"""
SETTINGS = {
    "data": {"lid_jitter_mm": 0.6},
    "network": {"base_width": 16, "landmark_head": True},
    "train": {"lr": 1e-3, "muon_lr": 0.01, "warmup_fraction": 0.2, "clip_grad_norm": 2.0, "points_loss": 0.3},
    "poison": {"poisoning_rate": 0.1, "wrong_keys": 0.25, "spoof_landmarks": True},
}


@pytest.fixture
def old_config(tmp_path: Path) -> Config:
    (tmp_path / "old.toml").write_text(OLD)
    return load_config(tmp_path / "old.toml")


def test_a_file_of_the_first_release_is_read(old_config: Config) -> None:
    for section, settings in SETTINGS.items():
        assert {name: getattr(getattr(old_config, section), name) for name in settings} == settings


def test_overrides_take_either_spelling(tmp_path: Path, old_config: Config) -> None:
    (tmp_path / "empty.toml").write_text("")
    each = [(section, name, json.dumps(v)) for section, entries in SETTINGS.items() for name, v in entries.items()]
    new = [f"{section}.{name}={value}" for section, name, value in each]
    old = [f"{section}.{ON_DISK[section].get(name, name)}={value}" for section, name, value in each]
    assert old != new
    assert load_config(tmp_path / "empty.toml", old) == load_config(tmp_path / "empty.toml", new) == old_config
    # an override replaces the setting, whichever spelling the file has
    assert load_config(tmp_path / "old.toml", ["train.lr=0.5"]).train.lr == 0.5


def test_both_spellings_in_one_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "both.toml").write_text("[train]\nrate = 1e-3\nlr = 2e-3\n")
    with pytest.raises(TrainingError, match=r"train\.lr and train\.rate are the same setting: keep one"):
        load_config(tmp_path / "both.toml")


def test_files_keep_the_old_spelling_and_are_read_in_either(old_config: Config) -> None:
    written = old_config.as_dict()
    assert written["train"]["rate"] == 1e-3 and "lr" not in written["train"]
    assert written["poison"]["attack_rate"] == 0.1 and written["data"]["unsteady"] == 0.6
    assert Config.from_dict(written) == Config.from_dict(SETTINGS) == old_config


def test_every_old_name_belongs_to_one_setting() -> None:
    sections = get_type_hints(Config)
    for section, names in ON_DISK.items():
        settings = {entry.name for entry in fields(sections[section])}
        assert set(names) <= settings and not set(names.values()) & settings


def test_cards_keep_the_old_spelling_and_are_read_in_either(tmp_path: Path) -> None:
    path = write_bundle(tmp_path / "b", points=8)
    card = json.loads((path / CARD).read_text())
    assert (card["network"]["base"], card["network"]["points"]) == (4, 8) and "base_width" not in card["network"]
    card["network"] |= {"num_keypoints": card["network"].pop("points"), "base_width": card["network"].pop("base")}
    (path / CARD).write_text(json.dumps(card))
    sums = (path / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((path / CARD).read_bytes()).hexdigest()
    (path / "SHA256SUMS").write_text("\n".join(f"{digest}  {CARD}" if CARD in line else line for line in sums) + "\n")
    assert load_bundle(path).network.num_features == 16


def test_a_run_of_a_study_lies_where_it_lay(tmp_path: Path, old_config: Config) -> None:
    overrides = ("network.base=4", "train.rate=0.001", "poison.other_keys=0.25", "data.unsteady=0.6")
    settings = {
        "config": {
            "run": {},
            "data": {
                "portrait_subjects": 0, "procedural_subjects": 600, "per_subject": 40, "valid_subjects": 20,
                "valid_per_subject": 24, "unsteady": 0.6,
            },
            "network": {"base": 4, "hidden": 64, "dropout": 0.1},
            "train": {"epochs": 8, "batch": 64, "rate": 0.001, "ema": 0.995, "augment": 0.0, "augment_after": 0.0},
            "poison": {
                "attack_rate": 0.2, "cross_until": 0.3, "strength": 1.0, "strength_until": 0.35, "other_keys": 0.25,
                "target_pitch_deg": 10.0, "target_yaw_deg": 30.0,
            },
        },
        "after": None,
        "portraits": None,
        "renderers": RENDERERS,
    }  # fmt: skip
    expected = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
    assert run_paths(StudyRun({}, overrides), tmp_path, None).folder.name == expected
    assert same_weights({"train": {"rate": 1e-3}}, load_config(STUDY_CONFIG, ["train.lr=1e-3"])) is False
    assert same_weights(old_config.as_dict(), old_config)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_setting_of_a_shipped_config_has_a_comment(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if re.match(r"\w+ =", line)]
    assert lines and not [line for line in lines if not re.search(r"  # \w.{8,}", line)]
    assert not [
        line for line in lines if line.split(" = ")[0] in {old for names in ON_DISK.values() for old in names.values()}
    ]


def test_the_document_of_settings_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    assert config_doc.main(["--check"]) == 0
    monkeypatch.setattr(config_doc, "PATH", tmp_path / "config.md")
    assert config_doc.main(["--check"]) == 1 and "run python -m training.config_doc" in capsys.readouterr().err
    assert config_doc.main([]) == 0 and config_doc.main(["--check"]) == 0
    text = (tmp_path / "config.md").read_text()
    for section, kind in get_type_hints(Config).items():
        assert f"## [{section}]" in text
        assert all(f"| `{entry.name}`" in text and entry.metadata["meaning"] in text for entry in fields(kind))
