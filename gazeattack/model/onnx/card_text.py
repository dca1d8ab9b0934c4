"""The card of an ONNX network as a TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gazeattack.errors import BundleError
from gazeattack.model.onnx.card import OnnxSpec, read_card_tables
from gazeattack.parsing import parse_toml, read_text


def read_card_file(path: Path) -> tuple[OnnxSpec, dict[str, str]]:
    """Read a card that a person wrote.

    Returns:
        How the network is used, and the texts of the card: title, source and licence, where given.

    Raises:
        BundleError: it cannot be read, or an entry is wrong.
    """
    try:
        table = parse_toml(read_text(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
        raise BundleError(f"The card {path} cannot be read ({reason}): give a TOML file of text.") from None
    spec = read_card_tables(table)
    return spec, {name: table[name] for name in ("title", "source", "licence") if name in table}


def card_text(spec: OnnxSpec, title: str) -> str:
    """The card as TOML; read_card_file() reads it."""
    crop = {name: value for name, value in asdict(spec.crop).items() if name != "channels"}
    tables: dict[str, Any] = {"crop": crop, **spec.as_tables()}
    lines = [f"title = {_value(title)}"]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_entries(table)]
    return "\n".join(lines) + "\n"


def _entries(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items()]


def _value(value: Any) -> str:
    # strings, numbers, true, false and lists of them are written alike in JSON and TOML, but for DEL
    return json.dumps(value).replace("\x7f", "\\u007f")
