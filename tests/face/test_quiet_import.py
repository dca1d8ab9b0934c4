"""MediaPipe is imported without the sound system."""

import subprocess
import sys

WATCHED = """
import importlib.abc, sys
from pathlib import Path
tried = []
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "sounddevice":
            tried.append(name)
sys.meta_path.insert(0, Watch())
from gazeattack.errors import LandmarkerError
from gazeattack.face.landmarks import Landmarker
try:
    Landmarker(Path("absent.task"))
except LandmarkerError:
    pass
print("mediapipe" in sys.modules, tried, "sounddevice" in sys.modules)
"""


def test_mediapipe_is_imported_without_the_sound_system():
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "True [] False", done.stderr
