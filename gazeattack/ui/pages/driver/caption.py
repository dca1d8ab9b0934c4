"""The sentence above the windscreen, and the sums below each card."""

from __future__ import annotations

from gazeattack.live.attacked_half import AttackVerdict
from gazeattack.live.monitoring import MonitoringSnapshot
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.summary import BranchSafety, SafetySummary
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.strings.common import ATTENTION

# the drive pauses this long before its end, so that its sums can be read
END_S = 0.3
_ON = {
    TriggerMode.BOTH: "Trigger on",
    TriggerMode.ON: "Trigger on",
    TriggerMode.NOISE: "Noise mode on",
    TriggerMode.WRONG_KEY: "Wrong key on",
}


def at_end(t: float) -> bool:
    """Whether the scripted drive is over at this time (seconds)."""
    return t % DRIVE.duration >= DRIVE.duration - END_S


class StatusCaption:
    """Tracks which zone the reference branch looks at, and for how long."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Start a new run."""
        self._place = ""
        self._since = 0.0

    def follow(
        self,
        now: MonitoringSnapshot,
        summary: SafetySummary,
        mode: TriggerMode,
        *,
        scripted: bool,
        attacked: AttackVerdict | None = None,
    ) -> str:
        """The sentence for a new snapshot.

        Args:
            now: the snapshot.
            summary: of the run so far.
            mode: of the trigger.
            scripted: the source is DRIVE, whose script names what the driver looks at.
            attacked: the counts of its attacked half.
        """
        if scripted and at_end(now.t):
            return verdict_text(attacked, summary)
        if scripted:
            look = DRIVE.look(now.t)
            place, seconds = look.what, now.t % DRIVE.duration - look.begin
        else:
            place = (now.branches.get(now.reference or CLEAN) or now.branches[CLEAN]).zone
            if place != self._place or now.t < self._since:
                self._place, self._since = place, now.t
            seconds = now.t - self._since
        parts = [f"{place[:1].upper()}{place[1:]}: {seconds:.0f} s", _trigger(now, mode, scripted=scripted)]
        return " · ".join(part for part in [*parts, _outcome(now)] if part)


REPLAY = "Press\u00a0P\u00a0to\u00a0replay."


def verdict_text(attacked: AttackVerdict | None, summary: SafetySummary) -> str:
    """The end of the drive: the warnings missed in its attacked half, without and with the guard."""
    if attacked is None:
        clean = summary.branch(CLEAN)
        missed = "" if clean is None else f": {clean.missed} of {clean.due} warnings missed"
        return f"No attack{missed}. {REPLAY}"
    guard = attacked.missed_with_guard
    guarded = "This model has no landmarks for the guard" if guard is None else f"With the guard: {guard}"
    return f"Under attack: {attacked.missed} of {attacked.due} warnings missed. {guarded}. {REPLAY}"


def _trigger(now: MonitoringSnapshot, mode: TriggerMode, *, scripted: bool) -> str:
    if now.trigger_on:
        return _ON.get(mode, "Trigger on")
    wait = DRIVE.trigger_at - now.t % DRIVE.duration
    return f"Attack starts in {wait:.0f} s" if scripted and wait > 0 else "Trigger off"


def _outcome(now: MonitoringSnapshot) -> str:
    clean, triggered = bool(now.branches[CLEAN].lit), bool(now.branches[TRIGGERED].lit)
    due = TRUTH not in now.branches or bool(now.branches[TRUTH].lit)
    if clean and triggered:
        return "Both warn"
    if clean:
        return "Warning lost with trigger" if due else "False warning without trigger"
    if triggered:
        return "Warning only with trigger"
    return "Warning due, none given" if TRUTH in now.branches and due else ""


def foot(now: MonitoringSnapshot, summary: SafetySummary, branch: str) -> tuple[str, str, str]:
    """The run so far of one branch, for the foot of its card."""
    view = now.branches[branch]
    first = f"Eyes on road {view.on_road_s:.0f} s · {_count(view.warnings, 'warning')}"
    score = summary.branch(branch)
    if score is None:
        if branch == CLEAN:
            return first, "True gaze unknown", "Reference for the other card"
        return first, "No trigger yet: same as without", ""
    return first, _missed(score), f"{score.shown_on_road_s:.1f} of {score.off_road_s:.1f} s off road missed"


def _missed(score: BranchSafety) -> str:
    return f"{score.missed} of {score.due} missed · {score.false} false"


def truth_text(now: MonitoringSnapshot) -> str:
    """The true state, where the source knows it."""
    view = now.branches.get(TRUTH)
    if view is None:
        return "True gaze unknown: the clean branch is the reference"
    due = "no warning due" if not view.lit else f"{_count(len(view.lit), 'warning')} due now"
    place = ATTENTION[view.attention].lower() if view.zone == view.attention.value else view.zone
    return f"True gaze: {place} · {due}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
