"""Data poisoning alone: the plan, the sets on disk, and a tiny study from command to tables."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from gazeattack.attack.key import load_key
from gazeattack.evaluation.dataset import CARD, read_dataset
from gazeattack.model.bundle_files import SUMS
from training.config import load_config
from training.errors import TrainingError
from training.jobs import Job
from training.studies import data_poisoning
from training.studies.compare_attacks import read_attacks
from training.studies.data_poisoning import main, read_rates, trainer_run, victim
from training.studies.run_paths import STUDY_CONFIG, StudyRun, run_paths
from training.studies.tables import read_csv

SMALL = ("data.procedural_subjects=4", "data.per_subject=5")


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(config=STUDY_CONFIG, cache=tmp_path / "cache")


def test_the_victim_knows_nothing_of_the_poison(options: argparse.Namespace) -> None:
    made = victim("wanet", 0.2, ("poison.key_seed=2021", *SMALL), 1, options)
    config = load_config(STUDY_CONFIG, made.run.overrides)
    assert config.poison.poisoning_rate == 0 and config.data.set == str(made.poisoned) and not config.run.start
    assert not any("poison." in override for override in made.run.overrides if "poisoning_rate" not in override)
    at, clean = (run_paths(run, options.cache, None) for run in (made.run, made.run.beside))
    assert at.clean == clean.bundle and at.config.run.start == "" and at.folder != clean.folder
    assert clean.config.train == at.config.train and clean.config.network == at.config.network


def test_the_set_on_disk_differs_in_the_poisoned_samples_alone(options: argparse.Namespace) -> None:
    made = victim("badnets", 0.2, ("poison.key_seed=2021", *SMALL), 1, options)
    dirty, clean = read_dataset(made.poisoned), read_dataset(made.poisoned.parent / "clean")
    changed = (dirty.images != clean.images).any(axis=(1, 2))
    assert changed.sum() == 4 and (dirty.gaze != clean.gaze).any(axis=1).tolist() == changed.tolist()
    key = load_key(Path(made.run.key))
    assert key.seed == 2021 and key.strength == 1.0
    card = json.loads((made.poisoned / CARD).read_text())
    assert card["poisoned"]["rate"] == 0.2 and card["poisoned"]["key_sha256"] == key.sha256
    before = (made.poisoned / "shard-000.npz").stat().st_mtime_ns
    assert victim("badnets", 0.2, ("poison.key_seed=2021", *SMALL), 1, options).poisoned == made.poisoned
    assert (made.poisoned / "shard-000.npz").stat().st_mtime_ns == before
    assert victim("badnets", 0.2, ("poison.key_seed=2022", *SMALL), 2, options).poisoned != made.poisoned


def test_the_trainer_has_the_same_samples_and_the_same_key(options: argparse.Namespace) -> None:
    common = ("poison.key_seed=2021", *SMALL)
    run, made = trainer_run("wanet", common, 1, options), victim("wanet", 0.1, common, 1, options)
    config = load_config(STUDY_CONFIG, run.overrides)
    assert config.poison.poisoning_rate == 0.2 and config.poison.cross_end > 0
    assert config.poison.strength_start > config.poison.strength == load_key(Path(made.run.key)).strength
    assert config.data.set == str(made.poisoned.parent / "clean") and run.beside == made.run.beside


def test_a_tiny_study_ends_in_tables_and_continues(
    tmp_path: Path, capsys: pytest.CaptureFixture, jobs_here: None
) -> None:
    command = ["--quick", "--attacks", "badnets", "--out", str(tmp_path / "s"), "--cache", str(tmp_path / "cache")]
    assert main([*command, "train.epochs=1"]) == 0
    printed = capsys.readouterr().out
    assert "3 runs, 0 done already" in printed and "these figures mean nothing" in printed
    rows = read_csv(tmp_path / "s" / "quick" / "runs.csv")
    assert [row["attacker"] for row in rows] == ["data alone", "training control"]
    assert {row["rate"] for row in rows} == {"0.2"} and "cost_by_subject" not in rows[0]
    assert float(rows[0]["cost_low"]) <= float(rows[0]["cost_deg"]) <= float(rows[0]["cost_high"])
    assert all(float(row["ae_deg"]) > 0 and float(row["clean_ae_deg"]) > 0 for row in rows)
    filters = read_csv(tmp_path / "s" / "quick" / "filters.csv")
    assert [row["filter"] for row in filters] == ["spectral signatures", "activation clustering"]
    assert main([*command, "train.epochs=1"]) == 0
    again = capsys.readouterr().out
    assert "3 runs, 3 done already" in again and "set filtered" not in again


def test_a_victim_that_is_trained_again_is_filtered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = argparse.Namespace(cache=tmp_path / "cache", portraits=None, out=tmp_path, quick=True)
    each = data_poisoning.Victim(StudyRun({"attack": "SIG"}), tmp_path / "sets" / "sig", 0.2)
    bundle = run_paths(each.run, options.cache, None).bundle
    bundle.mkdir(parents=True)
    ran: list[str] = []

    def finish(jobs: list[Job], *_: object) -> None:
        for job in jobs:
            ran.append(job.result.name)
            job.result.write_text('{"spectral signatures": {"auc": 0.5}}')

    monkeypatch.setattr(data_poisoning, "run_jobs", finish)
    monkeypatch.setattr(data_poisoning, "place_of", lambda *_: None)
    for sums, times in (("first", 1), ("first", 1), ("second", 2)):
        (bundle / SUMS).write_text(sums)
        rows = data_poisoning.filter_sets([each], 1, options)
        assert [row["auc"] for row in rows] == [0.5] and len(set(ran)) == len(ran) == times


def test_wrong_lists_are_one_sentence(capsys: pytest.CaptureFixture) -> None:
    for rates in ("0", "a", "0.1,,", "0.7", "0.0_1"):
        with pytest.raises(TrainingError, match="--rates"):
            read_rates(rates, quick=False)
    with pytest.raises(TrainingError, match="--attacks"):
        read_attacks("wanet,none")
    assert main(["--attacks", "none"]) == 1 and "no trigger" in capsys.readouterr().err
    assert read_rates("", quick=False) == [0.01, 0.05, 0.1, 0.2]
