"""Words of strangers in tables and on terminals."""

import pytest

from gazeattack.safety.observation import Event
from gazeattack.safety.score import event_rows
from gazeattack.terminal import csv_text, on_one_line
from tests.helpers.watch import ROAD, make_result


@pytest.mark.parametrize("text", ['=HYPERLINK("http://example.invalid")', "+1", "-1", "@SUM(A1)", "\t=1", "\x1b=1"])
def test_no_cell_is_a_formula(text):
    assert csv_text(text).lstrip()[:1] not in ("=", "+", "-", "@")


def test_usual_names_stay_as_they_are():
    for name in ("inner mirror", "IMG  1.jpg", "a-b", "Ünïcode \U0001f469\u200d\U0001f52c", ""):
        assert csv_text(name) == on_one_line(name) == name


def test_escape_codes_and_turned_text_are_escaped():
    assert on_one_line("a\x1b[31mb\x07\x9b1m\nc\u202ed\ud800") == "a\\x1b[31mb\\x07\\x9b1m\\nc\\u202ed\\ud800"


def test_a_zones_name_reaches_events_csv_as_text():
    ((_, _, _, _, zone, text),) = event_rows([Event(1.0, "clean", "addw", "warning", "=1+1", "@x\x1b[2J")])
    assert (zone, text) == ("'=1+1", "'@x\\x1b[2J")


def test_a_files_name_reaches_samples_csv_as_text():
    from gazeattack.live.measure import measure, row_text

    assert "'=cmd" in row_text(measure(make_result(0.0, ROAD)), "=cmd.jpg")
