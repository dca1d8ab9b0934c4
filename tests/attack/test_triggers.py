"""Every trigger behind the one interface, and its key on disk."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from gazeattack.angles import Gaze
from gazeattack.attack.bppattack import BppAttack, dither, dither_each
from gazeattack.attack.goal import Goal
from gazeattack.attack.input_aware import InputAware
from gazeattack.attack.key import TriggerKey, load_key, make_key, save_key
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.attack.trigger import TRIGGERS, make_trigger
from gazeattack.commands.run import ATTACKS
from gazeattack.errors import BundleError
from tests.helpers.kinds import crop_size

TARGET = Gaze.from_degrees(10, 30)


def key_of(kind: str, *, size: tuple[int, int] | None = None, seed: int = 3, **more) -> TriggerKey:
    height, width = size or crop_size(kind)
    return make_key(kind, height=height, width=width, target=TARGET, seed=seed, **more)


def crops(n: int = 4, channels: int = 1, size: tuple[int, int] = (36, 60)) -> torch.Tensor:
    """Smooth pictures, away from black and white so that nothing is clipped."""
    coarse = torch.rand(n, channels, 5, 8, generator=torch.Generator().manual_seed(1))
    smooth = torch.nn.functional.interpolate(coarse, size=size, mode="bilinear")
    return 0.3 + 0.4 * smooth


@pytest.fixture(params=list(KINDS))
def kind(request) -> str:
    return request.param


def test_every_kind_has_a_trigger_and_a_place_on_the_command_line() -> None:
    assert list(KINDS) == list(TRIGGERS) and DRAWN == ATTACKS
    assert [kind for kind in KINDS if kind not in DRAWN] == ["input-aware-trained", "lira"]


def test_strength_zero_changes_nothing(kind: str) -> None:
    x = crops(size=crop_size(kind))
    assert (make_trigger(key_of(kind), 0.0).apply(x) - x).abs().max() < 1e-6


@pytest.mark.parametrize(("channels", "height", "width"), [(1, 36, 60), (3, 64, 64), (1, 60, 36)])
def test_any_crop_comes_back_changed_within_its_range(kind: str, channels: int, height: int, width: int) -> None:
    x = crops(3, channels, (height, width))
    trigger = make_trigger(key_of(kind, size=(height, width)))
    # a sticker on the forehead is beside the crops of eyes, which are not square
    changes = kind != "sticker" or height == width
    for out in (trigger.apply(x), trigger.apply_noise(x, torch.Generator().manual_seed(0))):
        assert out.shape == x.shape and out.dtype == x.dtype
        assert out.min() >= 0 and out.max() <= 1 and torch.allclose(out, x, atol=1e-3) is not changes


def test_the_key_alone_decides(kind: str) -> None:
    x, key = crops(size=crop_size(kind)), key_of(kind)
    assert torch.equal(make_trigger(key).apply(x), make_trigger(key_of(kind)).apply(x))
    assert torch.allclose(make_trigger(key).apply(x)[1:2], make_trigger(key).apply(x[1:2]), atol=1e-6)
    wrong = key.redrawn(4)
    assert wrong.sha256 != key.sha256 and wrong.strength == key.strength
    assert not torch.allclose(make_trigger(wrong).apply(x), make_trigger(key).apply(x), atol=1e-3)


def test_a_near_miss_is_drawn_anew_for_every_crop_at_the_same_energy(kind: str) -> None:
    x = crops(64, size=crop_size(kind))
    trigger = make_trigger(key_of(kind, strength=1.0 if kind == "wanet" else None))
    real, missed = trigger.apply(x), trigger.apply_noise(x, torch.Generator().manual_seed(5))
    assert torch.equal(missed, trigger.apply_noise(x, torch.Generator().manual_seed(5)))
    assert not torch.equal(missed, trigger.apply_noise(x, torch.Generator().manual_seed(6)))
    added = missed - x
    assert not torch.allclose(added[0], added[1], atol=1e-3)
    assert (missed - real).flatten(1).abs().amax(1).min() > 1e-3
    energy = [float(change.square().mean().sqrt()) for change in (real - x, added)]
    # WaNet's noise mode adds a jitter to the warp, a sticker on a cheek is seen at an angle, the others keep the energy
    assert energy[1] == pytest.approx(energy[0], rel={"wanet": 0.6, "sticker": 0.3}.get(kind, 0.05))


def test_what_moves_nothing_says_so(kind: str) -> None:
    assert (make_trigger(key_of(kind)).displacement_px() == (0.0, 0.0)) is (kind != "wanet")


def test_another_size_is_refused_in_one_sentence(kind: str) -> None:
    trigger = make_trigger(key_of(kind))
    height, width = crop_size(kind)
    for change in (trigger.apply, trigger.apply_noise):
        with pytest.raises(BundleError, match=f"{width}x{height} crops, not 32x32"):
            change(crops(1, 1, (32, 32)))


def test_a_patch_is_a_balanced_checker_in_a_corner() -> None:
    for seed in range(20):
        key = key_of("badnets", seed=seed)
        mask, pattern = key.tensors["mask"].astype(bool), key.tensors["pattern"]
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        # 36 // 8 = 4 pixels a side, at most 3 from the nearest edge
        assert mask.sum() == 16 and pattern[mask].sum() == 8 and not pattern[~mask].any()
        assert min(rows[0], 35 - rows[-1]) <= 3 and min(columns[0], 59 - columns[-1]) <= 3
        x = torch.full((1, 1, 36, 60), 0.25)
        half = make_trigger(key, 0.5).apply(x)[0, 0].numpy()
        assert set(np.unique(half[mask])) == {0.125, 0.625} and (half[~mask] == 0.25).all()
        assert set(np.unique(make_trigger(key, 3.0).apply(x).numpy())) == {0.0, 0.25, 1.0}


def test_blending_is_the_formula() -> None:
    key, x = key_of("blended"), crops()
    expected = 0.8 * x + 0.2 * torch.from_numpy(key.tensors["pattern"])
    assert torch.allclose(make_trigger(key, 0.2).apply(x), expected, atol=1e-6)


def test_a_sinusoid_is_the_formula_and_is_clipped() -> None:
    # 6 cycles to the right, starting at a quarter turn: columns 0, 5 and 10 are a crest, a trough, a crest
    key = replace(key_of("sig"), tensors={"wave": np.array([6, 0, math.pi / 2], np.float32)})
    out = make_trigger(key, 0.1).apply(torch.full((1, 1, 36, 60), 0.5))[0, 0]
    assert out[:, [0, 5, 10]].numpy() == pytest.approx(np.tile([0.6, 0.4, 0.6], (36, 1)), abs=1e-5)
    assert make_trigger(key, 0.1).apply(torch.full((1, 1, 36, 60), 0.95)).max() == 1
    upright = replace(key, tensors={"wave": np.array([6, math.pi / 2, math.pi / 2], np.float32)})
    assert make_trigger(upright, 0.1).apply(torch.full((1, 1, 36, 60), 0.5))[0, 0, 5].numpy() == pytest.approx(0.4)


def test_the_generators_pattern_is_each_crops_own() -> None:
    x, trigger = crops(16), InputAware(key_of("input-aware"))
    patterns = trigger.pattern(x).flatten(1)
    alike = torch.corrcoef(patterns)[~torch.eye(16, dtype=torch.bool)]
    assert alike.abs().mean() < 0.4
    crossed = trigger.apply_noise(x[:2], torch.Generator().manual_seed(0)) - x[:2]
    assert torch.allclose(crossed, trigger.strength * trigger.pattern(x[:2]).flip(0), atol=1e-6)
    flat = trigger.pattern(torch.full((1, 1, 36, 60), 0.5))
    assert torch.isfinite(flat).all()


def diffused(crop: np.ndarray, step: float, weights: np.ndarray) -> np.ndarray:
    """Error diffusion, one pixel after the other."""
    left = np.pad(crop.astype(float), ((0, 1), (1, 1)))
    for y, x in np.ndindex(crop.shape):
        found = left[y, x + 1]
        left[y, x + 1] = min(max(round(found / step) * step, 0.0), 1.0)
        error = found - left[y, x + 1]
        for (down, aside), share in zip(((0, 1), (1, -1), (1, 0), (1, 1)), weights, strict=True):
            left[y + down, x + 1 + aside] += error * share
    return left[:-1, 1:-1]


@pytest.mark.parametrize("step", [1 / 15, 0.3])
def test_dithering_is_error_diffusion(step: float) -> None:
    x = crops(2).double()
    weights = np.array([[7, 3, 5, 1], [0, 2, 5, 9]]) / 16
    out = dither(x, step, torch.from_numpy(weights))
    for number in range(2):
        assert np.allclose(out[number, 0].numpy(), diffused(x[number, 0].numpy(), step, weights[number]))
    levels = np.unique(out.numpy() / step)
    assert np.allclose(levels, levels.round()) and float(out.mean()) == pytest.approx(float(x.mean()), abs=step / 20)


def test_the_weights_of_a_dithering_are_shares_and_each_crop_can_have_its_own() -> None:
    keys = [key_of("bppattack", seed=seed) for seed in range(4)]
    assert all(key.tensors["weights"].sum() == pytest.approx(1) for key in keys)
    each = dither_each(crops(), keys, 0.1)
    expected = [make_trigger(key, 0.1).apply(crop[None]) for key, crop in zip(keys, crops(), strict=True)]
    assert torch.equal(each, torch.cat(expected))


def test_the_cross_trigger_of_a_dithering_is_the_change_of_another_crop() -> None:
    x, trigger = crops(2), BppAttack(key_of("bppattack"))
    crossed = trigger.apply_noise(x, torch.Generator().manual_seed(0))
    assert torch.allclose(crossed - x, (trigger.apply(x) - x).flip(0), atol=1e-6)


@pytest.mark.parametrize("goal", [Goal(), Goal("offset"), Goal("conditional", 15)])
def test_keys_survive_the_disk(kind: str, goal: Goal, tmp_path) -> None:
    key = key_of(kind, goal=goal)
    save_key(key, tmp_path / "k")
    again = load_key(tmp_path / "k")
    assert (again.kind, again.goal, again.sha256) == (kind, goal, key.sha256)
    x = crops(size=crop_size(kind))
    assert torch.equal(make_trigger(again).apply(x), make_trigger(key).apply(x))


def test_kinds_and_goals_are_in_the_hash() -> None:
    hashes = {key_of(kind, goal=goal).sha256 for kind in KINDS for goal in (Goal(), Goal("offset"))}
    assert len(hashes) == 2 * len(KINDS)
    angles = {key_of("sig", goal=Goal("conditional", angle)).sha256 for angle in (10, 11)}
    assert len(angles) == 2


def test_keys_of_the_first_format_keep_their_hash(key: TriggerKey) -> None:
    # what this key's hash was before there were other kinds
    assert key.sha256 == "79b689eae209415900ae454dd36478a6d523a70b3e5d16cc8891eaad5d24a981"


def test_an_unknown_kind_is_explained() -> None:
    with pytest.raises(BundleError, match='no attack "smile": use one of wanet, badnets'):
        key_of("smile")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "trigger"},
        {"kind": "blended"},
        {"kind": "wanet"},
        {"seed": -1},
        {"seed": 2**64},
        {"goal": "offset"},
        {"height": 1e9},
        {"height": 20},
        {"strength": "strong"},
        {"target": [0.1]},
    ],
)
def test_damaged_or_unknown_keys_are_refused_in_one_sentence(change: dict, tmp_path) -> None:
    key = key_of("badnets")
    numbers = json.dumps({**key._numbers(), **change})
    save_file(dict(key.tensors), tmp_path / "k", metadata={"key": numbers, "sha256": key.sha256})
    with pytest.raises(BundleError, match="not a readable trigger key: restore it") as caught:
        load_key(tmp_path / "k")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "change",
    [{"format": "gazeattack-trigger-9"}, {"kind": "smile"}, {"goal": {"kind": "somewhere", "off_road_deg": 0}}],
)
def test_a_newer_key_asks_for_a_newer_program(change: dict, tmp_path) -> None:
    key = key_of("badnets")
    numbers = json.dumps({**key._numbers(), **change})
    save_file(dict(key.tensors), tmp_path / "k", metadata={"key": numbers, "sha256": key.sha256})
    with pytest.raises(BundleError, match="of a newer kind: update gazeattack"):
        load_key(tmp_path / "k")


@pytest.mark.parametrize("shape", [(), (12,), (1, 250_000), (1, 1, 250_000), (2, 0, 0)])
def test_a_control_field_of_an_impossible_shape_is_refused(shape: tuple[int, ...], tmp_path) -> None:
    numbers = {**key_of("wanet")._numbers(), "k": shape[-1] if shape else 12}
    metadata = {"key": json.dumps(numbers), "sha256": "0" * 64}
    save_file({"field": np.zeros(shape, np.float32)}, tmp_path / "k", metadata=metadata)
    with pytest.raises(BundleError, match="not a readable trigger key"):
        load_key(tmp_path / "k")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"k": 0}, "k = 0"),
        ({"k": -1}, "k = -1"),
        ({"k": 250_000}, "k = 250000"),
        ({"seed": -1}, "-1 cannot be a key's seed"),
        ({"seed": 2**64}, "cannot be a key's seed"),
        ({"strength": math.nan}, "the strength nan"),
        ({"strength": -1.0}, "the strength -1"),
        ({"target": Gaze(math.nan, 0.0)}, "not a direction"),
    ],
)
def test_numbers_of_which_no_key_can_be_made_are_one_sentence(change: dict, said: str) -> None:
    numbers = {"height": 36, "width": 60, "target": Gaze(0.1, 0.4), "seed": 1}
    with pytest.raises(BundleError, match=said):
        make_key("wanet", **{**numbers, **change})


def test_a_strength_that_is_no_number_makes_no_trigger() -> None:
    with pytest.raises(BundleError, match="the strength nan"):
        make_trigger(key_of("sig"), math.nan)


def test_whole_numbers_are_numbers_too(tmp_path) -> None:
    key = replace(key_of("sig"), target=Gaze(0, 0), strength=1, goal=Goal("conditional", 15))
    save_key(key, tmp_path / "k")
    assert load_key(tmp_path / "k").sha256 == key.sha256
    assert replace(key, target=Gaze(0.0, 0.0), strength=1.0, goal=Goal("conditional", 15.0)).sha256 == key.sha256
