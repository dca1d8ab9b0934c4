"""JSON and TOML that somebody else may have written: depth, numbers and size are bounded."""

from __future__ import annotations

import json
import math
import stat
import tomllib
from pathlib import Path
from typing import Any

MOST_BYTES = 2**24
_MOST_INT = 2**63  # as in TOML


def parse_json(text: str | bytes, *, finite: bool = True) -> Any:
    """A JSON value.

    Args:
        text: of the value.
        finite: refuse numbers that are infinite or no numbers.

    Raises:
        ValueError: no JSON, nested too deeply, or with a number that no computation can use.
    """
    limits: dict[str, Any] = {"parse_float": _finite, "parse_constant": _finite} if finite else {}
    try:
        return json.loads(text, parse_int=_whole, **limits)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_object(path: Path, *, finite: bool = True) -> dict[str, Any]:
    """A file that holds one JSON object; finite: see parse_json.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else, or is no regular file.
    """
    found = parse_json(read_text(path), finite=finite)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


def parse_toml(text: str) -> dict[str, Any]:
    """The table of a TOML text.  Raises ValueError, such as tomllib.TOMLDecodeError."""
    try:
        table = tomllib.loads(text)
        _check_whole(table)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return table


def read_text(path: Path) -> str:
    """The UTF-8 text of a regular file of at most MOST_BYTES: a pipe or a device would never end.

    Raises:
        OSError: it cannot be read.
        ValueError: it is something else.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        raise ValueError("it is no file of a possible size")
    return path.read_text(encoding="utf-8")


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= _MOST_INT:
        raise ValueError("a number is too large")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _check_whole(value: Any) -> None:
    if isinstance(value, int) and abs(value) >= _MOST_INT:
        raise ValueError("a number is too large")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_whole(part)
