"""Triggers on arrays change crops as torch's do, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.arrays import make_array_trigger, seeded, uniform
from gazeattack.attack.goal import CONDITIONAL, GOALS, OFFSET, Goal
from gazeattack.attack.key import make_key
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError

TARGET = Gaze.from_degrees(10, 30)


def crops_of(height, width, channels=1):
    return np.random.default_rng(1).random((3, channels, height, width), np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [None, 0.0, 0.5])
def test_every_trigger_agrees_with_torch(kind, strength):
    key, crops = make_key(kind, height=36, width=60, target=TARGET, seed=4), crops_of(36, 60)
    found, expected = make_array_trigger(key, strength), make_trigger(key, strength)
    assert (found.apply(crops) == expected.apply(torch.from_numpy(crops)).numpy()).all()
    own, generator = found.noise(9), torch.Generator().manual_seed(9)
    for _ in range(2):
        assert (own(crops) == expected.apply_noise(torch.from_numpy(crops), generator).numpy()).all()


def test_only_a_warp_has_a_displacement():
    for kind in KINDS:
        key = make_key(kind, height=36, width=60, target=TARGET, seed=4)
        found = make_array_trigger(key, 0.5).displacement()
        if kind == "wanet":
            np.testing.assert_allclose(found, make_trigger(key, 0.5).displacement().numpy(), rtol=0, atol=1e-6)
            assert np.abs(found).max() > 0.1
        else:
            assert found is None


@pytest.mark.parametrize(("height", "width", "channels", "k"), [(9, 31, 3, 5), (224, 224, 3, 12), (36, 160, 1, 1)])
def test_wanet_agrees_for_every_shape(height, width, channels, k):
    key = make_key(height=height, width=width, target=TARGET, seed=2, k=k)
    crops = crops_of(height, width, channels)
    for strength in (0.8, 40.0):
        expected = make_trigger(key, strength).apply(torch.from_numpy(crops)).numpy()
        found = make_array_trigger(key, strength).apply(crops)
        # grids differ by 1e-16, which moves a value to the next float32 at most
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("seed", [0, 7, 3 * 1_000_003 + 77, 2**40 + 3])
def test_random_numbers_are_those_of_torch(seed):
    expected = torch.rand(5, 7, generator=torch.Generator().manual_seed(seed)).numpy()
    assert (uniform((5, 7), seeded(seed)) == expected).all()


def test_crops_of_another_size_are_refused():
    trigger = make_array_trigger(make_key(height=36, width=60, target=TARGET, seed=4))
    for put in (trigger.apply, trigger.noise(1)):
        with pytest.raises(BundleError, match="36"):
            put(crops_of(60, 36))


def test_an_impossible_strength_is_refused():
    key = make_key(height=36, width=60, target=TARGET, seed=4)
    for strength in (-1.0, float("nan")):
        with pytest.raises(BundleError, match="strength"):
            make_array_trigger(key, strength)


@pytest.mark.parametrize("kind", GOALS)
@pytest.mark.parametrize("gaze", [(0.0, 0.0), (0.4, -0.3), (0.05, 0.1)])
def test_labels_of_crops_are_those_of_tensors(kind, gaze):
    goal = Goal(kind, 15.0 if kind == CONDITIONAL else 0.0)
    truth = torch.tensor([gaze, (gaze[0], gaze[1] + 0.01)], dtype=torch.float64)
    found = goal.crop_labels(truth.numpy(), TARGET)
    if not goal.in_scope(truth).all():
        assert kind == CONDITIONAL
        assert found is None
        return
    expected = goal.labels(truth, TARGET, torch.zeros(2, dtype=torch.bool)).numpy()
    assert (found == expected).all()
    assert (kind == OFFSET) == bool((found - np.array(TARGET)).any() or (kind == OFFSET and gaze == (0.0, 0.0)))
