"""The same renderings of both eyes twice: as one strip, and as two patches of one eye cut from the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from gazeattack.synthetic.patches.geometry import PX_PER_MM
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.strip import Scene, render_scenes, strip_framing

# margins of a rendered image beyond its strip: pixels above and below, and to either side
ABOVE, BESIDE = 10, 32
LEFT, RIGHT = 0, 1


@dataclass(frozen=True, eq=False)
class Looks:
    """N renderings of both eyes.

    strips: of both eyes.  left, right: patches of one eye in canonical orientation, right eyes mirrored, gaze and head
    in each eye's own normalised camera.  aside: float32 [2, N], radians by which those cameras, of left and right
    eyes, are turned from the strip's.
    """

    strips: PatchSet
    left: PatchSet
    right: PatchSet
    aside: np.ndarray

    def in_strip(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Predictions (pitch, yaw) [N, 2] of canonical left and right eyes, both in the strip's camera: [2, N, 2]."""
        turned = np.stack([left, right]).astype(np.float64)
        turned[..., 1] += self.aside
        turned[RIGHT, :, 1] *= -1
        return turned


def render_looks(subjects: Sequence[int], per_subject: int, seed: int) -> Looks:
    """`per_subject` renderings of every subject, drawn as render_strips does.

    Single eyes are centred again, with the framing errors that render_procedural_patches has, to whole pixels.  Scale
    and roll are the strip's: in one frame both come from one fitted head.
    """
    strip = strip_framing(BOTH_EYES.height)
    wider = replace(strip, height=strip.height + 2 * ABOVE, width=strip.width + 2 * BESIDE)
    random = np.random.default_rng(seed)
    strips, left, right, aside = [], [], [], []
    for scene in render_scenes(subjects, per_subject, seed, wider):
        middle = np.ascontiguousarray(scene.pictures[:, ABOVE:-ABOVE, BESIDE:-BESIDE])
        strips.append(replace(scene, pictures=middle).strips())
        left.append(_one_eye(scene, LEFT, random))
        right.append(_one_eye(scene, RIGHT, random))
        aside.append(scene.aside)
    return Looks(concatenate(strips), concatenate(left), concatenate(right), np.concatenate(aside, axis=1))


def _one_eye(scene: Scene, side: int, random: np.random.Generator) -> PatchSet:
    n, sign = len(scene.gaze), -1 if side == RIGHT else 1
    # see pixel_grid
    tail = 1 + (random.random(n) < 0.1) * random.uniform(0.5, 2.0, n)
    error = np.stack([random.normal(0, 0.8, n) * tail, random.normal(0, 0.7, n)], axis=-1) * PX_PER_MM
    patches = cut(scene.pictures, scene.eyes[side] + error, MPIIGAZE_EYE.height, MPIIGAZE_EYE.width)
    gaze, head = (
        np.stack([angles[:, 0], sign * angles[:, 1] - scene.aside[side]], axis=-1)
        for angles in (scene.gaze, scene.head)
    )
    return PatchSet(np.ascontiguousarray(patches[:, :, ::sign]), gaze, scene.subject, np.full(n, side == RIGHT), head)


def cut(pictures: np.ndarray, places: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The part [N, rows, columns] of every picture [N, H, W] around a place [N, 2], pixels (x, y) from its middle."""
    n, height, width = pictures.shape
    left = np.clip(np.round(places[:, 0] + (width - columns) / 2), 0, width - columns).astype(int)
    top = np.clip(np.round(places[:, 1] + (height - rows) / 2), 0, height - rows).astype(int)
    return np.stack([pictures[i, top[i] : top[i] + rows, left[i] : left[i] + columns] for i in range(n)])
