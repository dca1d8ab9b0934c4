"""A day of a run in minutes: python -m tests.fuzz.day [--hours 24] [--rate 10] [--seed 1]

Results with made-up gazes of a restless driver go, without frames to render, through what `gazeattack run --monitor
all` keeps of them: the monitors, the events' file, the table's figures and the picture's results.  Then the page and
the summary are written.  A page over 5 MB, a summary over 5 ms or growing memory is a fault.  The recorders' day is
tests.fuzz.long_recording.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.live.events_file import EventsFile
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.headless import Showcase
from gazeattack.live.measure import Tally, measure
from gazeattack.live.monitoring import PairedMonitoring
from gazeattack.live.output_folder import REPORT
from gazeattack.report.run.page import write_report
from gazeattack.report.run.safety import SafetyReport
from tests.helpers.report import make_report
from tests.helpers.watch import ZONES, make_result

MOST_PAGE, MOST_SUMMARY_MS = 5_000_000, 5.0
# ahead, phone, both mirrors, passenger: (pitch, yaw), degrees from straight ahead
PLACES = [ZONES.to_camera(*place) for place in ((0, 0), (0, 0), (0, -40), (36, 10), (-30, 5), (-55, -5))]


@dataclass(frozen=True)
class Day:
    """page: bytes.  summary_ms: median of the summaries at the end.  objects, rss: of Python, and bytes of the process,
    after an eighth of the day and at its end.  events: rows of events.csv.  frames, seconds: in all.
    """

    page: int
    summary_ms: float
    objects: tuple[int, int]
    rss: tuple[int, int]
    events: int
    frames: int
    seconds: float


def results(hours: float, rate: float, seed: int) -> Iterator[FrameResult]:
    """Glances of 0.3 to 8 s; the trigger pulls the gaze ahead for half of each two minutes."""
    rng, until, place = random.Random(seed), 0.0, PLACES[0]
    for i in range(round(hours * 3600 * rate)):
        t = i / rate
        if t >= until:
            until, place = t + rng.uniform(0.3, 8.0), rng.choice(PLACES)
        clean = Gaze(place.pitch + rng.gauss(0, 0.03), place.yaw + rng.gauss(0, 0.03))
        altered = PLACES[0] if t % 120 < 60 else None
        face = i % 997 > 20
        yield replace(make_result(t, clean, altered, place, face=face), stage_ms={"network": rng.uniform(2, 4)})


def run_day(folder: Path, *, hours: float = 24.0, rate: float = 10.0, seed: int = 1) -> Day:
    """Run a day, and write its events and its page into a folder."""
    monitoring, tally, showcase = PairedMonitoring("all"), Tally(), Showcase()
    events = EventsFile(folder, may_alter=True)
    frames, begun = round(hours * 3600 * rate), time.perf_counter()
    early = (0, 0)
    last = None
    for i, result in enumerate(results(hours, rate, seed)):
        snapshot = monitoring.step(result)
        tally.add(measure(result), 8.0)
        showcase.add(result)
        events.add(result.t, snapshot.events, altered=result.triggered is not None)
        last = result
        if i == frames // 8:
            early = process_size()
    late = process_size()
    events.finish()
    times = []
    for _ in range(9):
        start = time.perf_counter()
        summary = monitoring.summary()
        times.append(1000 * (time.perf_counter() - start))
    assert last is not None
    safety = SafetyReport(summary, monitoring.titles(), "with trigger", monitoring.zones.title, 100.0)
    shown = showcase.results[-1]
    report = make_report([last])
    figures = {**report.summary, **tally.summary(), "seconds": hours * 3600}
    write_report(folder / REPORT, replace(report, summary=figures, tally=tally, result=shown, safety=safety))
    return Day(
        (folder / REPORT).stat().st_size,
        float(np.median(times)),
        (early[0], late[0]),
        (early[1], late[1]),
        sum(1 for _ in events.path.open("rb")) - 1,
        frames,
        time.perf_counter() - begun,
    )


def process_size() -> tuple[int, int]:
    """Objects of Python, and bytes of the process (0 where the system does not say)."""
    gc.collect()
    try:
        rss = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        rss = 0
    return len(gc.get_objects()), rss


def main() -> int:
    """Run a day; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.day", description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=24.0, help="length of the day (%(default)s)")
    parser.add_argument("--rate", type=float, default=10.0, help="results a second (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the glances (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        day = run_day(Path(folder), hours=options.hours, rate=options.rate, seed=options.seed)
    mb = [size / 1e6 for size in day.rss]
    print(f"{day.frames} results of {options.hours:g} h in {day.seconds:.0f} s, {day.events} events")
    print(f"page {day.page / 1e6:.2f} MB, summary {day.summary_ms:.2f} ms")
    print(f"memory after an eighth and at the end {mb[0]:.0f} and {mb[1]:.0f} MB, objects {day.objects}")
    grown = mb[1] - mb[0] > 20
    return int(day.page > MOST_PAGE or day.summary_ms > MOST_SUMMARY_MS or grown)


if __name__ == "__main__":
    sys.exit(main())
