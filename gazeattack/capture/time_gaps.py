"""Frames that are missing inside a video, by the times of the others.

A container such as Matroska, WebM or MPEG-TS does not say how many frames it holds, and a reader that meets damage
between two packets goes on at the next intact one without an error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# A longer gap is a pause of the recording.
LONGEST_GAP_S = 5.0
# Share of steps that must be alike in a video of a constant rate, and how much they may differ beside rounding.
_ALIKE = 0.9
_TOLERANCE = 0.1
_FEWEST = 10


def missing_frames(stamps: Sequence[int | None], tick: float) -> int:
    """Count the frames that are missing between others.

    Args:
        stamps: presentation times of all coded frames in any order, in ticks; None where one has no time.
        tick: duration of a tick, seconds.

    Returns:
        The number of frames that fit into the gaps of up to LONGEST_GAP_S; 0 for a variable rate, for very few frames,
        and where times are unknown.
    """
    if len(stamps) < _FEWEST or None in stamps:
        return 0
    steps = np.diff(np.unique(np.array(stamps, dtype=np.float64)))
    if not steps.size:
        return 0
    # times are rounded to ticks, so that 29.97 frames a second are steps of 33 and 34 ms
    usual = np.median(steps)
    alike = np.abs(steps - usual) <= max(1.0, _TOLERANCE * usual)
    if alike.mean() < _ALIKE:
        return 0
    step = float(steps[alike].mean())
    gaps = steps[(steps > 1.5 * step) & (steps * tick <= LONGEST_GAP_S)]
    return int(np.sum(np.rint(gaps / step) - 1))
