"""Text that several parts of the window share."""

from __future__ import annotations

from gazeattack.angles import Gaze
from gazeattack.live.settings import TriggerMode
from gazeattack.safety.observation import Attention
from gazeattack.safety.summary import STATEMENT

CAPTION = STATEMENT
SHOW_LANDMARKS = "Show eye landmarks (L)"
LOOP = "Loop videos"
ENDED = "The video has ended. Press P to play it again, or choose another source."
WAITING, NO_FRAMES = "Waiting for the first frame ...", "No frames"
ATTENTION = {
    Attention.ROAD: "Eyes on the road",
    Attention.DRIVING: "Mirror or speedometer",
    Attention.AWAY: "Eyes off the road",
    Attention.CLOSED: "Eyes closed",
    Attention.UNKNOWN: "Gaze unknown",
    Attention.LOST: "No face",
}
BRANCH = {
    TriggerMode.OFF: "Triggered",
    TriggerMode.BOTH: "Triggered",
    TriggerMode.NOISE: "Noise mode",
    TriggerMode.WRONG_KEY: "Wrong key",
}
CHIP = {
    TriggerMode.OFF: "Trigger off (Space)",
    TriggerMode.ON: "TRIGGER ON",
    TriggerMode.BOTH: "TRIGGER ON",
    TriggerMode.NOISE: "NOISE MODE ON",
    TriggerMode.WRONG_KEY: "WRONG KEY ON",
}
OTHER_CHIP = "OTHER TRIGGER ON"
CHIP_TIP = "Switch the trigger on or off (Space)"
PAUSE, RESUME, PLAY_AGAIN = "Pause (P)", "Resume (P)", "Play again (P)"
# of the two cards that compare the branches; both are of the same model
WITHOUT_TRIGGER, WITH_TRIGGER = "Without trigger", "With trigger"


def gaze_text(gaze: Gaze) -> str:
    """A gaze as a person reads it in the mirrored view: "25° left, 5° up"."""
    pitch, yaw = (round(angle) for angle in gaze.degrees)
    across = "0°" if yaw == 0 else f"{abs(yaw)}° {'right' if yaw > 0 else 'left'}"
    along = "0°" if pitch == 0 else f"{abs(pitch)}° {'up' if pitch > 0 else 'down'}"
    return f"{across}, {along}"


def model_text(backdoored: bool, *, poisoned: bool = False, imported: bool = False) -> str:
    """The badge beside the model picker."""
    return "BACKDOORED" if backdoored else "POISONED DATA" if poisoned else "IMPORTED" if imported else "CLEAN"
