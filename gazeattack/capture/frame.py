"""One frame of video, and what is known to be true about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze


@dataclass(frozen=True, eq=False)
class Frame:
    """One unmirrored frame.

    image: uint8 [H, W, 3], BGR, C-contiguous, never written to after it was made.
    index: position in the source, from 0.
    t: the source's own time in seconds; strictly increasing within one opening of a source.
    truth: the subject's true gaze in camera space where the source knows it (synthetic subjects).
    """

    image: np.ndarray
    index: int
    t: float
    truth: Gaze | None = None
