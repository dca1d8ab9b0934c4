"""Run the window on a clip for some minutes and print frames shown per second, latency and memory.

pipeline.py starts it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from PySide6.QtCore import QSettings, QTimer

from gazeattack.live.session import LiveSession
from gazeattack.live.settings import TriggerMode
from gazeattack.ui.app import make_application
from gazeattack.ui.window.main_window import MainWindow

WARM_UP_S = 3.0


def rss_mb() -> float:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(clip: str, model: str, minutes: float) -> None:
    """Show the window, wait, and print one JSON object."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    app = make_application()
    seconds = minutes * 60
    session = LiveSession()
    latencies: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(session, store)
        window.pages.gaze.trigger.set_mode(TriggerMode.BOTH)
        window.configure()
        window.use_bundle(model)
        window.open_source(clip)
        session.start()
        window.show()
        begun: dict[str, float] = {}
        figures: dict[str, float] = {}

        def begin() -> None:
            begun.update(at=time.monotonic(), shown=window.painted, rss=rss_mb())

        def finish() -> None:
            took = time.monotonic() - begun["at"]
            figures.update(
                shown_fps=round((window.painted - begun["shown"]) / took, 2),
                latency_ms=round(float(np.median(latencies)), 2) if latencies else 0.0,
                rss_start_mb=round(begun["rss"], 1),
                rss_end_mb=round(rss_mb(), 1),
                minutes=minutes,
            )
            window.close()
            app.quit()

        sampler = QTimer()
        sampler.timeout.connect(lambda: latencies.append(session.status().latency_ms))
        sampler.start(500)
        QTimer.singleShot(int(WARM_UP_S * 1000), begin)
        QTimer.singleShot(int((WARM_UP_S + seconds) * 1000), finish)
        app.exec()
        session.stop()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
