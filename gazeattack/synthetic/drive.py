"""A scripted minute at the wheel: road, mirrors, phone in the lap, and asleep, for the synthetic subject.

The angles fit the default zones (resources/zones/left-hand-drive.toml): straight ahead is 10 deg above the camera,
and +yaw is the driver's right.  The phone comes twice, before and after the trigger switches itself on, so that the
same look is rendered with and without the attack.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.synthetic.motion import SubjectState
from gazeattack.synthetic.subject import SyntheticSource

_BLINK = 0.18  # from open through shut to open, seconds
_NOD = -14.0  # degrees the sleeping head sinks to
_LIDS_FALL, _LIDS_RISE = 0.4, 0.25
_HEAD_SHARE = (0.45, 0.5)
# how far the head turns at most, (pitch, yaw), degrees
_HEAD_LIMIT = (16.0, 20.0)


@dataclass(frozen=True)
class Look:
    """From `begin` (seconds) on the driver looks at `what`: (pitch, yaw) in degrees, camera space."""

    begin: float
    what: str
    pitch: float
    yaw: float
    asleep: bool = False


@dataclass(frozen=True)
class Drive:
    """A script; calling it gives the driver's state at a time in seconds, and after its end begins it again.

    looks: in order, the first at 0.  duration: seconds.  trigger_at: when the trigger switches itself on.
    blinks: when the eyes close for a blink.  speed_kmh: of the car.  head_share: how much of the gaze the head makes,
    (pitch, yaw), each 0 to 1.  head_turn: added to the awake head's (pitch, yaw), degrees.  seat: added to the head's
    place (x, y, z), millimetres.
    """

    looks: tuple[Look, ...]
    duration: float
    trigger_at: float
    blinks: tuple[float, ...] = ()
    speed_kmh: float = 100.0
    head_share: tuple[float, float] = _HEAD_SHARE
    head_turn: tuple[float, float] = (0.0, 0.0)
    seat: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def trigger_on(self, t: float) -> bool:
        """Whether the trigger is on at time t (seconds)."""
        return t % self.duration >= self.trigger_at

    def look(self, t: float) -> Look:
        """What the driver is meant to look at, at time t (seconds)."""
        return self.looks[bisect.bisect_right(self.looks, t % self.duration, key=lambda look: look.begin) - 1]

    def __call__(self, t: float) -> SubjectState:
        """The subject's state at time t (seconds)."""
        t %= self.duration
        pitch, yaw = self._gaze(t)
        # the head lags: the mean of where the eyes were over the last while
        past = [self._gaze(max(t - 0.08 - 0.09 * k, 0.0)) for k in range(10)]
        asleep = self._asleep(t, 1.2, 0.8)
        awake = [
            _soft(self.head_share[i] * sum(g[i] for g in past) / 10 + self.head_turn[i], _HEAD_LIMIT[i]) for i in (0, 1)
        ]
        head_pitch = awake[0] + (_NOD - awake[0]) * asleep
        return SubjectState(
            gaze=Gaze.from_degrees(pitch, yaw),
            head=Gaze.from_degrees(head_pitch, awake[1] * (1 - asleep)),
            roll=math.radians(1.5 * math.sin(t / 1.9) + 4.0 * asleep),
            translation=(
                self.seat[0] + 4 * math.sin(t / 2.3),
                self.seat[1] + 2 * math.sin(t / 1.7) + 6 * asleep,
                self.seat[2] + 8 * math.sin(t / 3.1),
            ),
            openness=self._openness(t),
        )

    def _gaze(self, t: float) -> tuple[float, float]:
        """(pitch, yaw) in degrees: a saccade into every look, then the small unrest of a fixation."""
        now = self.look(t)
        before = self.looks[max(self.looks.index(now) - 1, 0)]
        travel = math.hypot(now.pitch - before.pitch, now.yaw - before.yaw)
        # bigger saccades last longer (the main sequence: about 2 ms a degree)
        moved = _ease((t - now.begin) / (0.07 + 0.0022 * travel))
        pitch = before.pitch + (now.pitch - before.pitch) * moved + 0.8 * math.sin(1.9 * t)
        yaw = before.yaw + (now.yaw - before.yaw) * moved + 1.6 * math.sin(1.3 * t + 1.0)
        return pitch, yaw

    def _asleep(self, t: float, fall: float, rise: float) -> float:
        """0 awake to 1 asleep: sinking for `fall` seconds, waking within `rise`."""
        for i, look in enumerate(self.looks):
            end = self.looks[i + 1].begin if i + 1 < len(self.looks) else self.duration
            if look.asleep and look.begin <= t < end + rise:
                return _ease((t - look.begin) / fall) * (1 - _ease((t - end) / rise))
        return 0.0

    def _openness(self, t: float) -> float:
        shut = self._asleep(t, _LIDS_FALL, _LIDS_RISE)
        for blink in self.blinks:
            phase = (t - blink) / _BLINK
            if 0 < phase < 1:
                shut = max(shut, _ease(phase / 0.34) if phase < 0.48 else 1 - _ease((phase - 0.48) / 0.52))
        return 1.0 - shut


_ROAD, _PHONE = (10.0, 0.0), (-37.0, 2.0)
_INNER, _LEFT, _SPEEDOMETER = (19.0, 34.0), (-3.0, -35.0), (-6.0, 0.0)

DRIVE = Drive(
    looks=(
        Look(0.0, "windscreen", *_ROAD),
        Look(6.0, "inner mirror", *_INNER),
        Look(7.0, "windscreen", *_ROAD),
        Look(11.0, "speedometer", *_SPEEDOMETER),
        Look(11.8, "windscreen", *_ROAD),
        Look(16.0, "phone in the lap", *_PHONE),
        Look(24.0, "windscreen", *_ROAD),
        Look(33.0, "left mirror", *_LEFT),
        Look(34.0, "windscreen", *_ROAD),
        Look(37.0, "phone in the lap", *_PHONE),
        Look(45.0, "windscreen", *_ROAD),
        Look(50.0, "asleep", *_ROAD, asleep=True),
        Look(57.0, "windscreen", *_ROAD),
    ),
    duration=60.0,
    trigger_at=30.0,
    blinks=(2.1, 5.2, 9.3, 13.6, 18.7, 22.4, 26.5, 31.2, 35.4, 39.6, 43.1, 47.2, 58.6),
)


class DriveSource(SyntheticSource):
    """The script as a source of frames; it ends with the script unless `loop`.

    Options are SyntheticSource's; look_at overrides the script until it is called with None.
    """

    def __init__(self, seed: int = 0, *, drive: Drive = DRIVE, loop: bool = False, fps: float = 30.0) -> None:
        super().__init__(seed=seed, fps=fps, path=drive)
        self.name = "Scripted drive" if drive is DRIVE else "Varied drive"
        self.drive = drive
        self.loop = loop
        self._frames = round(drive.duration * fps)

    def read(self) -> Frame | None:
        """The next frame; None at the end of the script."""
        if not self.loop and self._index > 0 and self._index % self._frames == 0:
            return None
        return super().read()


def _soft(value: float, limit: float) -> float:
    return limit * math.tanh(value / limit)


def _ease(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)
