"""What moved irises cost: how far they move, and how much of the eyes' picture changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.face.iris_gaze import SIDES, view_of_iris
from gazeattack.face.normalise import normalize_image
from gazeattack.live.frame_result import FrameResult
from gazeattack.metrics.imperceptibility import psnr_db, ssim
from gazeattack.model.crop import MPIIGAZE_EYE
from training.analysis.moved_iris import IrisMove

Price = dict[str, float]


def move_columns(moves: Sequence[Sequence[IrisMove]]) -> Price:
    """Mean and largest displacement of the irises.

    Args:
        moves: of each frame.

    Returns:
        shift_px, shift_mm, shift_eyes: mean, in pixels of the frame, millimetres of the face and widths of the eye;
        largest_...: the largest.  Nothing without moves.
    """
    found = [move for frame in moves for move in frame]
    lengths = {
        "px": [move.length for move in found],
        "mm": [move.length * move.mm for move in found],
        "eyes": [move.length / move.eye for move in found],
    }
    means = {f"shift_{unit}": float(np.mean(values)) for unit, values in lengths.items() if values}
    return means | {f"largest_{unit}": float(max(values)) for unit, values in lengths.items() if values}


def picture_columns(results: Sequence[FrameResult], changed: Sequence[np.ndarray]) -> Price:
    """PSNR (dB; of the eyes that changed) and SSIM of the eyes, mean over both eyes of all frames.

    Args:
        results: of the untouched frames; those without a face are left out.
        changed: the changed frames, uint8 [H, W, 3], BGR.

    Returns:
        psnr_db, ssim; a figure without eyes is left out.
    """
    before, after = [], []
    for result, image in zip(results, changed, strict=True):
        if result.face is None or result.intrinsics is None:
            continue
        for side in SIDES:
            view = view_of_iris(side, result.face.landmarks, result.face.pose, result.intrinsics)
            before.append(normalize_image(result.frame.image, view, MPIIGAZE_EYE))
            after.append(normalize_image(image, view, MPIIGAZE_EYE))
    if not before:
        return {}
    ratio = psnr_db(before, after)
    found = {"ssim": float(ssim(before, after).mean())}
    return found | ({"psnr_db": float(ratio[np.isfinite(ratio)].mean())} if np.isfinite(ratio).any() else {})
