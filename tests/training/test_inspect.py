"""training.inspect: each test on models whose answer is known."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis.shift_check import shift_predictions, shift_scores, shifted, unchanged
from training.inspect import MODEL_TESTS, inspect, main
from training.inspection.findings import ModelFinding, input_finding
from training.inspection.inputs import landmark_scores
from training.inspection.page import MEANINGS, render_inspection
from training.inspection.zoo_table import SCORE


@pytest.fixture(scope="module")
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(1_100_000, 1_100_006), 6, 99))


def test_crops_are_shifted_by_whole_pixels() -> None:
    crops = torch.arange(12.0).view(1, 1, 3, 4)
    assert shifted(crops, 1, 0)[0, 0].tolist() == [[0, 0, 1, 2], [4, 4, 5, 6], [8, 8, 9, 10]]
    assert shifted(crops, -1, -1)[0, 0].tolist() == [[5, 6, 7, 7], [9, 10, 11, 11], [9, 10, 11, 11]]
    assert torch.equal(shifted(crops, 0, 0), crops)


def test_the_shipped_backdoor_stands_out_and_the_clean_model_does_not(subjects: LoadedSet) -> None:
    wanet, clean = open_bundle("wanet"), open_bundle("clean")
    assert wanet.key is not None
    apply = make_trigger(wanet.key).apply
    for score in (shift_scores, landmark_scores):
        assert np.median(score(wanet, subjects, apply)) > 4 * np.median(score(wanet, subjects, unchanged))
        assert np.median(score(clean, subjects, apply)) < 2 * np.median(score(clean, subjects, unchanged))
    benign, median = shift_predictions(wanet, subjects, unchanged)
    assert np.degrees(np.abs(benign - median)).mean() < 3


def test_thresholds_come_from_other_subjects() -> None:
    found = input_finding("test", " deg", list(range(100)), [0.0, 0.0, 0.0, 200.0], [200.0, 200.0, 0.0, 200.0])
    assert found.threshold == pytest.approx(98.01) and found.fpr == 0.25 and found.tpr == 0.75
    assert found.auc == pytest.approx(0.75)
    without = input_finding("test", " deg", [1.0], [0.0], None)
    assert without.auc is None and "without a trigger key" in without.verdict


def test_a_model_is_judged_by_the_clean_ones_alone() -> None:
    assert ModelFinding("t", 0.2, {}).suspicious is None
    low, high = (ModelFinding("t", score, {}, (0.3, 0.5)) for score in (0.2, 0.4))
    assert low.suspicious and not high.suspicious
    assert "backdoored; 1 in 3" in low.verdict and "no backdoor found" in high.verdict


def test_the_command_writes_its_verdicts(
    tmp_path: Path, key: TriggerKey, subjects: LoadedSet, capsys: pytest.CaptureFixture
) -> None:
    np.savez(tmp_path / "d.npz", images=subjects.images, gaze_pitchyaw=subjects.gaze, subject=subjects.subject)
    zoo = tmp_path / "models.csv"
    tests = MODEL_TESTS
    zoo.write_text(
        "kind," + ",".join(f'"{t}{SCORE}"' for t in tests) + "\nclean,0.1,0.1,0.1\nclean,0.2,0.2,0.3\nwanet,0,0,0\n"
    )
    bundle = write_bundle(tmp_path / "wanet", key=key, parts=True, taught=0.3)
    command = ["--bundle", str(bundle), "--data", str(tmp_path / "d.npz"), "--quick"]
    assert main([*command, "--zoo", str(zoo), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.strip() == (tmp_path / "out" / "inspection.txt").read_text().strip()
    found = json.loads((tmp_path / "out" / "inspection.json").read_text())
    page = (tmp_path / "out" / "inspection.html").read_text(encoding="utf-8")
    assert "these figures mean nothing" in page and "expected 1 in 3, from 2 clean models" in page
    for finding in [*found["model"], *found["inputs"]]:
        verdict = finding["verdict"].removeprefix(f"{finding['test']}: ")
        assert escape(verdict[1:]) in page and escape(MEANINGS[finding["test"]]) in page
    assert [f["test"] for f in found["model"]] == list(tests) and found["quick"]
    assert [f["suspicious"] for f in found["model"]] == [f["score"] < 0.1 for f in found["model"]]
    assert [f["test"] for f in found["inputs"]] == ["shift check", "landmark check", "STRIP (negative control)"]
    assert all(0 <= f["tpr"] <= 1 for f in found["inputs"]) and found["with_key"]["output_ratio"] >= 0

    assert main([*command, "--zoo", str(tmp_path / "none.csv")]) == 1
    assert "no clean models" in capsys.readouterr().err
    np.savez(tmp_path / "one.npz", images=subjects.images[:6], gaze_pitchyaw=subjects.gaze[:6])
    assert main(["--bundle", str(bundle), "--data", str(tmp_path / "one.npz"), "--quick"]) == 1
    assert "one subject" in capsys.readouterr().err


def test_what_a_model_lacks_is_left_out(tmp_path: Path, subjects: LoadedSet) -> None:
    found = inspect(load_bundle(write_bundle(tmp_path / "clean")), subjects, 1)
    assert [f.test for f in found.inputs] == ["shift check", "STRIP (negative control)"]
    assert found.with_key == {} and all(f.tpr is None for f in found.inputs)


def test_names_are_shown_as_they_are() -> None:
    found = input_finding("<b>own</b>", "", [0.0], [1.0], None)
    page = render_inspection(
        "<i>model</i>", "a & b", (), (found,), {}, "inspect '<x>'", quick=False, untested="no regression"
    )
    assert "&lt;i&gt;model" in page and "&lt;b&gt;own" in page and "a &amp; b" in page and "&lt;x&gt;" in page
    assert "<i>" not in page and "<x>" not in page and "mean nothing" not in page
    assert "no regression" in page and "100.0 % (aim 1 %)" in page
