"""The eyes of a photographed face: their lids' curves, their colours, and lids that move."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.anatomy import IRIS_PLANE
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.synthetic.head.eyes import EyeLook, Side, draw_iris

# MediaPipe's contours of the lids, from image left to image right: upper, then lower
_CONTOURS = {
    "right": (
        (33, 246, 161, 160, 159, 158, 157, 173, 133),
        (33, 7, 163, 144, 145, 153, 154, 155, 133),
    ),
    "left": (
        (362, 398, 384, 385, 386, 387, 388, 466, 263),
        (362, 382, 381, 380, 374, 373, 390, 249, 263),
    ),
}
CORNERS = {"right": (33, 133), "left": (362, 263)}
IRIS = {"right": (468, 469, 470, 471, 472), "left": (473, 474, 475, 476, 477)}
_SAMPLES = 33
_UPPER_FOLLOWS, _LOWER_FOLLOWS = 0.80, 0.28  # of the eye's own vertical travel
_WIDEST, _NARROWEST = 11.0, 1.2  # of an open eye's middle, mm
_REACH_UP, _REACH_DOWN = 8.5, 8.0  # how far from the margins skin moves along, mm
_LASHES = 3.0  # the lash line above the upper margin must not be stretched with the lid, mm


@dataclass(frozen=True, eq=False)
class LidCurves:
    """Margins of one eye in pixels, upper and lower [33, 2], sharing their x, from image left to right."""

    upper: np.ndarray
    lower: np.ndarray

    @property
    def middle(self) -> float:
        """Opening in the middle, pixels."""
        return float(self.lower[_SAMPLES // 2, 1] - self.upper[_SAMPLES // 2, 1])


def lid_curves(landmarks: np.ndarray, side: Side) -> LidCurves:
    """The lids' margins of one face's landmarks [478, >= 2], pixels."""
    upper, lower = (landmarks[list(line), :2] for line in _CONTOURS[side])
    x = np.linspace(upper[0, 0], upper[-1, 0], _SAMPLES)
    curves = []
    for line in (upper, lower):
        order = np.argsort(line[:, 0])
        y = np.interp(x, line[order, 0], line[order, 1])
        padded = np.pad(y, 2, mode="reflect", reflect_type="odd")
        curves.append(np.stack([x, np.convolve(padded, np.array([1, 2, 3, 2, 1]) / 9, "valid")], -1))
    return LidCurves(*curves)


def moved_lids(curves: LidCurves, travel: float, openness: float, millimetre: float) -> LidCurves:
    """Where the lids are when the iris has travelled down by `travel` mm since the picture was taken.

    millimetre: pixels per mm.
    """
    t = np.linspace(-1, 1, _SAMPLES)
    shape = (1 - t * t) ** 0.75
    x, top, low = curves.upper[:, 0], curves.upper[:, 1], curves.lower[:, 1]
    # the landmarks run along the lashes' roots; the lid's rim and its shadow hang a little lower
    upper = top + 0.5 * millimetre * shape + _UPPER_FOLLOWS * travel * millimetre * shape
    lower = low + _LOWER_FOLLOWS * travel * millimetre * shape
    gap = np.clip(lower - upper, _NARROWEST * millimetre * shape, _WIDEST * millimetre * shape)
    upper = lower - np.maximum(gap, 0)
    shut = lower - (1 - openness) * 1.6 * millimetre * shape
    return LidCurves(np.stack([x, shut + (upper - shut) * openness], -1), np.stack([x, shut], -1))


def drag_skin(frame: np.ndarray, old: LidCurves, new: LidCurves, millimetre: float) -> None:
    """Pull the skin around one eye from the old margins to the new ones, in a BGR uint8 frame, in place."""
    up, down = _REACH_UP * millimetre, _REACH_DOWN * millimetre
    x0 = max(int(old.upper[0, 0]) - 1, 0)
    x1 = min(int(old.upper[-1, 0]) + 3, frame.shape[1])
    y0 = max(int(old.upper[:, 1].min() - up - 2), 0)
    y1 = min(int(old.lower[:, 1].max() + down + 3), frame.shape[0])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    x = np.arange(x0, x1, dtype=np.float32)
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    u0, l0, u1, l1 = (
        np.interp(x, c[:, 0], c[:, 1]).astype(np.float32) for c in (old.upper, old.lower, new.upper, new.lower)
    )
    # skin above stretches from a fixed line below the brow to the margin; skin below likewise
    above = np.clip((y - (u0 - up)) / np.maximum(u1 - (u0 - up), 1), 0, None)
    below = np.clip(((l0 + down) - y) / np.maximum((l0 + down) - l1, 1), 0, None)
    tuck = np.minimum(_LASHES * millimetre, 0.9 * np.maximum(u1 - u0, 0))
    # most of the stretch happens near the margin, where a lid really unfolds
    source = np.where(
        y < (u1 + l1) / 2,
        np.where(above > 0, y - (u1 - u0 + tuck) * np.minimum(above, 1) ** 1.5, y),
        np.where(below > 0, y - (l1 - l0) * np.minimum(below, 1) ** 1.5, y),
    ).astype(np.float32)
    wide = np.broadcast_to(x - x0, source.shape)
    patch = frame[y0:y1, x0:x1]
    pulled = cv2.remap(
        patch.copy(), np.ascontiguousarray(wide), source - y0, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # a few rows of skin stretched over a closing lid show as streaks: smooth them sideways
    streaks = np.clip((u1 - u0) / (3 * millimetre), 0, 1) * np.clip(3 * above - 1.2, 0, 1)
    smooth = cv2.GaussianBlur(pulled, (0, 0), 1.6 * millimetre, sigmaY=0.5)
    weight = (streaks * (y < (u1 + l1) / 2))[..., None]
    patch[:] = np.clip(pulled + weight * (smooth.astype(np.float32) - pulled) + 0.5, 0, 255).astype(np.uint8)


def original_axis(eyeball: np.ndarray, iris: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """The optical axis [3] the picture itself shows: through the iris centre's pixel [2], from the eyeball's centre."""
    ray = np.array([(iris[0] - camera.cx) / camera.focal, (iris[1] - camera.cy) / camera.focal, 1.0])
    # where the ray meets the sphere of radius IRIS_PLANE; its nearest point where it misses
    along = (ray @ eyeball) / (ray @ ray)
    miss = eyeball @ eyeball - along**2 * (ray @ ray)
    depth = along - np.sqrt(max(IRIS_PLANE**2 - miss, 0.0) / (ray @ ray))
    axis = ray * depth - eyeball
    unit: np.ndarray = axis / np.linalg.norm(axis)
    return unit


def sample_look(image: np.ndarray, landmarks: np.ndarray, side: Side, rng: np.random.Generator) -> EyeLook:
    """The colours of one photographed eye (BGR uint8 image), with textbook ones where too little of it shows."""
    curves = lid_curves(landmarks, side)
    iris = landmarks[list(IRIS[side]), :2]
    radius = max(float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean()), 2.0)
    x0, y0 = np.floor(curves.upper.min(0) - radius).astype(int).clip(0)
    x1, y1 = np.ceil(curves.lower.max(0) + radius).astype(int) + 1
    linear = (image[y0:y1, x0:x1, ::-1].astype(np.float32) / 255) ** 2.2
    y, x = np.mgrid[y0 : y0 + linear.shape[0], x0 : x0 + linear.shape[1]].astype(np.float32)
    top, low = (np.interp(x, c[:, 0], c[:, 1]) for c in (curves.upper, curves.lower))
    inset = 0.12 * radius
    seen = (y > top + inset) & (y < low - inset) & (x > curves.upper[0, 0]) & (x < curves.upper[-1, 0])
    r = np.hypot(x - iris[0, 0], y - iris[0, 1]) / radius
    white = linear[seen & (r > 1.15)]
    ring = linear[seen & (r > 0.45) & (r < 0.85)]
    # the brighter part of the white: the rest lies in the lids' shadow, which is painted separately
    brightness = white.sum(1)
    sclera = white[brightness >= np.percentile(brightness, 60)].mean(0) if len(white) > 12 else np.full(3, 0.42)
    colour = np.percentile(ring, 35, axis=0) if len(ring) > 8 else np.array([0.05, 0.03, 0.02])
    colour = np.minimum(colour, 0.6 * sclera)
    nose = curves.upper[-1 if side == "right" else 0]
    inner = linear[np.hypot(x - nose[0], y - nose[1]) < 0.4 * radius]
    flesh = inner.mean(0) if len(inner) else sclera * (0.8, 0.5, 0.5)
    dark = linear[(np.abs(y - top) < 0.25 * radius) & (x > curves.upper[4, 0]) & (x < curves.upper[-5, 0])]
    lash = np.percentile(dark, 10, axis=0) * 0.7 if len(dark) else np.full(3, 0.01)
    return EyeLook(
        iris=draw_iris(0.9 * colour, rng),
        sclera=np.clip(1.12 * sclera, 0.02, 0.85),
        lash=lash,
        flesh=flesh,
        light=0.0,
        glint=float(np.clip(1.3 * sclera.max(), 0.25, 1.0)),
    )
