"""The subjects that faces are rendered from: drawn heads, and animated portraits, which turn less far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from gazeattack.anatomy import INTEROCULAR
from gazeattack.angles import Gaze
from gazeattack.errors import SourceError
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CORNERS, FACE_CENTRE
from gazeattack.synthetic.head.eyes import EYEBALLS, SIDES, Side
from gazeattack.synthetic.head.head import PIVOT, Head, rotation_of
from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.head.portrait import Portrait
from gazeattack.synthetic.patches.portrait_eyes import find_face, load_portraits

# what the frame covers, mm: the crop's 140 and a margin for turning and framing errors
FRAME_MM = 200.0
# how sharp cameras are, pixels per mm of the face: a 640-pixel webcam at arm's length to a 720p one that is near
SHARPNESS = (0.8, 1.6)
DISTANCE = (350.0, 900.0)  # of the face from the camera, mm
# degrees, (pitch, yaw): deviation and largest turn
DRAWN_TURN = ((9.0, 15.0), (25.0, 40.0))
PORTRAIT_TURN = ((5.0, 7.0), (10.0, 14.0))


class FaceSubject(Protocol):
    """A person who can be rendered in any pose."""

    def draw_pose(self, rng: np.random.Generator) -> tuple[HeadPose, Intrinsics]:
        """A random head pose, and the camera of the frame."""

    def eyeballs(self, pose: HeadPose) -> Mapping[Side, np.ndarray]:
        """Both eyeballs' centres in camera space, mm [3]."""

    def render(self, pose: HeadPose, camera: Intrinsics, gaze: Mapping[Side, Gaze]) -> np.ndarray:
        """The frame, BGR uint8 [H, W, 3], of a pose and camera from draw_pose() and each eye's visual axis."""


class DrawnSubject:
    """A procedural head.

    Args:
        number: the person's seed.
        sharpness: pixels per mm of the face.
    """

    def __init__(self, number: int, sharpness: float) -> None:
        self._side = round(FRAME_MM * sharpness)
        self._sharpness = sharpness
        self._head = Head(Identity.from_seed(number), (self._side, self._side), SHARPNESS[1])

    def draw_pose(self, rng: np.random.Generator) -> tuple[HeadPose, Intrinsics]:
        """See FaceSubject."""
        distance = float(rng.uniform(*DISTANCE))
        rotation = _turn(rng, DRAWN_TURN)
        middle = (self._side - 1) / 2
        pose = HeadPose(rotation, np.array([0.0, 0.0, distance]) - rotation @ FACE_CENTRE)
        return pose, Intrinsics(self._sharpness * distance, middle, middle)

    def eyeballs(self, pose: HeadPose) -> Mapping[Side, np.ndarray]:
        """See FaceSubject."""
        return {side: pose.to_camera(EYEBALLS[side]) for side in SIDES}

    def render(self, pose: HeadPose, camera: Intrinsics, gaze: Mapping[Side, Gaze]) -> np.ndarray:
        """See FaceSubject."""
        # the trunk hardly turns with the head
        lean = rotation_of(Gaze(0.0, 0.15 * pose.facing.yaw), 0.0)
        trunk = HeadPose(lean, pose.to_camera(PIVOT) - lean @ PIVOT)
        return self._head.render_pose(pose, gaze, trunk=trunk, camera=camera)


@dataclass(frozen=True, eq=False)
class PortraitFace:
    """A picture of one face: BGR uint8 [H, W, 3], landmarks [478, 3] in its pixels, and its name."""

    image: np.ndarray
    landmarks: np.ndarray
    name: str


def load_portrait_faces(folder: Path, detect: Callable[[np.ndarray], list[np.ndarray]]) -> list[PortraitFace]:
    """The pictures of a folder that show a face.

    Args:
        folder: of portraits.
        detect: BGR image -> landmarks [478, 3] of its faces, largest first (Landmarker.detect).

    Raises:
        SourceError: there is none.
    """
    found = [(name, image, find_face(image, detect)) for name, image in load_portraits(folder)]
    faces = [PortraitFace(image, landmarks, name) for name, image, landmarks in found if landmarks is not None]
    if not faces:
        raise SourceError(f"No picture in {folder} shows a face: give sharp pictures of faces from the front.")
    return faces


class PortraitSubject:
    """An animated portrait.

    Args:
        face: the picture.
        sharpness: pixels per mm of the face.
        distance: of the face from the camera, mm.
        shape: see Portrait.

    Raises:
        SourceError: the face is turned too far.
    """

    def __init__(self, face: PortraitFace, sharpness: float, distance: float, shape: np.ndarray) -> None:
        image, landmarks = close_up(face, sharpness)
        middle = (len(image) - 1) / 2
        self._camera = Intrinsics(sharpness * distance, middle, middle)
        self._portrait = Portrait(image, landmarks, self._camera, face.name, shape)

    def draw_pose(self, rng: np.random.Generator) -> tuple[HeadPose, Intrinsics]:
        """See FaceSubject."""
        pose = self._portrait.pose
        turn = _turn(rng, PORTRAIT_TURN)
        pivot = pose.to_camera(PIVOT)
        return HeadPose(turn @ pose.rotation, turn @ (pose.translation - pivot) + pivot), self._camera

    def eyeballs(self, pose: HeadPose) -> Mapping[Side, np.ndarray]:
        """See FaceSubject."""
        return self._portrait.eyeballs_after(*self._motion(pose))

    def render(self, pose: HeadPose, camera: Intrinsics, gaze: Mapping[Side, Gaze]) -> np.ndarray:
        """See FaceSubject."""
        return self._portrait.render_moved(*self._motion(pose), gaze)

    def _motion(self, pose: HeadPose) -> tuple[np.ndarray, np.ndarray]:
        """The motion from the picture to a pose: turn [3, 3] and shift [3]."""
        start = self._portrait.pose
        turn = pose.rotation @ start.rotation.T
        return turn, pose.translation - turn @ start.translation


def close_up(face: PortraitFace, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """The face alone, a square of FRAME_MM, and its landmarks there.

    Args:
        face: the picture.
        sharpness: pixels per mm.
    """
    side = round(FRAME_MM * sharpness)
    right, left = (face.landmarks[list(EYE_CORNERS[eye]), :2].mean(axis=0) for eye in ("right", "left"))
    scale = sharpness * INTEROCULAR / float(np.linalg.norm(left - right))
    across = (left - right) / np.linalg.norm(left - right)
    middle = (left + right) / 2 + FACE_CENTRE[1] * sharpness / scale * np.array([-across[1], across[0]])
    shift = (side - 1) / 2 - scale * middle
    image = face.image
    if scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.35 / scale)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    picture = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return picture, face.landmarks * scale + (*shift, 0.0)


def _turn(rng: np.random.Generator, turn: tuple[tuple[float, float], tuple[float, float]]) -> np.ndarray:
    """A random rotation [3, 3] without roll; turn: deviation and limit of (pitch, yaw), degrees."""
    deviation, limit = np.radians(turn)
    pitch, yaw = np.clip(rng.normal(0.0, deviation), -limit, limit)
    return rotation_of(Gaze(float(pitch), float(yaw)), 0.0)
