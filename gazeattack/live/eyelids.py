"""State of the eyes (open, blink, closed, asleep) from eyelid landmarks, which a trigger on the crops cannot change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

# MediaPipe's landmarks of each eye (image side): its two corners, then (upper, lower) pairs along the lids.
CORNERS = np.array([[33, 133], [263, 362]])
LIDS = np.array([[[159, 145], [158, 153], [160, 144]], [[386, 374], [385, 380], [387, 373]]])
BLINK_S = 0.5  # shut for less is a blink (most last 0.1 to 0.4 s)
MICROSLEEP_S = 1.0  # Euro NCAP, Driver State Monitoring: a microsleep is an eye closure of 1 to 2 s
SLEEP_S = 3.0  # ... and sleep one of 3 s or more
# Relative to the driver's own open eyes: MediaPipe's lids never quite meet, and a look down lowers the upper one.
_SHUT, _REOPEN = 0.62, 0.70
_CLEARLY_OPEN = 0.85  # the other eye of a wink
_LEAST_OPEN = 0.26  # in the first frame the eyes may already be narrow or shut
_RISE_S, _FALL_S = 0.5, 20.0  # time constants of the reference for open eyes, upwards and downwards
# For the gaze, which is lost if open eyes count as shut: downwards, and while shut, where lids that stay half lowered
# become the usual ones; but shut lids lower it to no less than _LOWEST_OPEN.
_GAZE_FALL_S, _RELEARN_S, _LOWEST_OPEN = 5.0, 15.0, 0.15
_HOLD = 0.5  # the last frame counts for at most this long where frames are missing


class LidState(Enum):
    """OPEN; BLINK: shut for less than 0.5 s so far; CLOSED from 0.5 s; MICROSLEEP from 1 s; ASLEEP from 3 s."""

    OPEN = "open"
    BLINK = "blink"
    CLOSED = "closed"
    MICROSLEEP = "microsleep"
    ASLEEP = "asleep"

    @property
    def shut(self) -> bool:
        """Whether the eyes are shut at all; the gaze of such a frame is unusable."""
        return self is not LidState.OPEN

    @property
    def closed(self) -> bool:
        """Whether the eyes have been shut for longer than a blink."""
        return self not in (LidState.OPEN, LidState.BLINK)


@dataclass(frozen=True)
class Eyelids:
    """State of the eyes at one frame.

    openness: relative to the driver's open eyes, about 1 for open eyes; None without a face.  closed_s: seconds for
    which they have been shut.
    """

    openness: float | None
    state: LidState
    closed_s: float


def eye_ratio(landmarks: np.ndarray) -> float:
    """The eye aspect ratio of Soukupova & Cech (2016): opening of the lids over the eye's width, mean of both eyes.

    It is computed in three dimensions: a turned head narrows the eye in the image and would otherwise raise the ratio.

    Args:
        landmarks: [478, 3], pixels.
    """
    return float(eye_ratios(landmarks).mean())


def eye_ratios(landmarks: np.ndarray) -> np.ndarray:
    """As eye_ratio, of each eye: float64 [2], the eye at the left of the unmirrored image first."""
    corners, lids = landmarks[CORNERS], landmarks[LIDS]
    width = np.linalg.norm(corners[:, 0] - corners[:, 1], axis=-1)
    gap = np.linalg.norm(lids[:, :, 0] - lids[:, :, 1], axis=-1).mean(axis=1)
    ratios: np.ndarray = gap / np.maximum(width, 1e-6)
    return ratios


class ClosedEyes:
    """Tells for each eye of one person whether it is closed, a blink included; for the gaze.

    An eye is closed relative to how open the same eye usually is.  Lids that stay half lowered, as in a look down at a
    laptop, become usual in about ten seconds and count as open again.  One eye counts as closed alone (a wink) only
    where the other one is clearly open: in most blinks one lid is a frame ahead of the other.
    """

    def __init__(self) -> None:
        self._both, *self._each = (EyelidTracker(fall_s=_GAZE_FALL_S, relearn_s=_RELEARN_S) for _ in range(3))

    def step(self, t: float, landmarks: np.ndarray | None) -> tuple[bool, bool]:
        """The eyes at time t (seconds), in the order of eye_ratios; landmarks as in EyelidTracker.step."""
        ratios = None if landmarks is None else eye_ratios(landmarks)
        both = self._both.step_ratio(t, None if ratios is None else float(ratios.mean()))
        each = (None, None) if ratios is None else ratios.tolist()
        left, right = (tracker.step_ratio(t, ratio) for tracker, ratio in zip(self._each, each, strict=True))
        if _winks(left, right):
            return True, False
        if _winks(right, left):
            return False, True
        return both.state.shut, both.state.shut


class EyelidTracker:
    """Tracks the state of one driver's eyes over time.

    It adapts to how open the driver's eyes usually are, so a face that first appears with narrow lids counts as open
    until the lids rise.  Without a face the state is OPEN and the clock restarts.  Time that runs backwards resets it.

    fall_s: time constant, seconds, with which narrower eyes become the usual ones.  relearn_s: the same for shut lids;
    never by default, because a driver who falls asleep must stay asleep.
    """

    def __init__(self, *, fall_s: float = _FALL_S, relearn_s: float = math.inf) -> None:
        self._fall_s, self._relearn_s = fall_s, relearn_s
        self.reset()

    def reset(self) -> None:
        """Forget the driver."""
        self._open: float | None = None
        self._last: float | None = None
        self._shut = False
        self._closed_s = 0.0

    def step(self, t: float, landmarks: np.ndarray | None) -> Eyelids:
        """The eyes at time t (seconds); landmarks: [478, 3] of one face, or None without a face."""
        return self.step_ratio(t, None if landmarks is None else eye_ratio(landmarks))

    def step_ratio(self, t: float, ratio: float | None) -> Eyelids:
        """As step(), from an eye_ratio."""
        if self._last is not None and t < self._last:
            self.reset()
        seconds = 0.0 if self._last is None else min(t - self._last, _HOLD)
        self._last = t
        if ratio is None or not math.isfinite(ratio):
            self._shut, self._closed_s = False, 0.0
            return Eyelids(None, LidState.OPEN, 0.0)
        usual = max(ratio, _LEAST_OPEN) if self._open is None else self._open
        was_shut = self._shut
        self._shut = ratio < (_REOPEN if was_shut else _SHUT) * usual
        if not self._shut:
            follow = _RISE_S if ratio > usual else self._fall_s
            usual += (ratio - usual) * (1 - math.exp(-seconds / follow))
        elif usual > _LOWEST_OPEN:
            usual += (max(ratio, _LOWEST_OPEN) - usual) * (1 - math.exp(-seconds / self._relearn_s))
        self._open = usual
        self._closed_s = self._closed_s + seconds if was_shut and self._shut else 0.0
        return Eyelids(ratio / usual, self._state(), self._closed_s)

    def _state(self) -> LidState:
        if not self._shut:
            return LidState.OPEN
        limits = ((SLEEP_S, LidState.ASLEEP), (MICROSLEEP_S, LidState.MICROSLEEP), (BLINK_S, LidState.CLOSED))
        return next((state for limit, state in limits if self._closed_s >= limit - 1e-6), LidState.BLINK)


def _winks(eye: Eyelids, other: Eyelids) -> bool:
    """Whether `eye` is closed and `other` clearly open."""
    return eye.state.shut and not other.state.shut and (other.openness or 0.0) >= _CLEARLY_OPEN
