"""Glasses in front of a rendered eye: the frame, its shadow on the eyelid, and reflections in the lens.

The magnification of a lens is not drawn: it scales eyelids and iris alike, and crops vary in scale anyway.
"""

from __future__ import annotations

import torch

from gazeattack.synthetic.patches.rng import Draw

BEFORE_EYE = 16.0  # millimetres from the corners to the frame
SLIDES = 1.5  # standard deviation of a frame's height from image to image, millimetres


def paint_glasses(
    image: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    head: torch.Tensor,
    person: dict[str, torch.Tensor],
    draw: Draw,
) -> torch.Tensor:
    """Draw glasses over the images [N, H, W] of the subjects who wear them; (x, y) [N, H, W] are millimetres.

    head: rotations [N, 3, 3]; a frame before the eye moves against the face as the head turns.
    """
    worn = person["wears"]
    if not worn.any():
        return image
    forward = -head[:, :, 2]
    x = x - BEFORE_EYE * forward[:, 0].view(-1, 1, 1)
    y = y - BEFORE_EYE * forward[:, 1].view(-1, 1, 1) - draw.normal(0, SLIDES)
    rim_away = _rim_distance(x, y, person)
    # lamps are above: the shadow of the upper rim falls below it
    drop = draw.uniform(1.5, 5.0)
    shadow = torch.exp(-((_rim_distance(x, y - drop, person) / (1.5 * person["rim_thick"])) ** 2)) * (y < 0)
    image = image * (1 - worn * person["rim_shadow"] * shadow)
    image = image + worn * (person["lens_haze"] + _reflections(x, y, draw)) * (rim_away < 0)
    rim = torch.sigmoid((person["rim_thick"] - rim_away.abs()) / 0.3)
    return image + worn * (person["rim_grey"] * draw.uniform(0.7, 1.3) - image) * rim


def _rim_distance(x: torch.Tensor, y: torch.Tensor, person: dict[str, torch.Tensor]) -> torch.Tensor:
    """The approximate distance of (x, y) from the middle of the rim, a rounded rectangle; mm, negative inside."""
    middle, half = (person["rim_top"] + person["rim_bottom"]) / 2, (person["rim_bottom"] - person["rim_top"]) / 2
    across, down = ((x - person["rim_aside"]) / person["rim_half"]).abs(), ((y - middle) / half).abs()
    power = person["rim_square"]
    return ((across**power + down**power).clamp(min=1e-6) ** (1 / power) - 1) * half


def _reflections(x: torch.Tensor, y: torch.Tensor, draw: Draw) -> torch.Tensor:
    """The light that some images gain: a screen as a slanted rectangle, and a lamp as a streak."""
    added = torch.zeros_like(x)
    for share, low, high, soft in ((0.35, 2.5, 7.0, 0.5), (0.3, 0.6, 3.0, 0.8)):
        lean = draw.sideways(draw.normal(0, 0.3))
        at_x, at_y = x - draw.sideways(draw.uniform(-13, 13)), y - draw.uniform(-9, 9)
        along, over = at_x * lean.cos() + at_y * lean.sin(), at_y * lean.cos() - at_x * lean.sin()
        wide = draw.uniform(low, high)
        tall = wide * draw.uniform(0.4, 0.8)
        inside = torch.sigmoid((wide - along.abs()) / soft) * torch.sigmoid((tall - over.abs()) / soft)
        added = added + draw.chance(share) * draw.uniform(0.05, 0.5) * inside
    return added
