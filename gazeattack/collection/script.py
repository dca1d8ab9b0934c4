"""The dots that a person looks at: thirty that stay, then one that moves, in a minute and a half."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gazeattack.collection.track import TargetTrack
from gazeattack.screen.geometry import ScreenGeometry

COLUMNS, ROWS = 6, 5
DOT_S, MOVING_S = 2.0, 30.0
TRACK_S = 0.02  # between two rows of the moving dot
_MARGIN, _JITTER = 0.05, 0.3  # shares of the screen, and of a cell
# turns of the moving dot across and down: at most about 15 degrees a second, so the eyes can follow
_ACROSS, _DOWN = 3, 4


@dataclass(frozen=True, eq=False)
class DotScript:
    """The dots of one session.

    dots: shares (x, y) of the screen, in the order shown [30, 2].
    """

    dots: np.ndarray

    @classmethod
    def make(cls, seed: int = 0) -> DotScript:
        """One dot at a random place in each cell of a grid, in random order."""
        random = np.random.default_rng(seed)
        column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
        cells = np.stack([column.ravel(), row.ravel()], axis=1) + 0.5 + random.uniform(-_JITTER, _JITTER, (30, 2))
        return cls(_MARGIN + (1 - 2 * _MARGIN) * random.permutation(cells) / (COLUMNS, ROWS))

    @property
    def still_s(self) -> float:
        """Seconds until the moving dot."""
        return DOT_S * len(self.dots)

    @property
    def duration(self) -> float:
        """Seconds of the whole session."""
        return self.still_s + MOVING_S

    def at(self, t: float) -> tuple[float, float]:
        """Where the dot is at time t (seconds from the start), in shares of the screen."""
        if t < self.still_s:
            x, y = self.dots[int(max(t, 0.0) // DOT_S)]
            return float(x), float(y)
        turn = 2 * math.pi * min(t - self.still_s, MOVING_S) / MOVING_S
        reach = 0.5 - _MARGIN
        return 0.5 + reach * math.sin(_ACROSS * turn), 0.5 + reach * math.sin(_DOWN * turn + math.pi / 3)

    def track(self, begin: float, screen: ScreenGeometry) -> TargetTrack:
        """The targets over time on a screen; begin: the start, seconds."""
        still = np.arange(len(self.dots)) * DOT_S
        moving = self.still_s + np.arange(round(MOVING_S / TRACK_S) + 1) * TRACK_S
        times = np.concatenate([still, moving])
        points = np.array([self.at(t) for t in times]) * (screen.width_mm, screen.height_mm)
        # nothing is shown afterwards
        times = np.append(times, self.duration + TRACK_S)
        return TargetTrack(times + begin, np.vstack([points, [math.nan, math.nan]]))
