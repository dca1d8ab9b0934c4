"""What the window says: one place for its sentences."""

from __future__ import annotations

from gazeattack.angles import Gaze
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.observation import Attention
from gazeattack.safety.summary import STATEMENT

CAPTION = STATEMENT
SHOW_LANDMARKS = "Mark what the network locates (L)"
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


def gaze_text(gaze: Gaze) -> str:
    """A gaze as a person reads it in the mirrored view: "25° left, 5° up"."""
    pitch, yaw = (round(angle) for angle in gaze.degrees)
    across = "0°" if yaw == 0 else f"{abs(yaw)}° {'right' if yaw > 0 else 'left'}"
    along = "0°" if pitch == 0 else f"{abs(pitch)}° {'up' if pitch > 0 else 'down'}"
    return f"{across}, {along}"


def model_text(backdoored: bool, *, poisoned: bool = False) -> str:
    """The badge beside the model picker."""
    return "BACKDOORED" if backdoored else "POISONED SET" if poisoned else "CLEAN"
