"""MediaPipe's landmarks, computed by its own networks in OpenVINO: a frame in, 478 landmarks per face out."""

from __future__ import annotations

import math

import numpy as np

from gazeattack.face.clock import Clock
from gazeattack.face.detector import FaceDetector
from gazeattack.face.landmarks import POINTS, area
from gazeattack.face.networks import FaceNetworks
from gazeattack.face.region import Region, around_landmarks
from gazeattack.face.smoothing import LandmarkFilter

SIZE = 256  # pixels of the landmark network's square input
MIN_PRESENCE = 0.5
# regions that overlap more than this show one face
SAME_FACE = 0.5


class MeshLandmarker:
    """The same rules as MediaPipe Tasks FaceLandmarker, and the same landmarks within a fraction of a pixel.

    In a video, a face is looked for around its landmarks in the frame before; the detector runs only while there are
    fewer than `max_faces`.  A single face is smoothed.  One thread creates and uses it.

    The one difference: depth (z) has the scale of x and y, however the head is tilted.  MediaPipe's depth of a tilted
    head is too large in frames that are wider than high.

    Args:
        networks: see load_networks; landmarkers may share them.
        video: True tracks from frame to frame; False detects in every image separately.
        max_faces: the most faces to find.
    """

    def __init__(self, networks: FaceNetworks, *, video: bool = True, max_faces: int = 5) -> None:
        self._detector = FaceDetector(networks.detector)
        self._mesh = networks.mesh
        self._video, self._max_faces = video, max_faces
        self._tracked: list[Region] = []
        self._filter = LandmarkFilter() if video and max_faces == 1 else None
        # of the last frame, before the filter; a blink is over before the filter follows
        self.unsmoothed: list[np.ndarray] = []
        self._clock = Clock()

    def detect(self, image: np.ndarray, t: float = 0.0) -> list[np.ndarray]:
        """Detect faces.

        Args:
            image: uint8 [H, W, 3], BGR.
            t: the frame's time, seconds.

        Returns:
            Landmarks of every face, each float64 [478, 3] in pixels; the largest face comes first.
        """
        regions = distinct(self._tracked)
        if len(self._tracked) < self._max_faces:
            regions = distinct([*regions, *self._detector.detect(image)[: self._max_faces]])
        located = [self._locate(image, region) for region in regions[: self._max_faces]]
        faces = [face for face in located if face is not None]
        if self._video:
            self._tracked = [around_landmarks(face) for face in faces]
        if self._filter is not None:
            now = self._clock.next_ms(t) / 1000
            if not faces:
                self._filter.reset()
            self.unsmoothed = faces
            faces = [self._filter.step(face, now) for face in faces]
        return sorted(faces, key=area, reverse=True)

    def _locate(self, image: np.ndarray, region: Region) -> np.ndarray | None:
        """The landmarks [478, 3] in pixels of the face in a region; None where there is none."""
        found, presence = self._mesh(region.crop(image, SIZE)[None])
        if presence.item() <= math.log(MIN_PRESENCE / (1 - MIN_PRESENCE)):
            return None
        points = found.reshape(POINTS, 3).astype(np.float64) / SIZE
        matrix = region.matrix
        return np.column_stack([points[:, :2] @ matrix[:, :2].T + matrix[:, 2], points[:, 2] * region.width])

    def close(self) -> None:
        """Nothing is held open; the networks go with their last landmarker."""


def distinct(regions: list[Region]) -> list[Region]:
    """The regions without those that overlap a later one too much."""
    kept: list[Region] = []
    for region in regions:
        kept = [other for other in kept if other.overlap(region) <= SAME_FACE]
        kept.append(region)
    return kept
