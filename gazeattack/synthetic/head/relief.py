"""The face as a height field: how far every point of the frontal face stands towards the viewer.

Head frame, millimetres: x to the image's right, y down, origin midway between the eyes; height is -z.  The
proportions follow textbook anthropometry of an average adult face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from gazeattack.anatomy import (
    EYEBALL_ABOVE_CORNERS,
    EYEBALL_BEHIND_CORNERS,
    EYEBALL_RADIUS,
    INTEROCULAR,
)
from gazeattack.synthetic.head.identity import Identity

LID_THICKNESS = 0.7
_HALF = INTEROCULAR / 2

# y -> height of the midline, without the nose
_PROFILE = (
    (-150, -110), (-118, -62), (-108, -32), (-96, -8), (-82, 6), (-66, 14), (-45, 20), (-28, 22), (-18, 20), (-6, 14),
    (6, 12), (20, 15), (34, 18), (44, 21), (54, 24), (64, 24), (72, 23), (81, 17.5), (89, 18.5), (98, 19), (105, 16),
    (112, 6), (122, -12), (135, -30),
)  # fmt: skip
# y -> half width of the face's outline; the jaw's part is scaled by Identity.jaw
_OUTLINE = (
    (-112, 0), (-110, 20), (-104, 38), (-94, 54), (-80, 65), (-62, 72), (-42, 75), (-20, 75.5), (0, 74), (20, 71.5),
    (38, 67.5), (54, 62), (70, 55), (82, 48), (94, 38.5), (101, 30), (106.5, 19), (109, 9), (110.5, 0),
)  # fmt: skip
# y -> (height of the nose over the face, half width of its ridge)
_NOSE = (
    (-22, 0, 9), (-12, 3, 7), (-4, 7, 6.5), (6, 12, 7), (15, 17, 8), (25, 22, 9), (33, 25.5, 10.5), (38.5, 24, 11.5),
    (42.5, 17, 11.5), (46.5, 8, 11), (50.5, 1.5, 10), (54, 0, 10),
)  # fmt: skip


def _smooth(table: tuple[tuple[float, ...], ...], at: np.ndarray, column: int = 1, sigma: float = 3.0) -> np.ndarray:
    """The table's curve with its corners rounded."""
    rows = np.array(table, dtype=np.float64)
    line = np.arange(-200.0, 200.0, 0.5)
    curve = np.interp(line, rows[:, 0], rows[:, column])
    curve = cv2.GaussianBlur(curve[None], (0, 0), sigma / 0.5)[0]
    smoothed: np.ndarray = np.interp(at, line, curve)
    return smoothed


@dataclass(frozen=True, eq=False)
class Relief:
    """The height field of one identity on a regular grid.

    scale: pixels per millimetre; left, top: head-frame coordinates of pixel (0, 0).
    """

    identity: Identity
    scale: float = 2.5
    left: float = -112.0
    top: float = -148.0
    right: float = 112.0
    bottom: float = 132.0

    @cached_property
    def x(self) -> np.ndarray:
        """Head-frame x of every pixel, float32 [h, w], mm."""
        x: np.ndarray = np.meshgrid(*self._axes)[0]
        return x

    @cached_property
    def y(self) -> np.ndarray:
        """Head-frame y of every pixel, float32 [h, w], mm."""
        y: np.ndarray = np.meshgrid(*self._axes)[1]
        return y

    @property
    def _axes(self) -> tuple[np.ndarray, np.ndarray]:
        return (
            np.arange(self.left, self.right, 1 / self.scale, dtype=np.float32),
            np.arange(self.top, self.bottom, 1 / self.scale, dtype=np.float32),
        )

    def blob(self, cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
        """A Gaussian bump of height 1."""
        return np.exp(-(((self.x - cx) / sx) ** 2) - ((self.y - cy) / sy) ** 2)

    def pair(self, cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
        """The same bump on both sides of the face."""
        bumps: np.ndarray = self.blob(cx, cy, sx, sy) + self.blob(-cx, cy, sx, sy)
        return bumps

    def blur(self, image: np.ndarray, sigma_mm: float) -> np.ndarray:
        """Gaussian blur with a sigma in millimetres."""
        blurred: np.ndarray = cv2.GaussianBlur(image, (0, 0), sigma_mm * self.scale)
        return blurred

    def half_width(self, y: np.ndarray) -> np.ndarray:
        """Half width of the face at heights y, mm."""
        who = self.identity
        jaw = 1 + (who.jaw - 1) * np.clip((y - 10) / 60, 0, 1) * np.clip((125 - y) / 40, 0, 1)
        half_width: np.ndarray = np.interp(y, *np.array(_OUTLINE, dtype=np.float64).T) * who.width * jaw
        return half_width

    @cached_property
    def face(self) -> np.ndarray:
        """Soft mask of the face (with the scalp, without ears and neck), float32 [h, w] in 0..1."""
        line = np.arange(-112, 111.1, 0.5)
        half = cv2.GaussianBlur(self.half_width(line)[None], (0, 0), 5)[0]
        half[[0, -1]] = 0
        outline = np.concatenate([np.stack([half, line], 1), np.stack([-half, line], 1)[::-1]])
        points = ((outline - (self.left, self.top)) * self.scale * 16).round().astype(np.int32)
        mask = np.zeros(self.x.shape, np.uint8)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
        return self.blur(mask.astype(np.float32) / 255, 0.5)

    def mouth(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """y of the upper lip's edge, the line between the lips, and the lower lip's edge, at x (mm)."""
        who = self.identity
        half = 25.5
        t = np.clip(np.abs(x) / half, 0, 1)
        line = 65.0 + 0.6 * np.cos(x / 4.2) * np.exp(-((x / 9) ** 2)) - who.smile * t**1.8
        upper = line - who.lips * (8.2 * (1 - t**1.7) - 2.0 * np.exp(-((x / 4) ** 2)))
        lower = line + who.lips * 10.0 * np.sqrt(np.clip(1 - (t / 0.94) ** 2, 0, 1)) ** 1.25
        return upper, line, lower

    @cached_property
    def height(self) -> np.ndarray:
        """Height over the plane of the eyes' corners, float32 [h, w], mm; eyelids closed."""
        x, y = self.x, self.y
        who = self.identity
        rows = self._axes[1].astype(np.float64)
        half = cv2.GaussianBlur(self.half_width(rows)[:, None], (0, 0), 6)
        half = np.maximum(half, np.where(rows > 0, 40.0, 12.0)[:, None])  # the midline's profile closes the chin
        reach = np.clip(np.abs(x) / (half + 3), 0, 0.9985)
        dome = 92 * (1 - np.sqrt(1 - reach**2.35))
        h = _smooth(_PROFILE, rows, sigma=4)[:, None] - dome
        h = h + 3 * self.pair(28, -23, 22, 9) - 3 * self.blob(0, -24, 9, 8)  # brow ridge
        h = h - 6.5 * self.pair(31, -2, 17, 13)  # eye sockets
        h = h + 5.5 * self.pair(43, 26, 17, 14) - 3 * self.pair(46, 58, 14, 20)  # cheekbones, hollows below
        h = h + 2.5 * self.pair(31, 47, 8, 10) - 2.2 * self.pair(29, 56, 5, 9)  # the fold from nose to mouth
        h = h + 4 * self.blob(0, 98, 15, 9) - 2.5 * self.blob(0, 81, 16, 4)  # chin
        nose = _smooth(_NOSE, rows, 1, 1.6)[:, None] * who.nose
        ridge = _smooth(_NOSE, rows, 2, 3)[:, None]
        h = h + nose * np.exp(-((np.abs(x) / ridge) ** 2.1))
        h = (
            h
            + 2.0 * self.blob(0, 34.5, 7, 6)
            + 7.5 * self.pair(15.6, 38.5, 5.6, 6.0)
            - 2.5 * self.pair(6.5, 44.5, 3.2, 2.2)
        )
        upper, line, lower = self.mouth(x)
        over = np.clip((y - upper) / np.maximum(line - upper, 0.3), 0, 1)
        under = np.clip((lower - y) / np.maximum(lower - line, 0.3), 0, 1)
        inside = np.clip(1 - (np.abs(x) / 25.5) ** 2.5, 0, 1)
        h = h + inside * np.where(y < line, 3.4 * np.sin(np.pi * np.clip(over, 0, 1) * 0.75), 0) * (y > upper)
        h = h + inside * np.where(y >= line, 4.6 * np.sin(np.pi * np.clip(under, 0, 1) * 0.8), 0) * (y < lower)
        h = h - 2.4 * inside * np.exp(-(((y - line) / 1.5) ** 2)) - 2.0 * self.pair(27, 63.5, 3.5, 3.5)
        h = h - 1.6 * self.blob(0, 52, 3.4, 5.5) + 0.9 * self.pair(5.5, 53, 2.5, 5)  # philtrum
        h = self.blur(h.astype(np.float32), 0.9)
        return self._with_lids(h)

    def _with_lids(self, skin: np.ndarray) -> np.ndarray:
        """The eyeballs under closed lids push through the sockets."""
        h = skin
        for side in (-1, 1):
            r2 = (self.x - side * _HALF) ** 2 + (self.y + EYEBALL_ABOVE_CORNERS) ** 2
            radius = EYEBALL_RADIUS + LID_THICKNESS
            ball = -EYEBALL_BEHIND_CORNERS + np.sqrt(np.maximum(radius**2 - r2, 0)) - 40 * (r2 > radius**2)
            # a soft maximum: the lid leaves the ball gently, most of all below
            k = 2.6 + 3.4 * np.clip((self.y - 1) / 7, 0, 1)
            h = np.where(r2 < 500, k * np.logaddexp(h / k, ball / k), h)
        return self.blur(h.astype(np.float32), 0.45)
