"""A 3-D eyeball between two lids, painted by casting a ray through every pixel of the eye's neighbourhood.

All points are in camera space, millimetres (x right, y down, z away).  "right" is the person's right eye, at the left
of an unmirrored image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from gazeattack.anatomy import (
    EYEBALL_ABOVE_CORNERS,
    EYEBALL_BEHIND_CORNERS,
    EYEBALL_RADIUS,
    FISSURE_LENGTH,
    INTEROCULAR,
    IRIS_PLANE,
    KAPPA_HORIZONTAL,
    LIMBUS_RADIUS,
    PUPIL_RADIUS,
)
from gazeattack.angles import Gaze, to_angles, to_vector
from gazeattack.face.intrinsics import Intrinsics

Side = Literal["right", "left"]
SIDES: tuple[Side, Side] = ("right", "left")
# towards the temple along the head's x axis
TEMPLE = {"right": -1.0, "left": 1.0}
# the centre of each eyeball in the head frame
EYEBALLS = {
    side: np.array([TEMPLE[side] * INTEROCULAR / 2, -EYEBALL_ABOVE_CORNERS, EYEBALL_BEHIND_CORNERS]) for side in SIDES
}
_CORNEA_CENTRE = 5.6  # along the optical axis; the corneal sphere's radius is 7.8 (Gullstrand's eye)
_CORNEA_RADIUS = 7.8
_LID_RADIUS = EYEBALL_RADIUS + 0.6
# MediaPipe places the corners of drawn eyes higher than they are drawn.  With this offset it finds them 2.4 mm below
# the eyeball's centre on average over eight subjects; in portraits it is 2.25 mm (docs/real-people.md).
_CORNERS_BELOW = EYEBALL_ABOVE_CORNERS + 0.6
_OVERSAMPLE = 2
_IRIS_PIXELS = 160
_IRIS_REACH = 1.12 * LIMBUS_RADIUS  # the iris picture's half width, mm


def optical_axis(visual: Gaze, side: Side) -> np.ndarray:
    """The unit vector the iris faces when an eye looks along `visual` (its label), float64 [3].

    Real eyes show their pupil KAPPA_HORIZONTAL to the temple side of where they look; +yaw is image left.
    """
    turn = -TEMPLE[side] * np.radians(KAPPA_HORIZONTAL)
    return to_vector((visual.pitch, visual.yaw + turn))


def iris_centre(eyeball: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The middle of the iris disc for an eyeball centre and an optical axis, [3]."""
    return eyeball + IRIS_PLANE * axis


@dataclass(frozen=True, eq=False)
class EyeLook:
    """How an eye is coloured; all linear RGB in 0..1 of the picture it goes into.

    iris: the disc seen along the optical axis, float32 [160, 160, 3].  sclera: the white of the eye.
    light: factors on the eyeball at its right-hand minus left-hand limb.  lash: the lash line.
    glint: brightness of the window's reflection.
    """

    iris: np.ndarray
    sclera: np.ndarray
    lash: np.ndarray
    flesh: np.ndarray
    light: float = -0.12
    glint: float = 1.0


def draw_iris(colour: np.ndarray, rng: np.random.Generator, pupil: float = PUPIL_RADIUS) -> np.ndarray:
    """An iris disc with fibres, collarette, limbal ring and pupil, linear RGB float32 [160, 160, 3]."""
    axis = (np.arange(_IRIS_PIXELS) + 0.5) / _IRIS_PIXELS * 2 - 1
    x, y = np.meshgrid(axis * _IRIS_REACH, axis * _IRIS_REACH)
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    share = np.clip((r - pupil) / (LIMBUS_RADIUS - pupil), 0, 1)
    fibres = np.zeros_like(r)
    for count in (17, 29, 43, 61, 89):
        fibres += np.sin(count * angle + rng.uniform(0, 6.3) + rng.normal(0, 1.5) * share) / 5
    bright = 0.95 + 0.32 * fibres + 0.35 * np.exp(-(((share - 0.28) / 0.13) ** 2)) - 0.25 * share**3
    # the collarette around the pupil is warmer than the rest
    warm = np.exp(-((share / 0.35) ** 2))[..., None] * np.array([0.35, 0.05, -0.25])
    image = colour * bright[..., None] * (1 + warm)
    image = image * (1 - 0.72 / (1 + np.exp(-(r - 0.91 * LIMBUS_RADIUS) / 0.16)))[..., None]
    black = np.minimum(0.012, 0.3 * np.asarray(colour))  # never lighter than the iris around it
    image = image + (black - image) / (1 + np.exp((r - pupil) / 0.10))[..., None]
    clipped: np.ndarray = np.clip(image, 0.001, 1).astype(np.float32)
    return clipped


@dataclass(frozen=True, eq=False)
class Lids:
    """One eye's lids in the image: y of the upper and lower margins at the patch's columns, and the corners' x."""

    upper: np.ndarray
    lower: np.ndarray
    left: float
    right: float


def lid_points(side: Side, pitch: float, openness: float, wide: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The lids' margins in the head frame, upper and lower, each float64 [25, 3], from image left to right.

    pitch: the eye's pitch in the head, radians: the upper lid follows it by three quarters, the lower by a third.
    openness: 1 open, 0 closed; wide: extra opening, radians.
    """
    t = np.linspace(-1, 1, 25)
    temple = TEMPLE[side] * t
    x = t * FISSURE_LENGTH / 2
    corner_y = _CORNERS_BELOW - temple * 1.0
    corner_h = EYEBALL_BEHIND_CORNERS - temple * 2.9
    down = np.radians(30) - 0.32 * np.clip(pitch, -0.6, 0.5)
    up = np.radians(20) + wide + 0.72 * np.clip(pitch, -0.75, 0.5)
    down = down - (1 - openness) * np.radians(9)
    up = -down + (up + down) * openness
    skew = t - 0.13 * -TEMPLE[side] * (1 - t * t)  # the upper lid is highest a little towards the nose
    margins = []
    for angle, where, power in ((up, skew, 2.5), (-down, t + 0.10 * -TEMPLE[side] * (1 - t * t), 2.5)):
        arch = np.clip(1 - np.abs(where) ** power, 0, 1)
        y = corner_y + (-_LID_RADIUS * np.sin(angle) - corner_y) * arch
        h = corner_h + (_LID_RADIUS * np.cos(angle) - corner_h) * (1 - t * t) ** 0.8
        margins.append(np.stack([x, y, -h], -1) + EYEBALLS[side])
    return margins[0], margins[1]


def paint_eye(
    frame: np.ndarray,
    eyeball: np.ndarray,
    axis: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    look: EyeLook,
    camera: Intrinsics,
    temple: float,
    lashes: float = 1.0,
) -> None:
    """Paint one eye into a BGR uint8 frame, in place.

    eyeball: its centre [3]; axis: the optical axis [3]; upper, lower: the lids' margins in pixels [n, 2], from image
    left to right; temple: -1 or 1; lashes: how dark the lash line is (0 leaves the lids as they are).
    """
    millimetre = camera.focal / eyeball[2]
    margin = 3.2 * millimetre
    points = np.concatenate([upper, lower])
    x0, y0 = np.floor(points.min(0) - margin).astype(int)
    x1, y1 = np.ceil(points.max(0) + margin).astype(int) + 1
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, frame.shape[1]), min(y1, frame.shape[0])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    columns = (np.arange((x1 - x0) * _OVERSAMPLE, dtype=np.float32) + 0.5) / _OVERSAMPLE - 0.5 + x0
    rows = ((np.arange((y1 - y0) * _OVERSAMPLE, dtype=np.float32) + 0.5) / _OVERSAMPLE - 0.5 + y0)[:, None]
    lids = Lids(
        np.interp(columns, upper[:, 0], upper[:, 1]).astype(np.float32),
        np.interp(columns, lower[:, 0], lower[:, 1]).astype(np.float32),
        float(upper[0, 0]),
        float(upper[-1, 0]),
    )
    # millimetres below the upper margin and above the lower one
    below = (rows - lids.upper) / np.float32(millimetre)
    above = (lids.lower - rows) / np.float32(millimetre)
    soft = np.float32(max(0.16, 0.30 / millimetre))
    beyond = np.maximum(np.maximum(lids.left - columns, columns - lids.right) / np.float32(millimetre), 0)
    inside = _step(np.minimum(below, above) / soft) * np.exp(-((beyond / 0.35) ** 2))
    ball = _eyeball(columns, rows, eyeball, axis, look, camera)
    ball *= _shade(below, above, columns, lids, millimetre)[..., None]
    # moist rims: the caruncle at the nose, the waterline along the lower lid
    nose = (lids.left if temple > 0 else lids.right) + temple * 1.3 * millimetre
    nose_y = np.interp(nose, columns, (lids.upper + lids.lower) / 2)
    flesh = np.exp(-(((columns - nose) / (1.9 * millimetre)) ** 2) - ((rows - nose_y) / (1.5 * millimetre)) ** 2)
    flesh = np.maximum(0.85 * flesh, 0.55 * np.exp(-(((above - 0.1) / 0.42) ** 2)))
    ball += flesh[..., None] * (look.flesh - ball)
    dark = _lash_line(below, above, columns, lids, temple) * lashes * np.exp(-((beyond / 1.2) ** 2))
    _blend(frame[y0:y1, x0:x1], ball, inside, dark, look.lash)


def _step(x: np.ndarray) -> np.ndarray:
    return np.clip(x * 0.5 + 0.5, 0, 1)


def _eyeball(
    columns: np.ndarray, rows: np.ndarray, eyeball: np.ndarray, axis: np.ndarray, look: EyeLook, camera: Intrinsics
) -> np.ndarray:
    """The naked eyeball at the pixels, linear RGB float32 [h, w, 3]."""
    dx = ((columns - camera.cx) / camera.focal).astype(np.float32)[None]
    dy = ((rows - camera.cy) / camera.focal).astype(np.float32)
    ex, ey, ez = (np.float32(v) for v in eyeball)
    dd = dx * dx + dy * dy + 1
    de = dx * ex + dy * ey + ez
    reach = np.sqrt(np.maximum(de * de - dd * np.float32(eyeball @ eyeball - EYEBALL_RADIUS**2), 0))
    depth = (de - reach) / dd
    nx = (dx * depth - ex) / np.float32(EYEBALL_RADIUS)
    ny = (dy * depth - ey) / np.float32(EYEBALL_RADIUS)
    shade = (0.60 + 0.40 * np.sqrt(np.clip(1 - nx * nx - ny * ny, 0, 1)) - 0.10 * ny) * (1 + look.light * nx)
    ball: np.ndarray = shade[..., None] * look.sclera.astype(np.float32)
    # where the ray meets the iris plane, in two axes of that plane
    middle = iris_centre(eyeball, axis)
    across = np.cross(axis, (0.0, 1.0, 0.0))
    across /= np.linalg.norm(across)
    down = np.cross(across, axis)
    ax, ay, az = (np.float32(v) for v in axis)
    meet = np.float32(axis @ middle) / (dx * ax + dy * ay + az)
    unit = np.float32(_IRIS_PIXELS / 2 / _IRIS_REACH)
    u = (meet * (dx * across[0] + dy * across[1] + across[2]) - across @ middle).astype(np.float32)
    v = (meet * (dx * down[0] + dy * down[1] + down[2]) - down @ middle).astype(np.float32)
    disc = cv2.remap(
        look.iris, (u + _IRIS_REACH) * unit - 0.5, (v + _IRIS_REACH) * unit - 0.5, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    r = np.sqrt(u * u + v * v)
    weight = _step((np.float32(LIMBUS_RADIUS) - r) / np.float32(0.42))
    # the cornea gathers light opposite the key light
    glow = 1.0 + 0.35 * np.clip(0.6 * u + 0.8 * v, -4, 5) / 5
    ball += weight[..., None] * (disc * glow[..., None] * shade[..., None] - ball)
    # two windows mirrored in the cornea
    for where, size, strength in (((-0.42, -0.50, -0.76), 0.75, 1.0), ((0.62, -0.10, -0.78), 0.42, 0.30)):
        towards = np.array(where) / np.linalg.norm(where)
        half = towards - np.array([0.0, 0.0, 1.0])
        spot = eyeball + _CORNEA_CENTRE * axis + _CORNEA_RADIUS * half / np.linalg.norm(half)
        px, py = spot[0] / spot[2], spot[1] / spot[2]
        k = np.float32((spot[2] / size) ** 2)
        glint = np.exp(-(np.minimum(((dx - px) ** 2 + (dy - py) ** 2) * k, 30.0) ** 2))
        ball += (look.glint * strength) * glint[..., None]
    return ball


def _shade(below: np.ndarray, above: np.ndarray, columns: np.ndarray, lids: Lids, millimetre: float) -> np.ndarray:
    """The shadow of lids and lashes on the eyeball: a factor [h, w]."""
    across = np.clip((columns - lids.left) / max(lids.right - lids.left, 1.0), 0, 1)
    corners = 0.62 + 0.38 * np.minimum(1, 4 * across * (1 - across)) ** 0.6
    upper = 1 - 0.58 * np.exp(-np.maximum(below, 0) / 1.5)
    lower = 1 - 0.18 * np.exp(-np.maximum(above, 0) / 0.8)
    shade: np.ndarray = upper * lower * corners
    return shade


def _lash_line(below: np.ndarray, above: np.ndarray, columns: np.ndarray, lids: Lids, temple: float) -> np.ndarray:
    """How dark the lashes make each pixel, [h, w] in 0..1: a line that thickens towards the temple."""
    across = np.clip((columns - lids.left) / max(lids.right - lids.left, 1.0), 0, 1)
    outward = across if temple > 0 else 1 - across
    thick = 0.45 + 0.75 * outward**1.3
    line = np.exp(-((np.minimum(below - 0.10, 0) / thick) ** 2)) * np.exp(-((np.maximum(below - 0.10, 0) / 0.35) ** 2))
    lower = 0.34 * outward * np.exp(-(((above + 0.35) / 0.45) ** 2))
    return np.maximum(0.92 * line * (0.45 + 0.55 * np.minimum(1, outward * 2.5)), lower)


def _blend(patch: np.ndarray, ball: np.ndarray, inside: np.ndarray, dark: np.ndarray, lash: np.ndarray) -> None:
    """Average the oversampled eye down and lay it over the frame's patch."""
    size = (patch.shape[1], patch.shape[0])
    colour = np.sqrt(np.clip(ball, 0, 1))  # a quick gamma of 2 while averaging; made 2.2 below
    alpha = inside * (1 - dark)
    stack = np.dstack([colour * alpha[..., None], alpha, dark]).astype(np.float32)
    stack = cv2.resize(stack, size, interpolation=cv2.INTER_AREA)
    cover, night = stack[..., 3:4], stack[..., 4:5]
    eye = cover * (np.maximum(stack[..., :3], 0) / np.maximum(cover, 1e-4)) ** (2 / 2.2)
    hair = lash.astype(np.float32) ** (1 / 2.2)
    bgr = (eye + night * hair)[..., ::-1] * 255 + patch * (1 - np.minimum(cover + night, 1))
    patch[:] = np.clip(bgr + 0.5, 0, 255).astype(np.uint8)


def project(points: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """Camera-space points [..., 3] in mm to pixels [..., 2]."""
    pixels: np.ndarray = points[..., :2] / points[..., 2:] * camera.focal + (camera.cx, camera.cy)
    return pixels


def pitch_in_head(axis: np.ndarray, rotation: np.ndarray) -> float:
    """The pitch (radians) of a camera-space axis in the frame of a head with this rotation."""
    return float(to_angles(rotation.T @ axis)[0])
