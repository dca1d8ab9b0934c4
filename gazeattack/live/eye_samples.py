"""Results of the pipeline as samples of a collection: crops of both eyes, head pose, predicted gaze."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.collection.collection import Collection, CollectionCard
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import normalize_image, views
from gazeattack.live.frame_result import FrameResult
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.screen.geometry import ScreenGeometry

EVERY_S = 0.1  # neighbouring frames are nearly the same
NO_FACE, CLOSED, NO_TARGET, MOVING_EYES = "no face", "eyes closed", "no target", "eyes still moving"
UNREADABLE = "unreadable picture"


@dataclass(frozen=True, eq=False)
class EyeSample:
    """One frame; the arrays are those of a Collection without N.  gaze: the clean branch's prediction."""

    t: float
    images: np.ndarray
    head: np.ndarray
    rotation: np.ndarray
    centre: np.ndarray
    roll: float
    gaze: Gaze


class SampleCollector:
    """Keeps a sample every EVERY_S seconds, with open eyes; counts what it leaves out.

    every_s: 0 keeps every frame, for pictures.
    """

    def __init__(self, *, every_s: float = EVERY_S) -> None:
        self.samples: list[EyeSample] = []
        self.left_out: Counter[str] = Counter()
        self._every_s = every_s

    def add(self, result: FrameResult) -> EyeSample | None:
        """Take a result; the sample that was kept, or None."""
        if self.samples and result.t - self.samples[-1].t < self._every_s - 1e-6:
            return None
        if any(result.eyes_closed):
            self.left_out[CLOSED] += 1
            return None
        if result.face is None or result.clean is None:
            self.left_out[NO_FACE] += 1
            return None
        image, pose = result.frame.image, result.face.pose
        intrinsics = result.intrinsics or Intrinsics.guess(image.shape[1], image.shape[0])
        eyes = views(pose, intrinsics, MPIIGAZE_EYE, result.face.landmarks)
        crops = np.stack([normalize_image(image, view, MPIIGAZE_EYE)[0] for view in eyes])
        sample = EyeSample(
            t=result.t,
            images=(crops * 255).round().astype(np.uint8),
            head=np.stack([view.from_camera(-pose.rotation[:, 2]) for view in eyes]),
            rotation=np.stack([view.rotation for view in eyes]),
            centre=np.stack([view.centre for view in eyes]),
            roll=pose.roll,
            gaze=result.clean.gaze,
        )
        self.samples.append(sample)
        return sample

    @property
    def times(self) -> np.ndarray:
        """Seconds of every sample [N]."""
        return np.array([sample.t for sample in self.samples])

    @property
    def gaze(self) -> np.ndarray:
        """Predicted (pitch, yaw) of every sample, radians [N, 2]."""
        return np.array([sample.gaze for sample in self.samples]).reshape(-1, 2)

    def collection(
        self, rows: np.ndarray, target: np.ndarray, screen: ScreenGeometry, card: CollectionCard
    ) -> Collection:
        """The collection of the samples `rows`, bool [N], with targets in mm [N, 2]."""
        kept = [sample for sample, wanted in zip(self.samples, rows, strict=True) if wanted]

        def column(name: str, shape: tuple[int, ...], kind: type) -> np.ndarray:
            return np.array([getattr(sample, name) for sample in kept], dtype=kind).reshape(len(kept), *shape)

        return Collection(
            images=column("images", (2, MPIIGAZE_EYE.height, MPIIGAZE_EYE.width), np.uint8),
            head=column("head", (2, 2), np.float32),
            rotation=column("rotation", (2, 3, 3), np.float32),
            centre=column("centre", (2, 3), np.float32),
            roll=column("roll", (), np.float32),
            target=np.asarray(target, dtype=np.float32)[rows],
            t=column("t", (), np.float64),
            screen=screen,
            card=card,
        )
