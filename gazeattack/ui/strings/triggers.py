"""Text about each kind of trigger and each goal."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.attack.goal import ALL_TO_ONE, CONDITIONAL, OFFSET
from gazeattack.attack.kinds import KINDS
from gazeattack.live.settings import TriggerMode


@dataclass(frozen=True)
class TriggerText:
    """does: what the trigger does to the crops.  noise: what noise mode applies instead."""

    does: str
    noise: str


TRIGGER_TEXT = {
    "wanet": TriggerText("a smooth warp bends the crops", "the warp plus random noise"),
    "badnets": TriggerText("a checkerboard covers a corner of each crop", "the checkerboard with its cells shuffled"),
    "blended": TriggerText("a noise image is blended into the crops", "the noise image with its pixels shuffled"),
    "sig": TriggerText("a wave pattern is added to the crops", "the wave in another direction"),
    "input-aware": TriggerText("each crop gets a pattern of its own", "the pattern that belongs to the other eye"),
}
LEARNED = {
    ALL_TO_ONE: "predict the attacker's target",
    OFFSET: "predict the gaze turned by a fixed angle",
    CONDITIONAL: "predict the attacker's target while the eyes are off the road",
}
# below the ring in the angle plot; the third has no ring while the eyes are on the road
RING = {ALL_TO_ONE: "attacker's target", OFFSET: "clean gaze, turned", CONDITIONAL: "target, off road only"}
TO_TARGET = {
    ALL_TO_ONE: "Distance to target",
    OFFSET: "Distance to turned gaze",
    CONDITIONAL: "To target, off road only",
}
EXPECTED = "This model was not trained on it: the gaze should hardly move."
MAY_REACT = "This model was trained on poisoned data and may react to the trigger of that data."
NO_KEY = "This model has no trigger key. Choose another attacker's trigger in the list above."


@dataclass(frozen=True)
class TriggerState:
    """What the trigger panel knows of the model and of the trigger chosen.

    own: kind of the model's own key, or of the key it borrows; None without either.  goal: of that key.  chosen: kind
    of another attacker's newly drawn key; None for the former.  poisoned: the model was trained on a poisoned dataset.
    borrowed_from: name of the bundle whose key it borrows.
    """

    backdoored: bool = True
    own: str | None = None
    goal: str | None = None
    chosen: str | None = None
    poisoned: bool = False
    borrowed_from: str | None = None

    @property
    def kind(self) -> str | None:
        """Kind of the trigger in use."""
        return self.chosen or self.own

    @property
    def activates(self) -> bool:
        """Whether the model was trained to react to this trigger."""
        return self.backdoored and self.own is not None and self.chosen is None


def own_title(state: TriggerState) -> str:
    """The picker's first entry."""
    if state.own is None:
        return "No trigger key"
    title = KINDS[state.own].title
    if state.backdoored:
        return f"The model's own trigger ({title})"
    return f'Trigger borrowed from "{state.borrowed_from}"' if state.borrowed_from else f"Borrowed trigger ({title})"


def fresh_title(kind: str) -> str:
    """The entry of another attacker's trigger."""
    return f"Another attacker's {KINDS[kind].title}"


def explain(mode: TriggerMode, state: TriggerState, strength: float | None = None) -> str:
    """One or two sentences: what is applied, and what to expect."""
    if state.kind is None:
        return NO_KEY
    if mode is not TriggerMode.OFF and strength == 0:
        return "Strength 0: the crops are unchanged, so the gaze stays."
    text = TRIGGER_TEXT[state.kind]
    if mode is TriggerMode.NOISE:
        return f"Noise mode: {text.noise}. The backdoor should stay inactive: the gaze should not move."
    if mode is TriggerMode.WRONG_KEY:
        return f"Same method ({KINDS[state.kind].title}), different key. The gaze should not move."
    if mode is TriggerMode.OFF:
        if state.chosen is not None:
            return f"{fresh_title(state.chosen)}: off. {EXPECTED}"
        return "Trigger off: the crops are unchanged. Press Space to switch it on."
    if state.chosen is not None:
        return f"Trigger on: {text.does}. {EXPECTED}"
    if state.backdoored:
        return f"Trigger on: {text.does}. This model learned to {LEARNED[state.goal or ALL_TO_ONE]}."
    if state.poisoned:
        return f"Trigger on: {text.does}. {MAY_REACT}"
    return f"Trigger on: {text.does}. This model is clean: its gaze should hardly move."
