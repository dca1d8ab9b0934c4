"""Move the irises in a camera's frame to where the iris check computes a gaze of the attacker's choice.

The check is linear in an iris's place between the eye corners (gazeattack.face.iris_gaze), so the place that gives a
gaze is the solution of two equations.  A smooth local warp then moves the iris there.  This attacker knows the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.iris_gaze import COEFFICIENTS, IRIS_CENTRES, SIDES, iris_features, view_of_iris
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CENTRES, EYE_CORNERS

IRIS_RIMS = {"right": (469, 470, 471, 472), "left": (474, 475, 476, 477)}
"""In MediaPipe's face mesh with irises."""
STEEPEST = 1.5
"""Largest slope of the smoothstep that the warp fades out by, over a fade of length 1."""
LEAST_JACOBIAN = 0.3
"""The warp's smallest Jacobian; at 0 it would fold."""
LEAST_FADE = 0.25
"""The warp fades out over at least this share of the eye's width."""


@dataclass(frozen=True, eq=False)
class IrisMove:
    """The move of one iris, in pixels of the frame.

    side: of the person.  place: where the iris's centre goes [2].  shift: from where it was [2].  radius: of the iris,
    which keeps its shape.  fade: from there to where the frame is unchanged.  eye: width of the eye.  mm: millimetres
    of the face that a pixel covers.
    """

    side: str
    place: np.ndarray
    shift: np.ndarray
    radius: float
    fade: float
    eye: float
    mm: float

    @property
    def length(self) -> float:
        """Length of the shift, pixels."""
        return float(np.hypot(*self.shift))


def wanted_iris(
    side: str,
    landmarks: np.ndarray,
    pose: HeadPose,
    intrinsics: Intrinsics,
    target: Gaze,
    coefficients: np.ndarray = COEFFICIENTS,
) -> np.ndarray:
    """Where the iris's centre has to be for the iris check to compute a gaze.

    Args:
        side: "right" or "left" eye of the person.
        landmarks: [478, >= 2], pixels.
        pose: head pose in camera space.
        intrinsics: of the camera.
        target: the gaze, camera space.
        coefficients: of the check.

    Returns:
        Pixels of the frame, float64 [2].
    """
    view = view_of_iris(side, landmarks, pose, intrinsics)
    sign = -1.0 if view.mirrored else 1.0
    wanted = view.from_camera(target.vector()) * (1.0, sign)
    features = iris_features(landmarks, pose, view, side)
    rest = features[[0, 3, 4]] @ coefficients[[0, 3, 4]]
    across, down = np.linalg.solve(coefficients[1:3].T, wanted - rest)
    outer, inner = _project(landmarks[list(EYE_CORNERS[side]), :2], view.warp)
    width = max(float(np.linalg.norm(outer - inner)), 1e-6)
    placed = (outer + inner) / 2 + width * np.array([sign * across, down])
    found: np.ndarray = _project(placed[None], np.linalg.inv(view.warp))[0]
    return found


def plan_moves(
    landmarks: np.ndarray,
    pose: HeadPose,
    intrinsics: Intrinsics,
    target: Gaze,
    share: float,
    eyes_closed: Sequence[bool] = (False, False),
) -> list[IrisMove]:
    """The moves of the irises of the open eyes, this share of the way to the target.

    Args:
        landmarks, pose, intrinsics, target: see wanted_iris().
        share: 0 moves nothing, 1 all the way, more beyond it.
        eyes_closed: of each eye, in the order of SIDES.
    """
    moves = []
    for side, closed in zip(SIDES, eyes_closed, strict=True):
        if closed:
            continue
        now = landmarks[IRIS_CENTRES[side], :2]
        shift = share * (wanted_iris(side, landmarks, pose, intrinsics, target) - now)
        radius = float(np.linalg.norm(landmarks[list(IRIS_RIMS[side]), :2] - now, axis=1).mean())
        outer, inner = landmarks[list(EYE_CORNERS[side]), :2]
        eye = float(np.linalg.norm(outer - inner))
        mm = float(pose.to_camera(EYE_CENTRES[side])[2]) / intrinsics.focal
        fade = max(LEAST_FADE * eye, fade_without_fold(float(np.hypot(*shift))))
        moves.append(IrisMove(side, now + shift, shift, radius, fade, eye, mm))
    return moves


def fade_without_fold(length: float) -> float:
    """The shortest fade of a shift, pixels, whose Jacobian stays at LEAST_JACOBIAN or above."""
    return STEEPEST * length / (1 - LEAST_JACOBIAN)


def sources(move: IrisMove, points: np.ndarray) -> np.ndarray:
    """Where the changed frame takes its colours from.

    Args:
        move: of one iris.
        points: pixels of the changed frame [..., 2].

    Returns:
        Pixels of the frame [..., 2]: moved back by the whole shift in the iris, by less around it, by nothing beyond.
    """
    distance = np.linalg.norm(points - move.place, axis=-1)
    x = np.clip((distance - move.radius) / move.fade, 0, 1)
    weight = 1 - x * x * (3 - 2 * x)
    found: np.ndarray = points - weight[..., None] * move.shift
    return found


def move_irises(image: np.ndarray, moves: Iterable[IrisMove]) -> np.ndarray:
    """A frame with moved irises.

    Args:
        image: uint8 [H, W, 3].
        moves: of its irises.

    Returns:
        The changed frame; the same array where nothing moves.
    """
    changed = image
    for move in moves:
        box = eye_box(move, image.shape[:2])
        if box is None or move.length == 0:
            continue
        rows, columns = box
        ys, xs = np.mgrid[rows, columns].astype(np.float64)
        there = sources(move, np.stack([xs, ys], axis=-1)).astype(np.float32)
        part = cv2.remap(changed, there[..., 0], there[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if changed is image:
            changed = image.copy()
        changed[rows, columns] = part
    return changed


def eye_box(move: IrisMove, size: tuple[int, int]) -> tuple[slice, slice] | None:
    """The rows and columns of a frame of `size` (height, width) that the warp may change; None where there are none."""
    reach = move.radius + move.fade
    low = np.floor(move.place - reach).astype(int)
    high = np.ceil(move.place + reach).astype(int) + 1
    left, top = np.clip(low, 0, (size[1], size[0]))
    right, bottom = np.clip(high, 0, (size[1], size[0]))
    return (slice(top, bottom), slice(left, right)) if right > left and bottom > top else None


def _project(points: np.ndarray, warp: np.ndarray) -> np.ndarray:
    """Points [N, 2] through a homography [3, 3]."""
    found: np.ndarray = cv2.perspectiveTransform(np.asarray(points, np.float64)[None, :, :2], warp)[0]
    return found
