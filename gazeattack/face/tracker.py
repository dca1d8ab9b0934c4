"""Tracking of one face through a video, with regular checks for other faces."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from gazeattack.face.landmarks import Landmarker, area
from gazeattack.face.mesh import MeshLandmarker
from gazeattack.face.networks import load_networks

# Whichever comes first: in a folder of images every frame may show other faces.
SEARCH_EVERY = 30  # frames
SEARCH_S = 1.0
# Two faces of equal size alternate as the larger one: the tracked face stays first until another is clearly larger.
CLEARLY_LARGER = 1.3


# What computes the landmarks: MediaPipe's networks in OpenVINO, or MediaPipe Tasks, the reference.
Engine = Literal["openvino", "mediapipe"]
DEFAULT_ENGINE: Engine = "openvino"


class AnyLandmarker(Protocol):
    """Landmarker or MeshLandmarker."""

    def detect(self, image: np.ndarray, t: float = 0.0) -> list[np.ndarray]:
        """Landmarks [478, 3] of every face in pixels; the largest face comes first."""

    def close(self) -> None:
        """Release what is held open."""


class FaceTracker:
    """Detects the faces of a video's frames, in order; the tracked face comes first, else the largest.

    A landmarker searches the whole frame as long as it tracks fewer faces than requested.  So one landmarker tracks one
    face, which is faster, and a second one searches for others every SEARCH_EVERY frames, every SEARCH_S seconds, and
    where time restarts; while there are several faces, it tracks all of them.  Only the frames and their times decide,
    so a replay gives the same faces.

    One thread creates, uses and closes it.  unsmoothed: landmarks of the last frame's first face before smoothing, for
    blinks, which are shorter than the smoothing; None without a face.  MediaPipe Tasks gives smoothed ones only.

    Args:
        model: the landmarker's file, see find_landmarker.
        max_faces: the most faces to find.
        engine: what computes the landmarks.

    Raises:
        LandmarkerError: where the model file cannot be used.
    """

    def __init__(self, model: Path, *, max_faces: int = 5, engine: Engine = DEFAULT_ENGINE) -> None:
        self._one, self._many = _landmarkers(model, max_faces, engine)
        self._until_search = 0
        self._last = self._searched_at = 0.0
        self._several = False
        self._place: np.ndarray | None = None
        self.unsmoothed: np.ndarray | None = None

    def detect(self, image: np.ndarray, t: float) -> list[np.ndarray]:
        """Detect the faces of one frame.

        Args:
            image: uint8 [H, W, 3], BGR.
            t: the frame's time, seconds.

        Returns:
            Landmarks of every face, each float64 [478, 3] in pixels; the tracked face comes first.
        """
        restarted, self._last = t < self._last, t
        if restarted:
            self._place = None
        due = restarted or self._until_search == 0 or t - self._searched_at >= SEARCH_S
        if self._several or due:
            faces = self._many.detect(image, t)
            self._several = len(faces) > 1
            self._until_search, self._searched_at = SEARCH_EVERY, t
            if self._several:
                kept = self._keep(faces)
                self.unsmoothed = kept[0]
                return kept
        self._until_search -= 1
        # the running track of the one face is steadier than a new detection
        kept = self._keep(self._one.detect(image, t))
        before = self._one.unsmoothed if isinstance(self._one, MeshLandmarker) else kept
        self.unsmoothed = before[0] if kept and before else None
        return kept

    def _keep(self, faces: list[np.ndarray]) -> list[np.ndarray]:
        """The faces with the tracked one first, unless it is gone or another is clearly larger."""
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
        """Release both landmarkers.  Call it before the interpreter exits."""
        self._one.close()
        self._many.close()

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _landmarkers(model: Path, max_faces: int, engine: Engine) -> tuple[AnyLandmarker, AnyLandmarker]:
    """A landmarker for one face, and one for several."""
    if engine == "openvino":
        networks = load_networks(model)
        return MeshLandmarker(networks, max_faces=1), MeshLandmarker(networks, max_faces=max_faces)
    one = Landmarker(model, max_faces=1)
    try:
        return one, Landmarker(model, max_faces=max_faces)
    except BaseException:
        one.close()
        raise


def _middle(face: np.ndarray) -> np.ndarray:
    middle: np.ndarray = face[:, :2].mean(axis=0)
    return middle
