"""Following a face through a video, with an eye on who else is in view."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeattack.face.landmarks import Landmarker

LOOK_AROUND_EVERY = 30  # frames: a second, at a webcam's rate


class FaceTracker:
    """The faces of a video's frames, in order, the largest first.

    MediaPipe searches the whole frame for as long as it tracks fewer faces than it was asked for.  So one face is
    tracked alone, which is quicker, and every LOOK_AROUND_EVERY frames a second landmarker looks for others; while
    there are several, all are tracked.  Decided by the frames alone, so a replay gives the same faces.

    Made, used and closed by one thread.  Raises LandmarkerError if the model file cannot be used.
    """

    def __init__(self, model: Path, *, max_faces: int = 5) -> None:
        self._one = Landmarker(model, max_faces=1)
        try:
            self._many = Landmarker(model, max_faces=max_faces)
        except BaseException:
            self._one.close()
            raise
        self._until_look = 0
        self._several = False

    def detect(self, image: np.ndarray, t: float) -> list[np.ndarray]:
        """Landmarks of the faces in a BGR uint8 image at time t (seconds), each float64 [478, 3] in pixels."""
        if self._several or self._until_look == 0:
            faces = self._many.detect(image, t)
            self._several = len(faces) > 1
            self._until_look = LOOK_AROUND_EVERY
            if self._several:
                return faces
        self._until_look -= 1
        # its own track of the one face is steadier than a fresh look at it
        return self._one.detect(image, t)

    def close(self) -> None:
        """Free both landmarkers.  Must happen before the interpreter exits."""
        self._one.close()
        self._many.close()

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
