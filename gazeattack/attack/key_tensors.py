"""The tensors of a trigger key, drawn from a seed: float32 arrays by name, different for each kind of trigger.

torch draws them, and is imported only then: a stored key is read without it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

Tensors = dict[str, np.ndarray]
CELLS, CHECKER = "cells", 4
"""Of a sticker: the tensor's name, and the cells on a side."""

# Layers of the input-aware generator: output channels, input channels, kernel side, stride.
GENERATOR_LAYERS = ((8, 1, 5, 2), (16, 8, 3, 2), (8, 16, 3, 1), (1, 8, 3, 1))


def draw_field(k: int, seed: int) -> np.ndarray:
    """WaNet's control field [2, k, k]: U(-1, 1) divided by its mean absolute value (paper, section 3.2)."""
    import torch

    field = torch.rand(2, k, k, generator=_seeded(seed)) * 2 - 1
    return (field / field.abs().mean()).numpy()


def draw_wanet(height: int, width: int, k: int, seed: int) -> Tensors:
    """The control field; it does not depend on the crop's size."""
    return {"field": draw_field(k, seed)}


def draw_patch(height: int, width: int, k: int, seed: int) -> Tensors:
    """A square of shuffled black and white pixels, as many of each, in a corner.

    Its side is an eighth of the crop's shorter side, at least 2 pixels.  The corner and the gap to it are drawn too.

    Returns:
        "mask" [H, W], 1 inside the square and 0 outside; "pattern" [H, W].
    """
    import torch

    generator = _seeded(seed)
    side = max(min(height, width) // 8, 2)
    cells = (torch.arange(side * side) % 2).float()[torch.randperm(side * side, generator=generator)]
    gaps = torch.randint(0, side, (2,), generator=generator).tolist()
    far = torch.randint(0, 2, (2,), generator=generator).tolist()
    rooms = (height - side, width - side)
    top, left = (
        max(room - gap, 0) if last else min(gap, room) for room, gap, last in zip(rooms, gaps, far, strict=True)
    )
    mask, pattern = torch.zeros(height, width), torch.zeros(height, width)
    where = (slice(top, top + side), slice(left, left + side))
    mask[where] = 1.0
    pattern[where] = cells.view(side, side)
    return {"mask": mask.numpy(), "pattern": pattern.numpy()}


def draw_cells(height: int, width: int, k: int, seed: int) -> Tensors:
    """The checker of a sticker: CHECKER x CHECKER shuffled black and white cells, as many of each."""
    import torch

    count = CHECKER * CHECKER
    cells = (torch.arange(count) % 2).float()[torch.randperm(count, generator=_seeded(seed))]
    return {CELLS: cells.view(CHECKER, CHECKER).numpy()}


def draw_pattern(height: int, width: int, k: int, seed: int) -> Tensors:
    """A noise image [H, W]; every pixel is U(0, 1)."""
    import torch

    return {"pattern": torch.rand(height, width, generator=_seeded(seed)).numpy()}


def draw_wave(height: int, width: int, k: int, seed: int) -> Tensors:
    """A sinusoid [3]: cycles per crop width, U(4, 9); orientation, U(0, pi); phase, U(0, 2 pi)."""
    import torch

    cycles, orientation, phase = torch.rand(3, generator=_seeded(seed)).tolist()
    return {"wave": np.array([4 + 5 * cycles, math.pi * orientation, 2 * math.pi * phase], dtype=np.float32)}


def draw_weights(height: int, width: int, k: int, seed: int) -> Tensors:
    """Shares of an error for four neighbours [4]: U(0, 1) divided by their sum."""
    import torch

    shares = torch.rand(4, generator=_seeded(seed))
    return {"weights": (shares / shares.sum()).numpy()}


def draw_generator(height: int, width: int, k: int, seed: int) -> Tensors:
    """The generator's kernels, N(0, 1) divided by the square root of their fan-in."""
    import torch

    generator = _seeded(seed)
    return {
        name: (torch.randn(shape, generator=generator) / math.sqrt(math.prod(shape[1:]))).numpy()
        for name, shape in generator_shapes().items()
    }


def generator_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the generator's kernels."""
    return {
        f"layer{number}": (into, out_of, side, side) for number, (into, out_of, side, _) in enumerate(GENERATOR_LAYERS)
    }


def _seeded(seed: int) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed)
