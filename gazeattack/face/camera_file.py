"""Camera calibrations in OpenCV's FileStorage format (YAML, XML or JSON), as OpenCV's chessboard calibration writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gazeattack.errors import CalibrationError
from gazeattack.face.intrinsics import CameraIntrinsics

# names used by OpenCV's sample and tutorials
_MATRIX = ("camera_matrix", "Camera_Matrix", "cameraMatrix", "K", "mtx")
_DISTORTION = ("distortion_coefficients", "Distortion_Coefficients", "distCoeffs", "dist_coeffs", "D", "dist")
_SIZES = (("image_width", "image_height"), ("image_Width", "image_Height"))
_NOTICE_PX = 1.0
_WIDEST = 1e6  # pixels
_LONGEST = 16  # rows or columns; the longest distortion has 14 numbers


@dataclass(frozen=True)
class CameraFile:
    """A camera, and sentences on what of its file is not used."""

    camera: CameraIntrinsics
    notices: tuple[str, ...] = ()


def read_camera_file(path: Path) -> CameraFile:
    """Read a calibration.  Lens distortion is not applied; a notice says how far it moves points.

    Raises:
        CalibrationError: where there is no usable camera matrix.
    """
    wanted = "give a file with camera_matrix as OpenCV's chessboard calibration writes it"
    if not path.is_file():
        raise CalibrationError(f"The camera's calibration {path} does not exist: {wanted}.")
    storage = None
    try:
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
        matrix = _matrix(storage, _MATRIX)
        distortion = _matrix(storage, _DISTORTION)
        size = _size(storage)
    except (cv2.error, SystemError, UnicodeDecodeError):
        raise CalibrationError(f"{path} cannot be read as OpenCV's FileStorage: {wanted}.") from None
    finally:
        if storage is not None:
            storage.release()
    if matrix is None or matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        raise CalibrationError(f"{path} holds no camera_matrix of 3 x 3 numbers: {wanted}.")
    fx, fy, cx, cy = matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2]
    if not (min(fx, fy) > 1 and 0.8 < fx / fy < 1.25 and min(cx, cy) > 0):
        raise CalibrationError(f"The camera_matrix in {path} is no camera's (fx {fx:g}, fy {fy:g}): calibrate again.")
    notices = []
    if size is None:
        notices.append(f"{path.name} does not say the size of its images: the matrix is used for frames of any size.")
        size = (round(2 * cx), round(2 * cy))
        camera = CameraIntrinsics(math.sqrt(fx * fy))
    else:
        offset = (cx - (size[0] - 1) / 2, cy - (size[1] - 1) / 2)
        if abs(offset[0]) > size[0] / 4 or abs(offset[1]) > size[1] / 4:
            raise CalibrationError(f"The principal point in {path} is far from the middle: calibrate again.")
        camera = CameraIntrinsics(math.sqrt(fx * fy), size, (float(offset[0]), float(offset[1])))
    if distortion is not None and np.isfinite(distortion).all():
        moved = _moved(matrix, distortion.ravel(), size)
        if moved >= _NOTICE_PX:
            notices.append(
                f"The lens distortion in {path.name} is not applied: it moves points half-way to the edge by "
                f"{moved:.0f} pixels."
            )
    return CameraFile(camera, tuple(notices))


def _matrix(storage: cv2.FileStorage, names: tuple[str, ...]) -> np.ndarray | None:
    """The first matrix of these names, float64.

    It is put together from its sizes and its data: OpenCV's own FileNode.mat() writes beyond its memory where they do
    not fit each other.
    """
    for name in names:
        node = storage.getNode(name)
        if node.empty():
            continue
        if not node.isMap():
            return None
        data, sizes = node.getNode("data"), node.getNode("sizes")
        given = [node.getNode("rows"), node.getNode("cols")]
        if sizes.isSeq():
            given = [sizes.at(i) for i in range(min(sizes.size(), 2))]
        sides = [side.real() for side in given]
        if not all(0 < side <= _LONGEST for side in sides) or data.size() != math.prod(map(int, sides)):
            return None
        return np.array([data.at(i).real() for i in range(data.size())]).reshape([int(side) for side in sides])
    return None


def _size(storage: cv2.FileStorage) -> tuple[int, int] | None:
    for width, height in _SIZES:
        size = storage.getNode(width).real(), storage.getNode(height).real()
        if all(0 < side < _WIDEST for side in size):
            return int(size[0]), int(size[1])
    return None


def _moved(matrix: np.ndarray, distortion: np.ndarray, size: tuple[int, int]) -> float:
    """Pixels by which the distortion moves points half-way between the middle and the corners, at most."""
    corners = np.array([(x * size[0], y * size[1]) for x in (0.25, 0.75) for y in (0.25, 0.75)], dtype=np.float64)
    straight = np.column_stack([(corners - matrix[:2, 2]) / np.diag(matrix)[:2], np.ones(4)])
    try:
        bent, _ = cv2.projectPoints(straight, np.zeros(3), np.zeros(3), matrix, distortion)
    except cv2.error:
        return 0.0
    return float(np.linalg.norm(bent[:, 0] - corners, axis=1).max())
