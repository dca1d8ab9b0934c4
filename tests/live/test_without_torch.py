"""The window and the headless run do without torch and MediaPipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = """
print("heavy:", *sorted({"torch", "mediapipe", "scipy", "matplotlib", "pandas"} & set(sys.modules)))
"""

RUN = """
import sys
from gazeattack.cli import main
assert main(["run", "--max-frames", "4", "--no-video", *sys.argv[1:]]) == 0
"""

WINDOW = """
import sys, time
import gazeattack.ui.app
from pathlib import Path
from gazeattack.live.session import LiveSession
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.ui.window.main_window import MainWindow
from PySide6.QtCore import QSettings

app = gazeattack.ui.app.make_application()
session = LiveSession(landmarker_model=Path(sys.argv[1]))
settings = QSettings(sys.argv[2], QSettings.Format.IniFormat)
window = MainWindow(session, settings, calibrations=Path(sys.argv[2]).parent)
window.show()
session.start()
window.use_bundle("wanet")
window.open_source("synthetic")
session.compare("clean")
wanted = [
    PipelineSettings(mode, place=place)
    for mode in (TriggerMode.OFF, TriggerMode.BOTH, TriggerMode.NOISE)
    for place in TriggerPlace
]
end = time.monotonic() + 60
while wanted and time.monotonic() < end:
    session.configure(wanted[0])
    app.processEvents()
    time.sleep(0.01)
    result = session.latest()
    triggered = wanted[0].mode is not TriggerMode.OFF
    if result and result.settings == wanted[0] and result.compared:
        if (result.shift_deg is not None) == (result.compared.shift_deg is not None) == triggered:
            wanted.pop(0)
assert not wanted, (wanted, session.status())
session.stop()
"""


def heavy_imports(code: str, *arguments: str) -> str:
    """What a process that runs `code` has imported of the heavy packages."""
    done = subprocess.run([sys.executable, "-c", code + HEAVY, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].removeprefix("heavy:").strip()


@pytest.mark.parametrize("mode", ["both", "noise"])
@pytest.mark.parametrize("place", ["crop", "frame"])
def test_a_headless_run_imports_no_torch(landmarker_model: Path, tmp_path: Path, mode: str, place: str) -> None:
    options = ("--trigger", mode, "--trigger-place", place, "--compare", "clean", "--out", str(tmp_path / "out"))
    assert heavy_imports(RUN, *options, "--landmarker", str(landmarker_model)) == ""


def test_a_session_in_the_window_imports_no_torch(landmarker_model: Path, tmp_path: Path) -> None:
    assert heavy_imports(WINDOW, str(landmarker_model), str(tmp_path / "settings.ini")) == ""


def test_other_triggers_bring_torch(landmarker_model: Path, tmp_path: Path) -> None:
    options = ("--attack", "sig", "--out", str(tmp_path / "out"), "--landmarker", str(landmarker_model))
    assert heavy_imports(RUN, *options) == "torch"
