"""Shading of an eyeball: sclera, iris, pupil, the lids' shadow, reflections.  All per pixel, with soft edges."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gazeattack.anatomy import EYEBALL_RADIUS
from gazeattack.synthetic.patches.geometry import Eyeball
from gazeattack.synthetic.patches.rng import Draw

DIM_OPENING = 4.0  # millimetres of opening at which an upper lid shades a third as much as one that is nearly shut


@dataclass(frozen=True, eq=False)
class EyeTone:
    """Grey levels, each [N, 1, 1] in [0, 1]: the white, the iris, the pupil; `slope`: the white's brightness gradient
    along x, per eyeball radius."""

    sclera: torch.Tensor
    iris: torch.Tensor
    pupil: torch.Tensor
    slope: torch.Tensor


def paint_eyeball(
    x: torch.Tensor, y: torch.Tensor, eye: Eyeball, person: dict[str, torch.Tensor], tone: EyeTone, draw: Draw
) -> torch.Tensor:
    """The eyeball's grey level at (x, y) [N, H, W], millimetres, as if no lid were there: [N, H, W].

    person: "size", "limbus" (iris radius, mm), "spokes" (of the iris texture).
    """
    radius = EYEBALL_RADIUS * person["size"]
    cx, cy = eye.centre[:, 0].view(-1, 1, 1), eye.centre[:, 1].view(-1, 1, 1)
    ax, ay, az = (eye.axis[:, i].view(-1, 1, 1) for i in range(3))
    ball_x, ball_y = (x - cx) / radius, (y - cy) / radius
    depth = torch.sqrt((1 - ball_x**2 - ball_y**2).clamp(min=0.0025))
    away = torch.acos((ball_x * ax + ball_y * ay - depth * az).clamp(-1, 1))
    limbus = torch.asin(person["limbus"] / EYEBALL_RADIUS)
    pupil = torch.asin(draw.normal(2.0, 0.5).clamp(1.0, 3.4) / EYEBALL_RADIUS)
    soft = draw.uniform(0.03, 0.05)

    ball = tone.sclera * (1 + tone.slope * ball_x) * (0.72 + 0.28 * depth)
    rho = away / limbus
    around = torch.atan2(ball_y - ay, ball_x - ax)
    spokes = torch.sin(person["spokes"] * around + draw.uniform(0, 6.28) + 3 * rho)
    iris = tone.iris * (1 + 0.07 * spokes * draw.uniform(0, 1) + draw.normal(0, 0.1) * (rho - 0.6))
    iris = iris * (1 - draw.uniform(0.1, 0.5) * torch.sigmoid((rho - 0.88) / 0.05))
    iris = iris + (tone.pupil - iris) * torch.sigmoid((pupil - away) / soft)
    return ball + (iris - ball) * torch.sigmoid((limbus - away) / soft)


def add_reflections(
    image: torch.Tensor, x: torch.Tensor, y: torch.Tensor, eye: Eyeball, brightness: torch.Tensor, draw: Draw
) -> torch.Tensor:
    """Up to two reflections of lamps and windows on the cornea, which follow the gaze about half as fast."""
    base_x = eye.centre[:, 0].view(-1, 1, 1) + 5.3 * eye.axis[:, 0].view(-1, 1, 1)
    base_y = eye.centre[:, 1].view(-1, 1, 1) + 5.3 * eye.axis[:, 1].view(-1, 1, 1)
    for share in (0.8, 0.25):
        on = draw.chance(share) * draw.uniform(0.4, 1.0)
        spot_x = base_x + 7.8 * draw.sideways(draw.normal(0, 0.28))
        spot_y = base_y + 7.8 * draw.normal(-0.18, 0.22)
        spread = draw.uniform(0.25, 0.7)
        glow = torch.exp(-((x - spot_x) ** 2 + (y - spot_y) ** 2) / (2 * spread**2))
        image = image + (brightness * draw.uniform(1.0, 1.6) - image) * glow * on
    return image


def shade_by_lids(
    image: torch.Tensor,
    below_upper: torch.Tensor,
    above_lower: torch.Tensor,
    person: dict[str, torch.Tensor],
    draw: Draw,
) -> torch.Tensor:
    """Darken an eyeball near the lids; the distances to them [N, H, W] are millimetres, positive inside.

    person: "dim", how much darker the whole eye gets the less it is open.
    """
    opening = (below_upper + above_lower).clamp(min=0)
    image = image * (1 - person["dim"] * torch.exp(-opening / DIM_OPENING))
    depth, reach = draw.uniform(0.2, 0.8), draw.uniform(0.6, 3.0)
    image = image * (1 - depth * torch.exp(-below_upper.clamp(min=0) / reach))
    return image * (1 - 0.5 * depth * torch.exp(-above_lower.clamp(min=0) / (0.5 * reach)))


def add_lashes(
    image: torch.Tensor, below_upper: torch.Tensor, within: torch.Tensor, person: dict[str, torch.Tensor], draw: Draw
) -> torch.Tensor:
    """Draw the upper lashes: a dark band over the eyelid's edge and the eye below it.

    below_upper [N, H, W]: millimetres below the upper lid.  within [N, H, W]: 1 between the corners, 0 outside.
    person: "lashes", how dark; "lash_reach", millimetres.
    """
    if not person["lashes"].any():
        # without lashes nothing is drawn from the random stream
        return image
    reach = person["lash_reach"] * draw.uniform(0.7, 1.3)
    band = torch.exp(-(((below_upper - 0.4 * reach) / reach) ** 2))
    return image * (1 - person["lashes"] * band * within)
