"""Where things are in a normalised eye patch, in millimetres from the midpoint of the eye's corners.

Normalised camera, weak perspective: x right, y down, z away from the camera; canonical orientation (nose at the left).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from gazeattack.anatomy import (
    EYEBALL_ABOVE_CORNERS,
    EYEBALL_BEHIND_CORNERS,
    INTEROCULAR,
    IRIS_PLANE,
    KAPPA_HORIZONTAL,
)
from gazeattack.model.crop import MPIIGAZE_EYE, eye_crop
from gazeattack.synthetic.patches.rng import Draw

# The head model behind normalisation is scaled to INTEROCULAR; real eyes sit this far apart, so a real millimetre
# covers a little more than a model millimetre.
TRUE_INTEROCULAR = 63.0
PX_PER_MM = MPIIGAZE_EYE.focal / MPIIGAZE_EYE.distance * INTEROCULAR / TRUE_INTEROCULAR
EYEBALL_TEMPORAL = 0.35  # of the corners' midpoint: the inner corner reaches further than the outer


@dataclass(frozen=True)
class Framing:
    """What a perfect crop shows: height x width pixels, px_per_mm of them to a millimetre of the face.

    beyond: pixels from the middle of what the crop is centred on to the middle of these, for a part of a wider crop.
    """

    height: int = MPIIGAZE_EYE.height
    width: int = MPIIGAZE_EYE.width
    px_per_mm: float = PX_PER_MM
    beyond: float = 0.0

    def bumps(self, rows: int, columns: int) -> tuple[int, int]:
        """How many (rows, columns) of a texture's bumps are in view where a patch of one eye shows rows x columns."""
        larger = self.px_per_mm / PX_PER_MM
        down, across = self.height / (MPIIGAZE_EYE.height * larger), self.width / (MPIIGAZE_EYE.width * larger)
        return round(rows * down), round(columns * across)


def eye_framing(height: int) -> Framing:
    """MPIIGaze's eye crop in `height` rows, see eye_crop; as sharp as a camera that resolves so many is."""
    crop = eye_crop(height)
    return Framing(crop.height, crop.width, PX_PER_MM * crop.focal / MPIIGAZE_EYE.focal)


def pixel_grid(draw: Draw, centre: torch.Tensor, jitter: float, framing: Framing) -> tuple[torch.Tensor, torch.Tensor]:
    """(x, y) in millimetres seen by every pixel, each [N, H, W].

    centre [N, 2]: what a perfect crop is centred on, millimetres.  jitter: 1 gives the framing errors that landmarks
    and a generic head make (shift, scale, roll, aspect, with a heavy tail); 0 none.
    """
    tail = 1 + draw.chance(0.1) * draw.uniform(0.5, 2.0)
    shift_x = draw.sideways(draw.normal(0, 0.8 * jitter) * tail) + centre[:, 0].view(-1, 1, 1)
    shift_y = draw.normal(0, 0.7 * jitter) * tail + centre[:, 1].view(-1, 1, 1)
    scale = torch.exp(-draw.normal(0.02 * jitter, 0.055 * jitter)) / framing.px_per_mm
    aspect = torch.exp(draw.normal(0, 0.035 * jitter))
    roll = draw.sideways(draw.normal(0, 0.04 * jitter))
    height, width = framing.height, framing.width
    u = (torch.arange(width) - (width - 1) / 2 + framing.beyond).view(1, 1, width)
    v = (torch.arange(height) - (height - 1) / 2).view(1, height, 1)
    x = (u * torch.cos(roll) + v * torch.sin(roll)) * scale * aspect + shift_x
    y = (v * torch.cos(roll) - u * torch.sin(roll)) * scale + shift_y
    return x, y


def turn(pitch: torch.Tensor, yaw: torch.Tensor) -> torch.Tensor:
    """Rotations [N, 3, 3] that turn a face looking at the camera to look at (pitch, yaw) [N], radians."""
    zero, one = torch.zeros_like(pitch), torch.ones_like(pitch)
    cp, sp, cy, sy = pitch.cos(), pitch.sin(), yaw.cos(), yaw.sin()
    nod = torch.stack([one, zero, zero, zero, cp, sp, zero, -sp, cp], dim=-1).view(-1, 3, 3)
    shake = torch.stack([cy, zero, sy, zero, one, zero, -sy, zero, cy], dim=-1).view(-1, 3, 3)
    return shake @ nod


def level(extra: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
    """`extra` [N, 3, 3] with a roll added that keeps the turned head's x axis level, as normalisation does."""
    across = torch.einsum("nij,nj->ni", extra, head[:, :, 0])
    roll = torch.atan2(across[:, 1], across[:, 0])
    zero, one = torch.zeros_like(roll), torch.ones_like(roll)
    c, s = roll.cos(), roll.sin()
    return torch.stack([c, s, zero, -s, c, zero, zero, zero, one], dim=-1).view(-1, 3, 3) @ extra


def direction(gaze: torch.Tensor) -> torch.Tensor:
    """Unit vectors [N, 3] of (pitch, yaw) [N, 2], radians; see gazeattack.angles."""
    pitch, yaw = gaze[:, 0], gaze[:, 1]
    return -torch.stack([pitch.cos() * yaw.sin(), pitch.sin(), pitch.cos() * yaw.cos()], dim=-1)


def facing(rotation: torch.Tensor) -> torch.Tensor:
    """(pitch, yaw) [N, 2] where heads [N, 3, 3] point."""
    forward = -rotation[:, :, 2]
    return torch.stack([torch.asin(-forward[:, 1].clamp(-1, 1)), torch.atan2(-forward[:, 0], -forward[:, 2])], dim=-1)


def before_turn(
    x: torch.Tensor, y: torch.Tensor, extra: torch.Tensor, depth: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where on an unturned face the points are that show at (x, y) once it has been turned by `extra` [N, 3, 3].

    depth [N, 10]: the face's surface z(x, y), coefficients of the monomials 1, u, v, uu, uv, vv, uuu, uuv, uvv, vvv
    of u = x / 20 mm and v = y / 20 mm, trusted for |u| < 1.3 and |v| < 0.9.
    """
    sx, sy = x, y
    r = [[extra[:, i, j].view(-1, 1, 1) for j in range(3)] for i in range(2)]
    c = [depth[:, i].view(-1, 1, 1) for i in range(depth.shape[1])]
    for _ in range(2):
        u, v = (sx / 20).clamp(-1.3, 1.3), (sy / 20).clamp(-0.9, 0.9)
        along_u = c[1] + u * (c[3] + u * c[6] + v * c[7]) + v * (c[4] + v * c[8])
        z = c[0] + u * along_u + v * (c[2] + v * (c[5] + v * c[9]))
        sx = sx + x - (r[0][0] * sx + r[0][1] * sy + r[0][2] * z)
        sy = sy + y - (r[1][0] * sx + r[1][1] * sy + r[1][2] * z)
    return sx, sy


@dataclass(frozen=True)
class GazeSampling:
    """The distribution of gazes and lid positions that a renderer draws from.

    at_screen: share of patches that look at a laptop's screen; the others look anywhere.  down: largest angle, degrees,
    between the gaze and half the head's pitch, downwards, of those others.  lid_jitter_mm: see draw_lid_jitter().
    """

    at_screen: float = 0.0
    down: float = 24.0
    lid_jitter_mm: float = 0.0


# Degrees: a screen of 34 x 21 cm under its camera, 45 to 70 cm from the eyes, not always centred in front of it.
SCREEN_PITCH, SCREEN_YAW = (-24.0, 2.0), (-20.0, 20.0)
ANYWHERE = GazeSampling()
LOWER_LID_JITTER = 0.6  # of the upper lid's


def draw_gaze(draw: Draw, head: torch.Tensor, sampling: GazeSampling = ANYWHERE) -> torch.Tensor:
    """Gazes (pitch, yaw) [N, 2] for heads pointing at `head` [N, 2], radians; gaze and head pose are coupled.

    The coupling matters most for the transfer to real eyes: an eye rarely looks far to one side of a head that is
    turned to the other.  A gaze at the screen falls on the part of it that lies at most 24 degrees below, 16 above and
    24 to either side of the head's own gaze.  Every gaze stays within 26 degrees up, 40 to either side and, with the
    default sampling, 34 down.
    """
    ahead_pitch, ahead_yaw = 0.5 * head[:, 0], 0.8 * head[:, 1]
    up, aside = draw.uniform(-sampling.down, 16).flatten(), draw.sideways(draw.uniform(-24, 24)).flatten()
    pitch, yaw = ahead_pitch + torch.deg2rad(up), ahead_yaw + torch.deg2rad(aside)
    if sampling.at_screen:
        chosen = draw.chance(sampling.at_screen).flatten() > 0
        share = (up + sampling.down) / (16 + sampling.down)
        pitch = torch.where(chosen, _within(ahead_pitch, (-24.0, 16.0), SCREEN_PITCH, share), pitch)
        yaw = torch.where(chosen, _within(ahead_yaw, (-24.0, 24.0), SCREEN_YAW, (aside + 24) / 48), yaw)
    lowest = -0.6 - math.radians(sampling.down - ANYWHERE.down)
    return torch.stack([pitch.clamp(lowest, 0.45), yaw.clamp(-0.7, 0.7)], dim=-1)


def _within(
    ahead: torch.Tensor, reach: tuple[float, float], screen: tuple[float, float], share: torch.Tensor
) -> torch.Tensor:
    """Angles [N], radians, at fraction `share` [N] of the part of the screen (degrees) that is within `reach` (degrees
    around `ahead` [N], radians); of a screen out of reach, its nearest edge."""
    ahead = torch.rad2deg(ahead)
    low, high = ((ahead + end).clamp(*screen) for end in reach)
    return torch.deg2rad(low + share * (high - low))


@dataclass(frozen=True, eq=False)
class Eyeball:
    """centre [N, 3]: eyeball centre, mm.  axis [N, 3]: optical axis, unit.  iris_centre [N, 3]: mm."""

    centre: torch.Tensor
    axis: torch.Tensor
    iris_centre: torch.Tensor


def place_eyeball(gaze: torch.Tensor, head: torch.Tensor, person: dict[str, torch.Tensor]) -> Eyeball:
    """The eyeball of a person (see draw_eye_shape) with head rotation [N, 3, 3] whose visual axis is gaze [N, 2]."""
    own = {name: person[name].flatten() for name in ("size", "temporal", "above", "behind", "kappa_h", "kappa_v")}
    offset = torch.stack([own["temporal"], -own["above"], own["behind"]], dim=-1) * own["size"][:, None]
    centre = torch.einsum("nij,nj->ni", head, offset)
    optical = torch.stack([gaze[:, 0] + own["kappa_v"], gaze[:, 1] - own["kappa_h"]], dim=-1)
    axis = direction(optical)
    return Eyeball(centre, axis, centre + axis * IRIS_PLANE * own["size"][:, None])


def estimated_pose(where: torch.Tensor, person: dict[str, torch.Tensor], draw: Draw, jitter: float) -> torch.Tensor:
    """Head directions [N, 2] as a landmark fit estimates them for heads pointing at `where` [N, 2]."""
    bias = torch.cat([person["pose_pitch"].view(-1, 1), person["pose_yaw"].view(-1, 1)], dim=1)
    noise = torch.cat([draw.normal(0, 0.025).view(-1, 1), draw.normal(0, 0.02).view(-1, 1)], dim=1)
    return where + jitter * (bias + noise)


def closure(draw: Draw, blinks: float) -> torch.Tensor:
    """How far lids are shut, [N, 1, 1]: 0 open, 1 closed.  A share `blinks` of patches is caught in a blink."""
    return draw.chance(blinks) * draw.uniform(0.3, 1.3).clamp(max=1.0)


def draw_lid_jitter(draw: Draw, deviation: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Offsets of the upper and the lower lid from their usual place at a gaze, millimetres, positive downwards.

    Each [N, 1, 1].  The standard deviation is `deviation` for the upper lid and LOWER_LID_JITTER of it for the lower.
    With a deviation of 0 no random number is drawn, so that everything drawn afterwards stays the same.
    """
    if not deviation:
        return torch.zeros(draw.n, 1, 1), torch.zeros(draw.n, 1, 1)
    return draw.normal(0, deviation), draw.normal(0, LOWER_LID_JITTER * deviation)


def draw_eye_shape(random: np.random.Generator, raised: float = 0.0) -> dict[str, float]:
    """A subject's eye: size factor, eyeball offsets from the corners (mm), kappa and head pose bias (radians).

    raised: added to the eyeball's height, millimetres.
    """
    normal = random.normal
    return {
        "size": normal(1.0, 0.035),
        "temporal": normal(EYEBALL_TEMPORAL, 0.4),
        "above": raised + normal(EYEBALL_ABOVE_CORNERS, 0.5),
        "behind": normal(EYEBALL_BEHIND_CORNERS, 0.9),
        "kappa_h": normal(KAPPA_HORIZONTAL, 1.5) * 0.017453293,
        "kappa_v": normal(0.0, 1.0) * 0.017453293,
        "pose_pitch": normal(0.0, 0.05),
        "pose_yaw": normal(0.0, 0.025),
    }
