"""A source that shows one image and fails where the test asks for it."""

from __future__ import annotations

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.capture.source import Source

TRUTH = Gaze.from_degrees(2, -4)


class ScriptedSource(Source):
    """`frames` frames of one image and truth; at frame `stumble` it raises `error`, where one is given."""

    name, size, fps = "a script", (512, 512), 30.0

    def __init__(self, image, frames=6, *, error=None, stumble=3, truth=TRUTH):
        self._image, self._frames, self._error, self._stumble, self._truth = image, frames, error, stumble, truth
        self._index = 0

    def read(self):
        if self._error is not None and self._index == self._stumble:
            raise self._error
        if self._index >= self._frames:
            return None
        self._index += 1
        return Frame(self._image, self._index - 1, (self._index - 1) / 30, self._truth)

    def close(self):
        pass
