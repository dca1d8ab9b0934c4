"""Every number of a training config has bounds, and what lies outside is explained in one sentence."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from tests.training.test_train import CONFIGS, config
from training.config import Config, load_config
from training.engine import trainer
from training.errors import TrainingError
from training.studies.tables import read_csv, write_csv
from training.train import main, train


@pytest.mark.parametrize(
    "override",
    [
        "train.batch=0",
        "train.batch=-5",
        "train.epochs=0",
        "network.dropout=2",
        "network.dropout=1",
        "network.dropout=nan",
        "network.base_width=0",
        "train.weight_decay=-1",
        "train.ema=nan",
        "train.lr=inf",
        "train.rate=inf",
        "train.clip_grad_norm=0",
        "train.augment=nan",
        "data.per_subject=0",
        "data.valid_subjects=0",
        "data.procedural_subjects=-1",
        "data.seed=-1",
        "run.seed=-1",
        "run.seed=99999999999999999999",
        "run.threads=0",
        "run.threads=99999",
        "poison.k=0",
        "poison.target_yaw_deg=nan",
        "poison.strength=-1",
        "poison.cross_until=2",
        "poison.attack=nothing",
        "run.name=../../x",
        "run.name=/etc",
        "run.name=..",
        "run.name=",
        "run.name=a\\\\b",
        "run.name=log.csv",
        "data.height=3000",
    ],
)
def test_an_impossible_setting_is_one_sentence(override: str, capsys) -> None:
    name = override.partition("=")[0].replace("train.rate", "train.lr")
    assert main(["--config", str(CONFIGS / "clean.toml"), override]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith(name) and said.endswith(".") and "\n" not in said


def test_every_number_has_bounds_that_its_default_is_within() -> None:
    for kind in get_type_hints(Config).values():
        types = get_type_hints(kind)
        numbers = [entry for entry in fields(kind) if types[entry.name] in (int, float)]
        assert numbers or kind.__name__ == "RunConfig"
        for entry in numbers:
            bounds = entry.metadata["bounds"]
            assert bounds is not None, f"{kind.__name__}.{entry.name}"
            assert bounds.hold(entry.default) and not bounds.hold(float("nan")) and not bounds.hold(float("inf"))
            assert not bounds.hold(bounds.high * 2 + 1) and not bounds.hold(bounds.low - 1) and not bounds.hold(True)


def test_no_subjects_are_refused() -> None:
    with pytest.raises(TrainingError, match="no training subjects"):
        load_config(CONFIGS / "clean.toml", ["data.portrait_subjects=0", "data.procedural_subjects=0"])


def test_a_batch_larger_than_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"train.batch=65 is larger than the training set: use at most 64"):
        train(config(tmp_path / "run", "clean", "train.batch=65"), None)
    assert not (tmp_path / "run" / "clean").exists()


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "decoded_loss", lambda *_: float("nan"))
    with pytest.raises(TrainingError, match=r"epoch 1 the loss is no number: lower train.lr"):
        train(config(tmp_path / "run", "clean", "train.epochs=1"), None)
    assert not (tmp_path / "run" / "clean").exists()


def test_two_trainings_share_a_fresh_cache(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from training.data.pools import PoolSpec, load_pool\n"
        "print(len(load_pool(PoolSpec(0, 40, 16, 1), None, pathlib.Path(sys.argv[1])).images))"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "pools")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in both]
    assert [(process.returncode, out.strip()) for process, (out, _) in zip(both, outputs, strict=True)] == [
        (0, b"640")
    ] * 2, outputs
    (pool,) = (tmp_path / "pools").iterdir()
    assert pool.is_dir()


def test_words_in_a_table_are_no_formulas(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [{"kind": '=HYPERLINK("x")', "note": "\x1b[31mred", "error": -0.5, "sd": "-0.25"}])
    (row,) = read_csv(tmp_path / "t.csv")
    assert row == {"kind": '\'=HYPERLINK("x")', "note": "\\x1b[31mred", "error": "-0.5", "sd": "-0.25"}
    write_csv(tmp_path / "t.csv", [row])
    assert read_csv(tmp_path / "t.csv") == [row]
