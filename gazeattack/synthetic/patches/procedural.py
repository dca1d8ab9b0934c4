"""Procedural eyes: rendered from formulas alone, without portraits or assets, with exact labels.

The face around the eye is a height field in the head's own frame, lit by one lamp; lids are curves that follow the
gaze.  It is turned like the portraits' faces, and shares their eyeball, framing and camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.synthetic.patches.appearance import PLAIN, Appearance, draw_appearance
from gazeattack.synthetic.patches.camera import simulate_camera
from gazeattack.synthetic.patches.eyeball import EyeTone, add_lashes, add_reflections, paint_eyeball, shade_by_lids
from gazeattack.synthetic.patches.geometry import (
    ANYWHERE,
    Eyeball,
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
from gazeattack.synthetic.patches.rng import Draw, draw_identities, per_patch

BATCH = 64
Person = dict[str, torch.Tensor]


def render_procedural_patches(
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
    """`per_subject` patches of every subject, deterministic by (subjects, per_subject, seed).

    gaze [len(subjects) * per_subject, 2], (pitch, yaw) radians, subject by subject: use these instead of drawing
    them.  jitter: 1 = heads turned, framing and pose errors as in real use, 0 = none.  blinks: share of patches whose
    lids are partly or wholly shut; their gaze is that of the eyeball behind.  height: rows of a patch, and of what the
    camera resolves of it.  sampling: see GazeSampling.  appearance: see Appearance.
    """
    framing = eye_framing(height)
    identity = draw_identities(partial(draw_person, appearance=appearance), subjects, seed)
    return concatenate(
        [
            _render(
                per_patch(identity, rows),
                numbers,
                Draw(len(rows), generator),
                wanted,
                jitter,
                blinks,
                framing,
                sampling,
                appearance.low_light,
            )
            for rows, numbers, generator, wanted in batches(subjects, per_subject, seed, gaze)
        ]
    )


def batches(
    subjects: Sequence[int], per_subject: int, seed: int, gaze: np.ndarray | None
) -> Iterator[tuple[torch.Tensor, np.ndarray, torch.Generator, torch.Tensor | None]]:
    """Batches to render: each patch's row among the subjects [N], subject numbers int32 [N], the batch's own random
    generator, and the requested gazes [N, 2], if any."""
    every = torch.arange(len(subjects)).repeat_interleave(per_subject)
    for start in range(0, len(every), BATCH):
        rows = every[start : start + BATCH]
        generator = torch.Generator().manual_seed(int(np.random.SeedSequence([seed, start]).generate_state(1)[0]))
        wanted = None
        if gaze is not None:
            wanted = torch.from_numpy(np.asarray(gaze[start : start + len(rows)], dtype=np.float32))
        yield rows, np.asarray(subjects, dtype=np.int32)[rows.numpy()], generator, wanted


def draw_person(random: np.random.Generator, appearance: Appearance = PLAIN) -> dict[str, float]:
    """The appearance of a subject's eye and the face around it: see paint_face."""
    own = draw_appearance(random, appearance)
    u, n = random.uniform, random.normal
    dark_iris, dark_skin, deep_crease = random.random() < 0.72, random.random() < 0.3, random.random() < 0.8
    return {
        **own,
        **draw_eye_shape(random, own["raised"]),
        "limbus": n(5.85, 0.25),
        "spokes": float(random.integers(9, 25)),
        "sclera": u(0.6, 0.95),
        "iris": u(0.04, 0.16) if dark_iris else u(0.14, 0.5),
        "skin": u(0.12, 0.45) if dark_skin else u(0.42, 0.85),
        "length": n(29.0, 1.7),
        "tilt": n(0.05, 0.05),
        "open_upper": n(19.0, 4.0) * 0.017453,
        "open_lower": n(-25.0, 3.0) * 0.017453,
        "follow_upper": u(0.45, 0.95),
        "follow_lower": u(0.1, 0.45),
        "round_upper": u(1.7, 2.6),
        "round_lower": u(1.7, 2.6),
        "skew_upper": u(-0.2, 0.12),
        "skew_lower": u(-0.05, 0.25),
        "crease": u(1.5, 5.5) if deep_crease else u(0.4, 1.5),
        "crease_dark": u(0.0, 0.6),
        "hood": u(0.0, 3.0),
        "bag": u(-0.8, 1.5),
        "bag_at": u(4.0, 9.0),
        "brow_at": u(9.0, 17.0),
        "brow_thick": u(1.5, 3.5),
        "brow_dark": u(0.2, 0.85),
        "socket": u(0.0, 0.5),
        "bulge": u(2.0, 7.0),
        "recede": u(0.25, 0.6),
        "lash": u(0.2, 1.0),
        "lash_wide": u(0.4, 1.2),
        "glasses": float(random.random() < 0.15),
        "frame_wide": u(40.0, 60.0),
        "frame_high": u(24.0, 46.0),
        "frame_grey": u(0.0, 0.4),
    }


def _render(
    person: Person,
    numbers: np.ndarray,
    draw: Draw,
    gaze: torch.Tensor | None,
    jitter: float,
    blinks: float,
    framing: Framing,
    sampling: GazeSampling,
    low_light: float,
) -> PatchSet:
    head = draw_head(draw, jitter)
    where = facing(head)
    if gaze is None:
        gaze = draw_gaze(draw, where, sampling)
    x, y = pixel_grid(draw, torch.zeros(draw.n, 2), jitter, framing)
    face = paint_face(person, draw, head, gaze, x, y, blinks, sampling.lid_jitter_mm, framing)
    return PatchSet(
        simulate_camera(light_unevenly(face.image, x, y, draw).clamp(0, 1), draw, low_light=low_light),
        gaze.numpy().astype(np.float32),
        numbers,
        (torch.rand(draw.n, generator=draw.generator) < 0.5).numpy(),
        estimated_pose(where, person, draw, jitter).numpy().astype(np.float32),
        eye_points(face.shown, x, y, face.eye).numpy(),
    )


def draw_head(draw: Draw, jitter: float) -> torch.Tensor:
    """Rotations [N, 3, 3] of heads that are turned as in real use, or straight ahead where jitter is 0."""
    moving = float(jitter > 0)
    head_pitch = torch.deg2rad(draw.normal(-4, 7).clamp(-24, 18).flatten()) * moving
    head_yaw = torch.deg2rad(draw.sideways(draw.normal(0, 10)).clamp(-28, 28).flatten()) * moving
    upright = torch.eye(3).expand(draw.n, 3, 3)
    return level(turn(head_pitch, head_yaw), upright)


def light_unevenly(image: torch.Tensor, x: torch.Tensor, y: torch.Tensor, draw: Draw) -> torch.Tensor:
    """The picture [N, H, W] of what lies at (x, y), millimetres, brighter on one side."""
    return image * (1 + draw.uniform(-0.016, 0.016) * x + draw.uniform(-0.018, 0.018) * y).clamp(0.2, 3)


@dataclass(frozen=True, eq=False)
class PaintedFace:
    """N views of a face, each [N, H, W], and the eye in them.

    image: grey levels.  face_x: x on the unturned face, in millimetres.  shown: how much of the eyeball, 0 to 1.
    """

    image: torch.Tensor
    face_x: torch.Tensor
    shown: torch.Tensor
    eye: Eyeball


def paint_face(
    person: Person,
    draw: Draw,
    head: torch.Tensor,
    gaze: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    blinks: float,
    lid_jitter_mm: float,
    framing: Framing,
) -> PaintedFace:
    """The face seen at (x, y) [N, H, W].

    head [N, 3, 3], gaze [N, 2]: in the eye's own normalised camera.  lid_jitter_mm: see draw_lid_jitter().
    """
    eye = place_eyeball(gaze, head, person)
    # drawn on the unturned face: it recedes towards the temple and bulges over the eyeball
    depth = torch.zeros(draw.n, 10)
    depth[:, 1] = 20 * person["recede"].flatten()
    depth[:, 2], depth[:, 5] = 2.0, -6.0
    face_x, face_y = before_turn(x, y, head, depth)

    own_axis = torch.einsum("nji,nj->ni", head, eye.axis)
    eye_pitch = torch.asin((-own_axis[:, 1]).clamp(-1, 1)).view(-1, 1, 1)
    hang_upper, hang_lower = draw_lid_jitter(draw, lid_jitter_mm)
    upper, lower, t = _lids(face_x, eye_pitch, person, (hang_upper + person["droop"], hang_lower))
    upper = upper + closure(draw, blinks) * (lower - upper)
    light = _Lamp(draw)
    outside = (t.abs() - 1).clamp(min=0) * person["length"] / 2
    skin = _skin(face_x, face_y, upper, lower, outside, eye_pitch, head, person, light, draw, framing)
    sclera = person["sclera"] * draw.uniform(0.85, 1.05)
    tone = EyeTone(
        sclera * light.on(torch.zeros_like(x), torch.zeros_like(x)),
        person["iris"] * draw.uniform(0.8, 1.2),
        person["iris"] * draw.uniform(0.15, 0.6),
        draw.sideways(draw.normal(0, 0.12)) + 0.15 * light.x,
    )
    ball = paint_eyeball(x, y, eye, person, tone, draw)
    ball = shade_by_lids(ball, face_y - upper, lower - face_y, person, draw)
    ball = ball * (1 - draw.uniform(0, 0.6) * t.abs().clamp(max=1) ** draw.uniform(2.0, 5.0))
    ball = _caruncle(ball, face_x, face_y, person, draw)
    ball = add_reflections(ball, x, y, eye, tone.sclera.clamp(min=0.4), draw)
    within = torch.minimum(torch.minimum(face_y - upper, lower - face_y), 0.2 - 1.2 * outside)
    mask = torch.sigmoid(within / draw.uniform(0.15, 0.3))
    image = skin + (ball - skin) * mask
    line = torch.exp(-(((face_y - upper) / draw.uniform(0.3, 0.8)) ** 2) - outside)
    image = image * (1 - draw.uniform(0, 0.7) * line)
    image = add_lashes(image, face_y - upper, torch.exp(-outside), person, draw)
    image = paint_glasses(_glasses(image, face_x, face_y, person, draw), face_x, face_y, head, person, draw)
    return PaintedFace(image, face_x, mask, eye)


class _Lamp:
    """One distant lamp and the light around it."""

    def __init__(self, draw: Draw) -> None:
        side, height = draw.sideways(draw.uniform(-1.1, 1.1)), draw.uniform(-0.2, 1.2)
        self.x = side.sin() * height.cos()
        self.y = -height.sin()
        self.toward = side.cos() * height.cos()
        self.ambient = draw.uniform(0.4, 0.85)

    def on(self, slope_x: torch.Tensor, slope_y: torch.Tensor) -> torch.Tensor:
        """Brightness of a surface that rises towards the camera with these slopes."""
        facing_lamp = (self.toward - slope_x * self.x - slope_y * self.y) / torch.sqrt(1 + slope_x**2 + slope_y**2)
        return self.ambient + (1 - self.ambient) * 1.2 * facing_lamp.clamp(min=0)


def _lids(
    x: torch.Tensor, eye_pitch: torch.Tensor, person: Person, hang: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """y of the upper and the lower lid at x, and where x lies between the corners (-1 inner, 1 outer): [N, H, W].

    hang: see draw_lid_jitter().
    """
    t = x / (person["length"] / 2)
    inside = t.clamp(-1, 1)
    corner_line = -person["tilt"] * x
    lid_radius = 12.9 * person["size"]
    up = (person["open_upper"] + person["follow_upper"] * eye_pitch - hang[0] / lid_radius).clamp(-0.25, 1.0)
    down = (person["open_lower"] + person["follow_lower"] * eye_pitch - hang[1] / lid_radius).clamp(-1.0, -0.1)
    middle = -person["above"]
    top = middle - lid_radius * up.sin()
    bottom = torch.maximum(middle - lid_radius * down.sin(), top + 1.8)

    def arch(power: torch.Tensor, skew: torch.Tensor) -> torch.Tensor:
        return 1 - (inside - skew * (1 - inside**2)).abs().clamp(1e-4, 1) ** power

    upper = corner_line + top * arch(person["round_upper"], person["skew_upper"])
    lower = corner_line + bottom * arch(person["round_lower"], person["skew_lower"])
    return upper, torch.maximum(lower, upper), t


def _skin(
    x: torch.Tensor,
    y: torch.Tensor,
    upper: torch.Tensor,
    lower: torch.Tensor,
    outside: torch.Tensor,
    eye_pitch: torch.Tensor,
    head: torch.Tensor,
    person: Person,
    light: _Lamp,
    draw: Draw,
    framing: Framing,
) -> torch.Tensor:
    """The face's grey level without the eye."""
    above, below = upper - y, y - lower
    rows, columns = framing.height, framing.width
    # brows and folds end before the bridge of the nose
    near: torch.Tensor | float = torch.sigmoid((x + 19) / 1.5) if framing.beyond else 1.0
    arch = (1 - 0.5 * (x / (person["length"] * 0.6)) ** 2).clamp(min=0.15)
    crease = (person["crease"] - 6.0 * eye_pitch.clamp(max=0.1)).clamp(min=0.3) * arch
    past_crease = above - crease
    sharp = draw.uniform(0.4, 1.1)
    height = person["bulge"] * torch.exp(-(x**2 + y**2) / 130)
    height = height + person["hood"] * near * torch.sigmoid(past_crease / sharp) * torch.exp(
        -past_crease.clamp(min=0) / 8
    )
    height = height + 0.2 * (-y - 3).clamp(min=0)
    height = height + person["bag"] * near * torch.exp(-(((below - person["bag_at"]) / 2.5) ** 2))
    height = (
        height + 0.25 * (-x - 9).clamp(min=0) + draw.uniform(0, 0.3) * draw.texture(*framing.bumps(4, 6), rows, columns)
    )
    slope_y, slope_x = torch.gradient(height, dim=(1, 2))
    turned = head[:, :, 2]
    slope_x = (slope_x * framing.px_per_mm).clamp(-2, 2) + turned[:, 0].view(-1, 1, 1)
    slope_y = (slope_y * framing.px_per_mm).clamp(-2, 2) + turned[:, 1].view(-1, 1, 1)
    skin = person["skin"] * light.on(-slope_x, -slope_y)
    skin = skin * (1 - person["crease_dark"] * near * torch.exp(-((past_crease / sharp) ** 2)))
    skin = skin * (1 - draw.uniform(0, 0.3) * near * torch.exp(-(((below - draw.uniform(1.5, 5)) / 0.8) ** 2)))
    skin = skin * (1 - person["socket"] * torch.sigmoid((-y - 8) / 3.0))
    nose = torch.exp(-(((x + person["length"] / 2) / 6.0) ** 2) - (y + 2) ** 2 / 30)
    skin = skin * (1 - person["socket"] * 0.8 * nose)
    skin = skin * (1 + draw.uniform(0, 1) ** 2 * 0.1 * draw.texture(*framing.bumps(9, 15), rows, columns))
    brow = torch.exp(-(((-y - person["brow_at"] + 0.012 * (x - 4) ** 2) / person["brow_thick"]) ** 4))
    skin = skin * (
        1
        - person["brow_dark"]
        * near
        * brow
        * (1 + 0.2 * draw.texture(*framing.bumps(12, 40), rows, columns)).clamp(0, 1.2)
    )
    fade = torch.exp(-outside / 2)
    skin = skin * (1 - person["lash"] * fade * torch.exp(-((above / person["lash_wide"]) ** 2)) * (below < 0))
    return skin * (1 - draw.uniform(0, 0.4) * fade * torch.exp(-(((below - 0.5) / 0.6) ** 2)))


def _caruncle(ball: torch.Tensor, x: torch.Tensor, y: torch.Tensor, person: Person, draw: Draw) -> torch.Tensor:
    """The pink corner by the nose."""
    inner = -person["length"] / 2
    spot = torch.exp(-(((x - inner - draw.uniform(1, 2.5)) / draw.uniform(1, 2)) ** 2) - (y / 1.5) ** 2)
    return ball + (draw.uniform(0.25, 0.6) - ball) * spot


def _glasses(image: torch.Tensor, x: torch.Tensor, y: torch.Tensor, person: Person, draw: Draw) -> torch.Tensor:
    """A frame around the eye, haze and one reflection, for those who wear glasses."""
    worn = person["glasses"]
    across, down = 2 * x / person["frame_wide"], 2 * (y - draw.uniform(-1, 5)) / person["frame_high"]
    rim = worn * torch.exp(-((((across**4 + down**4) ** 0.25 - 1) / 0.06) ** 2))
    image = image + (person["frame_grey"] - image) * rim
    angle, c = draw.uniform(0, 6.28), draw.uniform(-10, 10)
    x = draw.sideways(x)
    along, over = x * angle.cos() + y * angle.sin() - c, x * angle.sin() - y * angle.cos() - draw.uniform(-10, 10)
    streak = torch.exp(-((along / draw.uniform(1, 5)) ** 2) - (over / draw.uniform(2, 8)) ** 2)
    return image + worn * (draw.chance(0.4) * draw.uniform(0, 0.5) * streak + draw.uniform(0, 0.08))
