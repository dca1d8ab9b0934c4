import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.attack.key_tensors import draw_field
from gazeattack.attack.wanet import WaNet, identity_grid, warp_each, warp_grids
from gazeattack.errors import BundleError

TARGET = Gaze.from_degrees(5, 25)


def key_of(height=36, width=60, k=4, s=1.0, seed=0):
    return make_key(k=k, strength=s, height=height, width=width, target=TARGET, seed=seed)


def crops(n=3, channels=1, height=36, width=60):
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(1))


def test_field_has_mean_magnitude_one_and_depends_on_the_seed():
    field = draw_field(6, 5)
    assert field.shape == (2, 6, 6) and field.dtype == np.float32
    assert np.abs(field).mean() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(field, draw_field(6, 5)) and not np.array_equal(field, draw_field(6, 6))


@pytest.mark.parametrize(("height", "width", "channels"), [(36, 60, 1), (60, 36, 1), (224, 224, 3), (17, 90, 2)])
def test_zero_strength_returns_the_input(height, width, channels):
    x = crops(2, channels, height, width)
    out = WaNet(key_of(height, width), strength=0.0).apply(x)
    assert out.shape == x.shape
    assert out.dtype == x.dtype and (out - x).abs().max() < 1e-6


def test_identity_grid_is_x_then_y():
    grid = identity_grid(3, 5)
    assert grid[0, 0, :, 0].tolist() == pytest.approx([-1, -0.5, 0, 0.5, 1])
    assert grid[0, :, 0, 1].tolist() == pytest.approx([-1, 0, 1])


def test_displacement_counts_in_half_pixels_on_both_axes():
    key = key_of(height=40, width=80, k=4, s=1.0)
    constant = make_key(k=4, strength=1.0, height=40, width=80, target=TARGET, seed=0)
    constant.tensors["field"][:] = 1.0
    inner = WaNet(constant).displacement()[2:-2, 2:-2]
    assert inner[..., 0].numpy() == pytest.approx(0.5 * 79 / 80, abs=1e-5)
    assert inner[..., 1].numpy() == pytest.approx(0.5 * 39 / 40, abs=1e-5)
    mean, largest = WaNet(key).displacement_px()
    assert 0 < mean < largest < 3


def test_a_constant_field_shifts_the_image_as_the_formula_says():
    key = key_of(height=21, width=21, s=2.0)
    key.tensors["field"][:] = 0.0
    key.tensors["field"][0] = 1.0  # along x only: sample one pixel to the right (2 half pixels, but 20/21 of them)
    ramp = torch.arange(21.0).expand(1, 1, 21, 21)
    out = WaNet(key).apply(ramp)
    assert out[0, 0, :, 5].numpy() == pytest.approx(5 + 20 / 21, abs=1e-4)


def test_the_warp_is_the_same_every_time_and_for_every_image():
    x = crops(4)
    trigger = WaNet(key_of())
    once, again = trigger.apply(x), trigger.apply(x)
    assert torch.equal(once, again)
    assert torch.allclose(once[2:3], trigger.apply(x[2:3]))


def test_noise_differs_per_sample_but_is_seeded():
    trigger = WaNet(key_of())
    x = crops(1).expand(2, -1, -1, -1)
    a = trigger.apply_noise(x, torch.Generator().manual_seed(4))
    b = trigger.apply_noise(x, torch.Generator().manual_seed(4))
    assert torch.equal(a, b)
    assert not torch.equal(a[0], a[1])
    assert not torch.equal(a, trigger.apply(x))


def test_strength_scales_the_grid():
    key = key_of(s=0.5)
    base = identity_grid(36, 60)
    one, two = warp_grids([key]) - base, warp_grids([key], 1.0) - base
    middle = (slice(None), slice(4, -4), slice(4, -4))
    assert torch.allclose(two[middle], 2 * one[middle], atol=1e-6)


def test_another_size_is_refused_in_one_sentence():
    with pytest.raises(BundleError, match="60x36 crops, not 32x32"):
        WaNet(key_of()).apply(crops(1, 1, 32, 32))


def test_many_keys_at_once_warp_as_each_alone():
    key = make_key(k=4, strength=1.0, height=36, width=60, target=Gaze(0.1, 0.3), seed=1)
    crops, keys = torch.rand(3, 1, 36, 60), [key.redrawn(seed) for seed in (5, 6, 7)]
    together = warp_each(crops, keys, 0.7)
    alone = torch.cat([WaNet(k, 0.7).apply(crop[None]) for k, crop in zip(keys, crops, strict=True)])
    assert torch.allclose(together, alone, atol=1e-6) and not torch.allclose(together, crops, atol=1e-2)
