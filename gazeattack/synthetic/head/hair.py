"""Hair as what it is: thousands of strands, drawn once per identity."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.head.relief import Relief
from gazeattack.synthetic.head.skin import to_linear, to_srgb

_SHIFT = 4
_PARTING = np.array([-24.0, -78.0])  # its front end, mm


class Strands:
    """A canvas that collects strands: colour (sRGB BGR uint8) and cover."""

    def __init__(self, relief: Relief) -> None:
        self._relief = relief
        shape = relief.x.shape
        self.colour = np.zeros((*shape, 3), np.uint8)
        self._cover = np.zeros(shape, np.uint8)

    @property
    def alpha(self) -> np.ndarray:
        """Cover, float32 [h, w] in 0..1."""
        return self._cover.astype(np.float32) / 255

    def fill(self, polygon: np.ndarray, colour: np.ndarray) -> None:
        """A solid underlay: head-frame polygon [n, 2] in mm, sRGB colour [3]."""
        points = [self._pixels(polygon)]
        cv2.fillPoly(self.colour, points, _bgr(colour), cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(self._cover, points, 255, cv2.LINE_AA, _SHIFT)

    def draw(self, lines: np.ndarray, colours: np.ndarray, thickness: int = 1) -> None:
        """Strands [n, points, 2] in mm with an sRGB colour for every segment [n, points - 1, 3]."""
        pixels = self._pixels(lines)
        for line, tints in zip(pixels, np.clip(colours, 0, 1)[..., ::-1] * 255, strict=True):
            for a, b, tint in zip(line[:-1].tolist(), line[1:].tolist(), tints.tolist(), strict=True):
                cv2.line(self.colour, a, b, tint, thickness, cv2.LINE_AA, _SHIFT)
            cv2.polylines(self._cover, [line], False, 255, thickness, cv2.LINE_AA, _SHIFT)

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        r = self._relief
        pixels: np.ndarray = ((points - (r.left, r.top)) * r.scale * 2**_SHIFT).round().astype(np.int32)
        return pixels


def _bgr(colour: np.ndarray) -> tuple[float, ...]:
    return tuple(float(c) * 255 for c in np.clip(colour, 0, 1)[::-1])


def tints(colour: np.ndarray, light: np.ndarray) -> np.ndarray:
    """SRGB strand colours [..., 3] of a base colour under light [...]; bright strands lose some saturation."""
    base = to_linear(colour)
    lit = base * light[..., None] + 0.05 * np.clip(light - 1.0, 0, None)[..., None] * (1.0, 0.95, 0.85)
    return to_srgb(lit)


def shadow(who: Identity) -> np.ndarray:
    """The sRGB colour between the strands, [3]."""
    return tints(np.asarray(who.hair), np.array(0.45))


def gloss(rng: np.random.Generator, lines: np.ndarray) -> np.ndarray:
    """Light [n, segments] along strands: shadow at the roots, a band of shine, a random value per strand."""
    middle = (lines[:, 1:] + lines[:, :-1]) / 2
    x, y = middle[..., 0], middle[..., 1]
    along = np.linspace(0, 1, lines.shape[1] - 1)[None]
    side = 1.0 - 0.0035 * (x + 20)
    # the crown shines in a ring that follows the skull
    ring = np.hypot(x + 12, 1.05 * (y + 30))
    shine = np.exp(-(((ring - 76) / 9) ** 2)) * np.exp(-(((x + 30) / 60) ** 2))
    own = rng.normal(1.0, 0.20, (len(lines), 1))
    fall = np.clip(1.0 - 0.0030 * (y + 60), 0.55, 1.1)
    factor: np.ndarray = np.clip(own * side * fall * (0.80 + 0.25 * along) + 1.5 * shine * own, 0.25, 4)
    return factor


def brows(relief: Relief) -> Strands:
    """Both eyebrows."""
    who = relief.identity
    rng = np.random.default_rng([who.seed, 4])
    canvas = Strands(relief)
    count = int(260 * who.brow)
    for side in (-1, 1):
        t = rng.uniform(0, 1, count)
        x = 13 + 41 * t
        arch = -22.5 - 6.0 * np.sin(np.clip(t, 0, 1) ** 1.1 * np.pi * 0.72) + 6.2 * t**2.2
        width = who.brow * (3.3 * (1 - t**2.6) + 0.5) * np.minimum(1, 0.42 + t * 2.2)
        across = rng.uniform(-1, 1, count)
        y = arch + across * width
        lean = np.radians(62 * (1 - t) ** 1.6 + 8) - 0.5 * across * (t > 0.3)
        length = rng.uniform(4.5, 7.5, count) * (1 - 0.35 * t)
        steps = np.linspace(0, 1, 4)[None]
        turn = lean[:, None] * (1 - 0.7 * steps)
        lines = np.stack(
            [
                side * (x[:, None] + length[:, None] * steps * np.cos(turn)),
                y[:, None] - length[:, None] * steps * np.sin(turn),
            ],
            -1,
        )
        colour = tints(0.72 * np.asarray(who.hair), rng.normal(1.0, 0.18, (count, 1)) * np.ones((1, 3)))
        canvas.draw(lines, colour)
    return canvas


def _bend(points: np.ndarray, samples: int) -> np.ndarray:
    """Quadratic curves [n, samples, 2] through three control points each, [n, 3, 2]."""
    t = np.linspace(0, 1, samples)[None, :, None]
    a, b, c = (points[:, None, i] for i in range(3))
    curve: np.ndarray = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
    return curve


def crown(relief: Relief) -> Strands:
    """The hair in front: from a side parting over the scalp and down the sides of the face."""
    who = relief.identity
    rng = np.random.default_rng([who.seed, 3])
    canvas = Strands(relief)
    wide = 81.0 * who.width
    bob = who.hair_style == "bob"
    canvas.fill(_cap(wide, bob), shadow(who))
    for side in (-1, 1):
        lines = _swept(rng, wide, side, bob)
        canvas.draw(lines, tints(np.asarray(who.hair), gloss(rng, lines)))
    if bob:
        for side in (-1, 1):
            lines = _falling(rng, wide, side)
            canvas.draw(lines, tints(np.asarray(who.hair), gloss(rng, lines)))
    return canvas


def _swept(rng: np.random.Generator, wide: float, side: int, bob: bool) -> np.ndarray:
    """Strands [n, 14, 2] from the parting over one side of the head, those of the crown first."""
    n = 1100 if side < 0 else 1700
    s = np.sqrt(rng.uniform(0, 1, n))  # 0 at the hairline, 1 over the crown's rim
    root = np.stack([_PARTING[0] + 10 * s + rng.normal(0, 1.5, n), _PARTING[1] - 45 * s], -1)
    rim = wide - 4 + rng.normal(0, 2.2, n) + 5 * s
    low = rng.uniform(0, 1, n)
    if bob:
        # over the temple, then down beside the cheek
        knee = np.stack([side * rim * (0.74 + 0.36 * s), -84 - 38 * s + rng.normal(0, 3, n)], -1)
        tip = np.stack([side * (rim + 2 - 7 * (1 - s)), -20 + 60 * low], -1)
    else:
        knee = np.stack([side * (rim - 2) * (0.70 + 0.37 * s), -84 - 34 * s + rng.normal(0, 3, n)], -1)
        tip = np.stack(
            [side * (wide - 8 + 2 * s - 3 * low + rng.normal(0, 1, n)), -56 + 40 * low * (0.3 + 0.7 * s)], -1
        )
    order = np.argsort(-s + rng.normal(0, 0.12, n))
    return _bend(np.stack([root, knee, tip], 1), 14)[order]


def _falling(rng: np.random.Generator, wide: float, side: int) -> np.ndarray:
    """Strands [n, 14, 2] beside the cheek, their tips turned in a little under the jaw."""
    n = 1000
    where = rng.beta(1.2, 1.0, n)
    start = np.stack([side * (wide - 6 + 9 * where), -40 + rng.uniform(-25, 35, n)], -1)
    tip_y = 88 + 9 * where - 7 * rng.beta(1, 3, n) + rng.normal(0, 1.5, n)
    knee = np.stack([side * (wide - 1 + 12 * where + rng.normal(0, 1.5, n)), np.full(n, 58.0)], -1)
    tip = np.stack([side * (wide - 19 + 17 * where + rng.normal(0, 2.0, n)), tip_y], -1)
    order = np.argsort(-where + rng.normal(0, 0.25, n))
    return _bend(np.stack([start, knee, tip], 1), 14)[order]


def _cap(wide: float, bob: bool) -> np.ndarray:
    """The scalp's outline with the hairline below the parting, mm [n, 2]."""
    angle = np.linspace(np.pi, 0, 40)
    top = np.stack([(wide + (1 if bob else -2)) * np.cos(angle), -42 - 88 * np.sin(angle)], -1)
    foot = -10.0 if bob else -22.0
    # the hairline is an arch from temple to temple, highest at the parting
    inner = wide - 10 if bob else wide - 14
    x = np.linspace(inner, -inner, 30)
    reach = (x - _PARTING[0]) / np.where(x > _PARTING[0], inner - _PARTING[0], inner + _PARTING[0])
    arch = -77 + (77 + foot) * np.abs(reach) ** 3.4
    outer = wide if bob else wide - 6
    return np.array([*top, (outer, foot), *np.stack([x, arch], -1), (-outer, foot)])


def backdrop(relief: Relief) -> Strands:
    """The hair behind the head (bob): a soft curtain between the face and the shoulders."""
    who = relief.identity
    rng = np.random.default_rng([who.seed, 5])
    canvas = Strands(relief)
    wide = 93.0 * who.width
    angle = np.linspace(np.pi, 0, 40)
    top = np.stack([wide * np.cos(angle), -40 - 86 * np.sin(angle)], -1)
    sides = [(wide + 1, 30), (wide - 6, 96), (wide - 20, 104), (-wide + 20, 104), (-wide + 6, 96), (-wide - 1, 30)]
    canvas.fill(np.array([*top, *sides]), tints(np.asarray(who.hair), np.array(0.30)))
    n = 900
    x = rng.uniform(-1, 1, n)
    start = np.stack([x * (wide - 4), -60 + rng.normal(0, 8, n)], -1)
    knee = start + np.stack([x * 10, np.full(n, 85.0)], -1)
    tip = np.stack([x * (wide - 8), 102 - 10 * x**4 + rng.normal(0, 2.5, n)], -1)
    lines = _bend(np.stack([start, knee, tip], 1), 10)
    canvas.draw(lines, tints(np.asarray(who.hair), 0.55 * gloss(rng, lines)))
    return canvas
