"""Zones as a TOML file that users can edit:

title = "My car"
forward = { pitch = 10.0, yaw = 0.0 }     # camera space, degrees

[[zone]]
name = "inner mirror"
kind = "mirror"                           # road window mirror cluster console phone passenger other
yaw = [28.0, 44.0]                        # degrees relative to forward; + is the driver's right
pitch = [4.0, 16.0]                       # + is up
# or, in place of the two: polygon = [[yaw, pitch], [yaw, pitch], [yaw, pitch]]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gazeattack.angles import Gaze
from gazeattack.errors import ZonesError
from gazeattack.files import write_whole
from gazeattack.model.catalogue import resources_dir
from gazeattack.parsing import parse_toml, read_text
from gazeattack.safety.zones import Zone, ZoneKind, Zones

DEFAULT = "left-hand-drive"


def zone_files() -> dict[str, Path]:
    """Name -> path of the shipped layouts, sorted by name."""
    return {path.stem: path for path in sorted((resources_dir() / "zones").glob("*.toml"))}


def load_zones(name: str | Path = DEFAULT) -> Zones:
    """Read a layout.

    Args:
        name: of a shipped layout, or the path of a file.

    Raises:
        ZonesError: where the file cannot be read or is not a valid layout.
    """
    path = zone_files().get(str(name), Path(name).expanduser())
    try:
        text = read_text(path)
    except (OSError, ValueError):
        known = ", ".join(zone_files())
        raise ZonesError(f"The zones file {path} cannot be read: use one of {known}, or the path of a file.") from None
    return parse_zones(text, str(path))


def parse_zones(text: str, origin: str = "The zones file") -> Zones:
    """Parse the text of a layout's file; origin: its name in errors.  Raises ZonesError."""
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise ZonesError(f"{origin} is not valid TOML ({error}): correct it or start from a shipped one.") from None
    forward, zones = table.get("forward"), table.get("zone")
    if not isinstance(forward, dict) or not isinstance(zones, list) or not zones:
        raise ZonesError(f'{origin} needs "forward = {{ pitch = ..., yaw = ... }}" and at least one [[zone]].')
    if not all(isinstance(zone, dict) for zone in zones):
        raise ZonesError(f'{origin} has a "zone" that is not a table: write each one under [[zone]].')
    straight = Gaze.from_degrees(*(_number(forward.get(axis), f"{origin}: forward") for axis in ("pitch", "yaw")))
    return Zones(str(table.get("title", "Zones")), straight, tuple(_zone(zone, origin) for zone in zones))


def save_zones(zones: Zones, path: Path) -> None:
    """Write a layout; load_zones reads back the same.  Raises ZonesError where the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, format_zones(zones))
    except OSError as error:
        raise ZonesError(f"The zones cannot be written to {path} ({error.strerror}): choose another place.") from None


def format_zones(zones: Zones) -> str:
    """The text of a layout's file."""
    pitch, yaw = (round(angle, 9) for angle in zones.forward.degrees)
    lines = [f"title = {_text(zones.title)}", f"forward = {{ pitch = {pitch!r}, yaw = {yaw!r} }}"]
    for zone in zones.zones:
        lines += ["", "[[zone]]", f"name = {_text(zone.name)}", f'kind = "{zone.kind.value}"']
        box = zone.as_box()
        if box is not None:
            lines += [f"yaw = {list(map(float, box[0]))}", f"pitch = {list(map(float, box[1]))}"]
        else:
            lines.append(f"polygon = {[list(map(float, corner)) for corner in zone.polygon]}")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    # a JSON string is a TOML basic string, except for the one control character that JSON does not escape
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _zone(table: Mapping[str, Any], origin: str) -> Zone:
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ZonesError(f"{origin} has a zone without a name: give every zone one.")
    where = f'{origin}: the zone "{name}"'
    kinds = [kind.value for kind in ZoneKind]
    if table.get("kind") not in kinds:
        raise ZonesError(f"{where} has no known kind: use one of {', '.join(kinds)}.")
    kind = ZoneKind(table["kind"])
    if "polygon" in table:
        corners = table["polygon"]
        if not isinstance(corners, list):
            raise ZonesError(f"{where} needs its polygon as [[yaw, pitch], ...].")
        return Zone(name, kind, tuple(_pair(corner, where) for corner in corners))
    yaw, pitch = _pair(table.get("yaw"), where), _pair(table.get("pitch"), where)
    if yaw[0] >= yaw[1] or pitch[0] >= pitch[1]:
        raise ZonesError(f"{where} is empty: write the smaller number of yaw and of pitch first.")
    return Zone.box(name, kind, yaw, pitch)


def _pair(value: object, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ZonesError(f"{where} needs yaw = [low, high] and pitch = [low, high], or polygon = [[yaw, pitch], ...].")
    return _number(value[0], where), _number(value[1], where)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ZonesError(f"{where} has a value that is not a number: give degrees.")
    return float(value)
