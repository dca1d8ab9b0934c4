"""training.inspect: each test on models whose answer is known."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.live.folder_lock import lock_folder
from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import face_crop
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis.detector_models import SmallCNN
from training.analysis.shift_check import shift_predictions, shift_scores, shifted, unchanged
from training.errors import TrainingError
from training.inspect import main
from training.inspection import input_tests, inspection, model_tests
from training.inspection.findings import ModelFinding, input_finding
from training.inspection.inputs import landmark_scores
from training.inspection.inspection import inspect
from training.inspection.key_tables import ANSWERS, RATIOS
from training.inspection.known_trigger import choose_control, control_ratios, known_trigger
from training.inspection.model_tests import MODEL_TESTS
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
    assert [f["test"] for f in found["inputs"]] == ["shift check", "landmark check", "STRIP (made for patches)"]
    assert all(0 <= f["tpr"] <= 1 for f in found["inputs"]) and found["with_key"]["output_ratio"] >= 0

    # the same ratios of the clean model stand beside them
    assert found["no_control"] == ""
    text = (tmp_path / "out" / "inspection.txt").read_text(encoding="utf-8")
    for name, label in RATIOS.items():
        own, control = (found["with_key"][f"{prefix}{name}"] for prefix in ("", "clean_"))
        assert own != control and re.search(rf"^  {label} +{own:.3f} +{control:.3f}$", text, re.MULTILINE)
        assert f'{label}</th><td class="num">{own:.3f}</td><td class="num">{control:.3f}</td>' in page
    for name, figure in (("asr5", 100 * found["with_key"]["asr5"]), ("dae_deg", found["with_key"]["dae_deg"])):
        assert f'{ANSWERS[name][0]}</th><td class="num">{figure:.1f}</td>' in page
    suspicious = sum(f["suspicious"] for f in found["model"])
    best = max(found["inputs"], key=lambda f: f["auc"])
    for said in (f"call it backdoored: {suspicious} of {len(tests)}.", f"separates best is the {best['test']}"):
        assert said in text and escape(said) in page

    assert main([*command, "--zoo", str(tmp_path / "none.csv")]) == 1
    assert "no clean models" in capsys.readouterr().err
    np.savez(tmp_path / "one.npz", images=subjects.images[:6], gaze_pitchyaw=subjects.gaze[:6])
    assert main(["--bundle", str(bundle), "--data", str(tmp_path / "one.npz"), "--quick"]) == 1
    assert "one subject" in capsys.readouterr().err


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tests that are run, in order, after an entry that may name one whose second run fails."""
    ran: list[str] = []

    def count(module: object, name: str) -> None:
        original = getattr(module, name)

        def run(*args: object, **options: object) -> object:
            ran.append(name)
            if ran[0] == f"break {name}" and ran.count(name) == 2:
                raise TrainingError("The disk is full.")
            return original(*args, **options)

        monkeypatch.setattr(module, name, run)

    for name in ("invert_features", "invert"):
        count(model_tests, name)
    count(input_tests, "_measure")
    count(inspection, "known_trigger")
    count(inspection, "control_ratios")
    return ran


def test_a_stopped_inspection_continues(
    tmp_path: Path, key: TriggerKey, subjects: LoadedSet, capsys: pytest.CaptureFixture, counted: list[str]
) -> None:
    np.savez(tmp_path / "d.npz", images=subjects.images, gaze_pitchyaw=subjects.gaze, subject=subjects.subject)
    bundle = write_bundle(tmp_path / "wanet", key=key)
    out = tmp_path / "out"
    command = ["--bundle", str(bundle), "--data", str(tmp_path / "d.npz"), "--steps", "2"]
    counted.append("break invert")  # the second one of the two
    assert main([*command, "--out", str(out)]) == 1
    assert capsys.readouterr().err == "The disk is full.\n" and not (out / "inspection.json").exists()
    assert counted[1:] == ["invert_features", "invert", "invert"]
    counted[:] = [""]
    assert main([*command, "--out", str(out)]) == 0
    assert counted[1:] == ["invert", "_measure", "_measure", "known_trigger", "control_ratios"]
    first = capsys.readouterr().out
    # what is finished stays; without --out nothing is kept, and the findings are the same
    counted[:] = [""]
    assert main([*command, "--out", str(out)]) == 0 and counted[1:] == []
    assert capsys.readouterr().out == first
    assert main(command) == 0 and len(counted[1:]) == 7 and capsys.readouterr().out == first

    # other steps concern the searches alone; other samples and another model concern every test
    searches = ["invert_features", "invert", "invert"]
    counted[:] = [""]
    assert main([*command[:-1], "3", "--out", str(out)]) == 0 and counted[1:] == searches
    changed = subjects.images.copy()
    changed[0, 0, 0] ^= 1
    np.savez(tmp_path / "d.npz", images=changed, gaze_pitchyaw=subjects.gaze, subject=subjects.subject)
    counted[:] = [""]
    assert main([*command, "--out", str(out)]) == 0 and len(counted[1:]) == 7
    write_bundle(tmp_path / "wanet", key=key, taught=0.3)
    counted[:] = [""]
    assert main([*command, "--out", str(out)]) == 0 and len(counted[1:]) == 7

    # what is damaged, and a folder in use, are one sentence
    with lock_folder(out):
        assert main([*command, "--out", str(out)]) == 1 and "in use by another run" in capsys.readouterr().err
    for text in ("{", '{"found": {"score": "low"}}', '{"found": 3}', "[]"):
        for path in (out / "tests").iterdir():
            path.write_text(text)
        assert main([*command, "--out", str(out)]) == 1
        said = capsys.readouterr().err
        assert "is damaged: delete it" in said and said.count("\n") == 1


def test_another_detector_is_tested_again(
    tmp_path: Path, subjects: LoadedSet, counted: list[str], capsys: pytest.CaptureFixture
) -> None:
    np.savez(tmp_path / "d.npz", images=subjects.images, gaze_pitchyaw=subjects.gaze, subject=subjects.subject)
    bundle, file = write_bundle(tmp_path / "clean"), tmp_path / "detector.safetensors"
    command = ["--bundle", str(bundle), "--data", str(tmp_path / "d.npz"), "--steps", "1"]
    command += ["--warp-detector", str(file), "--out", str(tmp_path / "out")]
    for seed, tests in ((1, 3), (1, 0), (2, 1)):
        torch.manual_seed(seed)
        save_file(SmallCNN(1, 36, 60).state_dict(), file)
        counted[:] = [""]
        assert main(command) == 0 and counted.count("_measure") == tests


def test_the_ratios_of_a_clean_model_are_near_one(subjects: LoadedSet) -> None:
    wanet, (clean, reason) = open_bundle("wanet"), choose_control(open_bundle("wanet"), None)
    assert clean is not None and clean.name == "clean" and not reason and wanet.key is not None
    own = known_trigger(wanet, subjects, wanet.key, features=True)
    control = control_ratios(clean, subjects, wanet.key)
    for name in ("angle_pitch_ratio", "angle_yaw_ratio"):
        assert own[name] < 0.3 < 0.7 < control[f"clean_{name}"] < 1.4


def test_a_clean_model_that_does_not_fit_is_left_out_or_refused(tmp_path: Path, key: TriggerKey) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "wanet", key=key))
    other = write_bundle(tmp_path / "other", crop=face_crop(64))
    clean, reason = choose_control(bundle, str(other))
    assert clean is None and "other takes other crops" in reason and "--clean" in reason
    assert choose_control(load_bundle(other), None) == (None, "")
    with pytest.raises(BundleError, match="cannot be the clean baseline"):
        choose_control(bundle, "wanet")
    page = render_inspection("m", "d", (), (), dict.fromkeys(RATIOS, 1.0), "c", quick=False, no_control=reason)
    assert escape(reason) in page


def test_another_clean_model_changes_its_ratios_alone(
    tmp_path: Path, key: TriggerKey, subjects: LoadedSet, counted: list[str]
) -> None:
    np.savez(tmp_path / "d.npz", images=subjects.images, gaze_pitchyaw=subjects.gaze, subject=subjects.subject)
    bundle, own = write_bundle(tmp_path / "wanet", key=key), write_bundle(tmp_path / "own")
    command = ["--bundle", str(bundle), "--data", str(tmp_path / "d.npz"), "--steps", "1", "--out", str(tmp_path / "o")]
    for more, tests in (([], 7), ([], 0), (["--clean", str(own)], 1)):
        counted[:] = [""]
        assert main([*command, *more]) == 0 and len(counted[1:]) == tests
    assert counted[1:] == ["control_ratios"]


def test_what_a_model_lacks_is_left_out(tmp_path: Path, subjects: LoadedSet) -> None:
    found = inspect(load_bundle(write_bundle(tmp_path / "clean")), subjects, 1)
    assert [f.test for f in found.inputs] == ["shift check", "STRIP (made for patches)"]
    assert found.with_key == {} and all(f.tpr is None for f in found.inputs)


def test_names_are_shown_as_they_are() -> None:
    found = input_finding("<b>own</b>", "", [0.0], [1.0], None)
    page = render_inspection(
        "<i>model</i>", "a & b", (), (found,), {}, "inspect '<x>'", quick=False, untested="no regression"
    )
    assert "&lt;i&gt;model" in page and "&lt;b&gt;own" in page and "a &amp; b" in page and "&lt;x&gt;" in page
    assert "<i>" not in page and "<x>" not in page and "mean nothing" not in page
    assert "no regression" in page and "100.0\N{NO-BREAK SPACE}% (aim\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%)" in page
