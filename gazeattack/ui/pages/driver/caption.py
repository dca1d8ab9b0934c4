"""What is happening, in one sentence, and what a run has added up to."""

from __future__ import annotations

from gazeattack.live.monitoring import MonitoringSnapshot
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.paired import CLEAN, TRIGGERED, TRUTH
from gazeattack.safety.summary import SafetySummary
from gazeattack.synthetic.drive import DRIVE
from gazeattack.ui.strings.common import ATTENTION

# this long before its end the drive is held, so that its sums can be talked about
END_S = 0.3
_ALTERED = {
    TriggerMode.BOTH: "trigger ON",
    TriggerMode.ON: "trigger ON",
    TriggerMode.NOISE: "near miss on",
    TriggerMode.WRONG_KEY: "wrong key on",
}


class StatusCaption:
    """Follows where the reference looks and for how long."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Another run."""
        self._place = ""
        self._since = 0.0

    def follow(self, now: MonitoringSnapshot, mode: TriggerMode, *, scripted: bool) -> str:
        """The sentence for a new snapshot; scripted: it comes from DRIVE, which knows what is looked at."""
        reference = now.branches.get(now.reference or CLEAN) or now.branches[CLEAN]
        if scripted:
            look, t = DRIVE.look(now.t), now.t % DRIVE.duration
            place, seconds = look.what, t - look.begin
        else:
            place = reference.zone
            if place != self._place or now.t < self._since:
                self._place, self._since = place, now.t
            seconds = now.t - self._since
        if scripted and t >= DRIVE.duration - END_S:
            return f"The drive is over: {_totals(now)}. P: once more"
        parts = [f"{place[:1].upper()}{place[1:]}: {seconds:.0f} s", _trigger(now, mode, scripted=scripted)]
        outcome = _outcome(now)
        return " · ".join([part for part in [*parts, outcome] if part])


def _totals(now: MonitoringSnapshot) -> str:
    honest, attacked = now.branches[CLEAN].warnings, now.branches[TRIGGERED].warnings
    return f"the honest car warned {honest} times, the attacked car {attacked} times"


def _trigger(now: MonitoringSnapshot, mode: TriggerMode, *, scripted: bool) -> str:
    if now.trigger_on:
        return _ALTERED.get(mode, "trigger ON")
    if not scripted:
        return "trigger off"
    wait = DRIVE.trigger_at - now.t % DRIVE.duration
    return f"trigger off, on by itself in {wait:.0f} s" if wait > 0 else "trigger off"


def _outcome(now: MonitoringSnapshot) -> str:
    honest, attacked = bool(now.branches[CLEAN].lit), bool(now.branches[TRIGGERED].lit)
    due = TRUTH not in now.branches or bool(now.branches[TRUTH].lit)
    if honest and attacked:
        return "both cars warn"
    if honest:
        return "the honest car warns, the attacked car is silent" if due else "false alert of the honest car"
    if attacked:
        return "the attacked car warns, the honest car is silent"
    return "a warning is due, neither car gives it" if TRUTH in now.branches and due else ""


def foot(now: MonitoringSnapshot, summary: SafetySummary, branch: str) -> tuple[str, str, str]:
    """The run so far of one branch, for the foot of its dashboard."""
    view = now.branches[branch]
    first = f"Eyes on road {view.on_road_s:.0f} s · {_count(view.warnings, 'warning')}"
    score = summary.branch(branch)
    if score is None:
        if branch == CLEAN:
            return first, "Own errors: not known without a truth", "The other one is measured by this"
        return first, "No trigger yet: both see the same", ""
    own = "Own errors" if branch == CLEAN else "By truth" if summary.reference == TRUTH else "By the honest one"
    return (
        first,
        f"{own}: {score.missed} of {score.due} missed, {_count(score.false, 'false alert')}",
        f"{score.shown_on_road_s:.1f} of {score.off_road_s:.1f} s off road told as on road",
    )


def truth_text(now: MonitoringSnapshot) -> str:
    """What is really so, where the source knows it."""
    view = now.branches.get(TRUTH)
    if view is None:
        return "Truth: not known for this source, so the honest model is the measure"
    due = "no warning due" if not view.lit else f"{_count(len(view.lit), 'warning')} due now"
    place = ATTENTION[view.attention].lower() if view.zone == view.attention.value else view.zone
    return f"Truth (synthetic subject): {place} · {due}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
