"""What surrounds the face: ears, neck, shoulders, and a room out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.head.layers import Layer
from gazeattack.synthetic.head.relief import Relief
from gazeattack.synthetic.head.skin import mix, to_linear, to_srgb

_SCALE = 1.6
_LEFT, _TOP, _RIGHT, _BOTTOM = -330.0, 40.0, 330.0, 330.0
_DEPTH = -75.0


def to_bgr(linear: np.ndarray) -> np.ndarray:
    """Linear RGB to BGR uint8."""
    return np.ascontiguousarray((to_srgb(linear)[..., ::-1] * 255 + 0.5).astype(np.uint8))


def _below(y: np.ndarray, edge: np.ndarray, soft: float) -> np.ndarray:
    """Soft indicator of y > edge (image: below it)."""
    below: np.ndarray = 1 / (1 + np.exp(np.clip((edge - y) / soft, -30, 30)))
    return below


def body(who: Identity) -> Layer:
    """Neck and shoulders, flat, a hand's breadth behind the face."""
    x, y = np.meshgrid(np.arange(_LEFT, _RIGHT, 1 / _SCALE), np.arange(_TOP, _BOTTOM, 1 / _SCALE))
    skin = to_linear(who.skin)
    half = (41 if who.hair_style == "bob" else 50) * who.width
    half = half + 40 / (1 + np.exp(-(y - 152) / 8))
    across = np.clip(np.abs(x) / half, 0, 1)
    round_ = np.sqrt(1 - 0.8 * across**2.5) * (1 - 0.14 * x / half)
    tendons = 1 + 0.06 * np.exp(-(((np.abs(x) - 20 + 0.12 * (y - 100)) / 7) ** 2))
    # the head throws its shadow on the neck
    shadow = 0.26 + 0.56 * _below(y, 141 + 0.14 * x - 0.007 * x**2, 7.0)
    image = skin * (round_ * tendons * shadow)[..., None] * (1.04, 0.96, 0.93)
    image = image * np.where(shadow[..., None] < 0.6, (1.04, 0.98, 0.96), 1.0)
    neck = (1 / (1 + np.exp((np.abs(x) - half) / 0.7))) * _below(y, np.full_like(x, 52.0), 1.0)
    far = np.clip(np.abs(x) - 44, 0, None)
    shoulders = 145 + 0.20 * far + 0.0011 * far**2 + 26 * (np.clip(far - 120, 0, None) / 60) ** 2
    collar = 170 - 0.0125 * x**2  # an open crew neck
    edge = np.maximum(shoulders, np.where(np.abs(x) < 60, collar, -1e3))
    cloth = _below(y, edge, 0.8)
    shirt = to_linear(who.shirt)
    folds = 0.10 * np.sin(0.050 * x + 0.02 * y + 1.2 * np.sin(0.02 * y)) + 0.07 * np.sin(
        0.021 * np.abs(x) * (1 + y / 400)
    )
    lit = (0.95 - 0.0012 * x) * (0.82 + 0.32 * np.exp(-(y - edge) / 40)) * (1 + folds * np.clip((y - edge) / 60, 0, 1))
    knit = 1 + 0.02 * np.random.default_rng([who.seed, 6]).standard_normal(x.shape)
    rib = np.exp(-(((y - edge - 6.5) / 1.1) ** 2)) * (np.abs(x) < 52)
    image = image * (1 - 0.35 * np.exp(-np.clip(edge - y, 0, None) / 5))[..., None]
    fabric = shirt * (lit * knit * (1 - 0.30 * rib))[..., None]
    # no skin may shine through the soft edge of the cloth
    bare = np.where(neck > 0.002, 1 - cloth, 0)
    image = fabric + bare[..., None] * (image - fabric)
    alpha = np.maximum(neck, cloth)
    return Layer(to_bgr(image.astype(np.float32)), alpha, _DEPTH, _LEFT, _TOP, _SCALE)


def ears(relief: Relief) -> Layer:
    """Both ears, behind the cheeks."""
    who = relief.identity
    skin = to_linear(who.skin) * (1.0, 0.86, 0.84)
    image = np.zeros((*relief.x.shape, 3), np.float32)
    alpha = np.zeros(relief.x.shape, np.float32)
    for side in (-1, 1):
        u = side * relief.x - 73.0 * who.width - 0.10 * (22 - relief.y)
        v = relief.y - 14
        wide = 9.5 - 0.07 * v
        r = np.sqrt((u / wide) ** 2 + (v / 31) ** 2)
        mask = 1 / (1 + np.exp(np.minimum((r - 1) * 22, 30)))
        helix = np.exp(-(((r - 0.84) / 0.13) ** 2))
        hollow = np.exp(-(((u + 1.5) / 4.5) ** 2) - ((v - 3) / 13) ** 2)
        shade = (0.62 + 0.26 * helix - 0.30 * hollow) * (1.0 if side < 0 else 0.72) * (1 - 0.004 * v)
        image = np.where(mask[..., None] > 0.002, skin * shade[..., None], image)
        alpha = np.maximum(alpha, mask)
    image = mix(image, 0.12 * np.ones_like(alpha), to_linear(who.skin) * (1.0, 0.55, 0.5))
    return Layer(to_bgr(image), alpha, -52.0, relief.left, relief.top, relief.scale)


def room(who: Identity, size: tuple[int, int]) -> np.ndarray:
    """A wall, a window's glow and some furniture, far out of focus: BGR uint8 [h, w, 3]."""
    width, height = size
    rng = np.random.default_rng([who.seed, 7])
    wall = to_linear(who.wall)
    x, y = np.meshgrid(np.linspace(0, 1, 160), np.linspace(0, 1, 120))
    glow = 0.76 + 0.55 * np.exp(-(((x - 0.12) / 0.38) ** 2) - ((y - 0.25) / 0.6) ** 2) - 0.16 * x - 0.10 * y
    image = (wall * glow[..., None]).astype(np.float32)

    def slab(x0: float, x1: float, y0: float, y1: float, tint: np.ndarray) -> None:
        image[int(y0 * 120) : int(y1 * 120), int(x0 * 160) : int(x1 * 160)] = tint

    shelf = to_linear((0.36, 0.29, 0.23)) * 0.8
    slab(0.76, 1.0, 0.18, 0.21, shelf)
    slab(0.76, 1.0, 0.47, 0.50, shelf)
    at = 0.78
    while at < 0.98:
        wide = rng.uniform(0.012, 0.028)
        tint = to_linear(tuple(rng.uniform(0.3, 0.8) * (0.55 * rng.uniform(0.6, 1.0, 3) + 0.45 * np.array(who.wall))))
        slab(at, min(at + wide, 1.0), 0.47 - rng.uniform(0.13, 0.22), 0.47, 0.75 * tint)
        at += wide
    # a plant in the other corner
    leaf = to_linear((0.30, 0.40, 0.26))
    for _ in range(26):
        centre = (int(rng.normal(14, 7)), int(rng.normal(84, 10)))
        tint = (leaf * rng.uniform(0.6, 1.3)).tolist()
        cv2.ellipse(image, centre, (int(rng.uniform(4, 8)), 2), rng.uniform(0, 180), 0, 360, tint, -1)
    image = cv2.GaussianBlur(image, (0, 0), 3.6, borderType=cv2.BORDER_REPLICATE)
    return to_bgr(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC))
