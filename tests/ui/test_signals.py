"""The window of a real process that is told to end while it records: the recording is finished and plays."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gazeattack.capture.recording import SIDECAR, RecordingSource
from gazeattack.face.landmarker_file import VARIABLE

SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from gazeattack.ui import app
from gazeattack.ui.window.main_window import MainWindow

class Recording(MainWindow):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.recording.use_folder(Path(sys.argv[1]))
        self._timer = QTimer(self, interval=100)
        self._timer.timeout.connect(self._watch)
        self._timer.start()

    def _watch(self):
        recorder = self.recording._recorder
        if recorder is None:
            self.recording._record.video.setChecked(True)
            self.recording.toggle()
        elif recorder.frames >= 15:
            self._timer.stop()
            print("recording", flush=True)

app.MainWindow = Recording
sys.exit(app.main("synthetic", "wanet"))
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_finishes_the_recording(tmp_path, landmarker_model, number):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), VARIABLE: str(landmarker_model)}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "takes")],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None and process.stdout.readline() == "recording\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + number and "Traceback" not in said, said
    (folder,) = (tmp_path / "takes").iterdir()
    told = json.loads((folder / SIDECAR).read_text())
    with RecordingSource(folder) as source:
        frames = 0
        while source.read() is not None:
            frames += 1
        assert frames == source.length == told["frames"] >= 15 and source.report.damaged == 0
