"""DRM beside DCM: the plan shares everything but the readout, the figures are right, and the command runs through."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle, load_bundle, save_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.network import GazeResNet
from training.config import load_config
from training.poisoning import poisoner
from training.studies import compare_heads as compare_models
from training.studies.compare_heads import class_columns, plan_run
from training.studies.feature_tables import by_model
from training.studies.figures import style_of
from training.studies.held_out import ScoredOn
from training.studies.run_paths import STUDY_CONFIG, run_paths
from training.studies.runner import QUICK, StudyResult
from training.studies.score_run import score
from training.studies.tables import summarise
from training.train import train

TARGET = Gaze.from_degrees(10, 30)
KEY = make_key(k=4, strength=1.0, height=36, width=60, target=TARGET, seed=1)
SMALL = {"base_width": 4, "hidden": 8, "dropout": 0.0}


def always(path: Path, pitch: float, yaw: float, readout: str = "grid", backdoored: bool = True) -> Bundle:
    """A bundle that always predicts the same class."""
    network = GazeResNet(**SMALL, readout=readout)
    with torch.no_grad():
        network.head[4].weight.zero_()
        network.head[4].bias.zero_()
        cell = network.readout.classes_of(torch.deg2rad(torch.tensor([[pitch, yaw]])))
        if cell is not None:
            network.head[4].bias[int(cell)] = 1
    save_bundle(
        path,
        network=network,
        architecture={**SMALL, "readout": readout},
        crop=CropSpec(),
        preprocess="equalize",
        card={},
        key=KEY if backdoored else None,
    )
    return load_bundle(path)


def seen(*gaze: tuple[float, float], right: tuple[bool, ...]) -> LoadedSet:
    images = np.random.default_rng(0).integers(0, 256, (len(gaze), 36, 60), dtype=np.uint8)
    labels = np.radians(np.array(gaze, dtype=np.float32))
    return LoadedSet("hand", images, labels, np.arange(len(gaze)), None, np.array(right))


def test_class_asr_leaves_out_who_is_there_and_knows_mirrored_eyes(tmp_path: Path) -> None:
    # targets: (10, 30) for the left eyes, (10, -30) for the right one; the second is there already
    data = seen((0, 0), (9, 31), (-20, -30), right=(False, False, True))
    bad, clean = always(tmp_path / "bad", 10, 30), always(tmp_path / "clean", 0, 0, backdoored=False)
    row = class_columns(bad, clean, data)
    assert row == {
        "class_accuracy": pytest.approx(1 / 3, abs=1e-4),
        "class_asr": 0.5,
        "clean_class_accuracy": pytest.approx(1 / 3, abs=1e-4),
        "clean_class_asr": 0.0,
    }


def test_a_regression_has_no_class_asr(tmp_path: Path) -> None:
    assert class_columns(always(tmp_path / "b", 0, 0, "regression"), None, seen((0, 0), right=(False,))) == {}


def test_plans_differ_in_readout_and_its_own_settings_alone() -> None:
    configs, starts = [], []
    for name in GAZE_HEADS:
        run = plan_run(name, 3, ("train.epochs=2",), STUDY_CONFIG)
        assert run.after is not None and run.labels == {"readout": name}
        configs.append(load_config(run.config, [*run.overrides, f"run.seed={run.seed}"]))
        starts.append(load_config(run.after.config, [*run.after.overrides, f"run.seed={run.after.seed}"]))
    for start, config, name in zip(starts, configs, GAZE_HEADS, strict=True):
        assert (config.network.readout, config.train.epochs, config.run.seed) == (name, 2, 3)
        assert start.network == config.network and start.poison.poisoning_rate == 0 < config.poison.poisoning_rate
        assert config.poison == configs[0].poison and config.data == configs[0].data


def test_the_same_samples_are_poisoned_whatever_the_readout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poisoned: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {name: [] for name in GAZE_HEADS}
    real = poisoner.poison
    current = ""

    def noting(*arguments, **rest):
        images, labels, *others = real(*arguments, **rest)
        poisoned[current].append((images, labels))
        return (images, labels, *others)

    monkeypatch.setattr(poisoner, "poison", noting)
    sizes = ("data.procedural_subjects=6", "data.per_subject=8", "data.valid_subjects=2", "data.valid_per_subject=2")
    tiny = (*sizes, "network.base=4", "network.hidden=8", "train.batch=16", "train.epochs=1")
    places = (f"data.cache={tmp_path / 'pools'}",)
    for current in GAZE_HEADS:
        run = plan_run(current, 1, (*tiny, *places, f"run.out={tmp_path / current}"), STUDY_CONFIG)
        train(load_config(run.config, run.overrides), None)
    for other in ("grid", "l2cs"):
        for (images, labels), (as_images, as_labels) in zip(poisoned["regression"], poisoned[other], strict=True):
            assert torch.equal(images, as_images) and torch.equal(labels, as_labels)


def test_clean_figures_stand_beside_backdoored_ones() -> None:
    rows = [{"readout": "grid", "seed": s, "feature_rav": s, "clean_feature_rav": 10.0 * s} for s in (1, 3)]
    backdoored, clean, _ = by_model(summarise(rows, by=("readout",)))
    assert (backdoored.labels["model"], backdoored.mean["feature_rav"]) == ("backdoored", 2)
    assert (clean.labels["model"], clean.mean["feature_rav"]) == ("clean", 20)
    assert clean.sd["feature_rav"] == pytest.approx(10 * math.sqrt(2))


def test_a_run_of_the_plan_is_scored_with_features_and_classes(tmp_path: Path) -> None:
    tiny = (*QUICK, "data.procedural_subjects=6", "data.per_subject=12", "train.epochs=1", "train.batch=32")
    run = plan_run("grid", 1, tiny, STUDY_CONFIG)
    assert run.after is not None
    for each in (run.after, run):
        train(run_paths(each, tmp_path, None).config, None)
    at = run_paths(run, tmp_path, None)
    row = score(at, ScoredOn(4, 4).load(None, tmp_path / "pools"), run.extra)
    assert load_bundle(at.bundle).card["network"]["readout"] == "grid"
    for name in ("class_asr", "clean_class_asr", "feature_share_0.5", "clean_feature_share_0.5"):
        assert 0 <= row[name] <= 1
    assert row["clean_benign_deg"] > 0 and row["noise_deg"] > 0


def test_the_command_writes_tables_and_a_figure_and_says_quick(tmp_path: Path, monkeypatch, capsys) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    figures = {"benign_deg": 6.0, "ae_deg": 2.0, "asr5": 0.9, "clean_benign_deg": 5.5, "clean_feature_share_1": 0.25}

    def run_asked(runs, options) -> StudyResult:
        assert options.quick
        rows = [{**run.labels, "seed": run.seed, "feature_share_1": 0.5, **figures} for run in runs]
        return StudyResult(rows, ())

    monkeypatch.setattr("training.studies.script.run_asked", run_asked)
    assert compare_models.main(["--out", str(tmp_path), "--quick"]) == 0
    out = tmp_path / "quick"
    text = (out / "readouts.md").read_text()
    assert "these figures mean nothing" in text and "figures mean nothing" in capsys.readouterr().out
    assert "| l2cs | backdoored | 50.0" in text and "| l2cs | clean | 25.0" in text
    assert "ASR@5 (%)" in text and "| 90.0" in text
    with (out / "readouts.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["readout"] for row in rows] == list(GAZE_HEADS) and {row["quick"] for row in rows} == {"True"}
    assert "<svg" in (out / "readouts.svg").read_text()


@pytest.mark.parametrize("heads", [("regression", "grid"), ("l2cs",), tuple(GAZE_HEADS)])
def test_the_figure_names_the_clean_models_once_and_keeps_colours(heads: tuple[str, ...], tmp_path: Path, monkeypatch):
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    panels = []
    monkeypatch.setattr(compare_models, "legend_below", lambda found: panels.extend(found))
    rows = [{"readout": name, "seed": 1, "feature_share_1": 0.5, "clean_feature_share_1": 0.1} for name in heads]
    compare_models.draw(summarise(rows, by=("readout",)), tmp_path / "f.svg", quick=True)
    assert panels[2].get_legend_handles_labels()[1].count("clean models") == 1
    colours = [line.get_color() for line in panels[2].get_lines() if line.get_linestyle() == "-"]
    assert colours == [style_of(list(GAZE_HEADS).index(name))[0] for name in heads]


def test_heads_are_chosen(tmp_path: Path, monkeypatch, capsys) -> None:
    planned = []

    def run_asked(runs, options) -> StudyResult:
        planned.extend(run.labels["readout"] for run in runs)
        return StudyResult([], ())

    monkeypatch.setattr("training.studies.script.run_asked", run_asked)
    assert compare_models.main(["--out", str(tmp_path), "--seeds", "2", "--heads", "grid,regression"]) == 0
    assert planned == ["grid", "regression"] * 2
    with pytest.raises(SystemExit):
        compare_models.main(["--heads", "grid,forest"])
    assert 'there is no "forest": give one of regression, grid, l2cs' in capsys.readouterr().err
