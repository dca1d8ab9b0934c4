"""Euro NCAP's driver states: long distraction, short multiple distraction (VATS), unresponsive driver.

Euro NCAP Assessment Protocol, Safety Assist - Safe Driving, "Driver State Monitoring".  Away means off the forward road
view (the windscreen); mirrors and speedometer are away, too.
"""

from __future__ import annotations

from collections import deque

from gazeattack.safety.monitor import EPS, SETTLE, Monitor, Reading, Spell, fraction, off_road
from gazeattack.safety.observation import Attention, GazeObservation


class LongDistraction(Monitor):
    """One look away of 3 s or more.

    A return to the road counts once it has lasted SETTLE.  Closed eyes (another state of the protocol), a lost face
    and missing frames pause the timer.
    """

    name = "ncap-long"
    title = "Long distraction"
    limit = 3.0

    def _clear(self) -> None:
        self._spell = Spell(SETTLE)

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        self._spell.spend(off_road(past.attention), seconds)

    def _read(self, now: GazeObservation) -> Reading:
        spent = self._spell.seconds
        return Reading(
            spent,
            fraction(spent, self.limit),
            off=off_road(now.attention) is True,
            full=spent >= self.limit - EPS,
            text=f"{self.title}: eyes off the road for {self.limit:g} s",
            over=spent == 0.0,
        )


class Vats(Monitor):
    """Visual attention time sharing: 10 s away in total within any 30 s; reset after 2 s or more on the road.

    Closed eyes, a lost face and missing frames are neither away nor on the road; they pause the 2 s of a return.
    """

    name = "ncap-vats"
    title = "Repeated distraction"
    limit, window, reset_after = 10.0, 30.0, 2.0

    def _clear(self) -> None:
        self._away: deque[tuple[float, float]] = deque()  # (begin, end) of looks away, seconds
        self._on_road = 0.0

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        # the missing part of a gap comes second and is never away, so an away interval begins at `past.t`
        away = off_road(past.attention)
        if away is None:
            return
        if away:
            self._on_road = 0.0
            if self._away and abs(self._away[-1][1] - past.t) < EPS:
                self._away[-1] = (self._away[-1][0], past.t + seconds)
            else:
                self._away.append((past.t, past.t + seconds))
            return
        self._on_road += seconds
        if self._on_road >= self.reset_after - EPS:
            self._away.clear()

    def _read(self, now: GazeObservation) -> Reading:
        oldest = now.t - self.window
        while self._away and self._away[0][1] <= oldest:
            self._away.popleft()
        spent = sum(end - max(begin, oldest) for begin, end in self._away)
        return Reading(
            spent,
            fraction(spent, self.limit),
            off=off_road(now.attention) is True,
            full=spent >= self.limit - EPS,
            text=f"{self.title}: {self.limit:g} s off the road within {self.window:g} s",
            over=not self._away,
        )


class Unresponsive(Monitor):
    """No return to the road within 3 s of a distraction warning, or eyes away or closed for 6 s or more.

    The warnings are those of this monitor's own LongDistraction and Vats.  A lost face counts as away (the rule is for
    drivers who slump out of view); missing frames pause it.  The warning ends when the eyes have been back on the road
    for SETTLE.
    """

    name = "ncap-unresponsive"
    title = "Unresponsive driver"
    after_warning, limit = 3.0, 6.0

    def _clear(self) -> None:
        self._warners: tuple[Monitor, ...] = (LongDistraction(), Vats())
        self._spell = Spell(SETTLE)
        self._since_warning: float | None = None

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        self._spell.spend(_gone(past), seconds)
        if self._spell.seconds == 0.0:
            self._since_warning = None
        elif self._since_warning is not None and past.attention is not Attention.UNKNOWN:
            self._since_warning += seconds

    def _read(self, now: GazeObservation) -> Reading:
        verdicts = [warner.step(now) for warner in self._warners]
        warned = any(event.kind == "warning" for verdict in verdicts for event in verdict.events)
        if warned and self._since_warning is None:
            self._since_warning = 0.0
        spent, waited = self._spell.seconds, self._since_warning or 0.0
        ignored = waited >= self.after_warning - EPS
        why = f"no return within {self.after_warning:g} s of a warning"
        if not ignored:
            why = f"eyes away or closed for {self.limit:g} s"
        return Reading(
            spent,
            max(fraction(spent, self.limit), fraction(waited, self.after_warning)),
            off=_gone(now) is True,
            full=ignored or spent >= self.limit - EPS,
            text=f"{self.title}: {why}",
            over=spent == 0.0,
        )


def _gone(observation: GazeObservation) -> bool | None:
    if observation.attention in (Attention.CLOSED, Attention.LOST):
        return True
    return off_road(observation.attention)
