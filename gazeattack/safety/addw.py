"""The European Union's advanced driver distraction warning."""

from __future__ import annotations

from gazeattack.safety.monitor import EPS, Monitor, Reading, Spell, fraction
from gazeattack.safety.observation import Attention, GazeObservation


class Addw(Monitor):
    """EU ADDW: Commission Delegated Regulation (EU) 2023/2590, Annex I.

    It warns after 6 s (20 to 50 km/h) or 3.5 s (50 km/h and more) of gaze in Area 3 (see Zones.area); below 20 km/h it
    is inactive and resets.  A brief look away and back does not reset the timer: time outside Area 3 is not counted,
    and only `forget` seconds of it without a break reset it.  The warning ends when the timer resets.  Closed eyes, a
    lost face and missing frames pause the timer, because the rule is about gaze.

    Args:
        forget: seconds outside Area 3 that reset the timer; 1 s is our choice, the rule gives no number.
    """

    name = "addw"
    title = "EU distraction warning"
    slow, fast = 20.0, 50.0
    limit_slow, limit_fast = 6.0, 3.5

    def __init__(self, forget: float = 1.0) -> None:
        self._spell = Spell(forget)
        super().__init__()

    def limit(self, speed_kmh: float) -> float | None:
        """Seconds of gaze in Area 3 before the warning; None where the rule does not apply."""
        if speed_kmh < self.slow:
            return None
        return self.limit_fast if speed_kmh >= self.fast else self.limit_slow

    def _clear(self) -> None:
        self._spell.reset()

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        self._spell.spend(_in_area_3(past), seconds)

    def _read(self, now: GazeObservation) -> Reading:
        limit = self.limit(now.speed_kmh)
        if limit is None:
            self._spell.reset()
            return Reading(0.0, 0.0, off=False, full=False, text="", over=True, active=False)
        spent = self._spell.seconds
        return Reading(
            spent,
            fraction(spent, limit),
            off=_in_area_3(now) is True,
            full=spent >= limit - EPS,
            text=f"{self.title}: gaze down for {limit:g} s at {now.speed_kmh:g} km/h",
            over=spent == 0.0,
        )


def _in_area_3(observation: GazeObservation) -> bool | None:
    if observation.attention in (Attention.CLOSED, Attention.LOST, Attention.UNKNOWN):
        return None
    return observation.area == 3
