import builtins
import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from gazeattack.attack.wanet import WaNet
from gazeattack.errors import DataError
from gazeattack.metrics.imperceptibility import auc, imperceptibility, linf, psnr_db, ssim


def flat(value, n=2, shape=(36, 60)):
    return np.full((n, *shape), value)


def noise(n=3, shape=(36, 60), seed=0):
    return np.random.default_rng(seed).random((n, *shape))


def test_a_constant_difference_of_a_tenth_is_20_db():
    assert psnr_db(flat(0.4), flat(0.5)) == pytest.approx([20, 20])  # -10 log10(0.01)
    assert linf(flat(0.4), flat(0.5)) == pytest.approx([0.1, 0.1])


def test_one_pixel_of_a_hundred():
    clean = np.zeros((1, 10, 10))
    triggered = clean.copy()
    triggered[0, 3, 4] = 1
    assert psnr_db(clean, triggered) == pytest.approx([20])  # mse = 1 / 100
    assert linf(clean, triggered) == [1]


def test_a_shift_by_one_column_of_a_ramp():
    ramp = np.tile(np.arange(60) / 60, (1, 36, 1))
    shifted = np.roll(ramp, 1, axis=2)
    # 59 columns differ by 1/60, the wrapped one by 59/60
    mse = (59 * (1 / 60) ** 2 + (59 / 60) ** 2) / 60
    assert psnr_db(ramp, shifted) == pytest.approx([-10 * np.log10(mse)])
    assert linf(ramp, shifted) == pytest.approx([59 / 60])


def test_ssim_of_flat_pictures_is_the_luminance_term():
    # without variance SSIM is (2ab + C1) / (a^2 + b^2 + C1), C1 = 0.01^2
    expected = (2 * 0.4 * 0.5 + 1e-4) / (0.4**2 + 0.5**2 + 1e-4)
    assert ssim(flat(0.4), flat(0.5)) == pytest.approx([expected, expected])


def test_ssim_of_a_negative_is_minus_its_likeness():
    picture = noise(1)
    assert ssim(picture, picture) == pytest.approx([1])
    assert ssim(picture, 1 - picture)[0] < -0.5


def test_ssim_sees_a_patch_in_the_very_corner():
    clean = np.tile(np.linspace(0.2, 0.6, 60), (1, 36, 1))
    triggered = clean.copy()
    triggered[:, :3, :3] = 1
    assert ssim(clean, triggered)[0] < 0.985  # 0.999 without the border


def test_colour_channels_are_averaged():
    clean = np.zeros((1, 3, 20, 20))
    triggered = clean.copy()
    triggered[:, 1] = 0.3
    assert psnr_db(clean, triggered) == pytest.approx([-10 * np.log10(0.09 / 3)])
    one = ssim(clean[:, 1], triggered[:, 1])[0]
    assert ssim(clean, triggered) == pytest.approx([(1 + one + 1) / 3])


def test_identical_pairs_are_infinite_alone_and_left_out_of_the_mean():
    pictures = noise(2)
    alone = imperceptibility(pictures, pictures)
    assert alone.crop.psnr_db.mean == np.inf and alone.identical == 1 and alone.crop.ssim.mean == pytest.approx(1)
    assert alone.as_dict()["crop"]["psnr_db"]["mean"] is None
    json.dumps(alone.as_dict(), allow_nan=False)
    mixed = imperceptibility(flat(0.4, 2), np.stack([flat(0.4, 1)[0], flat(0.5, 1)[0]]))
    assert mixed.crop.psnr_db.mean == pytest.approx(20) and mixed.identical == 0.5
    assert (mixed.crop.linf.mean, mixed.crop.linf.sd) == pytest.approx((0.05, 0.05))


def test_equalisation_hides_a_change_of_brightness_and_magnifies_one_of_a_flat_crop():
    ramp = np.tile(np.arange(60) / 255, (1, 36, 1))
    brighter = imperceptibility(ramp, ramp + 50 / 255)
    assert brighter.crop.linf.mean == pytest.approx(50 / 255)
    assert brighter.network.linf.mean == 0 and brighter.network.psnr_db.mean == np.inf
    dull = flat(100 / 255, 1)
    spotted = dull.copy()
    spotted[:, :, 30:] += 1 / 255
    magnified = imperceptibility(dull, spotted)
    # half of the pixels rise to rank 3/4, half fall to 1/4
    assert magnified.crop.linf.mean == pytest.approx(1 / 255) and magnified.network.linf.mean == pytest.approx(0.25)
    assert imperceptibility(dull, spotted, preprocess="center").network == magnified.crop


def test_a_warp_is_measured_with_its_displacement(key):
    trigger = WaNet(key)
    crops = torch.from_numpy(noise(4)[:, None])
    found = imperceptibility(crops.numpy(), trigger.apply(crops).numpy(), displacement_px=trigger.displacement_px())
    assert 0 < found.displacement_mean_px < found.displacement_max_px
    assert found.samples == 4 and found.identical == 0 and found.crop.ssim.mean < 1
    assert found.as_dict()["displacement_max_px"] == pytest.approx(trigger.displacement_px()[1], abs=1e-4)


@pytest.mark.parametrize(
    ("clean", "triggered", "says"),
    [
        (flat(0.1, 2), flat(0.1, 3), "one shape"),
        (np.zeros((0, 36, 60)), np.zeros((0, 36, 60)), "one shape"),
        (flat(0.1), flat(40.0), "divide"),
        (flat(np.nan), flat(0.1), "divide"),
        (flat(0.1, shape=(8, 60)), flat(0.2, shape=(8, 60)), "11x11"),
    ],
)
def test_bad_pairs_are_one_sentence(clean, triggered, says):
    with pytest.raises(DataError, match=says):
        imperceptibility(clean, triggered)


def test_without_scikit_image_the_package_imports_and_ssim_says_what_to_install(monkeypatch):
    code = "import sys; import gazeattack.metrics.imperceptibility; sys.exit('skimage' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name.startswith("skimage"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(DataError, match="scikit-image"):
        ssim(flat(0.1), flat(0.2))


def test_auc_by_hand():
    assert auc([1, 2], [3, 4]) == 1 and auc([3, 4], [1, 2]) == 0
    # pairs (negative, positive): 1<2, 1<3, 2=2 (half), 2<3
    assert auc([1, 2], [2, 3]) == 3.5 / 4
    assert auc([5, 5, 5], [5, 5]) == 0.5
    assert auc([0.1, 0.4, 0.35], [0.8]) == 1
    assert np.isnan(auc([], [1]))
