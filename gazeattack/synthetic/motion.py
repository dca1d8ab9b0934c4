"""How a synthetic subject moves: gaze, head and lids as pure functions of (seed, time)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gazeattack.angles import Gaze

_SLOT = 1.15  # one fixation starts in every slot, seconds
_SACCADE = 0.07
_BLINK = 0.16  # from open through closed to open, seconds
_BLINK_SLOT = 4.0
_YAW, _PITCH = (-25.0, 25.0), (-20.0, 12.0)
_HEAD_YAW, _HEAD_PITCH = 15.0, 8.0


@dataclass(frozen=True)
class SubjectState:
    """Everything that moves, at one moment.

    gaze: camera space, radians.  head: where the face points, by the same convention; roll: radians, positive
    clockwise in the unmirrored image.  translation: offset of the head from its resting place, mm (x, y, z in
    camera space).  openness: of the eyes, 1 open, 0 closed.
    """

    gaze: Gaze
    head: Gaze
    roll: float = 0.0
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    openness: float = 1.0


Path = Callable[[float], SubjectState]


def _unit(seed: int, kind: int, slot: int) -> float:
    """A reproducible number in 0..1 for a time slot (splitmix64, Steele et al. 2014)."""
    mask = (1 << 64) - 1
    z = (seed * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03 + slot * 0x8CB92BA72F3D8DD7 + 0x632BE59BD9B4E019) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


def _ease(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


class Wander:
    """Natural looking around: fixations joined by short saccades over a slow drift, the head following by half.

    seed: which path.  Callable: time in seconds -> SubjectState.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._phases = np.random.default_rng([seed, 8]).uniform(0, 2 * math.pi, 12).tolist()

    def __call__(self, t: float) -> SubjectState:
        """The subject's state at time t (seconds)."""
        gaze = self._gaze(t)
        # the head lags and turns about half as far: the mean of the gaze over the last while
        past = [self._gaze(t - 0.08 - 0.09 * k) for k in range(10)]
        pitch = 0.45 * sum(g[0] for g in past) / 10 + 2.0 * self._wave(t, 0, 7.1)
        yaw = 0.50 * sum(g[1] for g in past) / 10 + 3.0 * self._wave(t, 1, 9.7)
        head = Gaze.from_degrees(_soft(pitch, _HEAD_PITCH), _soft(yaw, _HEAD_YAW))
        return SubjectState(
            gaze=Gaze.from_degrees(*gaze),
            head=head,
            roll=math.radians(2.2 * self._wave(t, 2, 8.3)) - 0.06 * head.yaw,
            translation=(7 * self._wave(t, 3, 11.3), 4 * self._wave(t, 4, 8.9), 12 * self._wave(t, 5, 13.1)),
            openness=self._openness(t),
        )

    def _wave(self, t: float, kind: int, period: float) -> float:
        """Two sines without a common period, in -1..1."""
        a, b = self._phases[2 * kind], self._phases[2 * kind + 1]
        return 0.6 * math.sin(2 * math.pi * t / period + a) + 0.4 * math.sin(2 * math.pi * t / (0.47 * period) + b)

    def _fixation(self, slot: int) -> tuple[float, float]:
        """Where the eyes rest in a slot: (pitch, yaw) in degrees."""
        if slot <= 0:
            return 0.0, 0.0
        pitch = _PITCH[0] + (_PITCH[1] - _PITCH[0]) * _unit(self.seed, 1, slot)
        yaw = _YAW[0] + (_YAW[1] - _YAW[0]) * _unit(self.seed, 2, slot)
        return 0.94 * pitch, 0.94 * yaw

    def _gaze(self, t: float) -> tuple[float, float]:
        slot = math.floor(t / _SLOT)
        start = 0.5 * _SLOT * _unit(self.seed, 3, slot)
        old, new = self._fixation(slot - 1), self._fixation(slot)
        travel = math.hypot(new[0] - old[0], new[1] - old[1])
        # bigger saccades last longer (the main sequence: about 2 ms a degree)
        moved = _ease((t - slot * _SLOT - start) / (_SACCADE + 0.0022 * travel))
        drift = 0.9 * self._wave(t, 5, 3.1), 1.2 * self._wave(t, 0, 3.7)
        pitch = old[0] + (new[0] - old[0]) * moved + drift[0]
        yaw = old[1] + (new[1] - old[1]) * moved + drift[1]
        return min(max(pitch, _PITCH[0]), _PITCH[1]), min(max(yaw, _YAW[0]), _YAW[1])

    def _openness(self, t: float) -> float:
        """One blink in every slot of four seconds, 2 to 6 s apart, none in the first second."""
        slot = math.floor(t / _BLINK_SLOT)
        start = slot * _BLINK_SLOT + 1.2 + 1.8 * _unit(self.seed, 4, slot)
        phase = (t - start) / _BLINK
        if not 0 < phase < 1:
            return 1.0
        # lids fall faster than they rise, and stay shut for a moment
        return 1 - _ease(phase / 0.34) if phase < 0.48 else _ease((phase - 0.48) / 0.52)


def _soft(value: float, limit: float) -> float:
    """Value squeezed smoothly into -limit..limit."""
    return limit * math.tanh(value / limit)


def around(path: Path, facing: Gaze, share: float = 0.7) -> Path:
    """The path with its gaze moved towards where a head faces, so that a turned portrait need not squint."""

    def moved(t: float) -> SubjectState:
        state = path(t)
        gaze = Gaze(state.gaze.pitch + share * facing.pitch, state.gaze.yaw + share * facing.yaw)
        return replace(state, gaze=gaze)

    return moved


class Steering:
    """Overrides the gaze of a path: the eyes reach the requested gaze within a saccade, the head follows slowly.

    Called once per frame with growing times; its memory is what makes it smooth.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: float | None = None
        self._gaze: np.ndarray | None = None
        self._share = 0.0  # how much of the head's pose is steered
        self._head = np.zeros(2)

    def __call__(self, t: float, target: Gaze | None) -> SubjectState:
        """The state at time t (seconds) when asked to look along `target` (None: follow the path)."""
        own = self._path(t)
        step = 0.0 if self._last is None else max(t - self._last, 0.0)
        self._last = t
        if target is None and self._gaze is None:
            return own
        goal = np.array(target if target is not None else own.gaze)
        start = self._gaze if self._gaze is not None else np.array(own.gaze)
        gaze = goal + (start - goal) * math.exp(-step / 0.035)
        slow = math.exp(-step / 0.6)
        self._share = (target is not None) + (self._share - (target is not None)) * slow
        wanted = goal * (0.38, 0.45)
        self._head = wanted + (self._head - wanted) * slow
        # back on the path and caught up: forget the steering
        done = target is None and self._share < 1e-3 and float(np.abs(gaze - goal).max()) < 1e-3
        self._gaze = None if done else gaze
        limits = np.radians([_HEAD_PITCH, _HEAD_YAW])
        steered = limits * np.tanh(self._head / limits)
        head = np.array(own.head) * (1 - self._share) + steered * self._share
        return replace(own, gaze=Gaze(*map(float, gaze)), head=Gaze(*map(float, head)))
