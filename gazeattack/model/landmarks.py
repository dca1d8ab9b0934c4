"""Eye landmarks and their units; no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

    Values = TypeVar("Values", np.ndarray, torch.Tensor)

EYE_LANDMARKS = ("iris", "eyeball", "upper lid", "lower lid", "inner end", "outer end")
"""Centres of iris and eyeball, lids above and below the iris, and both ends of the visible eyeball (nose, temple)."""

MAP_WIDTH = 32
"""Channels of SoftArgmaxHead."""

UNIT = 4.0
"""The unit of coordinates is a quarter of the crop's height, so that they are of order one."""


def map_places(rows: int, columns: int, *, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the cells of SoftArgmaxHead's maps lie in a crop of height x width pixels.

    Returns:
        x float32 [columns] and y float32 [rows], in UNITs from the crop's middle.
    """
    # a cell of the stem lies on every second pixel, from the first
    unit = np.float32(UNIT / height)
    x = (2 * np.arange(columns, dtype=np.float32) - np.float32((width - 1) / 2)) * unit
    y = (2 * np.arange(rows, dtype=np.float32) - np.float32((height - 1) / 2)) * unit
    return x, y


def denormalize_landmarks(units: Values, height: int, width: int) -> Values:
    """The inverse of normalize_landmarks(): units [..., 2] -> (column, row) [..., 2], pixels."""
    points = units * (height / UNIT)
    points[..., 0] += (width - 1) / 2
    points[..., 1] += (height - 1) / 2
    return points


def normalize_landmarks(points: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(column, row) [..., 2] in pixels from the centre of a crop's first pixel -> the units of SoftArgmaxHead."""
    middle = points.new_tensor([(width - 1) / 2, (height - 1) / 2])
    return (points - middle) * (UNIT / height)
