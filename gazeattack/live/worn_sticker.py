"""The sticker of a key on one person: in the camera's frame, or in the crops that are taken from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.attack.sticker import CHEEKS, FOREHEAD, Place, StickerArrays, draw_sticker, on_crop
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import NormalizedView
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import FACE_CENTRE

NEAREST_MM = 10.0
"""No part of a face is nearer to the camera's centre."""
BORDER = 8
"""Pixels around a sticker that may change in a frame."""


@dataclass(frozen=True, eq=False)
class WornSticker:
    """A sticker on a head.

    sticker: of the key.  place: on the head.  pose: of the head.  intrinsics: of the camera.
    """

    sticker: StickerArrays
    place: Place
    pose: HeadPose
    intrinsics: Intrinsics

    def corners(self) -> np.ndarray | None:
        """The sticker's corners in the frame, (column, row) [4, 2], pixels; None behind or beside the camera."""
        points = (self.place.corners(self.sticker.side_mm) + FACE_CENTRE) @ self.pose.rotation.T
        seen = (points + self.pose.translation) @ self.intrinsics.matrix.T
        if not np.isfinite(seen).all() or seen[:, 2].min() < NEAREST_MM:
            return None
        pixels: np.ndarray = seen[:, :2] / seen[:, 2:]
        return pixels

    def on_frame(self, image: np.ndarray) -> np.ndarray:
        """The frame, BGR uint8 [H, W, 3], with the sticker; the same array where it does not show."""
        corners = self.corners()
        if corners is None or not _in_view(corners, image.shape[:2]):
            return image
        # only the part around the sticker is computed in floating point
        height, width = image.shape[:2]
        low, high = (
            np.floor(corners.min(axis=0)).astype(int) - BORDER,
            np.ceil(corners.max(axis=0)).astype(int) + BORDER,
        )
        left, top = np.clip(low, 0, (width, height))
        right, bottom = np.clip(high, 0, (width, height))
        part = image[top:bottom, left:right].astype(np.float32) / 255
        drawn = draw_sticker(part, self.sticker.cells, corners - (left, top))
        changed = image.copy()
        changed[top:bottom, left:right] = np.clip(drawn * 255 + 0.5, 0, 255).astype(np.uint8)
        return changed

    def on_crops(self, crops: np.ndarray, views: Sequence[NormalizedView]) -> np.ndarray:
        """Unmirrored crops, float32 [N, C, H, W] in [0, 1], of these views, with the sticker where the frame has it."""
        corners = self.corners()
        if corners is None:
            return crops
        worn = [
            on_crop(crop, self.sticker.cells, cv2.perspectiveTransform(corners[None], view.warp)[0])
            for crop, view in zip(crops, views, strict=True)
        ]
        return np.stack(worn)


def sticker_place(*, noise: bool, seed: int) -> Place:
    """The forehead; the cheek of the seed for the cross trigger, the same one in every frame."""
    return CHEEKS[seed % len(CHEEKS)] if noise else FOREHEAD


def _in_view(corners: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether a part of a sticker of a possible size lies in a frame of this size (height, width)."""
    height, width = size
    low, high = corners.min(axis=0), corners.max(axis=0)
    shown = bool((low < (width, height)).all() and (high > 0).all())
    return shown and float(np.ptp(corners)) < 100 * max(size)
