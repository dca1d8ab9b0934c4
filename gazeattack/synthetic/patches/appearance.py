"""Optional differences between rendered subjects: eyelids at rest, shadow, glasses, light.

All are off by default: together they did not improve the gaze on real people (docs/real-people.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Appearance:
    """How much subjects differ, on top of what every renderer varies anyway; 0 turns a difference off.

    droop: standard deviation (mm) of the upper eyelid's rest position, constant for a subject; the mean is a third
    of it lower.  eyeball_height: mean (mm) that is added to the eyeball's height above the corners.  spread:
    additional standard deviation (mm) of that height.  shade: 1 draws lashes, and upper eyelids that shade the eye
    more the less it is open.  glasses: share of subjects with glasses.  low_light: share of images from a cheap
    camera in a dim room.  contrast: 1 gives portraits a whiter sclera and a darker iris, by a different amount for
    each subject.
    """

    droop: float = 0.0
    eyeball_height: float = 0.0
    spread: float = 0.0
    shade: float = 0.0
    glasses: float = 0.0
    low_light: float = 0.0
    contrast: float = 0.0


PLAIN = Appearance()


def draw_appearance(random: np.random.Generator, appearance: Appearance) -> dict[str, float]:
    """Draw a subject's values, from a random stream of their own: the subject's other features do not change."""
    own = random.spawn(1)[0]
    u, n = own.uniform, own.normal
    return {
        "droop": appearance.droop * n(0.33, 1.0),
        "raised": appearance.eyeball_height + appearance.spread * n(0.0, 1.0),
        "dim": appearance.shade * u(0.0, 1.0),
        "lashes": appearance.shade * u(0.0, 0.7),
        "lash_reach": u(0.5, 1.6),
        "white": 1 + appearance.contrast * u(0.0, 0.5),
        "brown": 1 - appearance.contrast * u(0.0, 0.6),
        "wears": float(u(0, 1) < appearance.glasses),
        "rim_top": u(-17.0, -3.5),
        "rim_bottom": u(14.0, 26.0),
        "rim_half": u(20.0, 29.0),
        "rim_aside": n(2.0, 2.0),
        "rim_thick": math.exp(n(0.3, 0.5)),
        "rim_square": u(2.5, 6.0),
        "rim_grey": u(0.02, 0.45),
        "rim_shadow": u(0.0, 0.5),
        "lens_haze": u(0.0, 0.08),
    }
