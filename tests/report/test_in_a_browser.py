"""The pages as a browser lays them out: on a desktop, on a phone and on paper.  Skipped where there is no Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from gazeattack.attack.key import TriggerKey
from gazeattack.blind_test.aggregate import points_of
from gazeattack.collection.score import score_person
from gazeattack.live.frame_result import ComparedModel
from gazeattack.model.bundle import Bundle
from gazeattack.report.batch.page import BatchRow, render_index
from gazeattack.report.blind_test.page import render_blind_tests
from gazeattack.report.evaluation.page import render_evaluation
from gazeattack.report.personal.page import PersonalReport, render_personal
from gazeattack.report.run.page import RunReport, render
from tests.helpers.collection import made_up
from tests.helpers.report import make_report, make_result
from tests.report.test_evaluation import data, make_page

__all__ = ["data"]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
DESKTOP, PHONE, PAPER = 1280, 500, 718  # pixels; a headless window is not narrower than 500, A4 less its margins is 718
LONG = "a-folder-with-a-very-long-name/and-another-one/a_video_without_any_space_in_its_name_at_all.mp4"
MEASURE = """
<script>
const found = {over: [], unnamed: [], width: document.documentElement.clientWidth};
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth) found.over.push(`page ${page.scrollWidth} > ${page.clientWidth}`);
for (const box of document.querySelectorAll(".card, .tile, .notice, pre, figure, h1, h2, p"))
  if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).display != "inline")
    found.over.push(`${box.tagName}.${box.className} ${box.scrollWidth} > ${box.clientWidth}`);
for (const picture of document.querySelectorAll("img"))
  if (!picture.alt) found.unnamed.push("img");
for (const drawing of document.querySelectorAll("svg:not([aria-hidden=true])"))
  if (drawing.getAttribute("role") != "img" || !drawing.getAttribute("aria-label")) found.unnamed.push("svg");
document.body.dataset.found = JSON.stringify(found);
</script>
"""


def compared_report() -> RunReport:
    results = []
    for i in range(60):
        result = make_result(i)
        results.append(replace(result, compared=ComparedModel("clean", "clean", result.clean, result.clean, 1.0)))
    return make_report(results, compared="clean", compared_kind="clean", source_name=LONG, source=LONG)


@pytest.fixture
def pages(backdoored_bundle: Bundle, clean_bundle: Bundle, data, key: TriggerKey) -> dict[str, str]:
    from tests.blind_test.test_blind_test import answers_of

    report = compared_report()
    summary = {**report.summary, "safety": None, "interrupted": False}
    rows = [BatchRow(LONG, "01-a", summary), BatchRow("b.mp4", "02-b", None, f"{LONG} cannot be read: choose another.")]
    score = score_person(backdoored_bundle, made_up(120), backdoored_bundle.key, str(clean_bundle.path))
    facts = [("model", LONG)]
    return {
        "run": render(report),
        "evaluation": render_evaluation(make_page(backdoored_bundle, data, key)),
        "batch": render_index(rows, f"gazeattack run --source {LONG} b.mp4"),
        "personal": render_personal(PersonalReport(score, None, [], facts, f"gazeattack evaluate --data {LONG}")),
        "abx": render_blind_tests(points_of(answers_of()), [], 1),
    }


def browse(page: str, folder: Path, width: int) -> tuple[dict, str]:
    """What the page measured of itself at a width, and what the browser complained about."""
    assert BROWSER is not None
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    words += [f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", "--dump-dom", file.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    [found] = re.findall(r'data-found="([^"]*)"', done.stdout)
    return json.loads(unescape(found)), "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize("name", ["run", "evaluation", "batch", "abx", "personal"])
def test_nothing_overflows_and_every_figure_has_a_text(pages, tmp_path, name) -> None:
    page = pages[name]
    for width, shown in (
        (DESKTOP, page),
        (PHONE, page),
        # laid out as on paper
        (PAPER, page.replace("@media print", "@media all").replace("@media screen", "@media print")),
    ):
        found, complaints = browse(shown, tmp_path, width)
        assert found["width"] == width and complaints == ""
        assert found["unnamed"] == []
        # on a phone a wide table may be dragged within its card
        over = [one for one in found["over"] if width != PHONE or not one.startswith("DIV.card")]
        assert over == [], (name, width)


def test_the_browser_finds_what_is_wrong(tmp_path) -> None:
    page = (
        "<html><body><p style='width:3000px'>x</p><img src='data:,'><script>console.error('no')</script></body></html>"
    )
    found, complaints = browse(page, tmp_path, DESKTOP)
    assert found["over"] and found["unnamed"] == ["img"] and "no" in complaints
    assert np.isfinite(found["width"])
