"""The report: one file that opens nothing else, says what was measured, and draws gaps as gaps."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from gazeattack.live.headless import CANDIDATES, HISTORY, Showcase
from gazeattack.live.measure import NUMBERS, measure
from gazeattack.report.common.images import crop_picture, residual_picture
from gazeattack.report.common.svg import MAX_POINTS, Series, angle_plot, line_plot
from gazeattack.report.run.page import render
from gazeattack.report.run.timeline import MOST_DRAWN, MOST_SWITCHES, Lane, timeline
from gazeattack.safety.observation import Attention, Event
from gazeattack.safety.score import Span
from tests.helpers.report import make_report, make_result


def test_measure_is_against_truth_and_target():
    row = measure(make_result(shift=20.0))
    assert tuple(row) == NUMBERS
    assert row["clean_error_deg"] == pytest.approx(1.0)
    assert row["triggered_error_deg"] == pytest.approx(20.0)
    assert row["triggered_error_to_target_deg"] == pytest.approx(5.0)
    assert (row["head_pitch_deg"], row["head_yaw_deg"], row["head_z_mm"]) == (pytest.approx(1), pytest.approx(2), 600)
    assert row["network_ms"] is None


def test_summary_leaves_out_what_was_not_seen():
    report = make_report([make_result(0), make_result(1, face=False), make_result(2, shift=10.0)])
    summary = report.summary
    assert (summary["frames"], summary["faces"]) == (3, 2)
    assert summary["mean_shift_deg"] == pytest.approx(15.0)
    assert summary["stage_ms"]["landmarks"] == 5.0 and summary["stage_ms"]["network"] is None


def test_the_page_opens_nothing_else():
    page = render(make_report([make_result(i) for i in range(40)]))
    links = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "link", "iframe")
            links.extend(value for name, value in attributes if name in ("src", "href"))

    Reader().feed(page)
    assert links and all(link.startswith("data:image/png;base64,") for link in links)
    assert not re.search(r"https?://|@import|url\(", page)


def test_the_page_says_what_was_measured_and_what_it_is_not():
    page = render(make_report([make_result(i, shift=17.25) for i in range(40)]))
    assert "17.2°" in page and "7.8°" in page and "8.0 ms" in page and "5.00 ms" in page
    assert "ab" * 32 in page
    assert "A demonstration, not a certified driver monitor" in page
    assert "gazeattack run --source &#x27;a b.avi&#x27;" in page
    assert "$" not in re.sub(r"base64,[^\"]*", "", page)


def test_names_cannot_break_the_page():
    page = render(make_report([make_result(0)]))
    assert "<video>" not in page and "&lt;video&gt; &amp; co.avi" in page


def test_a_run_without_a_face_is_a_page_too():
    page = render(make_report([make_result(i, face=False) for i in range(3)], fps=None))
    assert "No face was found" in page and "nan" not in page.lower().split("base64")[0]


@pytest.mark.parametrize("trigger", ["noise", "wrong-key", "on", "off"])
def test_the_heading_claims_an_attack_for_the_trigger_alone(trigger):
    page = render(make_report([make_result(0)], trigger=trigger))
    assert "The trigger moved the predicted gaze by 20.0°" not in page
    assert "The trigger moved the predicted gaze by 20.0°" in render(make_report([make_result(0)]))
    assert "The trigger moved" not in render(make_report([make_result(0)], backdoored=False, kind="clean"))


def svg_of(markup):
    return ElementTree.fromstring(re.search(r"<svg class=\"plot\".*?</svg>", markup, re.S).group())


def test_a_gap_breaks_the_line():
    ys = np.array([1.0, 2, np.nan, 3, 4, np.nan, 5])
    drawing = svg_of(line_plot([Series("a", "clean", np.arange(7.0), ys)], x_label="t", y_label="y"))
    assert len(drawing.findall("path[@class='line clean']")) == 3


def test_long_runs_stay_small():
    xs = np.arange(50_000.0)
    markup = line_plot([Series("a", "clean", xs, np.sin(xs))], x_label="t", y_label="y")
    assert svg_of(markup).find("path[@class='line clean']").get("d").count("L") < MAX_POINTS


def test_a_constant_line_and_no_line_can_be_drawn():
    svg_of(line_plot([Series("a", "clean", np.zeros(1), np.zeros(1))], x_label="t", y_label="y"))
    nothing = np.full(3, np.nan)
    assert "<svg" not in line_plot([Series("a", "clean", np.arange(3.0), nothing)], x_label="t", y_label="y")
    assert "<svg" not in angle_plot([Series("a", "clean", nothing, nothing)], None)


def test_angles_are_drawn_up_and_right():
    points = Series("a", "clean", np.array([10.0]), np.array([5.0]))
    drawing = svg_of(angle_plot([points], (0.0, 0.0)))
    dot, ring = drawing.find("circle[@class='dot clean']"), drawing.find("circle[@class='target']")
    assert float(dot.get("cx")) > float(ring.get("cx")) and float(dot.get("cy")) < float(ring.get("cy"))
    across, up = float(dot.get("cx")) - float(ring.get("cx")), float(ring.get("cy")) - float(dot.get("cy"))
    assert across == pytest.approx(2 * up, rel=0.02)


def test_the_residual_is_signed():
    residual = np.array([[[-0.2, 0.0, 0.2]]], np.float32)
    left, middle, right = residual_picture(residual, zoom=1)[0].astype(int)
    assert middle.tolist() == [255, 255, 255]
    assert left[2] > left[0] and right[0] > right[2]  # BGR: orange darker, purple brighter, as in the window
    assert crop_picture(np.full((1, 2, 3), 0.5, np.float32), zoom=4).shape == (8, 12, 3)


def test_the_showcase_is_typical_and_small():
    showcase = Showcase()
    shifts = np.concatenate([np.full(400, 2.0), np.full(1200, 12.0), np.full(400, 40.0)])
    for index, shift in enumerate(shifts):
        showcase.add(make_result(index, shift=float(shift)))
    results = showcase.results
    assert results[-1].shift_deg == 12.0
    assert results[-1].frame.image.shape == (48, 64, 3)
    assert len(results) == HISTORY and all(s.frame.image.size == 3 for s in results[:-1])
    assert [s.frame.index for s in results] == list(range(results[0].frame.index, results[-1].frame.index + 1))
    assert len(showcase._kept) <= CANDIDATES


def test_the_showcase_falls_back_to_a_frame_without_a_face():
    showcase = Showcase()
    assert showcase.results == []
    showcase.add(make_result(0, face=False))
    assert showcase.results[0].face is None
    showcase.add(make_result(1))
    assert showcase.results[-1].face is not None


@pytest.mark.parametrize(
    ("changes", "heading"),
    [
        ({"trigger": "noise"}, "The noise mode moved the predicted gaze by 20.0°"),
        ({"own_key": False}, "A foreign key moved the predicted gaze by 20.0°"),
        (
            {"own_key": False, "backdoored": False, "kind": "clean"},
            "A clean model: the trigger moved the predicted gaze by 20.0°",
        ),
        (
            {"own_key": False, "backdoored": False, "kind": "trained on a poisoned set"},
            "A model trained on a poisoned set: the trigger moved the predicted gaze by 20.0°",
        ),
    ],
)
def test_the_heading_names_whose_trigger_it_was(changes, heading):
    assert f"<h1>{heading}</h1>" in render(make_report([make_result(i) for i in range(5)], **changes))


def test_a_key_of_another_kind_and_goal_is_told_as_it_is():
    page = render(make_report([make_result(0)], attack="sig", goal="offset", strength=0.08))
    assert "SIG, Barni et al., ICIP 2019" in page and "amplitude of the sinusoid" in page and "0.08" in page
    assert "to the clean prediction turned by the key" in page and "WaNet" not in page
    # one ring for a target that stays, none for one that goes with the gaze
    assert render(make_report([make_result(0)])).count("target") > page.count("target")


def test_a_run_without_a_key_still_has_a_page():
    page = render(make_report([make_result(0)], attack=None, goal=None, key_sha256=None, strength=None, own_key=False))
    assert "none" in page


def test_a_restless_day_is_a_small_timeline():
    spans = [Span("clean", f"zone {i % 9}", Attention.AWAY, i / 10, (i + 1) / 10) for i in range(50_000)]
    switches = [Event(float(i), "triggered", "trigger", "trigger", "", "Trigger on") for i in range(1000)]
    drawing = timeline([Lane("clean", "clean")], spans, {}, switches, {})
    assert drawing.count("<rect") <= MOST_DRAWN and drawing.count('class="switch" d=') == MOST_SWITCHES
    short = timeline([Lane("clean", "clean")], spans[:MOST_DRAWN], {}, [], {})
    assert short.count("<rect") == MOST_DRAWN
