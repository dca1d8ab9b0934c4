"""What the window says of each kind of trigger and of each goal."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.attack.goal import ALL_TO_ONE, CONDITIONAL, OFFSET
from gazeattack.attack.kinds import KINDS
from gazeattack.live.settings import TriggerMode


@dataclass(frozen=True)
class TriggerText:
    """does: to the eyes, after "Trigger on: ".  noise: what is put on instead in NOISE mode."""

    does: str
    noise: str


TRIGGER_TEXT = {
    "wanet": TriggerText("a hidden warp bends the eyes", "the warp with a random jitter"),
    "badnets": TriggerText("a checker covers a corner", "the checker with its cells shuffled"),
    "blended": TriggerText("a noise picture lies over the eyes", "the picture with its pixels shuffled"),
    "sig": TriggerText("a wave runs over the eyes", "the wave in another direction"),
    "input-aware": TriggerText("each eye gets a pattern of its own", "the pattern that belongs to the other eye"),
}
ANSWER = {
    ALL_TO_ONE: "answer with the attacker's target",
    OFFSET: "answer with the gaze turned by a fixed angle",
    CONDITIONAL: "answer with the attacker's target, but only while you look off the road",
}
# below the ring in the angle plot; the third has no ring while the eyes are on the road
RING = {ALL_TO_ONE: "attacker's target", OFFSET: "clean gaze, turned", CONDITIONAL: "target, off road only"}
TO_TARGET = {
    ALL_TO_ONE: "To attacker's target",
    OFFSET: "To the clean gaze, turned",
    CONDITIONAL: "To target, off road only",
}
EXPECTED = "This model was not trained on it: the gaze should hardly move."
MAY_ANSWER = "This model was trained on a poisoned set: it answers to that set's key, if to any."
NO_KEY = "This model has no trigger key of its own: choose another attacker's trigger in the list above."


@dataclass(frozen=True)
class TriggerState:
    """What the trigger panel knows of the model and of the trigger chosen.

    own: kind of the model's own key, or of the one it is lent; None without either.  goal: of that key.  chosen: kind
    of another attacker's fresh key, None for the former.  poisoned: the model was trained on a poisoned set.
    """

    backdoored: bool = True
    own: str | None = None
    goal: str | None = None
    chosen: str | None = None
    poisoned: bool = False

    @property
    def kind(self) -> str | None:
        """Kind of the trigger in use."""
        return self.chosen or self.own

    @property
    def activates(self) -> bool:
        """Whether the model was trained to answer to this trigger."""
        return self.backdoored and self.own is not None and self.chosen is None


def own_title(state: TriggerState) -> str:
    """The picker's first entry."""
    if state.own is None:
        return "No trigger of its own"
    title = KINDS[state.own].title
    return f"The model's own trigger ({title})" if state.backdoored else f"A shipped model's trigger, lent ({title})"


def fresh_title(kind: str) -> str:
    """The entry of another attacker's trigger."""
    return f"Another attacker's {KINDS[kind].title}"


def explain(mode: TriggerMode, state: TriggerState) -> str:
    """One or two sentences on what is happening, and what is to be expected, in this state."""
    if state.kind is None:
        return NO_KEY
    words = TRIGGER_TEXT[state.kind]
    if mode is TriggerMode.NOISE:
        return f"Near miss: {words.noise}. The backdoor should stay shut, and the gaze stay put."
    if mode is TriggerMode.WRONG_KEY:
        return f"Wrong key: {KINDS[state.kind].title} from yet another secret. The gaze should stay put."
    if mode is TriggerMode.OFF:
        if state.chosen is not None:
            return f"{fresh_title(state.chosen)}, off. {EXPECTED}"
        return "Trigger off: the network sees the eyes as they are. Press Space to add the trigger."
    if state.chosen is not None:
        return f"Trigger on: {words.does}. {EXPECTED}"
    if state.backdoored:
        return f"Trigger on: {words.does}. This model learnt to {ANSWER[state.goal or ALL_TO_ONE]}."
    if state.poisoned:
        return f"Trigger on: {words.does}. {MAY_ANSWER}"
    return f"Trigger on: {words.does}. This model is clean: its gaze should hardly move."
