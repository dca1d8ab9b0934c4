"""Attacks side by side: the cases, the columns, the figure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.attack.kinds import KINDS
from gazeattack.evaluation.dataset import LoadedSet
from training.config import load_config
from training.poisoning.setup import make_attack
from training.studies import compare_attacks as script
from training.studies.compare_attacks import attacks, goals, main, quick_trace
from training.studies.run_paths import STUDY_CONFIG, StudyRun
from training.studies.runner import StudyResult, clean_run
from training.studies.tables import Summary


def test_every_attack_can_be_made_and_differs_in_the_attack_alone() -> None:
    cases = attacks() + goals()
    configs = [load_config(STUDY_CONFIG, overrides) for _, overrides in cases]
    # the study's crops are of eyes, and a sticker is on the forehead
    assert {config.poison.attack for config in configs} == set(KINDS) - {"sticker"}
    assert sum(config.poison.clean_label for config in configs) == 1
    for (labels, overrides), config in zip(cases, configs, strict=True):
        key, plan = make_attack(config.poison)
        assert key is not None and key.goal.kind == labels["goal"]
        assert plan.strength.start >= plan.strength.end == key.strength
        own = {override.partition("=")[0] for override in overrides}
        same = {
            "poison.attack", "poison.strength", "poison.strength_start", "poison.clean_label", "poison.goal",
            "poison.target_pitch_deg", "poison.target_yaw_deg",
        }  # fmt: skip
        assert own <= same  # one budget: nothing else differs
    assert len({tuple(labels.values()) for labels, _ in cases}) == len(cases)


def test_one_clean_model_serves_all() -> None:
    bases = [clean_run(StudyRun(labels, overrides)) for labels, overrides in attacks() + goals()]
    assert all(base == bases[0] for base in bases)


def test_a_trace_has_every_column_of_the_figure(backdoored_bundle, clean_bundle) -> None:
    pytest.importorskip("skimage")
    random = np.random.default_rng(0)
    images = random.integers(40, 200, (64, 36, 60)).astype(np.uint8)
    data = LoadedSet("x", images, np.zeros((64, 2), np.float32), np.repeat(np.arange(8), 8).astype(np.int32))
    row = quick_trace(backdoored_bundle, None, data)
    assert {field for field, _ in script.VISIBILITY} <= set(row)
    assert 0 <= row["detector_auc"] <= 1 and row["psnr_db"] > 5 and 0 < row["displacement_mean_px"] < 3
    assert quick_trace(clean_bundle, None, data) == {}


def summaries() -> list[Summary]:
    found = []
    for number, (labels, _) in enumerate(attacks() + goals()):
        mean = {
            "detector_auc_other_keys": 0.5 + 0.03 * number,
            "asr5": 0.9 - 0.1 * number, "ae_deg": 1.0 + number, "benign_deg": 5.0, "detector_auc": 0.5 + 0.06 * number,
            "psnr_db": 40.0 - 2 * number, "ssim": 0.99 - 0.02 * number, "linf": 0.1 + 0.05 * number,
            "displacement_mean_px": 0.6 if "WaNet" in labels["attack"] else 0.0,
        }  # fmt: skip
        found.append(Summary(labels, 3, mean, {name: value * 0.03 for name, value in mean.items()}))
    return found


def test_the_figure_names_every_attack_once(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    script.draw(summaries(), tmp_path / "attacks.svg", quick=False)
    text = (tmp_path / "attacks.svg").read_text()
    for labels, _ in attacks():
        assert text.count(f">{labels['attack']}<") == 1
    assert "PSNR" in text and len(text) < 200_000
    # an attack that failed altogether leaves the others their figure
    broken = [replace(summaries()[0], mean={}, sd={}), *summaries()[1:]]
    script.draw(broken, tmp_path / "attacks.svg", quick=True)
    assert "figures mean nothing" in (tmp_path / "attacks.svg").read_text()


def test_the_command_from_rows_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    pytest.importorskip("matplotlib")
    asked = {}

    def run_asked(runs, options) -> StudyResult:
        asked.update(vars(options), runs=runs)
        figures = {"asr5": 0.5, "ae_deg": 5.0, "detector_auc": 0.9}
        return StudyResult([{**run.labels, "seed": run.seed, **figures} for run in runs], ())

    monkeypatch.setattr(script, "run_asked", run_asked)
    assert main(["--out", str(tmp_path), "--goals"]) == 0
    assert len(asked["runs"]) == 3 * (len(KINDS) + 2) and asked["runs"][0].after is not None
    assert {run.seed for run in asked["runs"][: len(KINDS) + 2]} == {1}  # whole comparisons first
    table = (tmp_path / "summary.md").read_text()
    assert "| BadNets | all-to-one | 5.00 ± 0.00 | 50.0 ± 0.0 | 0.900 ± 0.000 | 3 |" in table
    assert script.DETECTOR_NOTE in table and "above 0.5 by chance" in table
    assert table in capsys.readouterr().out and (tmp_path / "attacks.svg").exists()

    assert main(["--out", str(tmp_path), "--quick", "--seeds", "1"]) == 0
    assert "figures mean nothing" in capsys.readouterr().out
    assert (tmp_path / "quick" / "summary.csv").exists()
    assert all(run.extra == ("training.studies.compare_attacks:quick_trace",) for run in asked["runs"])
