"""One frame of video with its time and, where known, its true gaze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze


@dataclass(frozen=True, eq=False)
class Frame:
    """One unmirrored frame.

    image: uint8 [H, W, 3], BGR, C-contiguous; never modified after creation.
    index: position in the source, from 0.
    t: the source's time, seconds; strictly increasing from one opening of a source to its end.
    truth: the subject's true gaze, camera space, where the source knows it (synthetic subjects).
    file: name of the frame's file, for a folder of images; else "".
    live: whether it comes from a camera, in front of which a person can react.
    """

    image: np.ndarray
    index: int
    t: float
    truth: Gaze | None = None
    file: str = ""
    live: bool = False
