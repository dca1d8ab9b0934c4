"""A network for any number of crops: compiled for a few fixed numbers, which is faster than one for any number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gazeattack.inference import Network

# One network is compiled for each small number, and more crops go in parts of one size.
SMALL = 8
PART = 64


class BatchedNetwork:
    """Runs a network on any number of crops.

    Args:
        graph: from a number of crops to the openvino.Model.
        single: the network takes one crop at a time.
    """

    def __init__(self, graph: Callable[[int], Any], *, single: bool = False) -> None:
        self._graph = graph
        self._small, self._size = (1, 1) if single else (SMALL, PART)
        self._by_count: dict[int, Network] = {}

    def __call__(self, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """Run the network on contiguous float32 arrays of N rows each; its outputs have N rows."""
        count = len(arrays[0])
        if count <= self._small:
            return self._network(count)(*arrays)
        size = self._size
        parts = [self._part([array[at : at + size] for array in arrays]) for at in range(0, count, size)]
        return tuple(np.concatenate(outputs) for outputs in zip(*parts, strict=True))

    def _part(self, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Up to a part's number of crops, filled up to it."""
        count, size = len(arrays[0]), self._size
        filled = [np.concatenate([array, np.zeros((size - count, *array.shape[1:]), np.float32)]) for array in arrays]
        return tuple(output[:count] for output in self._network(size)(*filled))

    def _network(self, count: int) -> Network:
        if count not in self._by_count:
            self._by_count[count] = Network(self._graph(count))
        return self._by_count[count]
