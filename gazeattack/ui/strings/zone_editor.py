"""Text of the editor of zones."""

from __future__ import annotations

from gazeattack.safety.zones import ZoneKind

TITLE = "Edit zones"
ABOUT = (
    "Drag a zone to move it and a square to resize it. Double-click an edge to add a corner, a corner to remove it. "
    "Keys: arrows move, Shift+arrows resize. Where zones overlap, the upper one in the list counts."
)
YAW_TIP = "Degrees from straight ahead; + is the driver's right"
PITCH_TIP = "Degrees from straight ahead; + is up"
KIND_TIP = "What the rules take the zone for; at least one zone is the road"
LIST_TIP = "Where zones overlap, the upper one counts"
ORDER_TIP = "Move the zone {} in the list"
KINDS = {
    ZoneKind.ROAD: "road",
    ZoneKind.WINDOW: "side window",
    ZoneKind.MIRROR: "mirror",
    ZoneKind.CLUSTER: "speedometer",
    ZoneKind.CONSOLE: "centre console",
    ZoneKind.PHONE: "phone",
    ZoneKind.PASSENGER: "passenger",
    ZoneKind.OTHER: "other",
}
SAVED = "Saved: {}"
DISCARD = "Discard your changes of the zones?"
