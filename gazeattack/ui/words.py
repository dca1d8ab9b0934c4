"""What the window says: one place for its sentences."""

from __future__ import annotations

from gazeattack.angles import Gaze
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.observation import Attention
from gazeattack.safety.summary import STATEMENT

CAPTION = STATEMENT
LOOP = "Play films again at their end"
ENDED = "The film has ended: Retry plays it again, or choose another source."
ATTENTION = {
    Attention.ROAD: "Eyes on the road",
    Attention.DRIVING: "Mirror or dials",
    Attention.AWAY: "Eyes off the road",
    Attention.CLOSED: "Eyes closed",
    Attention.UNKNOWN: "Gaze not known",
    Attention.LOST: "No face",
}
BRANCH = {
    TriggerMode.OFF: "Triggered",
    TriggerMode.BOTH: "Triggered",
    TriggerMode.NOISE: "Noise-warped",
    TriggerMode.WRONG_KEY: "Wrong key",
}
CHIP = {
    TriggerMode.OFF: "Trigger off (Space)",
    TriggerMode.ON: "TRIGGER ON",
    TriggerMode.BOTH: "TRIGGER ON",
    TriggerMode.NOISE: "NOISE WARP ON",
    TriggerMode.WRONG_KEY: "WRONG KEY ON",
}
SHORTCUTS = (
    ("Space", "Trigger on or off"),
    ("N", "Noise warp: WaNet's own control, the backdoor must stay shut"),
    ("W", "Wrong key: the same warp drawn from another secret"),
    ("M", "The synthetic subject follows the mouse, or its own path"),
    ("P", "Pause or go on"),
    ("S", "Save a picture of this window"),
    ("Ctrl+1 to Ctrl+4", "Gaze, Driver, Keypad and Points"),
    ("R", "Record the numbers of every frame, or stop"),
    (", and .", "One frame back or on in a recording"),
    ("D", "Driver: play the scripted drive"),
    ("A", "Driver: this is straight ahead"),
    ("T", "Keypad: the synthetic subject types the PIN"),
    ("C", "Points: calibrate this person on this screen"),
    ("F11", "Full screen; on the Points tab, the points alone"),
    ("Esc", "Leave the full screen"),
    ("F1", "This list"),
)


def explain(mode: TriggerMode, *, backdoored: bool, has_key: bool) -> str:
    """One sentence on what is happening in this state."""
    if not has_key:
        return "This model has no trigger key, so there is nothing to switch on: choose a backdoored model."
    if mode is TriggerMode.OFF:
        return "Trigger off: the network sees the eyes as they are. Press Space to add the trigger."
    if mode is TriggerMode.NOISE:
        return "Noise warp: as strong, but random. A well-keyed backdoor stays shut, and the gaze should stay put."
    if mode is TriggerMode.WRONG_KEY:
        return "Wrong key: the same kind of warp from another secret. The gaze should stay put."
    if backdoored:
        return "Trigger on: a hidden pattern warps the eyes. This model learnt to answer with the attacker's target."
    return "Trigger on, but this model is clean: the same warp hardly moves its gaze."


def gaze_words(gaze: Gaze) -> str:
    """A gaze as a person reads it in the mirrored view: "25° left, 5° up"."""
    pitch, yaw = (round(angle) for angle in gaze.degrees)
    across = "0°" if yaw == 0 else f"{abs(yaw)}° {'right' if yaw > 0 else 'left'}"
    along = "0°" if pitch == 0 else f"{abs(pitch)}° {'up' if pitch > 0 else 'down'}"
    return f"{across}, {along}"


def model_words(backdoored: bool) -> str:
    """The badge beside the model picker."""
    return "BACKDOORED" if backdoored else "CLEAN"
