"""Rendered eye patches with their exact labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazeattack.model.crop import BOTH_EYES, FACE_224, MPIIGAZE_EYE
from gazeattack.model.landmarks import EYE_LANDMARKS


@dataclass(frozen=True, eq=False)
class PatchSet:
    """Eye patches in canonical orientation: a person's left eye, nose at the image's left, as in MPIIGaze.  Or strips
    of both eyes, or faces, which are never mirrored.

    images: uint8 [N, 36, 60], of strips [N, 36, 160], or at another resolution, grey, not equalised; of faces [N, S, S]
    grey or [N, S, S, 3] RGB.  gaze: float32
    [N, 2], (pitch, yaw) in radians of the visual axis in the normalised camera.  subject: int32 [N], one identity over
    many patches.  right: bool [N], whether the patch was made from a right eye and mirrored.  head: float32 [N, 2],
    (pitch, yaw) where the face seems to point by a landmark fit, in the same camera, mirrored with the patch.
    points: float32 [N, 6, 2], see eye_points, or None where they are unlabelled.
    """

    images: np.ndarray
    gaze: np.ndarray
    subject: np.ndarray
    right: np.ndarray
    head: np.ndarray
    points: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.images)
        height, width = (*self.images.shape, 0, 0)[1:3]
        known = any(height * crop.width == width * crop.height for crop in (MPIIGAZE_EYE, BOTH_EYES, FACE_224))
        if not known or (self.images.ndim != 3 and self.images.shape[1:] != (height, height, 3)):
            raise ValueError(
                f"images are {self.images.shape}, not [N, 36, 60], [N, 36, 160] or [N, 224, 224] at any resolution"
            )
        if self.images.dtype != np.uint8:
            raise ValueError(f"images are {self.images.dtype}, not uint8")
        for name, shape in (("gaze", (n, 2)), ("subject", (n,)), ("right", (n,)), ("head", (n, 2))):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} is {getattr(self, name).shape}, not {shape}")
        if self.points is not None and self.points.shape != (n, len(EYE_LANDMARKS), 2):
            raise ValueError(f"points are {self.points.shape}, not {(n, len(EYE_LANDMARKS), 2)}")

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray) -> PatchSet:
        """The patches at `rows` (indices or a mask)."""
        points = None if self.points is None else self.points[rows]
        return PatchSet(
            self.images[rows], self.gaze[rows], self.subject[rows], self.right[rows], self.head[rows], points
        )


def concatenate(sets: Sequence[PatchSet]) -> PatchSet:
    """All sets in one, in order; subject numbers are kept, and landmarks if all sets have them."""
    points = [s.points for s in sets if s.points is not None]
    return PatchSet(
        np.concatenate([s.images for s in sets]),
        np.concatenate([s.gaze for s in sets]),
        np.concatenate([s.subject for s in sets]),
        np.concatenate([s.right for s in sets]),
        np.concatenate([s.head for s in sets]),
        np.concatenate(points) if len(points) == len(sets) else None,
    )
