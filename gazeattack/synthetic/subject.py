"""The synthetic subject as a source of frames with a known true gaze."""

from __future__ import annotations

from pathlib import Path

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.capture.source import Source
from gazeattack.synthetic import motion
from gazeattack.synthetic.head.head import Head
from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.head.portrait import Portrait


class SyntheticSource(Source):
    """An endless rendered subject; deterministic by seed and frame number while look_at is not used.

    seed: who is shown and how they move.  portrait: animate this picture instead of the procedural head.
    size: (width, height), pixels; focal length = width.  path: the motion to follow (time in seconds -> state).
    Raises SourceError where the portrait cannot be used, LandmarkerError where the landmarker's file cannot be found.
    """

    def __init__(
        self,
        seed: int = 0,
        portrait: Path | None = None,
        size: tuple[int, int] = (640, 480),
        fps: float = 30.0,
        path: motion.Path | None = None,
    ) -> None:
        self.name = "Synthetic subject" if portrait is None else f"Animated portrait {portrait.name}"
        self.size = size
        self.fps = fps
        self._subject: Head | Portrait
        own: motion.Path = motion.Wander(seed)
        if portrait is None:
            self._subject = Head(Identity.from_seed(seed), size)
        else:
            self._subject = Portrait.open(portrait, size)
            own = motion.around(own, self._subject.facing)
        self._steering = motion.Steering(path if path is not None else own)
        self._target: Gaze | None = None
        self._index = 0

    def read(self) -> Frame | None:
        """The next frame; never None."""
        t = self._index / self.fps
        state = self._steering(t, self._target)
        frame = Frame(self._subject.render(state), self._index, t, state.gaze)
        self._index += 1
        return frame

    def look_at(self, gaze: Gaze | None) -> None:
        """Look along `gaze` from the next frame on, or follow the path again (None).  Callable from any thread."""
        self._target = gaze

    def close(self) -> None:
        """Nothing is held open."""
