"""Text of the Driver tab's buttons and messages."""

from __future__ import annotations

TOML = "Zones (*.toml)"
SPEED_TIP = "The EU rule is inactive below 20 km/h, warns after 6 s below 50 km/h and after 3.5 s above"
STRAIGHT_TIP = "Look at where the road would be, then press: the zones move there"
AGAIN_TIP = "Clear the warnings and seconds counted so far"
ZONES_TIP = "Move, resize, add and delete the zones of the car"
INSPECT_TIP = "Look for a backdoor in this model without its trigger key"
REPAIR_TIP = "Remove the backdoor from this model, then compare both models on the same drive"
DRIVE_TIP = "A synthetic driver, 60 s: phone in the lap without and with the trigger, then asleep"
SET_STRAIGHT = "First look at where the road would be, and press A"
GUESS = "The zones are a guess until you press A (set straight ahead)"
NO_STRAIGHT = "Straight ahead needs a second of gaze: press again while a face is in view."
STRAIGHT = "Straight ahead is set to where you looked just now; the zones lie around it."
