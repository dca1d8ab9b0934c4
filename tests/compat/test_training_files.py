"""What training leaves behind stays of use: configs, checkpoints, pools and the runs of a study."""

from __future__ import annotations

import csv
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.compat.formats import FIXTURES, MODULES, ROOT, command, config_values, study_folder, weights_of

ALL_KEYS = FIXTURES / "all-keys.toml"
SECTIONS = tomllib.loads(ALL_KEYS.read_text(encoding="utf-8"))
KEYS = [f"{section}.{key}" for section, entries in SECTIONS.items() for key in entries]
CONFIGS = ROOT / "training" / "configs"
# keys that only go with other values of their neighbours
NEIGHBOURS = {
    "network.points": ["network.parts=false"],
    "poison.false_marks": ["train.points_loss=0.1"],
}


def text(value: object) -> str:
    """As one types it after the equals sign."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_key_of_a_config_is_read() -> None:
    found = Counter(map(repr, config_values(ALL_KEYS)))
    values = Counter(repr(value) for entries in SECTIONS.values() for value in entries.values())
    assert len(KEYS) == 66
    assert not values - found


@pytest.mark.parametrize("key", KEYS)
def test_every_key_can_be_overridden(key: str, tmp_path: Path) -> None:
    section, _, name = key.partition(".")
    value = SECTIONS[section][name]
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    neighbours = NEIGHBOURS.get(key, [])
    before = config_values(empty, neighbours)
    after = config_values(empty, [*neighbours, f"{key}={text(value)}"])
    usual = key in ("network.parts", "poison.clean_label")  # those that all-keys.toml leaves at their defaults
    assert sum(one != other for one, other in zip(before, after, strict=True)) == (0 if usual else 1)
    assert value in after


def test_the_other_ways_to_read_an_eye_load() -> None:
    found = config_values(ALL_KEYS, ["network.points=0", "network.parts=true", "network.readout=l2cs"])
    assert "l2cs" in found and found.count(True) == config_values(ALL_KEYS).count(True) + 1
    honest = ["poison.false_marks=false", "poison.clean_label=true"]
    assert config_values(ALL_KEYS, honest) != config_values(ALL_KEYS)


def test_a_key_that_never_was_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(MODULES["train"], "--config", ALL_KEYS, "train.never_was=1") == 1
    assert "never_was" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["mid-epoch", "between-epochs"])
def test_an_interrupted_run_goes_on(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    shutil.copytree(FIXTURES / "checkpoints" / name, out)
    places = (f"run.out={out}", f"data.set={FIXTURES / 'sets' / 'full.npz'}")
    assert command(MODULES["train"], "--config", out / "config.toml", "--resume", *places) == 0, capsys.readouterr().err
    with (FIXTURES / "checkpoints" / name / "log.csv").open(newline="") as file:
        first = list(csv.DictReader(file))
    with (out / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"] and first[0].items() <= rows[0].items()
    # the config's rate is so low that only what the checkpoint holds decides the weights
    with np.load(out / "resumed.npz") as wanted:
        found = weights_of(out / "resumed")
        assert found.keys() == set(wanted.files)
        for layer in wanted.files:
            np.testing.assert_allclose(found[layer], wanted[layer], rtol=0, atol=1e-4, err_msg=layer)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    shutil.copytree(FIXTURES / "checkpoints" / "mid-epoch", out)
    changes = (f"run.out={out}", f"data.set={FIXTURES / 'sets' / 'full.npz'}", "network.hidden=9")
    assert command(MODULES["train"], "--config", out / "config.toml", "--resume", *changes) == 1
    assert "checkpoint" in capsys.readouterr().err


MOVED = (
    "Runs and pools that people have on disk would be made again: a setting's name or default goes into the name of "
    "its folder.  Where the renderers changed on purpose, write the new names here."
)
POOLS = {"bad7e073917f4369", "e86e2bbd6c770ec8"}
STUDY, EVERY_KEY = "d72102c27854be3f", "a29787bf3a59ddb1"


def test_rendered_pools_are_found_again(tmp_path: Path) -> None:
    small = ("data.portrait_subjects=0", "data.procedural_subjects=2", "data.per_subject=2", "data.valid_subjects=1")
    more = ("data.valid_per_subject=2", "network.base=2", "network.hidden=4", "train.batch=2", "train.epochs=1")
    places = (f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}")
    assert command(MODULES["train"], "--config", CONFIGS / "clean.toml", *small, *more, *places) == 0
    assert {path.name for path in (tmp_path / "pools").iterdir()} == POOLS, MOVED


def test_trained_runs_of_a_study_are_found_again() -> None:
    assert study_folder(CONFIGS / "study.toml", ["poison.strength=1.5"]) == STUDY, MOVED
    assert study_folder(ALL_KEYS, ["run.start=", "data.set="]) == EVERY_KEY, MOVED
