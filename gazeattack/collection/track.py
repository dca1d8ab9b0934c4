"""The points that a person looks at, over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

JUMP_MM = 20.0  # a step, not a movement
SETTLE_S = 0.5  # reaction and saccade


@dataclass(frozen=True, eq=False)
class TargetTrack:
    """A target stays where it is until the next row.

    times: seconds [M], increasing.  points: mm from the screen's top left corner [M, 2]; nan where there is none.
    """

    times: np.ndarray
    points: np.ndarray

    def at(self, t: np.ndarray) -> np.ndarray:
        """The targets at some times (seconds [...]), mm [..., 2]; nan before the first row."""
        row = np.searchsorted(self.times, np.asarray(t, dtype=np.float64) + 1e-9, side="right") - 1
        found: np.ndarray = np.where((row < 0)[..., None], np.nan, self.points[np.maximum(row, 0)])
        return found

    def settled(self, t: np.ndarray) -> np.ndarray:
        """Whether the last jump of the target is longer ago than the eyes need, bool [...]."""
        t = np.asarray(t, dtype=np.float64)
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        # nan: the target has just appeared
        jumps = np.concatenate([self.times[:1], self.times[1:][~(steps <= JUMP_MM)]])
        last = np.searchsorted(jumps, t + 1e-9, side="right") - 1
        since = t - jumps[np.maximum(last, 0)]
        settled: np.ndarray = (last >= 0) & (since >= SETTLE_S - 1e-9)
        return settled
