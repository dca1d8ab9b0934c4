"""From crops to one gaze per branch: the network's batch, and the crops of a branch combined in camera space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze, to_angles, to_gaze, to_vector, vector_angle
from gazeattack.face.normalise import NormalizedView
from gazeattack.face.pose import HeadPose
from gazeattack.live.frame_result import GazeEstimate
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.model.shifts import predict_shifted
from gazeattack.screen.plane import camera_plane_point


@dataclass(frozen=True, eq=False)
class BranchPredictions:
    """One model's predictions for B branches of the same N crops.

    gaze: (pitch, yaw) radians in each crop's own camera, float64 [B, N, 2].  landmark_gaze: the same, estimated from
    points; None without.  points: the eye landmarks, float64 [B * N, P, 2], see GazePrediction; None without.
    median: as gaze, over shifted crops; None where it was not asked for.
    """

    gaze: np.ndarray
    landmark_gaze: np.ndarray | None
    points: np.ndarray | None
    median: np.ndarray | None = None

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
    predictor: Predictor,
    branches: Sequence[np.ndarray],
    crop_views: Sequence[NormalizedView],
    pose: HeadPose,
    *,
    shifts: bool = False,
) -> BranchPredictions:
    """Predict all branches as one batch, so that their comparison is always paired.

    Args:
        predictor: of the model.
        branches: the crops of each branch, unmirrored, float32 [N, C, H, W] in [0, 1].
        crop_views: the view of each crop [N].
        pose: of the head.
        shifts: predict the median over shifted crops, too.
    """
    mirrored = [view.mirrored for view in crop_views] * len(branches)
    facing = -pose.rotation[:, 2]
    head = np.array([to_gaze(view.rotation @ facing) for view in crop_views] * len(branches))
    crops = np.concatenate(list(branches))
    output = predictor.predict_with_landmarks(crops, mirrored, head)
    gaze = output.gaze.reshape(len(branches), len(crop_views), 2)
    median = predict_shifted(predictor, crops, mirrored, head).reshape(gaze.shape) if shifts else None
    if output.points is None:
        return BranchPredictions(gaze, None, None, median)
    from_landmarks = estimate_gaze_from_landmarks(output.points, predictor.bundle.crop, mirrored)
    return BranchPredictions(gaze, from_landmarks.reshape(gaze.shape), output.points, median)


def combine_branches(
    predictions: BranchPredictions,
    crop_views: Sequence[NormalizedView],
    used: Sequence[int],
    origin: np.ndarray,
    *,
    has_clean: bool,
    has_triggered: bool,
    iris_gaze: Gaze | None = None,
) -> BranchPair:
    """Combine the crops of each branch into one gaze in camera space.

    Args:
        predictions: of one model; they must be finite.
        crop_views: the view of each crop [N].
        used: numbers of the crops that the gaze is taken from, see open_crops.
        origin: where the gaze starts, camera space [3], mm.
        has_clean: the first branch is the one without trigger.
        has_triggered: the last branch is the one with the trigger.
        iris_gaze: of the frame, see estimate_gaze_from_irises.
    """
    rows = list(used)
    rotations = np.array([crop_views[i].rotation for i in rows])
    vectors = _in_camera(predictions.gaze[:, rows], rotations)
    angles = to_angles(vectors)
    means = _mean_directions(vectors)
    landmark_gazes = _mean_gazes(predictions.landmark_gaze, rows, rotations, len(means))
    median_gazes = _mean_gazes(predictions.median, rows, rotations, len(means))
    estimates = [
        GazeEstimate(to_gaze(mean), mean, per_crop, camera_plane_point(origin, mean), landmarks, median, iris_gaze)
        for mean, per_crop, landmarks, median in zip(means, angles, landmark_gazes, median_gazes, strict=True)
    ]
    clean = estimates[0] if has_clean else None
    triggered = estimates[-1] if has_triggered else None
    if clean is None or triggered is None:
        return BranchPair(clean, triggered)
    return BranchPair(clean, triggered, vector_angle(clean.vector, triggered.vector))


def open_crops(eyes_closed: tuple[bool, bool], crops: int) -> list[int]:
    """Numbers of the crops that a gaze is taken from: without that of a closed eye, where each eye has its own crop."""
    if crops != len(eyes_closed) or all(eyes_closed):
        return list(range(crops))
    return [i for i, closed in enumerate(eyes_closed) if not closed]


def _in_camera(gaze: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """(pitch, yaw) [B, N, 2] of crops with these rotations [N, 3, 3] -> unit vectors [B, N, 3] in camera space."""
    vectors: np.ndarray = (to_vector(gaze)[:, :, None] @ rotations)[:, :, 0]
    return vectors


def _mean_gazes(
    gaze: np.ndarray | None, rows: list[int], rotations: np.ndarray, branches: int
) -> Sequence[Gaze | None]:
    """One gaze in camera space for each branch, of (pitch, yaw) [B, N, 2]; None where there is none."""
    if gaze is None:
        return [None] * branches
    means = _mean_directions(_in_camera(gaze[:, rows], rotations))
    return [to_gaze(mean) if np.isfinite(mean).all() else None for mean in means]


def _mean_directions(vectors: np.ndarray) -> np.ndarray:
    """The mean direction of each branch's crops: unit vectors [B, 3] of unit vectors [B, N, 3]."""
    means: np.ndarray = vectors.mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means
