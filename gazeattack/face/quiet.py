"""Keep MediaPipe's start-up chatter off the terminal, and real errors on it.

MediaPipe's and TensorFlow Lite's C++ side writes notes and warnings straight to file descriptor 2, past Python
and past GLOG_minloglevel.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# two threads holding the descriptor back at once would each restore the other's file
_ONE_AT_A_TIME = threading.RLock()
# glog's I and W lines, TensorFlow Lite's INFO and WARNING, absl's notice about itself
_CHATTER = re.compile(rb"^(?:[IW]\d{4} |INFO: |WARNING: )")


@contextmanager
def hushed() -> Iterator[None]:
    """Hold back file descriptor 2 for a short while; what is no chatter is passed on at the end.

    The whole process is affected, so wrap a few calls, not a program.  GAZEATTACK_DEBUG leaves everything as it is.
    """
    if os.environ.get("GAZEATTACK_DEBUG"):
        yield
        return
    with _ONE_AT_A_TIME:
        _flush()
        try:
            real = os.dup(2)
        except OSError:  # no terminal to keep quiet (a windowed program)
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
