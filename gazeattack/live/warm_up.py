"""Preparing the landmarker's networks while the window is imported and built."""

from __future__ import annotations

import threading
from contextlib import suppress

from gazeattack.errors import GazeAttackError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.networks import load_networks


def start_warm_up() -> threading.Thread:
    """Compile the landmarker's networks in a thread; the pipeline then finds them ready.

    A missing or damaged file is left to the pipeline, which reports it.
    """
    thread = threading.Thread(target=_warm_up, name="warm-up")
    thread.start()
    return thread


def _warm_up() -> None:
    with suppress(GazeAttackError):
        load_networks(find_landmarker(fetch=False))
