"""Smoothing of points on the screen: the 1-Euro filter, restarted whenever the face is lost."""

from __future__ import annotations

from OneEuroFilter import OneEuroFilter

Point = tuple[float, float]
_START = 1.0


class PointSmoother:
    """The 1-Euro filter (Casiez, Roussel, Vogel, CHI 2012; the authors' package) on both coordinates.

    The defaults suit points in millimetres at 30 frames per second.

    Args:
        mincutoff: cut-off frequency at rest, Hz; lower is smoother.
        beta: increase of the cut-off with speed; higher lags less.
        longest_gap: seconds without a point after which the filter restarts.
    """

    def __init__(self, mincutoff: float = 1.0, beta: float = 0.02, longest_gap: float = 0.5) -> None:
        self._settings = {"freq": 30.0, "mincutoff": mincutoff, "beta": beta, "dcutoff": 1.0}
        self._longest_gap = longest_gap
        self.reset()

    def reset(self) -> None:
        """Restart with the next point."""
        # new filters: the package's own reset() keeps the last value, and the jump from it would count as speed
        self._filters: tuple[OneEuroFilter, OneEuroFilter] | None = None
        self._begin = self._last = 0.0

    def step(self, t: float, point: Point | None) -> Point | None:
        """The smoothed point at time t (seconds).

        Without a point it returns None and restarts.  It also restarts after a gap of more than longest_gap seconds
        and where time runs backwards.
        """
        if point is None:
            self.reset()
            return None
        if self._filters is not None and not 0 <= t - self._last <= self._longest_gap:
            self.reset()
        if self._filters is None:
            self._filters = OneEuroFilter(**self._settings), OneEuroFilter(**self._settings)
            self._begin = t
        self._last = t
        x, y = self._filters
        since = t - self._begin + _START  # the package treats a time of 0 as missing
        return float(x(point[0], since)), float(y(point[1], since))
