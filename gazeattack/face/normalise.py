"""Normalisation (Zhang, Sugano, Bulling, ETRA 2018): a virtual camera points straight at the eye or the face.

Its z axis points at the eye (or face) centre, its x axis follows the head's, so roll is gone; the image is warped by
W = C_n S R C^-1, and gaze turns with R only.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazeattack.angles import cross, to_angles, to_vector
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CENTRES, EYE_CORNERS, FACE_CENTRE
from gazeattack.model.crop import CropSpec


@dataclass(frozen=True, eq=False)
class NormalizedView:
    """The geometry of one normalised crop.

    rotation: R, camera -> normalised camera, float64 [3, 3].  warp: frame pixels -> crop pixels, float64 [3, 3].
    centre: point at the centre of the crop, camera space, mm [3].  mirrored: whether the network gets the crop flipped
    horizontally (right eyes).
    """

    rotation: np.ndarray
    warp: np.ndarray
    centre: np.ndarray
    mirrored: bool

    def to_camera(self, gaze: np.ndarray) -> np.ndarray:
        """(pitch, yaw) [..., 2], radians, of the normalised crop -> unit vectors [..., 3] in camera space."""
        vectors: np.ndarray = to_vector(gaze) @ self.rotation
        return vectors

    def from_camera(self, vector: np.ndarray) -> np.ndarray:
        """Gaze vectors [..., 3] in camera space -> (pitch, yaw) [..., 2], radians, of the normalised crop."""
        return to_angles(np.asarray(vector) @ self.rotation.T)


def view_at(
    centre: np.ndarray, pose: HeadPose, intrinsics: Intrinsics, spec: CropSpec, *, mirrored: bool
) -> NormalizedView:
    """The normalised view of a point in camera space (mm [3])."""
    distance = float(np.linalg.norm(centre))
    forward = centre / distance
    down = cross(forward, pose.rotation[:, 0])
    down /= np.linalg.norm(down)
    rotation = np.array([cross(down, forward), down, forward])
    virtual = np.array([[spec.focal, 0, (spec.width - 1) / 2], [0, spec.focal, (spec.height - 1) / 2], [0, 0, 1.0]])
    virtual[:, 2] *= spec.distance / distance
    warp = virtual @ rotation @ intrinsics.inverse
    return NormalizedView(rotation, warp, centre, mirrored)


def views(pose: HeadPose, intrinsics: Intrinsics, spec: CropSpec, landmarks: np.ndarray) -> tuple[NormalizedView, ...]:
    """The normalised views of a face that a model's crops are taken from.

    An eye crop is centred on the detected corners of that eye: the fitted generic head places the eyes of most people
    a millimetre or two off.  A crop of both eyes is centred midway between them.

    Args:
        pose: head pose in camera space.
        intrinsics: of the camera.
        spec: the model's crop.
        landmarks: [478, >= 2], pixels.

    Returns:
        Two views for region "eye": the person's right eye (mirrored for the network, as in MPIIGaze), then the left;
        one for regions "eyes" and "face".
    """
    if spec.region == "face":
        return (view_at(pose.to_camera(FACE_CENTRE), pose, intrinsics, spec, mirrored=False),)
    if spec.region == "eyes":
        right, left = (_eye_centre(side, pose, intrinsics, landmarks) for side in ("right", "left"))
        return (view_at((right + left) / 2, pose, intrinsics, spec, mirrored=False),)
    return tuple(view_of_eye(side, pose, intrinsics, spec, landmarks) for side in ("right", "left"))


def view_of_eye(
    side: str, pose: HeadPose, intrinsics: Intrinsics, spec: CropSpec, landmarks: np.ndarray
) -> NormalizedView:
    """The normalised view of the person's "right" or "left" eye; the arguments are those of views()."""
    centre = _eye_centre(side, pose, intrinsics, landmarks)
    return view_at(centre, pose, intrinsics, spec, mirrored=side == "right")


def _eye_centre(side: str, pose: HeadPose, intrinsics: Intrinsics, landmarks: np.ndarray) -> np.ndarray:
    """Midpoint of an eye's corners in camera space, mm [3]: the detected direction at the fitted head's depth."""
    x, y = landmarks[list(EYE_CORNERS[side]), :2].mean(axis=0)
    ray = np.array([(x - intrinsics.cx) / intrinsics.focal, (y - intrinsics.cy) / intrinsics.focal, 1.0])
    centre: np.ndarray = ray * pose.to_camera(EYE_CENTRES[side])[2]
    return centre


def normalize_image(image: np.ndarray, view: NormalizedView, spec: CropSpec) -> np.ndarray:
    """Warp a frame to a normalised crop.

    Args:
        image: the frame, uint8 [H, W, 3], BGR.
        view: where to crop.
        spec: size and channels of the crop.

    Returns:
        float32 [C, H, W] in [0, 1], grey or RGB as the spec says, never mirrored.
    """
    if spec.channels == 1:
        # only the part of the frame that is needed is converted to grey
        image, warp = _region(image, view.warp, spec)
        source = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    else:
        source, warp = image, view.warp
    crop = cv2.warpPerspective(
        source, warp, (spec.width, spec.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if spec.channels == 3:
        return np.ascontiguousarray(crop[:, :, ::-1].transpose(2, 0, 1), dtype=np.float32) / 255
    grey: np.ndarray = crop[None].astype(np.float32) / 255
    return grey


def _region(image: np.ndarray, warp: np.ndarray, spec: CropSpec) -> tuple[np.ndarray, np.ndarray]:
    """The part of the image that the crop covers, with a margin, and the warp from that part."""
    corners = np.array([[0, 0], [spec.width, 0], [0, spec.height], [spec.width, spec.height]], dtype=np.float64)
    covered = cv2.perspectiveTransform(corners[None], np.linalg.inv(warp))[0]
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(covered.min(axis=0)) - 2, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(covered.max(axis=0)) + 3, (left + 1, top + 1), (width, height)).astype(int)
    shift = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    return image[top:bottom, left:right], warp @ shift
