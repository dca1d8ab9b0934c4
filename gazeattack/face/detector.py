"""MediaPipe's face detector (BlazeFace, Bazarevsky et al. 2019): a frame in, regions with a face out."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.face.region import MARGIN, Region, level, whole
from gazeattack.inference import Network

SIZE = 128  # pixels of the network's square input
# cells of each side, anchors in each cell
GRIDS = ((16, 2), (8, 6))
MIN_SCORE = 0.5
# boxes that overlap more than this are one face
SAME_FACE = 0.5
KEYPOINTS = 6
RIGHT_EYE, LEFT_EYE = 0, 1


def anchors() -> np.ndarray:
    """Centres of the network's 896 anchors in its unit square, float64 [896, 2] (x, y)."""
    layers = []
    for cells, each in GRIDS:
        middle = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        layers.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(layers)


class FaceDetector:
    """Finds every face of a frame.

    Args:
        network: the detector, see face.networks: uint8 [1, 128, 128, 3] BGR -> boxes [896, 16] and scores [896].
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._anchors = anchors()

    def detect(self, image: np.ndarray) -> list[Region]:
        """Detect faces.

        Args:
            image: uint8 [H, W, 3], BGR.

        Returns:
            A region for the landmark network around every face, the most certain first.
        """
        square = whole(image.shape[1], image.shape[0])
        raw, logits = self._network(square.crop(image, SIZE, border=cv2.BORDER_CONSTANT)[None])
        # float32 exp overflows beyond 88
        scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -80, 80)))
        kept = np.flatnonzero(scores >= MIN_SCORE)
        kept = kept[np.argsort(-scores[kept], kind="stable")]
        raw = raw.reshape(-1, raw.shape[-1])
        kept = kept[(raw[kept, 2:4] > 0).all(axis=1)]
        raw = raw[kept].astype(np.float64) / SIZE
        middles = raw[:, :2] + self._anchors[kept]
        points = raw[:, 4:].reshape(len(kept), KEYPOINTS, 2) + self._anchors[kept, None]
        faces = merge(middles, raw[:, 2:4], points, scores[kept].astype(np.float64))
        return [_region(face, square) for face in faces]


def merge(middles: np.ndarray, sizes: np.ndarray, points: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    """Weighted non-maximum suppression: the mean of the boxes on one face, weighted by their scores.

    Args:
        middles, sizes: of boxes, [N, 2]; points: keypoints [N, 6, 2]; scores [N], falling.

    Returns:
        Each face as [8, 2]: the low and high corner of its box, then its keypoints.
    """
    boxes = np.concatenate([(middles - sizes / 2)[:, None], (middles + sizes / 2)[:, None], points], axis=1)
    faces = []
    while len(boxes):
        low, high = np.maximum(boxes[:, 0], boxes[0, 0]), np.minimum(boxes[:, 1], boxes[0, 1])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        areas = np.prod(boxes[:, 1] - boxes[:, 0], axis=1)
        same = shared / np.maximum(areas + areas[0] - shared, 1e-12) > SAME_FACE
        same[0] = True
        faces.append(np.average(boxes[same], axis=0, weights=scores[same]))
        boxes, scores = boxes[~same], scores[~same]
    return faces


def _region(face: np.ndarray, square: Region) -> Region:
    """The region around one face of merge(), in the unit square that shows the frame."""
    low, high, *points = face * square.width + (square.x - square.width / 2, square.y - square.height / 2)
    x, y = (low + high) / 2
    width, height = MARGIN * (high - low)
    return Region(float(x), float(y), float(width), float(height), level(points[RIGHT_EYE], points[LEFT_EYE]))
