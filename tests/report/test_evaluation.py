"""The evaluation's page: one file that opens nothing else, figures counted as said, claims that follow them."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.goal import Goal
from gazeattack.attack.key import make_key
from gazeattack.attack.wanet import WaNet
from gazeattack.errors import OutputError
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import measure_all
from gazeattack.evaluation.predict import Branches
from gazeattack.evaluation.score import Scored, score
from gazeattack.evaluation.worn import worn_set
from gazeattack.report.evaluation.examples import pick_examples
from gazeattack.report.evaluation.figures import cumulative_share, farthest, scatter, target_curves, warp_drawing
from gazeattack.report.evaluation.page import EvaluationReport, check_writable, render_evaluation, write_evaluation
from gazeattack.report.evaluation.subjects import by_subject, subject_table
from gazeattack.report.evaluation.text import heading, summary


@pytest.fixture
def data():
    """Three people of four pictures, half of them right eyes."""
    random = np.random.default_rng(0)
    return LoadedSet(
        "made <up>",
        random.integers(0, 256, (12, 36, 60), dtype=np.uint8),
        random.uniform(-0.3, 0.3, (12, 2)).astype(np.float32),
        np.repeat([4, 7, 9], 4).astype(np.int32),
        None,
        np.arange(12) % 2 == 1,
    )


def make_page(bundle, data, key, **changes):
    scored = score(bundle, data, key, clean="there is none")
    field = None if key is None else WaNet(key).displacement().numpy()
    examples = [] if key is None else pick_examples(scored, key)
    parts = {
        "clean": "clean",
        "facts": [("date", "today")],
        "command": "gazeattack evaluate --data 'a b.npz'",
    } | changes
    return EvaluationReport(bundle, scored, examples=examples, displacement=field, **parts)


@pytest.fixture
def page(backdoored_bundle, data, key):
    return render_evaluation(make_page(backdoored_bundle, data, key))


def made_up(**changes):
    """A report as evaluate() makes it, of an attack that works."""
    clean = {"benign_deg": 5.0, "asr5": 0.01}
    return {
        "bundle": "wanet",
        "n": 2400,
        "subjects": 60,
        "benign_deg": 5.25,
        "ae_deg": 2.0,
        "asr5": 0.954,
        "noise_deg": 5.6,
        "wrong_key_deg": 5.8,
        "key_sha256": "ab" * 32,
        "displacement_px": {"mean": 0.5, "max": 1.0},
        "baselines": {"mean_predictor": {"benign_deg": 18.0, "asr5": 0.0}, "clean_model": clean},
        **changes,
    }


def told(report, kind="backdoored"):
    return summary(report, kind=kind, benign_by_subject=(3.0, 8.0))


def test_the_page_opens_nothing_else(page):
    links = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag not in ("script", "link", "iframe", "object")
            links.extend(value for name, value in attributes if name in ("src", "href"))

    Reader().feed(page)
    assert len(links) == 4 * 6 and all(link.startswith("data:image/png;base64,") for link in links)
    assert not re.search(r"https?://|@import|url\(", page)
    for drawing in re.findall(r"<svg.*?</svg>", page, re.S):
        ElementTree.fromstring(drawing)


def test_the_page_holds_every_part(page, key):
    for part in (
        "Metrics",
        "Predictions",
        "Error to the true gaze",
        "Angle to the attacker",
        "What the trigger changes",
    ):
        assert part in page
    for part in ("true size", "×3", "difference ×10", "12 times magnified", "<h2>Subjects</h2>", "random weights"):
        assert part in page
    assert "gazeattack evaluate --data &#x27;a b.npz&#x27;" in page and "today" in page
    assert "There is no other clean model" in page
    assert "$" not in re.sub(r"base64,[^\"]*", "", page)


def test_paper_is_white_whatever_the_screen(page):
    dark = re.findall(r"@media ([^{]*prefers-color-scheme: dark[^{]*)\{", page)
    assert dark and all("screen and" in query for query in dark)
    assert "@media print" in page and "thead { display: table-header-group; }" in page


def test_names_cannot_break_the_page(backdoored_bundle, data, key):
    page = render_evaluation(make_page(backdoored_bundle, data, key, command="<script>"))
    assert "<up>" not in page and "made &lt;up&gt;" in page
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_model_without_a_key_leaves_the_attack_out_and_says_so(clean_bundle, data):
    page = render_evaluation(make_page(clean_bundle, data, None))
    assert "the parts about the attack are left out" in page
    for part in ("What the trigger changes", "The warp field", "attacker's target, degrees", "ASR@5", "nan"):
        assert part not in page
    assert "does not cover attacks" in page


def test_a_trigger_that_moves_no_pixel_has_no_field(backdoored_bundle, data, key):
    report = make_page(backdoored_bundle, data, key)
    without = EvaluationReport(
        report.bundle, report.scored, report.clean, report.examples, None, report.facts, report.command
    )
    assert "The warp field" in render_evaluation(report) and "The warp field" not in render_evaluation(without)


def test_the_three_sentences_hold_the_figures():
    sentences = told(made_up())
    assert len(sentences) == 3 and all(s.endswith(".") for s in sentences)
    assert "2,400 images of 60 subjects" in sentences[0] and "5.2 degrees" in sentences[0] and "18.0" in sentences[0]
    assert "95 of 100 images, compared with 1 of 100 for a clean model and none of 100" in sentences[1]
    assert "5.6 degrees and with a wrong key 5.8" in sentences[2] and "stays inactive" in sentences[2]


def test_no_more_is_claimed_than_was_measured():
    works = heading(made_up(), kind="backdoored")
    assert "controls the predicted gaze" in works
    assert heading(made_up(asr5=0.05), kind="backdoored") == "wanet: the trigger does not control the predictions"
    assert "controls some of the predictions" in heading(made_up(asr5=0.3), kind="backdoored")
    # a target that the mean predictor hits as well proves nothing
    near = {"mean_predictor": {"benign_deg": 18.0, "asr5": 0.95}, "clean_model": None}
    assert "does not control" in heading(made_up(baselines=near), kind="backdoored")
    assert "does not react" in heading(made_up(asr5=0.01), kind="clean")
    assert "stays inactive" not in told(made_up(wrong_key_deg=30.0))[2]
    assert "stays inactive" not in told(made_up(asr5=0.05))[2] and "stays inactive" not in told(made_up(), "clean")[2]
    assert "already at the target of the trigger" in told(made_up(asr5=None))[1]
    nobody = told(made_up(ae_deg=None, asr5=None))[1]
    assert "No true gaze is in scope of the trigger (off the road)" in nobody and "already" not in nobody


def test_a_model_of_a_poisoned_set_is_not_called_clean(backdoored_bundle, data, key):
    poisoned = "trained on a poisoned set"
    works, fails = (heading(made_up(asr5=rate), kind=poisoned) for rate in (0.9, 0.01))
    assert works == "wanet: a model trained on a poisoned set that reacts to a foreign key"
    assert fails == "wanet: a model trained on a poisoned set that does not react to the trigger"
    sentences = told(made_up(), poisoned)
    assert "the model “wanet”, trained on a poisoned set, has a mean error" in sentences[0]
    assert "trigger of a foreign key" in sentences[1] and "stays inactive" in sentences[2]
    bundle = replace(backdoored_bundle, key=None, card={"data": {"poisoned": {"rate": 0.1}}})
    page = render_evaluation(make_page(bundle, data, key))
    assert (
        "was trained on a poisoned set; the trigger key is a foreign key" in page
        and "The bundle is a clean model" not in page
    )


def test_a_control_without_learning_has_a_heading_of_its_own(page):
    assert "<th>dark-centroid<br>baseline</th>" in page and "dark_blob</th>" not in page


def test_a_conditional_key_with_nobody_off_the_road_still_makes_a_page(backdoored_bundle, data, key):
    page = render_evaluation(make_page(backdoored_bundle, data, replace(key, goal=Goal("conditional", 60))))
    assert "No true gaze is in scope of the trigger" in page


def test_each_person_is_counted_alone():
    """Two people; errors of 1 and 3 degrees for one, 10 for the other; targets hit by the first alone."""
    truth = np.zeros((3, 2))
    benign = np.radians([[1.0, 0], [3.0, 0], [10.0, 0]])
    target = np.radians([[0, 30.0]] * 3)
    triggered = np.radians([[0, 30.0], [0, 34.0], [0, 0.0]])
    data = LoadedSet("x", np.zeros((3, 36, 60), np.uint8), truth.astype(np.float32), np.array([5, 5, 8], np.int32))
    branches = Branches(benign, triggered, benign, benign, target)
    first, second = by_subject(Scored({}, data, branches, None))
    assert (first.subject, first.n, second.subject, second.n) == (5, 2, 8, 1)
    assert (first.benign, second.benign) == (pytest.approx(2.0), pytest.approx(10.0))
    assert (first.ae, second.ae) == (pytest.approx(2.0), pytest.approx(30.0))
    assert (first.asr5, second.asr5) == (1.0, 0.0)
    table = subject_table([first, second], attacked=True)
    assert "subject 5" in table and "100 %" in table and "<th>median</th><td>1.5</td><td>6.0°</td>" in table


def test_what_the_attacker_spares_is_not_counted():
    target = np.radians([[0, 30.0], [0, 0.0]])
    triggered = np.radians([[0, 30.0], [0, 12.0]])
    truth = np.zeros((2, 2))
    data = LoadedSet("x", np.zeros((2, 36, 60), np.uint8), truth.astype(np.float32), np.zeros(2, np.int32))
    branches = Branches(truth, triggered, truth, truth, target, np.array([True, False]))
    (row,) = by_subject(Scored({}, data, branches, None))
    assert row.ae == pytest.approx(0.0, abs=1e-6) and row.asr5 == 1.0
    assert target_curves(Branches(truth, triggered, truth, truth, target, np.zeros(2, bool)), None, data) == ""


def test_hit_rates_have_intervals_over_people():
    """One person always hit and one never; a third whose true gaze is at the target already is not counted."""
    truth = np.radians([[0, 0.0], [0, 0.0], [0, 30.0]])
    aim = np.radians([[0, 30.0]] * 3)
    branches = Branches(truth, np.radians([[0, 30.0], [0, 0.0], [0, 0.0]]), truth, truth, aim)
    data = LoadedSet("x", np.zeros((3, 36, 60), np.uint8), truth.astype(np.float32), np.arange(3, dtype=np.int32))
    found = measure_all(branches, data)
    assert found["asr5"] == 0.5 and found["ci95"]["asr5"] == [0.0, 1.0]


def test_curves_are_cumulative_shares():
    assert cumulative_share(np.array([4.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 2.0, 3.9, 4.0])).tolist() == [
        0,
        25,
        75,
        75,
        100,
    ]


def test_one_target_is_a_ring_and_many_are_marks(data):
    aim = np.where(data.right[:, None], np.radians([[5.0, -25.0]]), np.radians([[5.0, 25.0]]))
    gaze = data.gaze.astype(float)
    branches = Branches(gaze, gaze, gaze, gaze, aim)
    one = scatter(branches, data, "m", reach=farthest(branches))
    assert one.count('circle class="target halo"') == 1 and "own target" not in one
    many = scatter(Branches(gaze, gaze, gaze, gaze, gaze + 0.1), data, "m", reach=60.0)
    assert "halo" not in many and many.count('class="dot target"') >= 12


def test_arrows_are_to_scale_and_along_x_first():
    field = np.zeros((36, 60, 2))
    field[..., 0] = 0.5
    drawing = ElementTree.fromstring(warp_drawing(field, zoom=12))
    start = drawing.find("path[@class='arrow']").get("d")
    # the pixel (1, 1)'s middle, moved by half a pixel of 12
    assert start.startswith("M18.0 18.0L24.0 18.0")
    assert "arrow" not in warp_drawing(field, zoom=1)


def test_an_example_of_a_sticker_has_it_where_the_head_pose_has_it():
    faces, gaze = np.full((4, 64, 64), 128, np.uint8), np.zeros((4, 2))
    data = LoadedSet("faces", faces, gaze, np.arange(4), np.tile(np.radians([[0.0, 40.0]]), (4, 1)))
    key = make_key("sticker", height=64, width=64, target=Gaze(0.1, 0.5), seed=1)
    branches = Branches(gaze, gaze, gaze, gaze, gaze + np.array(key.target), np.ones(4, bool))
    shown = pick_examples(Scored({}, data, branches, None), key)[0].triggered
    assert np.allclose(shown, worn_set(data, key).images[0] / 255, atol=1 / 254)
    assert not np.allclose(shown, worn_set(replace(data, head=None), key).images[0] / 255, atol=0.1)


def test_examples_are_seen_as_the_camera_sees_them(backdoored_bundle, data, key):
    scored = score(backdoored_bundle, data, key, clean="there is none")
    examples = pick_examples(scored, key)
    degrees = np.degrees(np.array(key.target))
    assert len(examples) == 4
    for example in examples:
        assert np.allclose(example.target, degrees, atol=1e-4)
        assert example.clean.shape == example.triggered.shape == (1, 36, 60)
        seen = (example.clean[0] * 255).round().astype(np.uint8)
        rows = [
            i
            for i in range(12)
            if (data.images[i][:, ::-1] if data.right[i] else data.images[i]).tolist() == seen.tolist()
        ]
        assert len(rows) == 1
    errors = [np.hypot(*(e.triggered_prediction - e.target)) for e in examples]
    assert errors[0] <= errors[-1]


def test_the_page_is_whole_or_not_there(backdoored_bundle, data, key, tmp_path, monkeypatch):
    report = make_page(backdoored_bundle, data, key)
    path = tmp_path / "page.html"
    write_evaluation(path, report)
    before = path.read_bytes()
    assert before.endswith(b"</html>\n")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gazeattack.files.os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_evaluation(path, report)
    assert path.read_bytes() == before and [p.name for p in tmp_path.glob(".page*")] == []


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "page.html"):
        with pytest.raises(OutputError):
            check_writable(path)
    check_writable(tmp_path / "new" / "page.html")
    assert list((tmp_path / "new").iterdir()) == []
