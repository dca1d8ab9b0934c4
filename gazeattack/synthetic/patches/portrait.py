"""Portrait eyes, re-rendered: the lids are warped and an eyeball of chosen gaze is painted into the aperture.

The skin, the lashes and the light stay real; the label is exact, because the eyeball is placed by the head's pose and
the anatomy shared with every other renderer.  The head is turned a little as well, over the landmarks' own depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.synthetic.patches.appearance import PLAIN, Appearance, draw_appearance
from gazeattack.synthetic.patches.camera import simulate_camera
from gazeattack.synthetic.patches.eyeball import EyeTone, add_lashes, add_reflections, paint_eyeball, shade_by_lids
from gazeattack.synthetic.patches.geometry import (
    ANYWHERE,
    Framing,
    GazeSampling,
    before_turn,
    closure,
    draw_eye_shape,
    draw_gaze,
    draw_lid_jitter,
    estimated_pose,
    eye_framing,
    facing,
    level,
    pixel_grid,
    place_eyeball,
    turn,
)
from gazeattack.synthetic.patches.glasses import paint_glasses
from gazeattack.synthetic.patches.landmarks import eye_points
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.portrait_eyes import CANVAS_PX_PER_MM, TABLE, PortraitEyes
from gazeattack.synthetic.patches.rng import Draw, draw_identities, per_patch

BATCH = 64


def render_portrait_patches(
    eyes: PortraitEyes,
    subjects: Sequence[int],
    per_subject: int,
    seed: int,
    *,
    gaze: np.ndarray | None = None,
    jitter: float = 1.0,
    blinks: float = 0.0,
    height: int = MPIIGAZE_EYE.height,
    sampling: GazeSampling = ANYWHERE,
    appearance: Appearance = PLAIN,
) -> PatchSet:
    """`per_subject` patches of every subject, deterministic by (eyes, seed, subject).

    Subject s wears portrait s modulo the number of portraits, with eyeballs of its own.  gaze [len(subjects) *
    per_subject, 2], (pitch, yaw) radians: use these instead of drawing them.  jitter: 1 = heads turned, framing and
    pose errors as in real use, 0 = none.  blinks: share of patches whose lids are partly or wholly shut; their gaze
    is that of the eyeball behind.  height: rows of a patch, and of what the camera resolves of it; a portrait shows
    no more than 72.  sampling: see GazeSampling.  appearance: see Appearance.
    """
    framing = eye_framing(height)
    identity = draw_identities(partial(_draw_person, appearance=appearance), subjects, seed)
    pictures = np.unique(eyes.portrait)
    parts = []
    for row, subject in enumerate(subjects):
        own = np.flatnonzero(eyes.portrait == pictures[subject % len(pictures)])
        for start in range(0, per_subject, BATCH):
            n = min(BATCH, per_subject - start)
            generator = torch.Generator().manual_seed(
                int(np.random.SeedSequence([seed, subject, start]).generate_state(1)[0])
            )
            choice = torch.randint(len(own), (n,), generator=generator).numpy()
            person = per_patch(identity, torch.full((n,), row))
            wanted = None
            if gaze is not None:
                first = row * per_subject + start
                wanted = torch.from_numpy(np.asarray(gaze[first : first + n], dtype=np.float32))
            draw = Draw(n, generator)
            parts.append(
                _render(
                    eyes,
                    own[choice],
                    person,
                    subject,
                    draw,
                    wanted,
                    jitter,
                    blinks,
                    framing,
                    sampling,
                    appearance.low_light,
                )
            )
    return concatenate(parts)


def _draw_person(random: np.random.Generator, appearance: Appearance) -> dict[str, float]:
    own = draw_appearance(random, appearance)
    return {
        **own,
        **draw_eye_shape(random, own["raised"]),
        "limbus": random.normal(5.85, 0.25),
        "spokes": float(random.integers(9, 25)),
        "iris_gain": float(np.exp(random.normal(-0.15, 0.28))),
        "sclera_gain": random.uniform(0.68, 1.12),
        "pupil_gain": random.uniform(0.7, 1.0),
        "follow_upper": random.uniform(0.45, 0.95),
        "follow_lower": random.uniform(0.1, 0.45),
        "crease": random.uniform(4.0, 6.5),
        "shadow": random.uniform(0.0, 0.5),
        "lid_shift": random.normal(0.1, 0.2),
    }


def _render(
    eyes: PortraitEyes,
    rows: np.ndarray,
    person: dict[str, torch.Tensor],
    subject: int,
    draw: Draw,
    gaze: torch.Tensor | None,
    jitter: float,
    blinks: float,
    framing: Framing,
    sampling: GazeSampling,
    low_light: float,
) -> PatchSet:
    pick = {
        k: torch.from_numpy(getattr(eyes, k)[rows]) for k in ("upper", "lower", "corners", "iris", "depth", "rotation")
    }
    nod = torch.deg2rad(draw.normal(-2, 5).clamp(-13, 11)).flatten() * (jitter > 0)
    shake = torch.deg2rad(draw.normal(0, 6).clamp(-15, 15)).flatten() * (jitter > 0)
    extra = level(turn(nod, shake), pick["rotation"])
    head = extra @ pick["rotation"]
    where = facing(head)
    if gaze is None:
        gaze = draw_gaze(draw, where, sampling)
    eye = place_eyeball(gaze, head, person)

    canvas_middle = torch.from_numpy(eyes.middle[rows])
    canvas_size = torch.tensor([eyes.canvas.shape[2], eyes.canvas.shape[1]], dtype=torch.float32)
    framed_on = ((canvas_size - 1) / 2 - canvas_middle) / CANVAS_PX_PER_MM
    x, y = pixel_grid(draw, framed_on, jitter, framing)
    source_x, source_y = before_turn(x, y, extra, pick["depth"])

    # lids live in the portrait's own view; the iris is taken back there to see how far they must follow it
    iris_before = torch.einsum("nji,nj->ni", extra, eye.iris_centre)
    moved = (iris_before[:, 1] - pick["iris"][:, 1]).view(-1, 1, 1)
    hang_upper, hang_lower = draw_lid_jitter(draw, sampling.lid_jitter_mm)
    hang = hang_upper + person["droop"], hang_lower
    upper, lower, upper_shift, lower_shift, width_weight = _lids(pick, moved, hang, closure(draw, blinks), person)
    at = (source_x - float(TABLE[0])) / float(TABLE[1] - TABLE[0])
    upper_at, lower_at = _lookup(upper, at), _lookup(lower, at)
    upper_shift_at, lower_shift_at = _lookup(upper_shift, at), _lookup(lower_shift, at)
    weight = _lookup(width_weight, at)
    above, below = (upper_at - source_y).clamp(min=0), (source_y - lower_at).clamp(min=0)
    reach = torch.maximum(person["crease"], 1.2 * upper_shift_at.abs())
    skin_shift = upper_shift_at * torch.exp(-((above / reach) ** 2)) * (
        source_y < upper_at
    ) + lower_shift_at * torch.exp(-((below / person["crease"]) ** 2)) * (source_y > lower_at)
    skin = _sample(eyes.canvas[rows], canvas_middle, source_x, source_y - skin_shift)

    tone = _tone(torch.from_numpy(eyes.tone[rows]), person, draw)
    ball = paint_eyeball(x, y, eye, person, tone, draw)
    ball = shade_by_lids(ball, source_y - upper_at, lower_at - source_y, person, draw)
    ball = ball * (1 - draw.uniform(0, 0.7) * (1 - weight ** draw.uniform(0.5, 1.2)))
    ball = add_reflections(ball, x, y, eye, tone.sclera, draw)

    x0, x1 = pick["corners"][:, 0].view(-1, 1, 1), pick["corners"][:, 1].view(-1, 1, 1)
    length = x1 - x0
    shift = person["lid_shift"]
    mask = torch.sigmoid((source_y - upper_at + shift) / 0.28) * torch.sigmoid(
        (lower_at + 0.7 * shift - source_y) / 0.28
    )
    mask = mask * torch.sigmoid((source_x - x0 - 0.09 * length) / (0.035 * length))
    mask = mask * torch.sigmoid((x1 - 0.02 * length - source_x) / (0.025 * length))
    image = skin + (ball - skin) * mask
    lash = torch.exp(-(((source_y - upper_at) / draw.uniform(0.3, 0.8)) ** 2)) * weight**0.3
    image = image * (1 - person["shadow"] * lash * (source_x > x0) * (source_x < x1))
    between = weight**0.3 * (source_x > x0) * (source_x < x1)
    image = add_lashes(image, source_y - upper_at, between, person, draw)
    image = paint_glasses(image, source_x, source_y, head, person, draw)
    pixels = simulate_camera(image.clamp(0, 1), draw, low_light=low_light)
    return PatchSet(
        pixels,
        gaze.numpy().astype(np.float32),
        np.full(len(rows), subject, dtype=np.int32),
        eyes.right[rows].copy(),
        estimated_pose(where, person, draw, jitter).numpy().astype(np.float32),
        eye_points(mask, x, y, eye).numpy(),
    )


def _lids(
    pick: dict[str, torch.Tensor],
    moved: torch.Tensor,
    hang: tuple[torch.Tensor, torch.Tensor],
    shut: torch.Tensor,
    person: dict[str, torch.Tensor],
) -> tuple[torch.Tensor, ...]:
    """Upper and lower lid, how far each has moved, and a bump over the aperture, all [N, 129] at TABLE."""
    table = torch.from_numpy(TABLE.astype(np.float32))[None]
    x0, x1 = pick["corners"][:, :1], pick["corners"][:, 1:]
    t = ((table - x0) / (x1 - x0)).clamp(0, 1)
    weight = (4 * t * (1 - t)).clamp(min=0) ** 0.7
    upper = pick["upper"] + (person["follow_upper"][:, 0] * moved[:, 0] + hang[0][:, 0]) * weight
    lower = pick["lower"] + (person["follow_lower"][:, 0] * moved[:, 0] + hang[1][:, 0]) * weight
    least = torch.minimum(pick["lower"] - pick["upper"], 1.8 * weight)
    upper = upper - (least - (lower - upper)).clamp(min=0)
    upper = upper + ((lower - upper) - (11.5 * weight + 0.6)).clamp(min=0)
    upper = upper + shut[:, 0] * (lower - upper)
    return upper, lower, upper - pick["upper"], lower - pick["lower"], weight


def _lookup(table: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """Linear interpolation of table [N, K] at fractional positions `at` [N, H, W], clamped at the ends."""
    at = at.clamp(0, table.shape[1] - 1.001)
    index = at.long()
    flat = index.flatten(1)
    left = table.gather(1, flat).view_as(at)
    right = table.gather(1, flat + 1).view_as(at)
    return left + (right - left) * (at - index)


def _sample(canvas: np.ndarray, middle: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The portrait at (x, y) millimetres from its own corners' midpoint: [N, H, W]."""
    height, width = canvas.shape[1:]
    column = x * CANVAS_PX_PER_MM + middle[:, 0].view(-1, 1, 1)
    row = y * CANVAS_PX_PER_MM + middle[:, 1].view(-1, 1, 1)
    grid = torch.stack([column * (2 / (width - 1)) - 1, row * (2 / (height - 1)) - 1], dim=-1)
    source = torch.from_numpy(canvas)[:, None]
    sampled = F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return sampled[:, 0]


def _tone(measured: torch.Tensor, person: dict[str, torch.Tensor], draw: Draw) -> EyeTone:
    sclera, iris, pupil, slope = (measured[:, i].view(-1, 1, 1) for i in range(4))
    sclera = (sclera * person["sclera_gain"] * person["white"] * draw.uniform(0.9, 1.1)).clamp(0.16, 0.98)
    iris = torch.minimum(iris * person["iris_gain"] * person["brown"], sclera * 0.8)
    pupil = torch.minimum(pupil, 0.75 * iris) * person["pupil_gain"]
    return EyeTone(sclera, iris, pupil, slope + draw.normal(0, 0.08))
