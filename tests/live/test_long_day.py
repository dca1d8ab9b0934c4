"""A run of a whole day: its page and its memory stay small.  `make soak` runs one with ten results a second."""

from tests.fuzz.day import MOST_SUMMARY_MS, run_day


def test_a_days_page_memory_and_summary_are_bounded(tmp_path):
    day = run_day(tmp_path, hours=24, rate=0.05)
    assert day.frames == 4320 and day.events > 3000
    # 3 MB and 15,000 objects more without the limits of safety/history.py, report/common/svg.py and report/run
    assert day.page < 1_000_000
    assert day.objects[1] - day.objects[0] < 6000
    assert day.summary_ms < MOST_SUMMARY_MS
    text = (tmp_path / "report.html").read_text()
    assert "86380.0 s" in text and text.endswith("</html>\n")
