"""Following a face through a video, with an eye on who else is in view."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gazeattack.face.landmarks import Landmarker, area

# Whichever comes first: a folder of images shows others with every picture.
LOOK_AROUND_EVERY = 30  # frames
LOOK_AROUND_S = 1.0
# Of two people side by side each is the larger one every other frame: the one followed stays until clearly smaller.
CLEARLY_LARGER = 1.3


class FaceTracker:
    """The faces of a video's frames, in order, the largest first; one that was first stays it among its like.

    MediaPipe searches the whole frame for as long as it tracks fewer faces than it was asked for.  So one face is
    tracked alone, which is quicker, and a second landmarker looks for others every LOOK_AROUND_EVERY frames, every
    LOOK_AROUND_S seconds, and where time starts again; while there are several, all are tracked.  Decided by the
    frames and their times alone, so a replay gives the same faces.

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
        self._last = self._looked_at = 0.0
        self._several = False
        self._place: np.ndarray | None = None

    def detect(self, image: np.ndarray, t: float) -> list[np.ndarray]:
        """Landmarks of the faces in a BGR uint8 image at time t (seconds), each float64 [478, 3] in pixels."""
        again, self._last = t < self._last, t
        if again:
            self._place = None
        due = again or self._until_look == 0 or t - self._looked_at >= LOOK_AROUND_S
        if self._several or due:
            faces = self._many.detect(image, t)
            self._several = len(faces) > 1
            self._until_look, self._looked_at = LOOK_AROUND_EVERY, t
            if self._several:
                return self._keep(faces)
        self._until_look -= 1
        # its own track of the one face is steadier than a fresh look at it
        return self._keep(self._one.detect(image, t))

    def _keep(self, faces: list[np.ndarray]) -> list[np.ndarray]:
        """The faces with the one followed so far first, unless it is gone or another is clearly larger."""
        if self._place is not None and len(faces) > 1:
            places = [_middle(face) for face in faces]
            nearest = int(np.argmin([np.linalg.norm(place - self._place) for place in places]))
            face = faces[nearest]
            moved = float(np.linalg.norm(places[nearest] - self._place))
            if moved < np.ptp(face[:, 0]) and CLEARLY_LARGER * area(face) > area(faces[0]):
                faces = [face, *faces[:nearest], *faces[nearest + 1 :]]
        self._place = _middle(faces[0]) if faces else None
        return faces

    def close(self) -> None:
        """Free both landmarkers.  Must happen before the interpreter exits."""
        self._one.close()
        self._many.close()

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _middle(face: np.ndarray) -> np.ndarray:
    middle: np.ndarray = face[:, :2].mean(axis=0)
    return middle
