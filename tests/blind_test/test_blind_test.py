"""The blind test without a window: the plan, the exact score, the files, the curve, and the command."""

import csv
import json
import stat
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.stats import binomtest

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.blind_test.aggregate import LAPSE, fit_curve, points_of
from gazeattack.blind_test.plan import OWN, Condition, make_plan
from gazeattack.blind_test.results import COLUMNS, Answer, read_results, write_results
from gazeattack.blind_test.score import at_least, clopper_pearson, score
from gazeattack.blind_test.stimulus import attack_name, make_stimulus
from gazeattack.errors import DataError, OutputError

CONDITIONS = [Condition(attack, strength) for attack in (OWN, "badnets") for strength in (0.5, 1.0, 2.0)]


def test_a_plan_is_balanced_shuffled_and_made_again_from_its_seed():
    plan = make_plan(CONDITIONS, trials=40, choices=3, seed=5)
    assert plan == make_plan(CONDITIONS, trials=40, choices=3, seed=5)
    assert plan != make_plan(CONDITIONS, trials=40, choices=3, seed=6)
    counts = Counter(trial.condition for trial in plan.trials)
    assert set(counts) == set(CONDITIONS) and max(counts.values()) - min(counts.values()) == 1
    assert [trial.number for trial in plan.trials] == list(range(40)) and plan.chance == pytest.approx(1 / 3)
    # not in the order of the conditions, and every place is used
    assert [trial.condition for trial in plan.trials[:6]] != CONDITIONS
    assert {trial.answer for trial in plan.trials} == {0, 1, 2}


def test_the_place_of_the_answer_is_not_balanced_so_counting_tells_nothing():
    sums = {
        sum(trial.answer for trial in make_plan(CONDITIONS, trials=20, choices=2, seed=s).trials) for s in range(40)
    }
    assert len(sums) > 5


@pytest.mark.parametrize(
    ("trials", "choices", "conditions"), [(9, 2, 1), (41, 2, 1), (10, 4, 1), (10, 1, 1), (10, 2, 0), (10, 2, 11)]
)
def test_impossible_plans_are_refused(trials, choices, conditions):
    with pytest.raises(ValueError, match="no such test"):
        make_plan([Condition(OWN, float(i)) for i in range(conditions)], trials=trials, choices=choices, seed=0)


@pytest.mark.parametrize("trials", [1, 10, 17, 40, 400])
@pytest.mark.parametrize("chance", [1 / 2, 1 / 3])
def test_p_and_interval_are_scipys(trials, chance):
    for correct in sorted({0, 1, trials // 3, trials // 2, trials - 1, trials}):
        test = binomtest(correct, trials, chance, alternative="greater")
        assert at_least(correct, trials, chance) == pytest.approx(test.pvalue, rel=1e-9)
        interval = binomtest(correct, trials).proportion_ci(confidence_level=0.95, method="exact")
        assert clopper_pearson(correct, trials) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_only_the_answer_carries_the_trigger():
    random = np.random.default_rng(0)
    crops = random.random((4, 1, 36, 60), dtype=np.float32)
    key = make_key(k=8, strength=1.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=11)
    for trial in make_plan([Condition(OWN, 2.0)], trials=10, choices=3, seed=1).trials:
        stimulus = make_stimulus(crops, {OWN: key}, trial)
        pictures = stimulus.pictures(make_plan([Condition(OWN, 2.0)], trials=10, choices=3, seed=1), trial)
        one = int(trial.pick * 4)
        assert stimulus.strength == 2.0 and stimulus.pixel_change > 0.01
        for place, picture in enumerate(pictures):
            expected = stimulus.triggered if place == trial.answer else crops[one]
            assert np.array_equal(picture, expected)
    import torch

    assert np.allclose(stimulus.triggered, make_trigger(key, 2.0).apply(torch.from_numpy(crops))[one].numpy())
    assert (attack_name(OWN, key), attack_name("sig", key)) == ("wanet (own key)", "sig")


def answers_of(person="ann", seed=1, *, right=0.8, strengths=(0.5, 1.0, 2.0), each=10, attack="wanet (own key)"):
    rows = []
    for strength in strengths:
        for i in range(each):
            hit = i < round(right * each)
            rows.append(
                Answer(
                    person, "live", "wanet", seed, 2, len(rows), attack, strength, strength, 0.01, 1, 1 + (not hit), 2.5
                )
            )
    return rows


def test_results_are_private_and_read_back(tmp_path):
    path = tmp_path / "ann.csv"
    answers = [replace(answer, person="=cmd()") if i == 0 else answer for i, answer in enumerate(answers_of())]
    write_results(path, answers)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    back = read_results(path)
    # a formula becomes text
    assert back[0].person == "'=cmd()" and back[1:] == answers[1:]
    assert tuple(next(csv.reader(path.open(newline="")))) == COLUMNS
    with pytest.raises(OutputError, match="exists"):
        write_results(path, answers)
    with pytest.raises(OutputError, match="cannot be written"):
        write_results(tmp_path / "none" / "x.csv", answers)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gazeattack-abx-1", "gazeattack-abx-9"),
        (",1,2.5,", ",3,2.5,"),
        (",0.01,", ",nan,"),
        (",0.01,", ",1e7,"),
        (",2.5,1\n", ",2.5,0\n"),
        ("wanet,1,2,", "wanet,1,7,"),
        ("choices", "chances"),
        ("wanet", "w" * 201),
    ],
)
def test_damaged_results_are_one_sentence(tmp_path, old, new):
    path = tmp_path / "ann.csv"
    write_results(path, answers_of())
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(DataError, match="is not the result of a blind test"):
        read_results(path)


def test_missing_and_empty_results_are_one_sentence(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        read_results(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(DataError, match="holds no trial"):
        read_results(tmp_path / "empty.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not the result"):
        read_results(tmp_path / "bytes.csv")


def simulated(scale, slope, strengths, each, seed=0, choices=2):
    random = np.random.default_rng(seed)
    rows = []
    for strength in strengths:
        seen = 1 - np.exp(-((strength / scale) ** slope))
        share = 1 / choices + (1 - 1 / choices - LAPSE) * seen
        for _ in range(each):
            hit = random.random() < share
            rows.append(
                Answer("a", "s", "m", 1, choices, 0, "wanet", strength, strength, 0.01, 1, 1 if hit else 2, 1.0)
            )
    return rows


@pytest.mark.parametrize("choices", [2, 3])
def test_the_curve_is_found_again(choices):
    points = points_of(simulated(1.2, 2.5, (0.25, 0.5, 1.0, 1.5, 2.0, 3.0), 1500, choices=choices))
    curve = fit_curve(points)
    assert curve.scale == pytest.approx(1.2, rel=0.08) and curve.slope == pytest.approx(2.5, rel=0.15)
    assert curve.threshold == pytest.approx(1.2 * np.log(2) ** (1 / 2.5), rel=0.08)
    assert curve.at(0.0, 1 / choices) == pytest.approx(1 / choices)


def test_no_threshold_is_told_outside_the_tested_strengths():
    # nobody sees it at any strength
    guessing = points_of(simulated(100.0, 2.0, (0.5, 1.0, 2.0), 400))
    assert fit_curve(guessing).threshold is None
    assert fit_curve(points_of(simulated(1.0, 2.0, (0.5, 1.0), 100))) is None


def test_points_separate_pairs_triples_and_attacks():
    mixed = answers_of() + [replace(a, choices=3) for a in answers_of("bo", 2, strengths=(1.0,))]
    points = points_of([*mixed, *answers_of("cy", 3, attack="sig", strengths=(1.0,))])
    assert [(p.attack, p.relative_strength, p.choices) for p in points] == [
        ("sig", 1.0, 2),
        ("wanet (own key)", 0.5, 2),
        ("wanet (own key)", 1.0, 2),
        ("wanet (own key)", 1.0, 3),
        ("wanet (own key)", 2.0, 2),
    ]
    assert points[0].score == score(8, 10, 0.5) and points[0].people == 1


def test_the_command_aggregates_people(tmp_path, capfd):
    write_results(tmp_path / "ann.csv", answers_of("ann", 1))
    write_results(tmp_path / "bo.csv", answers_of("bo", 2, right=0.5))
    out = tmp_path / "curve"
    assert cli.main(["abx", str(tmp_path), "--out", str(out), "--json"]) == 0
    points = json.loads(capfd.readouterr().out)["points"]
    assert [(p["correct"], p["trials"], p["people"]) for p in points] == [(13, 20, 2)] * 3
    assert points[0]["p"] == pytest.approx(binomtest(13, 20, 0.5, alternative="greater").pvalue, rel=1e-3)
    rows = list(csv.DictReader((out / "abx.csv").open(newline="")))
    assert rows[0]["correct"] == "13" and float(rows[0]["low"]) < 0.65 < float(rows[0]["high"])
    page = (out / "abx.html").read_text(encoding="utf-8")
    assert "60 trials by 2 people" in page and "13 of 20" in page and "<svg" in page and "data:" not in page
    picture = cv2.imread(str(out / "abx.png"))
    assert picture.shape == (540, 960, 3) and len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    drawing = ET.parse(out / "abx.svg").getroot()
    told = [each.text for each in drawing.iter() if each.tag.endswith("text")]
    assert "guessing, 50 %" in told and "wanet (own key)" in told and drawing.get("width") == "254mm"
    assert cli.main(["abx", str(tmp_path / "ann.csv"), "--out", str(out)]) == 1
    assert "add --overwrite" in capfd.readouterr().err
    assert cli.main(["abx", str(tmp_path / "ann.csv"), "--out", str(out), "--overwrite"]) == 0
    assert "8 of 10" in capfd.readouterr().out


def test_without_qt_the_table_and_the_page_are_written_and_no_old_picture_stays(tmp_path, capfd, monkeypatch):
    write_results(tmp_path / "ann.csv", answers_of())
    out = tmp_path / "curve"
    out.mkdir()
    (out / "abx.png").write_bytes(b"of another run")
    monkeypatch.setattr("gazeattack.commands.picture.can_draw", lambda: False)
    assert cli.main(["abx", str(tmp_path / "ann.csv"), "--out", str(out), "--overwrite"]) == 0
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "gazeattack doctor" in said
    assert sorted(file.name for file in out.iterdir()) == ["abx.csv", "abx.html"]


def test_the_command_refuses_what_is_no_result(tmp_path, capfd):
    (tmp_path / "empty").mkdir()
    write_results(tmp_path / "ann.csv", answers_of())
    write_results(tmp_path / "copy.csv", answers_of())
    for words, told in (
        ([tmp_path / "none.csv"], "There is no file"),
        ([tmp_path / "empty"], "holds no CSV file"),
        ([tmp_path / "ann.csv", tmp_path / "copy.csv"], "are the same test"),
    ):
        assert cli.main(["abx", *map(str, words)]) == 1
        said = capfd.readouterr().err
        assert told in said and said.count("\n") == 1
    # the same file twice counts once
    assert cli.main(["abx", str(tmp_path / "ann.csv"), str(tmp_path / "ann.csv")]) == 0
    assert "8 of 10" in capfd.readouterr().out
