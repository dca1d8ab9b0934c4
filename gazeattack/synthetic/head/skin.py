"""Light on skin: the painted face of an identity, once, in linear colour.

Subsurface scattering is imitated by shading with normals blurred per colour channel (red light travels furthest in
skin: Jensen et al., SIGGRAPH 2001, for the physics), creases by a multi-scale ambient occlusion of the height field.
"""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.synthetic.head.identity import Colour
from gazeattack.synthetic.head.relief import Relief

LIGHT = np.array([-0.42, -0.50, 0.76])  # towards the key light: x right, y down, z to the viewer
_FILL = np.array([0.55, -0.15, 0.82])


def to_linear(colour: Colour | np.ndarray) -> np.ndarray:
    """SRGB in 0..1 to linear light (a plain 2.2 gamma)."""
    return np.asarray(colour, dtype=np.float32) ** 2.2


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB in 0..1, with a soft shoulder instead of clipping."""
    bright = np.maximum(linear, 0)
    bright = np.where(bright > 0.7, 0.7 + 0.3 * np.tanh((bright - 0.7) / 0.3), bright)
    srgb: np.ndarray = bright ** (1 / 2.2)
    return srgb


def mix(image: np.ndarray, weight: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Blend a linear colour [3] into an image [h, w, 3] with weights [h, w]."""
    mixed: np.ndarray = image + weight[..., None] * (colour.astype(np.float32) - image)
    return mixed


def normals(relief: Relief, height: np.ndarray, sigma_mm: float) -> np.ndarray:
    """Unit normals [h, w, 3] (x right, y down, z to the viewer) of the height field, blurred."""
    h = relief.blur(height, sigma_mm)
    dx = cv2.Sobel(h, cv2.CV_32F, 1, 0, ksize=3, scale=relief.scale / 8)
    dy = cv2.Sobel(h, cv2.CV_32F, 0, 1, ksize=3, scale=relief.scale / 8)
    n = np.stack([-dx, -dy, np.ones_like(dx)], -1)
    unit: np.ndarray = n / np.linalg.norm(n, axis=-1, keepdims=True)
    return unit


def noise(relief: Relief, rng: np.random.Generator, sigma_mm: float) -> np.ndarray:
    """Smooth noise of unit deviation, [h, w]."""
    n = relief.blur(rng.standard_normal(relief.x.shape).astype(np.float32), sigma_mm)
    scaled: np.ndarray = n / n.std()
    return scaled


def light(relief: Relief, height: np.ndarray, scatter: tuple[float, float, float]) -> np.ndarray:
    """Diffuse light [h, w, 3] on a height field; scatter: blur of the normals per channel (r, g, b), mm."""
    key, fill = (v / np.linalg.norm(v) for v in (LIGHT, _FILL))
    channels = []
    for sigma, wrap, warm, cool in zip(scatter, (0.32, 0.22, 0.18), (1.02, 0.99, 0.97), (0.96, 1.0, 1.07), strict=True):
        n = normals(relief, height, sigma)
        lit = np.clip((n @ key + wrap) / (1 + wrap), 0, None)
        filled = np.clip((n @ fill + 0.5) / 1.5, 0, None)
        sky = 0.6 - 0.4 * n[..., 1]
        channels.append(0.80 * warm * lit + 0.22 * cool * filled + 0.19 * cool * sky)
    return np.stack(channels, -1).astype(np.float32)


def occlusion(relief: Relief, height: np.ndarray) -> np.ndarray:
    """How much of the surroundings each point sees, [h, w] in 0..1: points below their neighbourhood see less."""
    seen = np.ones_like(height)
    for sigma, strength in ((1.2, 0.22), (3.5, 0.085), (9.0, 0.035)):
        depth = relief.blur(height, sigma) - height
        seen *= np.exp(-strength * np.clip(depth, -0.5, None)).clip(0.25, 1.08)
    return seen


def paint_face(relief: Relief) -> np.ndarray:
    """The face with closed lids and without brows, linear RGB float32 [h, w, 3]."""
    who = relief.identity
    rng = np.random.default_rng([who.seed, 2])
    x, y, height = relief.x, relief.y, relief.height
    base = to_linear(who.skin)
    tone = float(base.mean())
    red = base * (1.05, 0.72, 0.72)
    skin: np.ndarray = np.broadcast_to(base, (*x.shape, 3)).astype(np.float32)
    flush = 0.42 * relief.pair(42, 30, 20, 16) + 0.40 * relief.blob(0, 35, 13, 9) + 0.25 * relief.blob(0, 100, 15, 9)
    skin = mix(skin, np.clip(flush, 0, 0.6), red)
    skin = mix(skin, 0.18 * relief.blob(0, -55, 45, 22), base * (1.05, 1.04, 0.98))
    # thin skin around the eyes is a little darker and redder
    skin = mix(skin, 0.32 * relief.pair(32, 1, 18, 11), base * (0.80, 0.66, 0.66))
    speckle = 0.022 * noise(relief, rng, 2.5) + 0.016 * noise(relief, rng, 0.5) + 0.02 * noise(relief, rng, 9)
    skin = skin * (1 + speckle)[..., None]
    if who.hair_style == "short":
        beard = np.clip(1.3 * relief.blob(0, 92, 46, 34) - 1.1 * relief.blob(0, 66, 30, 12), 0, 1)
        beard = np.clip(beard + 0.6 * relief.blob(0, 57, 20, 4), 0, 1) * np.clip((relief.y - 35) / 30, 0, 1)
        skin = mix(skin, 0.16 * beard, base * (0.55, 0.6, 0.68))
    upper, line, lower = relief.mouth(x)
    ends = np.clip((25.5 - np.abs(x)) / 3, 0, 1)
    lips = _inside(y, upper, lower, 0.55) * ends
    colour = base * (0.80, 0.42, 0.45) if tone > 0.12 else base * (0.95, 0.62, 0.66)
    skin = mix(skin, lips * np.where(y < line, 0.80, 0.68), colour)
    shade = light(relief, height, (2.4, 1.3, 0.9)) * occlusion(relief, height)[..., None]
    image = skin * shade
    image = mix(image, 0.86 * np.exp(-(((y - line) / 0.75) ** 2)) * np.clip((26.5 - np.abs(x)) / 4, 0, 1), base * 0.10)
    nostril = relief.pair(6.9, 44.8, 3.4, 1.5)
    image = mix(image, np.clip(1.25 * nostril, 0, 0.92), base * (0.10, 0.05, 0.05))
    # a soft sheen: forehead, nose, cheekbones and lower lip catch the key light
    half = LIGHT / np.linalg.norm(LIGHT) + (0, 0, 1)
    half = half / np.linalg.norm(half)
    shine = np.clip(normals(relief, height, 1.0) @ half, 0, 1)
    wet = lips * (y > line)
    sheen = 0.055 * shine**14 * (1 + 0.15 * noise(relief, rng, 0.6)) + 0.10 * wet * shine**40
    image = image + sheen[..., None] * np.array([1.0, 0.97, 0.93], np.float32)
    painted: np.ndarray = (image * _crease(relief)[..., None]).astype(np.float32)
    return painted


def _inside(y: np.ndarray, top: np.ndarray, bottom: np.ndarray, soft: float) -> np.ndarray:
    """Soft indicator of top < y < bottom."""
    inside: np.ndarray = (
        1
        / (1 + np.exp(np.clip((top - y) / soft * 2, -30, 30)))
        / (1 + np.exp(np.clip((y - bottom) / soft * 2, -30, 30)))
    )
    return inside


def _crease(relief: Relief) -> np.ndarray:
    """The fold of the upper lid, and the faint one under the eye: a factor [h, w]."""
    factor = np.ones_like(relief.x)
    for side in (-1, 1):
        t = side * (relief.x - side * 33.2) / 16.5  # -1 at the nose, +1 at the temple
        arch = np.clip(1 - np.abs(t) ** 2.2, 0, 1)
        ends = np.clip((1.12 - np.abs(t)) / 0.3, 0, 1)
        fold = relief.y - (-0.6 - 1.2 * t - 10.2 * arch)
        factor *= 1 - ends * (0.42 * np.exp(-((fold / 0.75) ** 2)) + 0.16 * np.exp(-(((fold + 1.2) / 2.2) ** 2)))
        bag = relief.y - (3.0 + 7.4 * np.sqrt(arch))
        factor *= 1 - 0.10 * np.clip((1.0 - np.abs(t + 0.25)) / 0.5, 0, 1) * np.exp(-((bag / 1.1) ** 2))
    return factor
