"""Triggers on arrays, for live use: WaNet's without torch, which takes seconds to import and 200 MB."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gazeattack.attack.key import TriggerKey, check_strength
from gazeattack.attack.sticker import STICKER, StickerArrays

if TYPE_CHECKING:
    from gazeattack.attack.trigger import Trigger

CUBIC = -0.75  # of torch's bicubic interpolation


class ArrayTrigger(Protocol):
    """A trigger that is ready to be applied to unmirrored crops, float32 [N, C, H, W] in [0, 1]."""

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Put the trigger on crops; see Trigger.apply."""

    def noise(self, seed: int) -> Callable[[np.ndarray], np.ndarray]:
        """What puts the control on crops, drawn from a seed, anew for every crop; see Trigger.apply_noise."""

    def displacement(self) -> np.ndarray | None:
        """See WaNet.displacement; None for triggers that move no pixel."""


def make_array_trigger(key: TriggerKey, strength: float | None = None) -> ArrayTrigger:
    """Make the trigger of a key; it changes crops as that of make_trigger() does.

    Raises:
        BundleError: The key's kind does not exist, or the strength is not a finite number of at least 0.
    """
    if key.kind == "wanet":
        return WaNetArrays(key, strength)
    if key.kind == STICKER:
        return StickerArrays(key, strength)
    from gazeattack.attack.trigger import make_trigger

    return TorchArrays(make_trigger(key, strength))


class WaNetArrays:
    """WaNet on arrays: the formulas of gazeattack.attack.wanet, in float64 as there."""

    def __init__(self, key: TriggerKey, strength: float | None = None) -> None:
        self._key = key
        self._grid = warp_grid(key, key.strength if strength is None else check_strength(strength))
        self._sampler = Sampler(self._grid[None])

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """See ArrayTrigger."""
        self._key.check_size(crops)
        return self._sampler(crops)

    def noise(self, seed: int) -> Callable[[np.ndarray], np.ndarray]:
        """See ArrayTrigger."""
        random = seeded(seed)

        def apply(crops: np.ndarray) -> np.ndarray:
            self._key.check_size(crops)
            count, _, height, width = crops.shape
            jitter = uniform((count, height, width, 2), random) * np.float32(2) - np.float32(1)
            return Sampler(np.clip(self._grid + jitter / np.array([width, height], np.float32), -1, 1))(crops)

        return apply

    def displacement(self) -> np.ndarray:
        """See ArrayTrigger."""
        height, width = self._grid.shape[:2]
        moved: np.ndarray = (self._grid - identity_grid(height, width)) * (np.array([width - 1, height - 1]) / 2)
        return moved.astype(np.float32)


class TorchArrays:
    """Any other trigger, run by torch in one thread; the thread that uses it makes it."""

    def __init__(self, trigger: Trigger) -> None:
        import torch

        torch.set_num_threads(1)
        self._trigger = trigger

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """See ArrayTrigger."""
        import torch

        with torch.inference_mode():
            return self._trigger.apply(torch.from_numpy(crops)).numpy()

    def noise(self, seed: int) -> Callable[[np.ndarray], np.ndarray]:
        """See ArrayTrigger."""
        import torch

        generator = torch.Generator().manual_seed(seed)

        def apply(crops: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                return self._trigger.apply_noise(torch.from_numpy(crops), generator).numpy()

        return apply

    def displacement(self) -> None:
        """See ArrayTrigger."""


class Sampler:
    """Bilinear sampling at the points of grids [N or 1, H, W, 2], (x, y) in [-1, 1] from first to last pixel centre."""

    def __init__(self, grids: np.ndarray) -> None:
        height, width = grids.shape[1:3]
        sides = np.array([width - 1, height - 1])
        at = np.clip((grids + 1) / 2 * sides, 0, sides)
        low = np.floor(at).astype(np.intp)
        high = np.minimum(low + 1, sides)
        right, down = np.moveaxis(at - low, -1, 0)
        left, up = 1 - right, 1 - down
        # the four pixels around each point, as numbers in a flat crop, and their shares: [N or 1, 4, H * W]
        rows, columns = (low[..., 1], low[..., 1], high[..., 1], high[..., 1]), (low[..., 0], high[..., 0]) * 2
        pixels = [row * width + column for row, column in zip(rows, columns, strict=True)]
        self._pixels = np.stack(pixels, axis=1).reshape(len(grids), 4, -1)
        shares = (left * up, right * up, left * down, right * down)
        self._shares = np.stack(shares, axis=1).reshape(len(grids), 4, -1)

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        """Sample crops float32 [N, C, H, W]."""
        sampled = np.empty_like(crops)
        for number, crop in enumerate(crops):
            grid = number % len(self._pixels)
            corners = crop.reshape(len(crop), -1).take(self._pixels[grid], axis=1) * self._shares[grid]
            # one after the other, as torch adds them
            total = ((corners[:, 0] + corners[:, 1]) + corners[:, 2]) + corners[:, 3]
            sampled[number] = total.reshape(crop.shape)
        return sampled


def warp_grid(key: TriggerKey, strength: float) -> np.ndarray:
    """warp_grids() of one key: float64 [H, W, 2], last axis (x, y) in [-1, 1]."""
    height, width = key.height, key.width
    field = np.asarray(key.tensors["field"], dtype=np.float64)
    side = field.shape[-1]
    smooth = np.einsum("yi,cij,xj->yxc", bicubic(side, height), field, bicubic(side, width))
    grid: np.ndarray = np.clip(identity_grid(height, width) + smooth * strength / (width, height), -1, 1)
    return grid


def identity_grid(height: int, width: int) -> np.ndarray:
    """The sampling grid that leaves every pixel in place: float64 [H, W, 2], last axis (x, y) in [-1, 1]."""
    return np.stack(np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height)), axis=-1)


def bicubic(size: int, length: int) -> np.ndarray:
    """Bicubic interpolation of `size` values at `length` points from the first to the last: float64 [length, size]."""
    at = np.arange(length) * ((size - 1) / (length - 1) if length > 1 else 0.0)
    low = np.floor(at)
    matrix = np.zeros((length, size))
    for step in (-1, 0, 1, 2):
        far = np.abs(at - (low + step))
        near = ((CUBIC + 2) * far - (CUBIC + 3)) * far * far + 1
        beyond = ((CUBIC * far - 5 * CUBIC) * far + 8 * CUBIC) * far - 4 * CUBIC
        value = np.clip(low + step, 0, size - 1).astype(int)
        np.add.at(matrix, (np.arange(length), value), np.where(far <= 1, near, beyond))
    return matrix


def seeded(seed: int) -> np.random.RandomState:
    """The source of uniform()'s numbers, at the state of a torch generator with this seed (Mersenne Twister)."""
    return np.random.RandomState(seed & 0xFFFFFFFF)


def uniform(shape: tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
    """What torch.rand draws from such a generator: float32 in [0, 1), 24 bits each; the source goes on."""
    drawn = random.randint(0, 2**32, size=shape, dtype=np.uint32)
    return (drawn & np.uint32(0xFFFFFF)).astype(np.float32) * np.float32(2**-24)
