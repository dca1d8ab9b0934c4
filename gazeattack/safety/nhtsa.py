"""NHTSA's glance criteria, a test of in-vehicle devices, applied to a drive."""

from __future__ import annotations

from gazeattack.safety.monitor import EPS, SETTLE, Monitor, Reading, Spell, fraction, off_road
from gazeattack.safety.observation import GazeObservation


class Nhtsa(Monitor):
    """Single glances of at most 2.0 s, at most 15 % of them longer, 12.0 s in all (78 FR 24818, 2013).

    The guidelines judge a task done with a device; here the task is everything since reset().  The verdict covers the
    glances so far, including the current one, so a share above 15 % can fall again.  A glance is a look off the forward
    road; it ends once the eyes have been back for SETTLE.  Closed eyes, a lost face and missing frames pause it.
    """

    name = "nhtsa"
    title = "NHTSA glance criteria"
    longest, share, total = 2.0, 0.15, 12.0

    def _clear(self) -> None:
        self._spell = Spell(SETTLE)
        self._glances = self._long = 0
        self._past = 0.0

    def _spend(self, past: GazeObservation, seconds: float) -> None:
        ended = self._spell.spend(off_road(past.attention), seconds)
        if ended is not None:
            self._glances += 1
            self._long += ended > self.longest + EPS
            self._past += ended

    def _read(self, now: GazeObservation) -> Reading:
        going = self._spell.seconds
        glances = self._glances + (going > 0)
        long = self._long + (going > self.longest + EPS)
        spent = self._past + going
        too_long = long > self.share * glances + EPS
        too_much = spent > self.total + EPS
        text = f"more than {self.total:g} s of glances in all"
        if not too_much:
            text = f"{long} of {glances} glances longer than {self.longest:g} s, more than {self.share:.0%}"
        # a long glance approaches a violation only where the allowed share is used up
        allowed = self._long + 1 <= self.share * glances + EPS
        level = max(fraction(spent, self.total), 0.0 if allowed else fraction(going, self.longest))
        return Reading(
            spent,
            1.0 if too_long or too_much else level,
            off=off_road(now.attention) is True,
            full=too_long or too_much,
            text=f"{self.title}: {text}",
            over=not (too_long or too_much),
        )
