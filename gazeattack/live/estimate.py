"""From crops to one gaze per branch: the network's batch, and the crops of a branch combined in camera space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazeattack.angles import angle_between, to_angles, to_gaze
from gazeattack.face.normalise import NormalizedView
from gazeattack.face.pose import HeadPose
from gazeattack.live.frame_result import GazeEstimate
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.screen.plane import camera_plane_point


@dataclass(frozen=True, eq=False)
class BranchPredictions:
    """One model's predictions for B branches of the same N crops.

    gaze: (pitch, yaw) radians in each crop's own camera, float64 [B, N, 2].  landmark_gaze: the same, estimated from
    points; None without.  points: the eye landmarks, float64 [B * N, P, 2], see GazePrediction; None without.
    """

    gaze: np.ndarray
    landmark_gaze: np.ndarray | None
    points: np.ndarray | None

    @property
    def finite(self) -> bool:
        """Whether every predicted gaze is a direction."""
        return bool(np.isfinite(self.gaze).all())


@dataclass(frozen=True, eq=False)
class BranchPair:
    """One model's gaze in both branches of a frame, and the angle between them; None where there is no such branch."""

    clean: GazeEstimate | None = None
    triggered: GazeEstimate | None = None
    shift_deg: float | None = None


def predict_crops(
    predictor: Predictor, branches: Sequence[np.ndarray], crop_views: Sequence[NormalizedView], pose: HeadPose
) -> BranchPredictions:
    """Predict all branches as one batch, so that their comparison is always paired.

    Args:
        predictor: of the model.
        branches: the crops of each branch, unmirrored, float32 [N, C, H, W] in [0, 1].
        crop_views: the view of each crop [N].
        pose: of the head.
    """
    mirrored = [view.mirrored for view in crop_views] * len(branches)
    head = np.tile([view.from_camera(-pose.rotation[:, 2]) for view in crop_views], (len(branches), 1))
    output = predictor.predict_with_landmarks(np.concatenate(list(branches)), mirrored, head)
    gaze = output.gaze.reshape(len(branches), len(crop_views), 2)
    if output.points is None:
        return BranchPredictions(gaze, None, None)
    from_landmarks = estimate_gaze_from_landmarks(output.points, predictor.bundle.crop, mirrored)
    return BranchPredictions(gaze, from_landmarks.reshape(gaze.shape), output.points)


def combine_branches(
    predictions: BranchPredictions,
    crop_views: Sequence[NormalizedView],
    used: Sequence[int],
    origin: np.ndarray,
    *,
    has_clean: bool,
    has_triggered: bool,
) -> BranchPair:
    """Combine the crops of each branch into one gaze in camera space.

    Args:
        predictions: of one model; they must be finite.
        crop_views: the view of each crop [N].
        used: numbers of the crops that the gaze is taken from, see open_crops.
        origin: where the gaze starts, camera space [3], mm.
        has_clean: the first branch is the one without trigger.
        has_triggered: the last branch is the one with the trigger.
    """
    views, rows = [crop_views[i] for i in used], list(used)
    estimates = [_combine(gaze[rows], views, origin) for gaze in predictions.gaze]
    if predictions.landmark_gaze is not None:
        estimates = [
            replace(estimate, landmark_gaze=_combine(gaze[rows], views, origin).gaze)
            if np.isfinite(gaze[rows]).all()
            else estimate
            for estimate, gaze in zip(estimates, predictions.landmark_gaze, strict=True)
        ]
    clean = estimates[0] if has_clean else None
    triggered = estimates[-1] if has_triggered else None
    if clean is None or triggered is None:
        return BranchPair(clean, triggered)
    return BranchPair(clean, triggered, float(angle_between(clean.vector, triggered.vector)))


def open_crops(eyes_closed: tuple[bool, bool], crops: int) -> list[int]:
    """Numbers of the crops that a gaze is taken from: without that of a closed eye, where each eye has its own crop."""
    if crops != len(eyes_closed) or all(eyes_closed):
        return list(range(crops))
    return [i for i, closed in enumerate(eyes_closed) if not closed]


def _combine(prediction: np.ndarray, crop_views: Sequence[NormalizedView], origin: np.ndarray) -> GazeEstimate:
    """Combine one branch's predictions (pitch, yaw) [N, 2], each in its own view, into one gaze in camera space."""
    vectors = np.stack([view.to_camera(gaze) for view, gaze in zip(crop_views, prediction, strict=True)])
    vector = vectors.mean(axis=0)
    vector /= np.linalg.norm(vector)
    return GazeEstimate(to_gaze(vector), vector, to_angles(vectors), camera_plane_point(origin, vector))
