"""The dark-centroid baseline: gaze from the centroid of the darkest pixels, without any learning."""

from __future__ import annotations

import numpy as np

from gazeattack.anatomy import EYEBALL_ABOVE_CORNERS, IRIS_PLANE, KAPPA_HORIZONTAL

DARKEST_SHARE = 0.08  # of the window's pixels: about the area of an iris
PX_PER_MM = 1.6  # in a normalised eye patch of 36 rows, f = 960 px at 0.6 m


def dark_centroid_gaze(images: np.ndarray) -> np.ndarray:
    """Estimate the gaze.

    The centroid of the darkest pixels in the middle of a patch is taken as the iris centre of an average eye
    (gazeattack.anatomy).  The midpoint of the eye's corners is assumed in the middle of the patch, and the head is
    assumed to face the camera.

    Args:
        images: Canonical grey eye patches [N, H, W].

    Returns:
        (pitch, yaw) float64 [N, 2], radians.
    """
    height, width = images.shape[1:]
    rows, columns = slice(height // 6, height - height // 6), slice(width // 5, width - width // 5)
    window = np.asarray(images, dtype=np.float64)[:, rows, columns]
    y, x = np.mgrid[rows, columns].astype(np.float64)
    flat = window.reshape(len(window), -1)
    dark = flat <= np.quantile(flat, DARKEST_SHARE, axis=1, keepdims=True)
    count, px_per_mm = dark.sum(axis=1), PX_PER_MM * height / 36
    right_mm = (dark @ x.ravel() / count - (width - 1) / 2) / px_per_mm
    down_mm = (dark @ y.ravel() / count - (height - 1) / 2) / px_per_mm + EYEBALL_ABOVE_CORNERS
    pitch = np.arcsin(np.clip(-down_mm / IRIS_PLANE, -1, 1))
    yaw = np.arcsin(np.clip(-right_mm / IRIS_PLANE, -1, 1)) + np.radians(KAPPA_HORIZONTAL)
    return np.stack([pitch, yaw], axis=-1)
