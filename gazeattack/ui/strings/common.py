"""What the window says: one place for its sentences."""

from __future__ import annotations

from gazeattack.angles import Gaze
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.observation import Attention
from gazeattack.safety.summary import STATEMENT

CAPTION = STATEMENT
LOCATED = "Mark what the network locates (L)"
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
    TriggerMode.NOISE: "Near miss",
    TriggerMode.WRONG_KEY: "Wrong key",
}
CHIP = {
    TriggerMode.OFF: "Trigger off (Space)",
    TriggerMode.ON: "TRIGGER ON",
    TriggerMode.BOTH: "TRIGGER ON",
    TriggerMode.NOISE: "NEAR MISS ON",
    TriggerMode.WRONG_KEY: "WRONG KEY ON",
}
OTHER_CHIP = "OTHER TRIGGER ON"
CHIP_TIP = "Put the trigger on the eyes or take it off (Space)"
SHORTCUTS = (
    ("Space", "Trigger on or off"),
    ("N", "Near miss: almost the trigger (of WaNet its noise warp); the backdoor must stay shut"),
    ("W", "Wrong key: the same kind of trigger drawn from another secret"),
    ("M", "The synthetic subject follows the mouse, or its own path"),
    ("P", "Pause or go on"),
    ("L", "Mark where the network locates lids, iris and eyeball"),
    ("S", "Save a picture of this window"),
    ("Ctrl+1 to Ctrl+4", "Gaze, Driver, Keypad and Points"),
    ("R", "Record the numbers of every frame, or stop"),
    (", and .", "One frame back or on in a recording"),
    ("D", "Driver: play the scripted drive"),
    ("A", "Driver: this is straight ahead"),
    ("G", "Driver: believe what the network locates where its answer is far off it"),
    ("T", "Keypad: the synthetic subject types the PIN"),
    ("C", "Points: calibrate this person on this screen"),
    ("F11", "Full screen; on the Points tab, the points alone"),
    ("Esc", "Leave the full screen"),
    ("F1", "This list"),
)


def gaze_words(gaze: Gaze) -> str:
    """A gaze as a person reads it in the mirrored view: "25° left, 5° up"."""
    pitch, yaw = (round(angle) for angle in gaze.degrees)
    across = "0°" if yaw == 0 else f"{abs(yaw)}° {'right' if yaw > 0 else 'left'}"
    along = "0°" if pitch == 0 else f"{abs(pitch)}° {'up' if pitch > 0 else 'down'}"
    return f"{across}, {along}"


def model_words(backdoored: bool, *, poisoned: bool = False) -> str:
    """The badge beside the model picker."""
    return "BACKDOORED" if backdoored else "POISONED SET" if poisoned else "CLEAN"
