"""Filters MediaPipe's start-up messages from the terminal and keeps real errors.

The C++ code of MediaPipe and TensorFlow Lite writes notes and warnings to file descriptor 2 directly, regardless of
Python's stderr and of GLOG_minloglevel.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# two threads that redirect the descriptor at once would restore each other's file
_ONE_AT_A_TIME = threading.RLock()
_AUDIO = "sounddevice"
# glog's I and W lines, TensorFlow Lite's INFO and WARNING, absl's own notice
_CHATTER = re.compile(rb"^(?:[IW]\d{4} |INFO: |WARNING: )")


@contextmanager
def without_audio() -> Iterator[None]:
    """Keep sounddevice from being imported inside the context.

    MediaPipe imports it for its audio tasks, and can do without: it opens the sound system, or searches for it with a
    compiler where it is missing.
    """
    if _AUDIO in sys.modules:
        yield
        return
    sys.modules[_AUDIO] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_AUDIO]


@contextmanager
def hushed() -> Iterator[None]:
    """Redirect file descriptor 2 inside the context; lines other than the known notes are written at its end.

    The whole process is affected, so wrap a few calls, not a program.  With GAZEATTACK_DEBUG set nothing is redirected.
    """
    if os.environ.get("GAZEATTACK_DEBUG"):
        yield
        return
    with _ONE_AT_A_TIME:
        _flush()
        try:
            real = os.dup(2)
        except OSError:  # no terminal (a windowed program)
            yield
            return
        yield from _held_back(real)


def _held_back(real: int) -> Iterator[None]:
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(real, 2)
            os.close(real)
            held.seek(0)
            rest = b"".join(line for line in held if not _CHATTER.match(line))
            if rest:
                os.write(2, rest)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
