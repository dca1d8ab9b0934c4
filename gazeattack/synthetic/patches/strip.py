"""Both eyes of a person in one strip: the two halves drawn by patches.procedural, joined at the bridge of the nose.

Both eyes look in the same direction, as at something far away; what is as near as a screen would turn each of them
inwards by about 3 degrees.  Each is drawn as it is seen along the ray from the camera between them, 600 mm away: 3
degrees from its side, and at its own depth.  The halves share the person, head, gaze, lids, lamp and camera and are
mirror images otherwise, but for the skin's texture and DIFFERENCE, the left eye's anatomy minus the right one's.  How
much the two eyes of a person differ is assumed, not measured, and so is that they are alike otherwise: the angle
between the optical and the visual axis above all, which mirrors from one eye to the other and so cancels where both are
seen.  Framing errors are those of patches of one eye; a strip's roll is likely smaller in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from gazeattack.anatomy import INTEROCULAR
from gazeattack.model.crop import BOTH_EYES, strip_crop
from gazeattack.synthetic.patches.camera import simulate_camera
from gazeattack.synthetic.patches.geometry import (
    ANYWHERE,
    PX_PER_MM,
    TRUE_INTEROCULAR,
    Framing,
    GazeSampling,
    draw_gaze,
    estimated_pose,
    facing,
    pixel_grid,
    turn,
)
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.procedural import batches, draw_head, draw_person, light_unevenly, paint_face
from gazeattack.synthetic.patches.rng import Draw, DrawPairs, Identity, draw_identities

OVERLAP = 14 / 36  # of a strip's height: how far each half is drawn beyond the middle, since turned noses lie aside
SEAM_MM = 3.5  # how softly one half goes over into the other: a nose has no edge
DISTANCE_MM = BOTH_EYES.distance * TRUE_INTEROCULAR / INTEROCULAR
HALF_MM = TRUE_INTEROCULAR / 2
# standard deviations: radians of the visual axis, millimetres of the eyeball's place
DIFFERENCE = {"kappa_h": 0.7 * 0.017453, "kappa_v": 0.5 * 0.017453, "temporal": 0.2, "above": 0.2, "behind": 0.3}


def strip_framing(height: int) -> Framing:
    """Both eyes in a strip of so many rows, see strip_crop."""
    crop = strip_crop(height)
    return Framing(crop.height, crop.width, PX_PER_MM * crop.focal / BOTH_EYES.focal)


def render_strips(
    subjects: Sequence[int],
    per_subject: int,
    seed: int,
    *,
    gaze: np.ndarray | None = None,
    jitter: float = 1.0,
    blinks: float = 0.0,
    height: int = BOTH_EYES.height,
    sampling: GazeSampling = ANYWHERE,
) -> PatchSet:
    """`per_subject` strips of every subject, deterministic by (subjects, per_subject, seed).

    The options are those of render_procedural_patches; gaze and head are in the strip's own normalised camera.  The
    subjects are the same as there, but for DIFFERENCE.  No strip is mirrored.
    """
    framing = strip_framing(height)
    scenes = render_scenes(subjects, per_subject, seed, framing, gaze, jitter, blinks, sampling)
    return concatenate([scene.strips() for scene in scenes])


@dataclass(frozen=True, eq=False)
class Scene:
    """N rendered images of both eyes and their labels.

    pictures: uint8 [N, H, W].  gaze, head: float32 [N, 2], (pitch, yaw) in the strip's camera.  subject: int32 [N].
    aside: float32 [2, N], radians by which the left and the right eye's own camera is turned from the strip's.
    eyes: float32 [2, N, 2], pixels (x, y) from a picture's middle to the left and to the right eye.
    """

    pictures: np.ndarray
    gaze: np.ndarray
    head: np.ndarray
    subject: np.ndarray
    aside: np.ndarray
    eyes: np.ndarray

    def strips(self) -> PatchSet:
        """The pictures as strips."""
        return PatchSet(self.pictures, self.gaze, self.subject, np.zeros(len(self.gaze), dtype=bool), self.head)


def render_scenes(
    subjects: Sequence[int],
    per_subject: int,
    seed: int,
    framing: Framing,
    gaze: np.ndarray | None = None,
    jitter: float = 1.0,
    blinks: float = 0.0,
    sampling: GazeSampling = ANYWHERE,
) -> Iterator[Scene]:
    """The scenes of render_strips in batches, in any framing of both eyes."""
    identity, other = draw_identities(draw_person, subjects, seed), draw_identities(_draw_difference, subjects, seed)
    for rows, numbers, generator, wanted in batches(subjects, per_subject, seed, gaze):
        draw = DrawPairs(len(rows), generator)
        yield _render(_both_eyes(identity, other, rows, draw), numbers, draw, wanted, jitter, blinks, framing, sampling)


def _draw_difference(random: np.random.Generator) -> dict[str, float]:
    random = random.spawn(1)[0]  # not what the person is drawn from
    return {name: random.normal(0.0, deviation) for name, deviation in DIFFERENCE.items()}


def _both_eyes(identity: Identity, other: Identity, rows: torch.Tensor, draw: DrawPairs) -> dict[str, torch.Tensor]:
    """Every person twice, the left eye and then the right one: each value [2N, 1, 1]."""
    twice = torch.cat([rows, rows])
    person = {name: values[twice].view(-1, 1, 1) for name, values in identity.items()}
    return person | {
        name: person[name] + draw.sideways(values[twice].view(-1, 1, 1)) / 2 for name, values in other.items()
    }


def _render(
    person: dict[str, torch.Tensor],
    numbers: np.ndarray,
    draw: DrawPairs,
    gaze: torch.Tensor | None,
    jitter: float,
    blinks: float,
    framing: Framing,
    sampling: GazeSampling,
) -> Scene:
    n = draw.pairs
    head = draw_head(draw, jitter)
    where = facing(head)
    gaze = draw_gaze(draw, where, sampling) if gaze is None else torch.cat([gaze, gaze * torch.tensor([1.0, -1.0])])
    beyond = round(OVERLAP * framing.height)
    middle = framing.width // 2
    half = replace(framing, width=middle + beyond, beyond=(middle - beyond) / 2)
    x, y = pixel_grid(draw, torch.zeros(draw.n, 2), jitter, half)
    # where the eyes are, and how they are turned as seen from straight in front of each
    across, depth = HALF_MM * head[:, 0, 0], HALF_MM * head[:, 2, 0]
    aside = torch.atan2(across, DISTANCE_MM + depth)
    larger = (DISTANCE_MM / (DISTANCE_MM + depth)).view(-1, 1, 1)
    own_head = turn(torch.zeros_like(aside), -aside) @ head
    own_gaze = torch.stack([gaze[:, 0], gaze[:, 1] - aside], dim=-1)
    own_x, own_y = x / larger - across.view(-1, 1, 1), y / larger
    face = paint_face(person, draw, own_head, own_gaze, own_x, own_y, blinks, sampling.lid_jitter_mm, half)

    # each shows its own side of the nose
    left_shows, right_shows = face.face_x[:n, :, : 2 * beyond], face.face_x[n:, :, : 2 * beyond].flip(2)
    image = _join(face.image, torch.sigmoid((left_shows - right_shows) / SEAM_MM))
    at_middle = torch.ones_like(left_shows)
    x, y = _join(draw.sideways(x), at_middle), _join(y, at_middle)
    single = Draw(n, draw.generator)
    # over the width of a strip light differs more than over that of an eye, but not in proportion
    image = light_unevenly(image, 0.5 * x, y, single)
    places = [_pixels_to(x, y, sign * across[rows] * larger[rows].flatten()) for sign, rows in _sides(n)]
    pose = estimated_pose(where[:n], {name: values[:n] for name, values in person.items()}, single, jitter)
    return Scene(
        simulate_camera(image.clamp(0, 1), single),
        gaze[:n].numpy().astype(np.float32),
        pose.numpy().astype(np.float32),
        numbers,
        np.stack([aside[rows].numpy() for _, rows in _sides(n)]),
        np.stack(places).astype(np.float32),
    )


def _sides(n: int) -> tuple[tuple[int, slice], tuple[int, slice]]:
    """Left and right eyes: the sign of their x in the strip, and their rows."""
    return (1, slice(0, n)), (-1, slice(n, 2 * n))


def _join(halves: torch.Tensor, left_share: torch.Tensor) -> torch.Tensor:
    """Halves [2N, H, W] -> strips [N, H, W'] with the right eye's half, mirrored back, at the left.

    left_share [N, H, V]: how much of the left eye's half is shown in the V columns around the middle that both have.
    """
    n, both = len(halves) // 2, left_share.shape[2]
    left, right = halves[:n], halves[n:].flip(2)
    seam = right[:, :, -both:] + (left[:, :, :both] - right[:, :, -both:]) * left_share
    return torch.cat([right[:, :, :-both], seam, left[:, :, both:]], dim=2)


def _pixels_to(x: torch.Tensor, y: torch.Tensor, across: torch.Tensor) -> np.ndarray:
    """Pixels (x, y) [N, 2] from a picture's middle to what lies at (across [N], 0) mm, given where all pixels look."""
    n, height, width = x.shape
    seen = torch.stack([x, y], dim=-1)
    corner = seen[:, 0, 0]
    steps = torch.stack([seen[:, 0, 1] - corner, seen[:, 1, 0] - corner], dim=-1)
    wanted = torch.stack([across, torch.zeros(n)], dim=-1)
    found = torch.linalg.solve(steps, wanted - corner)
    pixels: np.ndarray = found.numpy() - np.array([(width - 1) / 2, (height - 1) / 2])
    return pixels
