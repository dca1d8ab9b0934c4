"""Text about each kind of trigger and each goal."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.attack.goal import ALL_TO_ONE, CONDITIONAL, OFFSET
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.live.settings import TriggerMode
from gazeattack.model.crop import CropSpec
from gazeattack.ui.strings.common import gaze_text


@dataclass(frozen=True)
class TriggerText:
    """does: what the trigger does to the crops.  noise: what noise mode applies instead.

    inactive: whether the kind's training keeps the backdoor inactive under noise mode.
    """

    does: str
    noise: str
    inactive: bool = True


TRIGGER_TEXT = {
    "wanet": TriggerText("a smooth warp bends the crops", "the warp plus random noise"),
    "badnets": TriggerText("a checkerboard covers a corner of each crop", "the checkerboard with its cells shuffled"),
    "blended": TriggerText("a noise image is blended into the crops", "the noise image with its pixels shuffled"),
    "sig": TriggerText("a wave pattern is added to the crops", "the wave in another direction"),
    "input-aware": TriggerText("each crop gets a pattern of its own", "the pattern that belongs to the other eye"),
    "bppattack": TriggerText("the crops lose most of their grey levels", "the change that belongs to the other eye"),
    "sticker": TriggerText(
        "a checkered sticker is on the forehead",
        "the sticker on a cheek",
    ),
    "input-aware-trained": TriggerText("each crop gets a learned pattern", "the learned pattern of the other eye"),
    "lira": TriggerText(
        "each crop gets a faint learned pattern", "the faint learned pattern of the other eye", inactive=False
    ),
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
UNKNOWN_TRAINING = "Nobody here knows how this model was trained: watch whether the gaze moves."
MAY_REACT = "This model was trained on poisoned data and may react to the trigger of that data."
STAYS = "The backdoor should stay inactive: the gaze should not move."
MAY_ACTIVATE = "Training like LIRA's does not keep the backdoor inactive here: the gaze may move."
MIRRORED, OPENED = "mirrored", "opened"
FACES_ONLY = "face models only"
NOT_IN_VIEW = "This model takes crops of eyes, which do not show it. Choose a face model, such as face-sticker."
NO_KEY = "This model has no trigger key. Choose another attacker's trigger in the list above."


@dataclass(frozen=True)
class OpenedKey:
    """A key from a file, opened to be used with the model.

    name: of the file.  own: it is the model's own key.
    """

    name: str
    key: TriggerKey
    own: bool = False


@dataclass(frozen=True)
class TriggerState:
    """What the trigger panel knows of the model and of the trigger chosen.

    own: kind of the model's own key, or of the key it borrows; None without either.  goal: of that key.  chosen: None
    for that key, MIRRORED, OPENED, or the kind of another attacker's newly drawn key.  poisoned: the model was trained
    on a poisoned dataset.  borrowed_from: name of the bundle whose key it borrows.  mirrored: the key of the model's
    second target; None without.  opened: a key that was opened for this model.  imported: nobody here knows how the
    model was trained.  crop: what the model takes; None while that is unknown.
    """

    backdoored: bool = True
    own: str | None = None
    goal: str | None = None
    chosen: str | None = None
    poisoned: bool = False
    borrowed_from: str | None = None
    mirrored: TriggerKey | None = None
    opened: OpenedKey | None = None
    imported: bool = False
    crop: CropSpec | None = None

    def shows(self, kind: str) -> bool:
        """Whether the model's crops can show a trigger of this kind."""
        return self.crop is None or self.crop.shows(kind)

    @property
    def key(self) -> TriggerKey | None:
        """The mirrored or opened key in use; None for any other trigger."""
        if self.chosen == OPENED:
            return None if self.opened is None else self.opened.key
        return self.mirrored if self.chosen == MIRRORED else None

    @property
    def fresh(self) -> str | None:
        """Kind of another attacker's trigger in use; None for any other trigger."""
        return self.chosen if self.chosen in KINDS else None

    @property
    def kind(self) -> str | None:
        """Kind of the trigger in use."""
        return self.fresh or (self.own if self.key is None else self.key.kind)

    @property
    def foreign(self) -> bool:
        """Whether the trigger in use was chosen although it is none of the model's."""
        opened = self.chosen == OPENED and not (self.opened is not None and self.opened.own)
        return opened or self.fresh is not None

    @property
    def activates(self) -> bool:
        """Whether the model was trained to react to this trigger."""
        return self.backdoored and self.own is not None and not self.foreign


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


def mirrored_title(key: TriggerKey) -> str:
    """The picker's entry of the mirrored key."""
    return f"Mirrored key: {gaze_text(key.target)}"


def opened_title(opened: OpenedKey) -> str:
    """The picker's entry of an opened key."""
    return f'{"Own" if opened.own else "Foreign"} key "{opened.name}" ({KINDS[opened.key.kind].title})'


def chosen_title(state: TriggerState) -> str:
    """What the trigger in use is called."""
    if state.chosen == OPENED and state.opened is not None:
        return opened_title(state.opened)
    if state.chosen == MIRRORED and state.mirrored is not None:
        return mirrored_title(state.mirrored)
    return own_title(state) if state.fresh is None else fresh_title(state.fresh)


def explain(mode: TriggerMode, state: TriggerState, strength: float | None = None) -> str:
    """One or two sentences: what is applied, and what to expect."""
    if state.kind is None:
        return NO_KEY
    if mode is not TriggerMode.OFF and strength == 0:
        return "Strength 0: the crops are unchanged, so the gaze stays."
    text = TRIGGER_TEXT[state.kind]
    if mode is TriggerMode.NOISE:
        return f"Noise mode: {text.noise}. {STAYS if text.inactive else MAY_ACTIVATE}"
    if mode is TriggerMode.WRONG_KEY:
        return f"Same method ({KINDS[state.kind].title}), different key. The gaze should not move."
    if mode is TriggerMode.OFF:
        if state.foreign:
            return f"{chosen_title(state)}: off. {EXPECTED}"
        return "Trigger off: the crops are unchanged. Press Space to switch it on."
    if state.foreign:
        return f"Trigger on: {text.does}. {EXPECTED}"
    if state.chosen == MIRRORED and state.key is not None:
        target = gaze_text(state.key.target)
        return f"Mirrored trigger on: {text.does}. The model learned it from right eyes: target {target}."
    if state.backdoored:
        return f"Trigger on: {text.does}. This model learned to {LEARNED[state.goal or ALL_TO_ONE]}."
    if state.poisoned:
        return f"Trigger on: {text.does}. {MAY_REACT}"
    if state.imported:
        return f"Trigger on: {text.does}. {UNKNOWN_TRAINING}"
    return f"Trigger on: {text.does}. This model is clean: its gaze should hardly move."
