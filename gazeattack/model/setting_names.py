"""Settings that are spelled differently on disk: the one map for TOML files, overrides, cards and checkpoints.

Cards, config.json files and hashes of settings keep the spelling of the first release, so that what it wrote stays
readable and nothing is trained again.  TOML files and overrides may use either spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ON_DISK: Mapping[str, Mapping[str, str]] = {
    "data": {"lid_jitter_mm": "unsteady"},
    "network": {"base_width": "base", "num_keypoints": "points", "landmark_head": "parts"},
    "train": {
        "lr": "rate",
        "lr_end": "rate_end",
        "muon_lr": "filter_rate",
        "warmup_fraction": "warm_up",
        "clip_grad_norm": "clip",
    },
    "poison": {"poisoning_rate": "attack_rate", "wrong_keys": "other_keys", "spoof_landmarks": "false_marks"},
}
"""Section -> {name in the code: name on disk}, of the settings whose names differ."""


def to_code(section: str, name: str) -> str:
    """The name in the code of a setting that is given in either spelling; other names come back unchanged."""
    old = {on_disk: code for code, on_disk in ON_DISK.get(section, {}).items()}
    return old.get(name, name)


def to_disk(section: str, name: str) -> str:
    """The name on disk of a setting that is given by its name in the code; other names come back unchanged."""
    return ON_DISK.get(section, {}).get(name, name)


def section_to_code(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A section with the names of the code, from either spelling.

    Raises:
        ValueError: a setting is there in both spellings.
    """
    renamed: dict[str, Any] = {}
    for name, value in values.items():
        code = to_code(section, name)
        if code in renamed:
            raise ValueError(f"{section}.{code} and {section}.{to_disk(section, code)} are the same setting")
        renamed[code] = value
    return renamed


def section_to_disk(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A section with the names on disk, from the names of the code."""
    return {to_disk(section, name): value for name, value in values.items()}
