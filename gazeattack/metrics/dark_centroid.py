"""A control without any learning: the eye looks where its dark blob, the iris, lies in the crop."""

from __future__ import annotations

import numpy as np

from gazeattack.anatomy import EYEBALL_ABOVE_CORNERS, IRIS_PLANE, KAPPA_HORIZONTAL

DARKEST = 0.08  # of the window's pixels: about what an iris covers
PX_PER_MM = 1.6  # of a normalised eye patch of 36 rows, f = 960 px at 0.6 m


def dark_blob_gaze(images: np.ndarray) -> np.ndarray:
    """(pitch, yaw) float64 [N, 2], radians, of canonical grey eye patches [N, H, W].

    The centroid of the darkest pixels in the middle half of a patch is taken for the iris centre of an average eye
    (gazeattack.anatomy) whose corners' midpoint is the patch's middle and whose head faces the camera.
    """
    height, width = images.shape[1:]
    rows, columns = slice(height // 6, height - height // 6), slice(width // 5, width - width // 5)
    window = np.asarray(images, dtype=np.float64)[:, rows, columns]
    y, x = np.mgrid[rows, columns].astype(np.float64)
    flat = window.reshape(len(window), -1)
    dark = flat <= np.quantile(flat, DARKEST, axis=1, keepdims=True)
    count, px_per_mm = dark.sum(axis=1), PX_PER_MM * height / 36
    right_mm = (dark @ x.ravel() / count - (width - 1) / 2) / px_per_mm
    down_mm = (dark @ y.ravel() / count - (height - 1) / 2) / px_per_mm + EYEBALL_ABOVE_CORNERS
    pitch = np.arcsin(np.clip(-down_mm / IRIS_PLANE, -1, 1))
    yaw = np.arcsin(np.clip(-right_mm / IRIS_PLANE, -1, 1)) + np.radians(KAPPA_HORIZONTAL)
    return np.stack([pitch, yaw], axis=-1)
