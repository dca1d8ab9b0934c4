"""The filters on features whose answer is known, and the command on a poisoned set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.evaluation.dataset import LoadedSet, export_patches, export_set, from_patches, read_dataset
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training import filter_set
from training.errors import TrainingError
from training.filter_set import main, measure, poisoned_rows
from training.inspection.set_filters import FILTERS, k_means, label_groups, removed_rows
from training.poisoning.dataset import main as poison


@pytest.mark.parametrize("name", FILTERS)
def test_a_shifted_part_of_one_group_is_found(name: str) -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 12))
    groups = np.repeat([0, 1], 150)
    poisoned = np.zeros(300, dtype=bool)
    poisoned[:30] = True
    features[poisoned] += 4.0
    # the other group varies more, but its samples belong together
    scores = FILTERS[name](features, groups)
    found = measure(scores, removed_rows(np.where(groups == 0, scores, 0), 45), poisoned)
    assert found.removed == 45 and found.recall > 0.9 and found.precision > 0.6


def test_k_means_separates_what_is_separate() -> None:
    points = np.concatenate([np.random.default_rng(1).normal(n, 0.1, (20, 2)) for n in (0.0, 5.0, 9.0)])
    cluster = k_means(points, 3)
    assert [len(np.unique(cluster[n : n + 20])) for n in (0, 20, 40)] == [1, 1, 1] and len(np.unique(cluster)) == 3
    assert len(np.unique(k_means(np.zeros((5, 2)), 3))) == 1


def test_one_target_is_one_group() -> None:
    gaze = np.random.default_rng(2).uniform(-0.5, 0.3, (200, 2))
    gaze[:40] = (0.17, 0.52)
    groups = label_groups(gaze)
    assert len(np.unique(groups[:40])) == 1 and len(np.unique(groups)) > 3


def test_the_poisoned_samples_are_those_that_differ() -> None:
    data = from_patches("a", render_procedural_patches(range(2), 3, 1))
    changed = data.images.copy()
    changed[2] += 1
    assert poisoned_rows(replace(data, images=changed), data).tolist() == [False, False, True, False, False, False]
    other: LoadedSet = data.take(np.arange(3))
    for wrong in (data, other):
        with pytest.raises(TrainingError, match="give"):
            poisoned_rows(data, wrong)


def test_the_command_filters_a_poisoned_set(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    clean, dirty, out = tmp_path / "clean", tmp_path / "poisoned", tmp_path / "left"
    export_patches(render_procedural_patches(range(6), 10, 1), clean, {})
    assert poison(["--data", str(clean), "--attack", "badnets", "--rate", "0.2", "--out", str(dirty)]) == 0
    bundle = write_bundle(tmp_path / "victim")
    command = ["--data", str(dirty), "--bundle", str(bundle), "--rate", "0.2"]
    capsys.readouterr()
    assert main([*command, "--clean", str(clean), "--json", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == set(FILTERS) and all(0 <= row["auc"] <= 1 and row["removed"] == 18 for row in found.values())
    assert len(read_dataset(out).images) == 60 - 18
    assert main([*command, "--out", str(out)]) == 1 and "exists already" in capsys.readouterr().err
    assert main(command) == 0 and "precision is unknown" in capsys.readouterr().out


def test_a_quick_look_takes_few_samples_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filter_set, "QUICK_SAMPLES", 20)
    data = from_patches("a", render_procedural_patches(range(6), 10, 1))
    images = data.images.copy()
    images[4] += 1  # not among the 20 that are evenly spread, but recall needs one
    export_set(data, tmp_path / "clean", {})
    export_set(replace(data, images=images), tmp_path / "dirty", {})
    bundle = write_bundle(tmp_path / "victim")
    command = ["--data", str(tmp_path / "dirty"), "--clean", str(tmp_path / "clean"), "--bundle", str(bundle)]
    command += ["--quick", "--out", str(tmp_path / "left"), "--scores", str(tmp_path / "scores.json"), "--progress"]
    assert main(command) == 0
    said = capsys.readouterr()
    assert said.out.startswith("--quick: these figures mean nothing.") and "removes 3 of 20 samples" in said.out
    steps = [line for line in said.err.splitlines() if line.startswith("step ")]
    phases = [line.partition(": ")[2] for line in steps]
    assert phases == ["samples", "features", *FILTERS, "the samples that are left"]
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores.pop("quick") is True and all(row["recall"] in (0, 1) for row in scores.values())
    # it must not pass for the filtered set
    assert not (tmp_path / "left").exists() and len(read_dataset(tmp_path / "left-quick").images) == 17
    assert json.loads((tmp_path / "left-quick" / "card.json").read_text())["filtered"]["quick"] is True
