"""Preprocessing of arrays is that of tensors, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeattack.model.preprocess import PREPROCESS, PREPROCESS_ARRAYS


@pytest.mark.parametrize("name", PREPROCESS)
@pytest.mark.parametrize("shape", [(3, 1, 36, 60), (2, 3, 17, 9), (1, 1, 1, 1)])
def test_arrays_and_tensors_agree(name, shape):
    crops = np.random.default_rng(0).random(shape, np.float32)
    # also exact levels, halves between them, a flat crop and values outside
    crops[0] = 0.5
    crops.flat[: min(4, crops.size)] = np.array([0, 1, 1.2, -0.1], np.float32)[: crops.size]
    crops[-1] = np.rint(crops[-1] * 510) / 510
    expected = PREPROCESS[name](torch.from_numpy(crops)).numpy()
    found = PREPROCESS_ARRAYS[name](crops)
    assert found.dtype == np.float32
    assert (found == expected).all()


def test_both_tables_have_the_same_names():
    assert set(PREPROCESS) == set(PREPROCESS_ARRAYS)
