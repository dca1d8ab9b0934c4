"""Text of the guard's controls and messages."""

from __future__ import annotations

from gazeattack.live.guard import LIMITS_DEG, GuardCheck

CHECKS = {
    GuardCheck.LANDMARKS: "eye landmarks",
    GuardCheck.SHIFTS: "shifted crops",
    GuardCheck.IRIS: "iris landmarks",
}
TITLE = "Guard (G)"
CHECK_TIP = (
    "What the guard compares the predicted gaze with: the eye landmarks that the model predicts; the median prediction "
    "for four crops moved by two or three pixels; or the iris landmarks of the face landmarker, another network"
)
OFF = "Guard off: every predicted gaze is used."
NO_LANDMARKS = "This model predicts no eye landmarks, so the guard has no effect: choose another check."
REJECTED = "Guard: this gaze is rejected, so it types nothing"


def rule(check: GuardCheck) -> str:
    """What the guard does with a check, as a part of a sentence."""
    return (
        f"a gaze more than {LIMITS_DEG[check]:g} degrees from that of the {CHECKS[check]} is rejected; the driver "
        f"monitors receive that of the {CHECKS[check]} instead, and the keypad none"
    )


def tip(check: GuardCheck) -> str:
    """The switch's tooltip."""
    return f"Guard: {rule(check)}. It needs no key and applies to the gaze without and with the trigger"


def turned_on(check: GuardCheck) -> str:
    """The message when it is switched on."""
    return f"Guard on: {rule(check)}."
