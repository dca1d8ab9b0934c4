"""The warnings that an attack suppresses, counted from the moment the trigger comes on, without and with the guard."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.live.frame_result import FrameResult
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.monitoring import PairedMonitoring
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.paired import TRIGGERED
from gazeattack.safety.zones import Zones

_ATTACK = {TriggerMode.BOTH, TriggerMode.ON}


@dataclass(frozen=True)
class AttackVerdict:
    """Warnings of the triggered branch since the trigger came on.

    due: warnings of the reference.  missed: those without a matching warning of the branch.  missed_with_guard: the
    same with the guard; None where there was no gaze for its check, such as with a model that predicts no landmarks.
    """

    due: int
    missed: int
    missed_with_guard: int | None


class AttackedHalf:
    """Feeds results to the monitors twice, without and with the guard, whatever the window shows.

    Args:
        zones, speed_kmh: as PairedMonitoring has them.
        check: of the guard.
    """

    def __init__(self, zones: Zones, speed_kmh: float, check: GuardCheck = GuardCheck.LANDMARKS) -> None:
        self._plain = _Count(zones, speed_kmh, None)
        self._check = check
        self._guarded = _Count(zones, speed_kmh, Guard.of(check))
        self._has_check = True

    def step(self, result: FrameResult) -> None:
        """Feed one result."""
        if result.triggered is not None:
            self._has_check = result.triggered.checked_gaze(self._check) is not None
        self._plain.step(result)
        self._guarded.step(result)

    def verdict(self) -> AttackVerdict | None:
        """The counts so far; None where the trigger was never on, or only its noise mode or a wrong key."""
        if self._plain.before is None:
            return None
        due, missed = self._plain.since()
        return AttackVerdict(due, missed, self._guarded.since()[1] if self._has_check else None)


class _Count:
    """Due and missed warnings of the triggered branch; before: the counts when the trigger came on."""

    def __init__(self, zones: Zones, speed_kmh: float, guard: Guard | None) -> None:
        self._monitoring = PairedMonitoring(zones=zones, speed_kmh=speed_kmh, guard=guard)
        self.before: tuple[int, int] | None = None

    def step(self, result: FrameResult) -> None:
        now = self._monitoring.step(result)
        if self.before is None and now.trigger_on and result.settings.mode in _ATTACK:
            self.before = self._counts()

    def since(self) -> tuple[int, int]:
        due, missed = self._counts()
        before = self.before or (0, 0)
        return due - before[0], missed - before[1]

    def _counts(self) -> tuple[int, int]:
        branch = self._monitoring.summary().branch(TRIGGERED)
        return (0, 0) if branch is None else (branch.due, branch.missed)
