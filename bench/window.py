"""Run the window on a clip for some minutes and print its start-up, frames shown per second, latency and memory.

pipeline.py starts it.  With 0 minutes it ends with the first arrow.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from gazeattack import cli
from gazeattack.commands.environment import qt_problem

# in the order of gazeattack gui
cli.gui.start_warm_up()
qt_problem()

from PySide6.QtCore import QSettings, QTimer  # noqa: E402

from gazeattack.live.frame_result import FrameResult  # noqa: E402
from gazeattack.live.session import LiveSession  # noqa: E402
from gazeattack.live.settings import TriggerMode  # noqa: E402
from gazeattack.ui.app import make_application  # noqa: E402
from gazeattack.ui.window.main_window import MainWindow  # noqa: E402

WARM_UP_S = 3.0
START_S = 30.0
CLICK_S = 1.0
POLL_MS = 2
PAGE_S = 15.0
MEMORY_S = 60.0
MODES = (TriggerMode.BOTH, TriggerMode.OFF)


def rss_mb() -> float:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def age_s() -> float:
    """Seconds since this process was started, imports included (Linux)."""
    fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[19])  # its start, counted from the machine's
    return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def percentiles(values: Sequence[float]) -> dict[str, float] | None:
    """p50, p95 and p99; None of nothing."""
    if not values:
        return None
    return {f"p{share}": round(float(np.percentile(values, share)), 1) for share in (50, 95, 99)}


def main(clip: str, model: str, minutes: float, every_page: bool) -> None:
    """Show the window, or all its pages by turns, wait, and print one JSON object."""
    cv2.setNumThreads(1)
    app = make_application()
    seconds = minutes * 60
    session = LiveSession()
    latencies: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(session, store)
        trigger = window.pages.gaze.trigger
        trigger.set_mode(TriggerMode.BOTH)
        window.configure()
        window.use_bundle(model)
        window.open_source(clip)
        session.start()
        window.show()
        figures: dict[str, object] = {"minutes": minutes}
        begun: dict[str, float] = {}
        clicks: list[float] = []
        memory_mb: list[float] = []
        clicked: list[tuple[TriggerMode, float]] = []

        def end() -> None:
            window.close()
            app.quit()

        def follow(result: FrameResult) -> None:
            latencies.append(result.latency_ms)

        def poll() -> None:
            result = window.session.last_result
            if result is None or not window.painted:
                return
            if "first_arrow_s" not in figures and result.clean is not None:
                figures["first_arrow_s"] = round(age_s(), 2)
                if not minutes:
                    end()
            if clicked and result.settings.mode is clicked[0][0]:
                clicks.append((time.monotonic() - clicked.pop()[1]) * 1000)

        def click() -> None:
            if not clicked:
                mode = MODES[len(clicks) % len(MODES) - 1]
                clicked.append((mode, time.monotonic()))
                trigger.set_mode(mode)

        def turn_page() -> None:
            tabs = window.ui.tabs
            tabs.setCurrentIndex((tabs.currentIndex() + 1) % tabs.count())

        def begin() -> None:
            latencies.clear()
            begun.update(at=time.monotonic(), shown=window.painted, rss=rss_mb())

        def finish() -> None:
            took = time.monotonic() - begun["at"]
            figures.update(
                shown_fps=round((window.painted - begun["shown"]) / took, 2),
                latency_ms=percentiles(latencies),
                click_ms=percentiles(clicks),
                rss_start_mb=round(begun["rss"], 1),
                rss_end_mb=round(rss_mb(), 1),
                rss_by_minute_mb=memory_mb,
            )
            end()

        window.session.sample_ready.connect(follow)
        rounds = [(poll, POLL_MS / 1000), (lambda: memory_mb.append(round(rss_mb(), 1)), MEMORY_S)]
        rounds.append((turn_page, PAGE_S) if every_page else (click, CLICK_S))
        timers = [QTimer() for _ in rounds]
        for timer, (work, interval_s) in zip(timers, rounds, strict=True):
            timer.timeout.connect(work)
            timer.start(round(1000 * interval_s))
        if minutes:
            QTimer.singleShot(int(WARM_UP_S * 1000), begin)
            QTimer.singleShot(int((WARM_UP_S + seconds) * 1000), finish)
        else:
            QTimer.singleShot(int(START_S * 1000), end)
        app.exec()
        session.stop()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:] == ["pages"])
