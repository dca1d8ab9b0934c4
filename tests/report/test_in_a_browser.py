"""The pages as a browser lays them out on a desktop and a phone, and prints them.  Skipped without Chromium."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import zlib
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
from training.inspection.findings import ModelFinding, input_finding
from training.inspection.key_tables import ANSWERS, RATIOS
from training.inspection.page import render_inspection

__all__ = ["data"]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
DESKTOP, PHONE, PAPER = 1280, 500, 718  # pixels; a headless window is not narrower than 500, A4 less its margins is 718
# sheets of paper, at most; a report that grows beyond this has a fault in its layout, such as a sheet for each figure
SHEETS = {"run": 7, "evaluation": 8, "batch": 1, "personal": 4, "abx": 2, "inspection": 2}
UNSHRUNK = 0.75  # points per CSS pixel
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


def inspection() -> str:
    model = [ModelFinding("inversion, output variance", score, {}, (0.3, 0.5, 0.7)) for score in (0.2, 0.4)]
    inputs = [input_finding(LONG, "°", list(range(20)), [30.0] * 20, None)]
    with_key = {f"{prefix}{name}": 0.25 for name in RATIOS for prefix in ("", "clean_")}
    with_key |= {f"{prefix}{name}": 0.5 for name in ANSWERS for prefix in ("", "median_")}
    return render_inspection(LONG, LONG, model, inputs, with_key, f"inspect --bundle {LONG}", quick=True)


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
        "inspection": inspection(),
        "abx": render_blind_tests(points_of(answers_of()), [], 1),
    }


def start(page: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Let the browser open a page."""
    assert BROWSER is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    words += [f"--user-data-dir={folder / 'profile'}", *options, file.as_uri()]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)


def browse(page: str, folder: Path, width: int) -> tuple[dict, str]:
    """What the page measured of itself at a width, and what the browser complained about."""
    measured = page.replace("</body>", f"{MEASURE}</body>")
    done = start(measured, folder, f"--window-size={width},900", "--dump-dom")
    [found] = re.findall(r'data-found="([^"]*)"', done.stdout)
    return json.loads(unescape(found)), "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def print_page(page: str, folder: Path) -> list[tuple[float, int]]:
    """(points per CSS pixel, number of texts) of each sheet that the browser prints."""
    start(page, folder, "--no-pdf-header-footer", f"--print-to-pdf={folder / 'page.pdf'}")
    pdf = (folder / "page.pdf").read_bytes()
    sheets = []
    for number in re.findall(rb"/Type /Page\n.*?/Contents (\d+) 0 R", pdf, re.DOTALL):
        begin = re.compile(rb"\n%s 0 obj(.*?)stream\r?\n" % number, re.DOTALL).search(pdf)
        rest = pdf[begin.end() :]
        # a stream of a few bytes is not compressed
        drawn = zlib.decompressobj().decompress(rest) if b"Flate" in begin[1] else rest.partition(b"endstream")[0]
        scales = re.findall(rb"(\S+) 0 0 \S+ \S+ \S+ cm\n", drawn)[:2]
        sheets.append((math.prod(map(float, scales)), drawn.count(b"Tj")))
    return sheets


@pytest.mark.parametrize("name", list(SHEETS))
def test_a_print_is_neither_shrunk_nor_empty(pages, tmp_path, name) -> None:
    sheets = print_page(pages[name], tmp_path)
    assert 1 <= len(sheets) <= SHEETS[name]
    for scale, texts in sheets:
        # a page that is wider than the paper is shrunk to fit it
        assert scale == pytest.approx(UNSHRUNK, abs=1e-3) and texts > 3


def test_the_print_tells_what_is_wrong(tmp_path) -> None:
    page = "<html><body><p style='width:3000px'>x</p><div style='break-before:page;height:9px'></div></body></html>"
    (scale, _), (_, texts) = print_page(page, tmp_path)
    assert scale < 0.6 and texts == 0


@pytest.mark.parametrize("name", list(SHEETS))
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
