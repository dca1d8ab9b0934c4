"""An animated portrait: its eyes follow a given gaze, its lids blink, its head moves a little."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from gazeattack.anatomy import EYEBALL_ABOVE_CORNERS, EYEBALL_BEHIND_CORNERS, IRIS_PLANE
from gazeattack.angles import Gaze
from gazeattack.capture.image_file import ImageFileError, load_image
from gazeattack.errors import SourceError
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.face.rigid_model import EYE_CENTRES
from gazeattack.synthetic.head.eyes import SIDES, TEMPLE, Side, optical_axis, paint_eye, project
from gazeattack.synthetic.head.head import PIVOT, rotation_of
from gazeattack.synthetic.head.portrait_eyes import (
    CORNERS,
    IRIS,
    LidCurves,
    drag_skin,
    lid_curves,
    moved_lids,
    original_axis,
    sample_look,
)
from gazeattack.synthetic.motion import SubjectState

_FACE_TALL = 220.0  # the least height of the face in the frame, pixels, where the picture's resolution allows
_ENLARGE = 1.5  # how far a small picture may be blown up for that
_CELL = 4  # the motion field is solved on every fourth pixel
_ROUNDS = 3
# shares of the subject's motion: a single picture bears only small turns
_TURN, _TILT, _SHIFT = 0.40, 0.5, 0.35
_EYEBALL = np.array([0.0, -EYEBALL_ABOVE_CORNERS, EYEBALL_BEHIND_CORNERS])


def load_portrait(path: Path) -> np.ndarray:
    """The picture, BGR uint8.  Raises SourceError where it cannot be read."""
    try:
        return load_image(path, max_width=sys.maxsize).image
    except ImageFileError as error:
        raise SourceError(
            f"The portrait {path} cannot be read ({error}): choose a JPEG or PNG picture of one face."
        ) from None


def find_face(image: np.ndarray, name: str) -> np.ndarray:
    """The landmarks [478, 3] (pixels) of the only face.  Raises SourceError where there is none or more than one."""
    with Landmarker(find_landmarker(), video=False) as landmarker:
        faces = landmarker.detect(image)
    if not faces:
        raise SourceError(
            f"No face was found in the portrait {name}: choose a picture of one face seen from the front."
        )
    if len(faces) > 1:
        raise SourceError(f"The portrait {name} shows {len(faces)} faces: choose or crop a picture with one face.")
    return faces[0]


def framed(image: np.ndarray, landmarks: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The picture scaled and cropped or letterboxed to size (width, height), and its landmarks there."""
    width, height = size
    high, wide = image.shape[:2]
    fit = min(width / wide, height / high)
    tall = float(np.ptp(landmarks[:, 1]))
    scale = max(fit, min(_FACE_TALL * height / 480 / tall, _ENLARGE))
    middle = (landmarks[:, :2].max(0) + landmarks[:, :2].min(0)) / 2
    shift = []
    for length, out, centre in ((wide, width, middle[0]), (high, height, middle[1])):
        free = out - length * scale
        # centred where there is room to spare, else as near the face as the picture reaches
        shift.append(free / 2 if free >= 0 else min(max(out / 2 - centre * scale, free), 0.0))
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    cover = max(width / wide, height / high)
    backdrop = cv2.resize(image, None, fx=cover, fy=cover, interpolation=cv2.INTER_AREA)
    y, x = (backdrop.shape[0] - height) // 2, (backdrop.shape[1] - width) // 2
    backdrop = cv2.GaussianBlur(backdrop[max(y, 0) :, max(x, 0) :][:height, :width], (0, 0), width / 30)
    backdrop = cv2.resize(backdrop, size)
    if scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.35 / scale)
    inside = cv2.warpAffine(np.full((high, wide), 255, np.uint8), matrix, size) > 127
    picture = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    points = landmarks * scale + (*shift, 0.0)
    return np.where(inside[..., None], picture, (0.6 * backdrop).astype(np.uint8)), points


class Portrait:
    """One animated picture.

    Args:
        image: the first frame, BGR uint8 [H, W, 3].
        landmarks: of the face in it, [478, 3], pixels.
        camera: its intrinsics.
        name: for messages.
        shape: offset of both eyeballs from their usual place in the head, mm [3], x towards the temple.

    Raises:
        SourceError: the face is turned too far.
    """

    def __init__(
        self,
        image: np.ndarray,
        landmarks: np.ndarray,
        camera: Intrinsics,
        name: str,
        shape: np.ndarray | None = None,
    ) -> None:
        self.camera = camera
        self._image, self._points = image, landmarks
        pose = estimate_pose(landmarks, camera)
        if pose is None:
            raise SourceError(f"The face in the portrait {name} is turned too far: choose one seen from the front.")
        self.pose = pose
        self.facing = pose.facing
        self._shape = np.zeros(3) if shape is None else shape
        rng = np.random.default_rng(0)
        self._looks = {side: sample_look(self._image, self._points, side, rng) for side in SIDES}
        self._lids = {side: lid_curves(self._points, side) for side in SIDES}
        self._eyeballs = {side: self._eyeball(side) for side in SIDES}
        self._axes = {
            side: original_axis(self._eyeballs[side], self._points[IRIS[side][0], :2], self.camera) for side in SIDES
        }
        self._solid, self._weight = self._depth((image.shape[1], image.shape[0]))

    @classmethod
    def open(cls, path: Path, size: tuple[int, int]) -> Portrait:
        """A picture as frames of size (width, height), whose focal length is their width.

        Raises:
            SourceError: the picture is unreadable, or has no face, several faces, or one that is turned too far.
            LandmarkerError: the landmarker's file cannot be used.
        """
        image = load_portrait(path)
        return cls(*framed(image, find_face(image, path.name), size), Intrinsics.guess(*size), path.name)

    def _eyeball(self, side: str) -> np.ndarray:
        """An eyeball's centre in camera space, mm: behind this picture's own corners, at the depth of the pose."""
        corners = self._points[list(CORNERS[side]), :2].mean(0)
        depth = self.pose.to_camera(EYE_CENTRES[side])[2]
        centre: np.ndarray = self._at(corners, depth) + self.pose.rotation @ (
            _EYEBALL + self._shape * (TEMPLE[side], 1.0, 1.0)
        )
        return centre

    def _at(self, pixels: np.ndarray, depth: np.ndarray | float) -> np.ndarray:
        """Camera-space points [..., 3] seen at pixels [..., 2] at a depth in mm."""
        z = np.asarray(depth, dtype=np.float64)
        xy = (pixels - (self.camera.cx, self.camera.cy)) / self.camera.focal * z[..., None]
        return np.concatenate([xy, z[..., None]], -1)

    def _depth(self, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Camera-space points [h, w, 3] of a coarse grid over the picture, and how much each moves, [h, w]."""
        width, height = size[0] // _CELL + 1, size[1] // _CELL + 1
        millimetre = self.camera.focal / self.pose.translation[2]
        eyes = self._points[[c for pair in CORNERS.values() for c in pair], 2].mean()
        depth = self.pose.translation[2] + (self._points[:468, 2] - eyes) / millimetre
        splat, hits = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
        cells = (self._points[:468, :2] / _CELL).round().astype(int)
        ok = ((cells >= 0) & (cells < (width, height))).all(1)
        np.add.at(splat, (cells[ok, 1], cells[ok, 0]), depth[ok])
        np.add.at(hits, (cells[ok, 1], cells[ok, 0]), 1)
        near = 4.5 * millimetre / _CELL
        solid = np.zeros_like(splat)
        total = np.full_like(splat, 1e-9)
        # coarse scales fill in where fine ones have no landmark near
        for sigma, trust in ((near, 1.0), (4 * near, 1e-2), (16 * near, 1e-4)):
            solid += trust * cv2.GaussianBlur(splat, (0, 0), sigma)
            total += trust * cv2.GaussianBlur(hits, (0, 0), sigma)
        solid = np.where(total > 1e-8, solid / total, depth.max())
        x, y = np.meshgrid(np.arange(width) * float(_CELL), np.arange(height) * float(_CELL))
        hull = np.zeros((height, width), np.uint8)
        cv2.fillConvexPoly(hull, cv2.convexHull(cells.astype(np.int32)), 1)
        far = cv2.distanceTransform(1 - hull, cv2.DIST_L2, 5) * _CELL / millimetre
        fade = np.clip((far - 25) / 130, 0, 1)
        weight = 1 - fade * fade * (3 - 2 * fade)
        return self._at(np.stack([x, y], -1), solid), weight

    def _motion(self, state: SubjectState) -> tuple[np.ndarray, np.ndarray]:
        """The head's small motion since the picture, x -> turn @ x + shift in camera space."""
        turn = rotation_of(Gaze(_TURN * state.head.pitch, _TURN * state.head.yaw), _TILT * state.roll)
        pivot = self.pose.to_camera(PIVOT)
        return turn, pivot - turn @ pivot + _SHIFT * np.array(state.translation)

    def pose_of(self, state: SubjectState) -> HeadPose:
        """The head pose of a state."""
        turn, shift = self._motion(state)
        return HeadPose(turn @ self.pose.rotation, turn @ self.pose.translation + shift)

    def eyeballs_of(self, state: SubjectState) -> dict[Side, np.ndarray]:
        """The eyeballs' centres [3] of a state, camera space, mm."""
        return self.eyeballs_after(*self._motion(state))

    def eyeballs_after(self, turn: np.ndarray, shift: np.ndarray) -> dict[Side, np.ndarray]:
        """The eyeballs' centres [3] after a motion, see render_moved(); camera space, mm."""
        return {side: turn @ self._eyeballs[side] + shift for side in SIDES}

    def render(self, state: SubjectState) -> np.ndarray:
        """The frame of a state: BGR uint8 [h, w, 3]."""
        turn, shift = self._motion(state)
        return self.render_moved(turn, shift, dict.fromkeys(SIDES, state.gaze), openness=state.openness)

    def render_moved(
        self, turn: np.ndarray, shift: np.ndarray, gaze: Mapping[Side, Gaze], *, openness: float = 1.0
    ) -> np.ndarray:
        """The frame after a small motion of the head since the picture, x -> turn @ x + shift in camera space.

        Args:
            turn: rotation [3, 3].
            shift: mm [3].
            gaze: the visual axis of each eye, camera space.
            openness: of the eyes, 1 open, 0 closed.

        Returns:
            BGR uint8 [H, W, 3].
        """
        forward = self._forward(turn, shift)
        frame = self._warped(forward)
        for side in SIDES:
            eyeball = turn @ self._eyeballs[side] + shift
            axis = optical_axis(gaze[side], side)
            millimetre = self.camera.focal / eyeball[2]
            old = self._carried(self._lids[side], forward)
            # down along the head, measured from where the iris was when the picture was taken
            down = (turn @ self.pose.rotation)[:, 1]
            travel = IRIS_PLANE * float(down @ (axis - turn @ self._axes[side]))
            new = moved_lids(old, travel, openness, millimetre)
            drag_skin(frame, old, new, millimetre)
            paint_eye(
                frame, eyeball, axis, new.upper, new.lower, self._looks[side], self.camera, TEMPLE[side], lashes=0.55
            )
        return frame

    def _forward(self, turn: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """How far every grid point of the picture moves, pixels, float32 [h, w, 2]."""
        moved = project(self._solid @ turn.T + shift, self.camera) - project(self._solid, self.camera)
        flow: np.ndarray = (self._weight[..., None] * moved).astype(np.float32)
        return flow

    def _warped(self, forward: np.ndarray) -> np.ndarray:
        """The picture moved by the field: the inverse is found by fixed-point iteration."""
        height, width = forward.shape[:2]
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        source = np.dstack([x, y])
        start = source
        for _ in range(_ROUNDS):
            there = cv2.remap(
                forward, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            source = start - there / _CELL
        rows, columns = self._image.shape[:2]
        full = cv2.warpAffine(
            source * np.float32(_CELL), np.array([[1 / _CELL, 0, 0], [0, 1 / _CELL, 0]]), (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        warped: np.ndarray = cv2.remap(self._image, full, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return warped

    def _carried(self, lids: LidCurves, forward: np.ndarray) -> LidCurves:
        """The lids' curves where the field takes them."""
        curves = []
        for curve in (lids.upper, lids.lower):
            at = (curve / _CELL).astype(np.float32)[None]
            moved = (
                curve + cv2.remap(forward, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
            )
            curves.append(moved)
        # the two margins keep sharing their x
        x = curves[0][:, 0]
        lower = np.interp(x, curves[1][:, 0], curves[1][:, 1])
        return LidCurves(curves[0], np.stack([x, lower], -1))
