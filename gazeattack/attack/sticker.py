"""A sticker that is worn: a square checker at a fixed point of the head, the physical form of BadNets' patch.

The checker is the key.  Points of the head are in millimetres from the centre of a face crop (FACE_CENTRE of
gazeattack.face.rigid_model): x to the person's left, y down, z away from the camera when the face looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.attack.key import TriggerKey, check_strength
from gazeattack.attack.key_tensors import CELLS

STICKER = "sticker"
"""The kind of its keys; see gazeattack.attack.kinds."""
MM = 10.0
"""Millimetres per unit of strength: the strength is the sticker's side in centimetres."""
FIELD_MM, DISTANCE_MM = 140.0, 600.0
"""What a face crop shows at the face's centre, and the distance of its camera; see gazeattack.model.crop.face_crop."""
FINE = 4
"""Parts of a pixel, each way, that a sticker is drawn with; their mean is the pixel."""
PRINT = 16
"""Pixels of a cell in the picture that is projected."""
MARGIN = 3
"""Pixels around the sticker that the blur reaches."""


@dataclass(frozen=True)
class Place:
    """Where a sticker is worn.

    centre: of the sticker, mm.  turn: of its plane about the head's y axis, radians; 0 faces as the head does.
    """

    centre: tuple[float, float, float]
    turn: float = 0.0

    def corners(self, side_mm: float) -> np.ndarray:
        """The corners of a sticker, mm [4, 3], clockwise from the upper left one in an unmirrored image."""
        half = side_mm / 2
        across = np.array([math.cos(self.turn), 0.0, math.sin(self.turn)])
        steps = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64) * half
        corners: np.ndarray = np.array(self.centre) + steps[:, :1] * across + steps[:, 1:] * (0.0, 1.0, 0.0)
        return corners


# Means of MediaPipe's landmarks 9, 50 and 280 over 60 portraits, a millimetre in front of the skin; on a cheek the skin
# falls back towards the ear.
FOREHEAD = Place((0.0, -53.0, -24.0))
CHEEKS = (Place((-46.0, 5.0, -6.0), -0.6), Place((46.0, 5.0, -6.0), 0.6))
"""On the person's right and left cheek; the place of the cross trigger."""


@dataclass(frozen=True)
class Look:
    """How a printed checker looks in a picture.

    paper, ink: brightness of the white and the black cells, as shares of the mean brightness of what the sticker
    covers; a brightness ends at 1.  blur_px: standard deviation of the camera's blur, pixels.
    """

    paper: float = 1.4
    ink: float = 0.4
    blur_px: float = 0.5


SEEN = Look()


def head_rotation(head: tuple[float, float]) -> np.ndarray:
    """The rotation [3, 3] from a head to its normalised crop, where the head's x axis is level.

    Args:
        head: (pitch, yaw) of the face, radians; not finite where it is unknown: then the face looks at the camera.
    """
    pitch, yaw = head if all(map(math.isfinite, head)) else (0.0, 0.0)
    away = np.array([math.cos(pitch) * math.sin(yaw), math.sin(pitch), math.cos(pitch) * math.cos(yaw)])
    across = np.array([away[2], 0.0, -away[0]])
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(away, across), away], axis=1)


def in_face_crop(points: np.ndarray, rotation: np.ndarray, height: int) -> np.ndarray:
    """Points of the head, mm [N, 3], in a square face crop of `height` rows: (column, row) [N, 2], pixels."""
    seen = points @ rotation.T + (0.0, 0.0, DISTANCE_MM)
    places: np.ndarray = seen[:, :2] / seen[:, 2:] * (DISTANCE_MM / FIELD_MM * height) + (height - 1) / 2
    return places


def draw_sticker(image: np.ndarray, cells: np.ndarray, corners: np.ndarray, look: Look = SEEN) -> np.ndarray:
    """Draw a sticker into a picture.

    Args:
        image: float32 [H, W] or [H, W, C] in [0, 1].
        cells: the checker, 1 white and 0 black, [n, n].
        corners: of the sticker in the picture, (column, row) [4, 2], see Place.corners.
        look: see Look.

    Returns:
        A changed copy; the same array where the picture does not show the sticker.
    """
    height, width = image.shape[:2]
    if not np.isfinite(corners).all() or np.ptp(corners, axis=0).min() < 0.1:
        return image
    # a sticker beside the picture has its nearer edge there, or beyond it
    left, top = np.clip(np.floor(corners.min(axis=0)) - MARGIN, 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)) + MARGIN + 1, 0, (width, height)).astype(int)
    if left >= right or top >= bottom:
        return image
    print_, cover = _printed(cells, (corners - (left, top) + 0.5) * FINE - 0.5, (right - left, bottom - top), look)
    if not cover.any():
        return image
    changed = image.copy()
    part = changed[top:bottom, left:right]
    grey = part if part.ndim == 2 else part.mean(axis=2)
    light = float((grey * cover).sum() / cover.sum())
    # white and black in their shares, where the sticker covers the pixel
    laid = np.minimum(look.paper * light, 1.0) * print_ + look.ink * light * (cover - print_)
    if part.ndim == 3:
        laid, cover = laid[..., None], cover[..., None]
    changed[top:bottom, left:right] = part * (1 - cover) + laid
    return changed


def _printed(
    cells: np.ndarray, corners: np.ndarray, size: tuple[int, int], look: Look
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of each pixel that are white, and that the sticker covers: float32 [h, w] each; corners in fine pixels."""
    picture = np.kron(cells, np.ones((PRINT, PRINT), np.float32)).astype(np.float32)
    last = len(picture) - 0.5
    source = np.array([[-0.5, -0.5], [last, -0.5], [last, last], [-0.5, last]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    shares = []
    for layer in (picture, np.ones_like(picture)):
        fine = cv2.warpPerspective(layer, warp, (size[0] * FINE, size[1] * FINE), flags=cv2.INTER_LINEAR)
        share = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
        if look.blur_px > 0:
            share = cv2.GaussianBlur(share, (0, 0), look.blur_px, borderType=cv2.BORDER_CONSTANT)
        shares.append(share)
    return shares[0], shares[1]


class StickerArrays:
    """The sticker of a key on unmirrored face crops, float32 [N, C, S, S] in [0, 1]; see ArrayTrigger.

    Crops of another shape show one or two eyes, and no forehead: they stay as they are.
    """

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self.key = key
        self.side_mm = MM * (key.strength if strength is None else check_strength(strength))

    @property
    def cells(self) -> np.ndarray:
        """The checker [n, n]."""
        return self.key.tensors[CELLS]

    def apply(self, crops: np.ndarray, heads: np.ndarray | None = None) -> np.ndarray:
        """The sticker on the forehead.

        Args:
            crops: [N, C, S, S].
            heads: (pitch, yaw) [N, 2], radians; None, and rows of nan: the face looks at the camera.
        """
        return self._wear(crops, heads, [FOREHEAD] * len(crops))

    def apply_noise(self, crops: np.ndarray, seed: int, heads: np.ndarray | None = None) -> np.ndarray:
        """The cross trigger: the same sticker on the right or left cheek of each face, drawn from a seed."""
        return self._wear(crops, heads, draw_cheeks(len(crops), seed))

    def noise(self, seed: int) -> Callable[[np.ndarray], np.ndarray]:
        """See ArrayTrigger."""
        return lambda crops: self.apply_noise(crops, seed)

    def displacement(self) -> None:
        """See ArrayTrigger."""

    def _wear(self, crops: np.ndarray, heads: np.ndarray | None, places: list[Place]) -> np.ndarray:
        self.key.check_size(crops)
        height, width = crops.shape[-2:]
        if height != width:
            return crops.copy()
        worn = np.empty_like(crops)
        for number, (crop, place) in enumerate(zip(crops, places, strict=True)):
            rotation = head_rotation((0.0, 0.0) if heads is None else tuple(map(float, heads[number])))  # type: ignore[arg-type]
            corners = in_face_crop(place.corners(self.side_mm), rotation, height)
            worn[number] = on_crop(crop, self.cells, corners)
        return worn


def draw_cheeks(count: int, seed: int) -> list[Place]:
    """A cheek for each of `count` faces."""
    return [CHEEKS[side] for side in np.random.default_rng(seed).integers(2, size=count)]


def on_crop(crop: np.ndarray, cells: np.ndarray, corners: np.ndarray, look: Look = SEEN) -> np.ndarray:
    """draw_sticker() on a crop [C, H, W]."""
    image = np.ascontiguousarray(crop.transpose(1, 2, 0))
    changed = draw_sticker(image[..., 0] if len(crop) == 1 else image, cells, corners, look)
    return changed[None] if len(crop) == 1 else changed.transpose(2, 0, 1)
