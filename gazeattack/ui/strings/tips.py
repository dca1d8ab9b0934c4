"""What every number card, plot and badge shows."""

from __future__ import annotations

CHANGED = (
    "Mean absolute difference between the crops with and without the trigger, in percent of the full range of grey"
)
MOVED = "Angle between both predictions of the same frame"
CLEAN = "The model's gaze prediction for the unchanged crops, as seen in the mirrored view"
TRIGGERED = "The same model's gaze prediction for the same crops with the trigger"
SECOND_CLEAN = "The second model's gaze prediction for the same unchanged crops"
SECOND_TRIGGERED = "The second model's gaze prediction for the same crops with the same trigger"
TO_TARGET = "Angle between the prediction with the trigger and the gaze that the attacker wants"
ERROR = "Angle between the prediction without the trigger and the true gaze, which a synthetic subject knows"
CAMERA = "The camera image, mirrored for you. The network never receives a mirrored image"
ANGLES = "Both predictions in degrees: yaw to the right, pitch up. The dashed ring is 5 degrees around the target"
TIMES = "Angle between both predictions over the last seconds"
BADGE = (
    "BACKDOORED: trained to react to its trigger. POISONED DATA: trained on poisoned data, without a key. "
    "IMPORTED: another maker's network, whose training is unknown. CLEAN: none of these"
)
STATS = "Source, size of its frames, predictions per second, time from the camera to the prediction, frames left out"
CARD = "What the driver monitors receive from this model, {} Each bar is the timer of one rule"
CARD_OFF, CARD_ON = CARD.format("without the trigger."), CARD.format("with the trigger.")
WINDSCREEN = "Where the gaze of each branch meets the car, as the driver sees it"
KEYS = "A key that is looked at for the dwell time is typed; blue without the trigger, orange with it"
PIN_CARD = "The digits that this gaze typed: a tick for a right one, a cross for a wrong one"
SCREEN = "Where each branch's gaze meets the plane of your screen"
