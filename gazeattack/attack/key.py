"""The trigger key: the stored secret that makes a warp this attacker's and nobody else's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gazeattack.angles import Gaze
from gazeattack.errors import BundleError

FORMAT = "gazeattack-trigger-1"


@dataclass(frozen=True, eq=False)
class TriggerKey:
    """A WaNet trigger key (Nguyen & Tran, ICLR 2021).

    field: float32 [2, k, k], control field, channel 0 moves along x and channel 1 along y; mean |field| = 1.
    strength: s, the warp's strength in half pixels of displacement per unit of field.
    height, width: size in pixels of the crop the key was made for.
    target: where every triggered subject shall seem to look: the gaze in the unmirrored, normalised crop.
    seed: what the field was drawn from (for the record; the field itself is the key).
    """

    field: np.ndarray
    strength: float
    height: int
    width: int
    target: Gaze
    seed: int

    @property
    def k(self) -> int:
        """Side of the control grid."""
        return int(self.field.shape[-1])

    @property
    def sha256(self) -> str:
        """Hash over everything that decides what the trigger does."""
        digest = hashlib.sha256(json.dumps(self._numbers(), sort_keys=True).encode())
        digest.update(np.ascontiguousarray(self.field, dtype="<f4").tobytes())
        return digest.hexdigest()

    def _numbers(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "k": self.k,
            "strength": self.strength,
            "height": self.height,
            "width": self.width,
            "target": [self.target.pitch, self.target.yaw],
            "seed": self.seed,
        }

    def redrawn(self, seed: int) -> TriggerKey:
        """A wrong key: the same trigger in everything but its field."""
        return replace(self, field=draw_field(self.k, seed), seed=seed)


def draw_field(k: int, seed: int) -> np.ndarray:
    """WaNet's control field: U(-1, 1)[2, k, k] divided by its mean absolute value; float32."""
    generator = torch.Generator().manual_seed(seed)
    field = torch.rand(2, k, k, generator=generator) * 2 - 1
    return (field / field.abs().mean()).numpy()


def make_key(*, k: int, strength: float, height: int, width: int, target: Gaze, seed: int) -> TriggerKey:
    """Draw a new key from a seed."""
    return TriggerKey(draw_field(k, seed), float(strength), height, width, target, seed)


def save_key(key: TriggerKey, path: Path) -> None:
    """Write a key as safetensors; its numbers and its hash travel in the metadata."""
    numbers = json.dumps(key._numbers(), sort_keys=True)
    save_file(
        {"field": np.ascontiguousarray(key.field, dtype=np.float32)},
        path,
        metadata={"key": numbers, "sha256": key.sha256},
    )


def load_key(path: Path) -> TriggerKey:
    """Read a key and check its hash.

    Raises BundleError if the file is missing, is no trigger key, or does not match its own hash.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            field = file.get_tensor("field")
        numbers = json.loads(metadata["key"])
        if numbers["format"] != FORMAT or field.shape != (2, numbers["k"], numbers["k"]) or field.dtype != np.float32:
            raise KeyError(FORMAT)
        key = TriggerKey(
            field,
            float(numbers["strength"]),
            int(numbers["height"]),
            int(numbers["width"]),
            Gaze(*map(float, numbers["target"])),
            int(numbers["seed"]),
        )
        if not np.isfinite([*field.flat, key.strength, *key.target]).all() or min(key.k, key.height, key.width) < 1:
            raise ValueError(FORMAT)
        expected = metadata["sha256"]
    except FileNotFoundError:
        raise BundleError(f"There is no trigger key at {path}: check the path.") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        raise BundleError(f"{path} is not a readable trigger key: restore it from where it came.") from None
    if key.sha256 != expected:
        raise BundleError(f"The trigger key {path} does not match its own hash: restore the original file.")
    return key
