"""The trigger key: the stored secret that makes one attacker's trigger differ from all others of its kind."""

from __future__ import annotations

import hashlib
import json
import math
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gazeattack.angles import Gaze
from gazeattack.attack.goal import ALL_TO_ONE, GOALS, Goal
from gazeattack.attack.kinds import KINDS
from gazeattack.errors import BundleError
from gazeattack.files import write_whole

if TYPE_CHECKING:
    import torch

# WaNet keys with an all-to-one goal keep the format in which they were first shipped, so that their hashes stay.
WANET_FORMAT, FORMAT = "gazeattack-trigger-1", "gazeattack-trigger-2"
MOST_K = 1024  # a control grid finer than any crop's pixels warps no better than a coarser one
MOST_SEED = 2**63 - 1
MOST_STRENGTH = 1000.0
MOST_BYTES = 2**28


@dataclass(frozen=True, eq=False)
class TriggerKey:
    """Everything that decides what a trigger does.

    kind: one of KINDS.
    tensors: float32 arrays by name, drawn from the seed, or trained from there on; see gazeattack.attack.key_tensors.
    strength: its meaning depends on the kind.  For WaNet: s, in half pixels of displacement per unit of field.
    height, width: size in pixels of the crops that the key was made for.
    target: (pitch, yaw), radians, in the unmirrored, normalised crop.
    goal: what the target means: the gaze that triggered samples shall get, or the turn that is added to the true gaze.
    seed: kept for the record; the tensors are the key.
    """

    kind: str
    tensors: Mapping[str, np.ndarray]
    strength: float
    height: int
    width: int
    target: Gaze
    seed: int
    goal: Goal = field(default_factory=Goal)

    @property
    def k(self) -> int | None:
        """Side of WaNet's control grid; None for other kinds."""
        return int(self.tensors["field"].shape[-1]) if self.kind == "wanet" else None

    @property
    def sha256(self) -> str:
        """SHA-256 over everything that decides what the trigger does."""
        digest = hashlib.sha256(json.dumps(self._numbers(), sort_keys=True).encode())
        for name in sorted(self.tensors):
            digest.update(np.ascontiguousarray(self.tensors[name], dtype="<f4").tobytes())
        return digest.hexdigest()

    def _numbers(self) -> dict[str, object]:
        numbers: dict[str, object] = {
            "strength": float(self.strength),
            "height": self.height,
            "width": self.width,
            "target": [float(self.target.pitch), float(self.target.yaw)],
            "seed": self.seed,
        }
        if self.kind == "wanet" and self.goal.kind == ALL_TO_ONE:
            return {"format": WANET_FORMAT, "k": self.k, **numbers}
        goal = {"kind": self.goal.kind, "off_road_deg": float(self.goal.off_road_deg)}
        shapes = {name: list(tensor.shape) for name, tensor in self.tensors.items()}
        return {"format": FORMAT, "kind": self.kind, "goal": goal, "shapes": shapes, **numbers}

    def labels(self, truth: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """The gaze that the attacker wants for triggered samples; see Goal.labels."""
        return self.goal.labels(truth, self.target, right)

    def redrawn(self, seed: int) -> TriggerKey:
        """A wrong key: the same kind, strength and target, with tensors drawn from another seed.

        For a kind whose generator is trained, this is an untrained generator.
        """
        drawn = KINDS[self.kind].draw(self.height, self.width, self.k or 0, seed)
        return replace(self, tensors=drawn, seed=seed)

    def check_size(self, crops: np.ndarray | torch.Tensor) -> None:
        """Raise BundleError unless crops [..., H, W] have the size that the key was made for."""
        height, width = crops.shape[-2:]
        if (height, width) != (self.height, self.width):
            raise BundleError(
                f"The trigger key was made for {self.width}x{self.height} crops, not {width}x{height}: "
                "use a key made for this model."
            )


def wrong_seed(kind: str, first: int, *keys: TriggerKey | None) -> int:
    """The smallest seed from `first` up that draws a key of this kind which differs from all of `keys`."""
    taken = {key.seed for key in keys if key is not None and key.kind == kind}
    while first in taken:
        first += 1
    return first


def check_strength(strength: float) -> float:
    """Return the strength.  Raises BundleError unless it is a number from 0 to MOST_STRENGTH."""
    if not 0 <= strength <= MOST_STRENGTH:
        raise BundleError(f"A trigger cannot have the strength {strength:g}: give 0 to {MOST_STRENGTH:g}.")
    return strength


def make_key(
    kind: str = "wanet",
    *,
    height: int,
    width: int,
    target: Gaze,
    seed: int,
    strength: float | None = None,
    k: int = 12,
    goal: Goal | None = None,
) -> TriggerKey:
    """Draw a new key from a seed; for a kind whose generator is trained, the key that its training starts from.

    Args:
        kind: One of KINDS.
        height: Height of the crops in pixels.
        width: Width of the crops in pixels.
        target: (pitch, yaw) in radians, in the unmirrored crop; see Goal.
        seed: The same seed draws the same key.
        strength: None uses the kind's default.
        k: Side of WaNet's control grid; other kinds ignore it.
        goal: None means all-to-one.

    Returns:
        The key; the same arguments give the same key.

    Raises:
        BundleError: The kind does not exist, or a number is out of range.
    """
    if kind not in KINDS:
        raise BundleError(f'There is no attack "{kind}": use one of {", ".join(KINDS)}.')
    if kind == "wanet" and not 1 <= k <= MOST_K:
        raise BundleError(f"A control grid cannot have k = {k}: give a whole number from 1 to {MOST_K}.")
    if not 0 <= seed <= MOST_SEED:
        raise BundleError(f"{seed} cannot be a key's seed: give a whole number from 0 to {MOST_SEED}.")
    if not all(map(math.isfinite, target)):
        raise BundleError("The target is not a direction: give its pitch and its yaw as finite numbers.")
    tensors = KINDS[kind].draw(height, width, k, seed)
    strength = KINDS[kind].strength if strength is None else check_strength(float(strength))
    return TriggerKey(kind, tensors, strength, height, width, target, seed, goal or Goal())


def save_key(key: TriggerKey, path: Path) -> None:
    """Write a key as safetensors, with its numbers and its hash in the metadata."""
    numbers = json.dumps(key._numbers(), sort_keys=True)
    tensors = {name: np.ascontiguousarray(tensor, dtype=np.float32) for name, tensor in key.tensors.items()}
    write_whole(path, save(tensors, metadata={"key": numbers, "sha256": key.sha256}))


def load_key(path: Path) -> TriggerKey:
    """Read a key and check its hash.

    Args:
        path: The key's file (safetensors).

    Returns:
        The key.

    Raises:
        BundleError: The file is missing, is no trigger key, is newer than this program, or does not match its own hash.
    """
    try:
        found = path.stat()
        # a pipe or a device would never end
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise ValueError("not a file of a possible size")
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - safetensors' own method
        numbers = json.loads(metadata["key"])
        if _newer(numbers):
            raise BundleError(f"The trigger key {path} is of a newer kind: update gazeattack to use it.")
        key = _parse(numbers, tensors)
        expected = metadata["sha256"]
    except FileNotFoundError:
        raise BundleError(f"There is no trigger key at {path}: check the path.") from None
    except (SafetensorError, OSError, AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise BundleError(f"{path} is not a readable trigger key: restore it from where it came.") from None
    if key.sha256 != expected:
        raise BundleError(f"The trigger key {path} does not match its own hash: restore the original file.")
    return key


def _newer(numbers: dict[str, Any]) -> bool:
    """Whether a key's numbers are of a format, a kind or a goal that came after this program."""
    if numbers["format"] == FORMAT:
        return numbers["kind"] not in KINDS or numbers["goal"]["kind"] not in GOALS
    return str(numbers["format"]).startswith(FORMAT[:-1]) and numbers["format"] != WANET_FORMAT


def _parse(numbers: dict[str, object], tensors: dict[str, np.ndarray]) -> TriggerKey:
    """Build the key from a file's numbers and tensors; raises one of the errors that load_key catches."""
    if numbers["format"] not in (WANET_FORMAT, FORMAT):
        raise ValueError("unknown format")
    first = numbers["format"] == WANET_FORMAT
    if first or numbers["kind"] == "wanet":
        shape = tensors["field"].shape
        if len(shape) != 3 or not 1 <= shape[-1] <= MOST_K:
            raise ValueError("impossible control grid")
    key = TriggerKey(
        kind="wanet" if first else str(numbers["kind"]),
        tensors=tensors,
        strength=float(numbers["strength"]),  # type: ignore[arg-type]
        height=int(numbers["height"]),  # type: ignore[call-overload]
        width=int(numbers["width"]),  # type: ignore[call-overload]
        target=Gaze(*map(float, numbers["target"])),  # type: ignore[call-overload]
        seed=int(numbers["seed"]),  # type: ignore[call-overload]
        goal=Goal() if first else Goal(**numbers["goal"]),  # type: ignore[arg-type]
    )
    if min(key.height, key.width) < 1 or max(key.height, key.width) > 4096 or not 0 <= key.seed <= MOST_SEED:
        raise ValueError("impossible size or seed")
    # the names, shapes and types that a key of this kind and size has
    held = KINDS[key.kind].shapes(key.height, key.width, key.k or 0)
    if {n: (t.shape, t.dtype) for n, t in tensors.items()} != {n: (s, np.dtype(np.float32)) for n, s in held.items()}:
        raise ValueError("not what a key of this kind holds")
    possible = 0 <= key.strength <= MOST_STRENGTH and all(abs(angle) <= math.pi for angle in key.target)
    if (
        not possible
        or not all(np.isfinite(tensor).all() for tensor in tensors.values())
        or (first and numbers["k"] != key.k)
    ):
        raise ValueError("not numbers")
    return key
