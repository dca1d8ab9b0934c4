"""One person's page: what it says, and what it must never do."""

import json
import os
import stat
from dataclasses import replace

import numpy as np
import pytest

from gazeattack import cli
from gazeattack.collection.files import PAGE, write_collection
from gazeattack.collection.score import score_person
from gazeattack.report.personal.error_map import error_map
from gazeattack.report.personal.page import PersonalReport, render_personal
from tests.helpers.collection import CARD, made_up


@pytest.fixture
def score(backdoored_bundle, clean_bundle):
    return score_person(backdoored_bundle, made_up(120), backdoored_bundle.key, str(clean_bundle.path))


def test_the_page_is_one_file_that_names_its_assumptions(score):
    card = replace(CARD, assumed=("the screen's size",))
    shown = replace(score, collection=replace(score.collection, card=card))
    page = render_personal(PersonalReport(shown, None, [], [("model", "<b>")], "gazeattack evaluate --data <me>"))
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert "estimated from the size of the face" in page and page.count("not given, so it is assumed") == 1
    assert "&lt;me&gt;" in page and "&lt;b&gt;" in page
    assert "not measured on the panel" in page and "The subject is rendered" in page


def test_a_map_shows_every_target_and_stays_inside(score):
    drawing = error_map(score, score.calibrated, style="clean", label="x")
    assert drawing.count('class="aim"') == len(np.unique(score.blocks))
    far = replace(score.calibrated, points=score.calibrated.points + 1e6)
    assert error_map(score, far, style="clean", label="x").count('class="dot') == 0


def test_evaluate_makes_the_page_in_the_folder(tmp_path, capsys, backdoored_bundle, clean_bundle):
    write_collection(tmp_path / "me", made_up(120))
    words = ["evaluate", "--bundle", str(backdoored_bundle.path), "--clean", str(clean_bundle.path)]
    assert cli.main([*words, "--data", str(tmp_path / "me"), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["samples"] == 120 and figures["report"].endswith(PAGE)
    page = tmp_path / "me" / PAGE
    assert "measured on a rendered subject" in page.read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert cli.main([*words, "--data", str(tmp_path / "me"), "--report", str(tmp_path / "p.html")]) == 0
    assert "before calibration" in capsys.readouterr().out and (tmp_path / "p.html").is_file()


def test_a_spoiled_collection_is_one_sentence(tmp_path, capsys, backdoored_bundle):
    write_collection(tmp_path / "me", made_up(120))
    (tmp_path / "me" / "card.json").unlink()
    assert cli.main(["evaluate", "--bundle", str(backdoored_bundle.path), "--data", str(tmp_path / "me")]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.strip().splitlines()[-1].endswith("copy the whole folder of the collection.")
