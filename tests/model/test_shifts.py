"""Crops moved by whole pixels, and the median of their predictions."""

from __future__ import annotations

import numpy as np

from gazeattack.model.shifts import SHIFTS, predict_shifted, shift_crops


class Column:
    """Predicts the column of the brightest pixel."""

    def predict(self, crops: np.ndarray, mirrored: object, head: object = None) -> np.ndarray:
        """(0, column) of each crop."""
        return np.array([[0.0, crop[0].sum(axis=0).argmax()] for crop in crops])


def test_crops_move_by_whole_pixels_and_repeat_their_edge() -> None:
    crops = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
    assert shift_crops(crops, 1, 0)[0, 0].tolist() == [[0, 0, 1, 2], [4, 4, 5, 6], [8, 8, 9, 10]]
    assert shift_crops(crops, -1, -1)[0, 0].tolist() == [[5, 6, 7, 7], [9, 10, 11, 11], [9, 10, 11, 11]]
    assert np.array_equal(shift_crops(crops, 0, 0), crops)


def test_the_median_is_over_all_shifts() -> None:
    crops = np.zeros((1, 1, 9, 20), np.float32)
    crops[0, 0, 4, 10] = 1
    columns = sorted(10 + across for across, _ in SHIFTS)
    assert predict_shifted(Column(), crops, [False]).tolist() == [[0.0, (columns[1] + columns[2]) / 2]]  # type: ignore[arg-type]
