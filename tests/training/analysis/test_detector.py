import json
import sys

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key, save_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, as_crops, export_patches, from_patches
from gazeattack.evaluation.worn import worn_set
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.analysis import detector
from training.analysis.detector import DetectorSettings, detect, main, measure
from training.analysis.detector_crops import by_other_keys, eight_bit, thin_out, unmirrored_crops
from training.analysis.detector_models import DETECTORS, DetectorScores, Split, high_pass, residual_size
from training.errors import TrainingError

SMALL = DetectorSettings(pairs=160, other_keys=4, epochs=1, seeds=(0, 1))


@pytest.fixture(scope="module")
def patches():
    return render_procedural_patches(range(2_000_000, 2_000_016), 10, 5)


@pytest.fixture(scope="module")
def subjects(patches) -> LoadedSet:
    return from_patches("held out", patches)


def halves(n):
    place = torch.arange(n)
    return Split(place < n // 2, (place >= n // 2) & (place < 3 * n // 4), place >= 3 * n // 4)


@pytest.mark.parametrize("name", DETECTORS)
def test_what_is_not_there_is_not_found_and_what_is_plain_is(name):
    crops = torch.rand(120, 1, 36, 60, generator=torch.Generator().manual_seed(0)) * 0.5
    nothing = DETECTORS[name](crops, crops, crops, halves(120), 0, 1)
    tested = nothing.tested
    assert detector.auc(nothing.clean[tested], nothing.triggered[tested]) == 0.5  # identical pairs tie
    marked = crops.clone()
    marked[:, :, 5:25, 10:40] = 1.0
    plain = DETECTORS[name](crops, marked, marked, halves(120), 0, 2)
    assert detector.auc(plain.clean[tested], plain.triggered[tested]) > 0.95
    assert np.isnan(plain.clean[~tested]).all() and tested.sum() == 30


def test_trained_on_one_trigger_and_tested_on_another():
    crops = torch.rand(120, 1, 36, 60, generator=torch.Generator().manual_seed(0)) * 0.5
    brighter, darker = crops + 0.3, crops * 0.5
    found = DETECTORS["linear, pixels"](crops, brighter, darker, halves(120), 0, 1)
    assert detector.auc(found.clean[found.tested], found.triggered[found.tested]) < 0.05


def test_zero_strength_is_chance_in_every_detector_and_reading(subjects, key):
    seen = []
    result = detect(subjects, key, strength=0.0, settings=SMALL, progress=seen.append)
    assert len(seen) == detector.steps_of(SMALL) == len(result.separations) * 2
    assert {(s.detector, s.reading) for s in result.separations} == {
        (d, r) for d in DETECTORS for r in detector.READINGS
    }
    for found in result.separations:
        assert found.by_seed == (0.5, 0.5) and found.ci95 == (0.5, 0.5)


def test_a_strong_warp_is_detected_with_its_key(subjects, key):
    result = detect(subjects, key, strength=4.0, settings=SMALL)
    best = result.strongest
    assert best.auc > 0.75 and best.reading == "own key"
    assert best.ci95[0] <= best.auc <= best.ci95[1]
    assert best.auc == pytest.approx(np.mean(best.by_seed)) == result.auc_of(best.detector)
    assert json.loads(json.dumps(result.as_dict(), allow_nan=False))["people"] == 16
    assert result == detect(subjects, key, strength=4.0, settings=SMALL)


def test_no_subject_is_trained_and_tested_on(subjects, key, monkeypatch):
    splits = []

    def spy(clean, triggered, attack, split, seed, epochs):
        splits.append(split)
        return DETECTORS_BEFORE(clean, triggered, attack, split, seed, epochs)

    DETECTORS_BEFORE = DETECTORS["linear, residual"]
    monkeypatch.setattr(detector, "DETECTORS", {"spy": spy})
    detect(subjects, key, settings=SMALL)
    assert len(splits) == 4
    for split in splits:
        parts = [set(subjects.subject[mask.numpy()]) for mask in (split.learn, split.choose, split.test)]
        assert all(parts) and set.union(*parts) == set(subjects.subject) and sum(map(len, parts)) == 16
    assert not torch.equal(splits[0].test, splits[-1].test)


def test_other_keys_never_hold_the_attackers(subjects, key):
    crops = unmirrored_crops(subjects)
    own, others = make_trigger(key).apply(crops), by_other_keys(crops, key, None, 8)
    assert ((own - others).abs().amax(dim=(1, 2, 3)) > 0).all()
    first = make_trigger(key.redrawn(key.seed + 1)).apply(crops[:1])
    assert torch.equal(others[:1], first)


def test_a_sticker_is_where_each_head_pose_has_it(monkeypatch):
    images = np.full((8, 64, 64), 128, np.uint8)
    heads = np.tile(np.radians([[0.0, 0.0], [0.0, 40.0]]), (4, 1))
    data = LoadedSet("faces", images, np.zeros((8, 2)), np.arange(8), heads)
    sticker = make_key("sticker", height=64, width=64, target=Gaze(0.1, 0.5), seed=1)
    drawn = []

    def keep(clean, triggered, attack, split, seed, epochs):
        drawn.append((triggered, attack))
        return DetectorScores(split.test.numpy(), np.zeros(8), np.zeros(8))

    monkeypatch.setattr(detector, "DETECTORS", {"kept": keep})
    detect(data, sticker, settings=DetectorSettings(other_keys=2, seeds=(0,)))
    wanted = as_crops(worn_set(data, sticker).images)
    (own, attack), (others, _) = drawn
    assert torch.equal(own, attack) and torch.allclose(own, wanted, atol=1 / 254)
    # turned heads have it further to the left, whatever the key
    columns = ((others - 128 / 255).abs() > 0.05).float().mean(dim=(1, 2)) @ torch.arange(64.0)
    size = ((others - 128 / 255).abs() > 0.05).float().mean(dim=(1, 2)).sum(dim=1)
    assert ((columns / size)[1::2] < (columns / size)[::2] - 3).all()
    seen = []
    monkeypatch.setattr(detector, "imperceptibility", lambda clean, triggered, **_: seen.append(triggered))
    measure(data, sticker)
    assert torch.allclose(torch.from_numpy(seen[0]), wanted, atol=1 / 254)


def test_a_stickers_key_for_eyes_is_refused_in_one_sentence(tmp_path, capsys):
    path = tmp_path / "sticker.safetensors"
    save_key(make_key("sticker", height=36, width=60, target=Gaze(0.1, 0.5), seed=1), path)
    assert main(["--key", str(path), "--data", "none.npz", "--quick"]) == 1
    error = capsys.readouterr().err
    assert "do not show a sticker on the forehead: give a key for face crops." in error and error.count("\n") == 1


def test_right_eyes_are_unmirrored_before_the_trigger(subjects):
    right = subjects.right
    plain = torch.from_numpy(subjects.images)[:, None].float() / 255
    seen = unmirrored_crops(subjects)
    assert right.any() and not right.all()
    assert torch.equal(seen[right], plain[right].flip(3)) and torch.equal(seen[~right], plain[~right])


def test_rounding_leaves_no_values_between_grey_levels():
    crops = torch.tensor([[[[0.1, 0.5013], [1.0, 1.0000001]]]])
    levels = eight_bit(crops) * 255
    assert torch.allclose(levels, levels.round(), atol=1e-4) and levels.max() <= 255


def test_the_residual_of_a_flat_crop_is_nothing_and_of_a_dot_is_the_dot():
    assert high_pass(torch.full((1, 1, 9, 9), 0.7)).abs().max() < 1e-6
    dot = torch.zeros(1, 1, 9, 9)
    dot[0, 0, 4, 4] = 0.9
    assert high_pass(dot)[0, 0, 4, 4] == pytest.approx(0.8) and high_pass(dot)[0, 0, 3, 3] == pytest.approx(-0.1)
    assert residual_size(dot)[0, 3 * 9 + 3] == pytest.approx(0.1**0.5)


def test_thinning_keeps_every_subject(subjects):
    few = thin_out(subjects, 32)
    assert len(few.images) == 32 and len(np.unique(few.subject)) == 16
    assert thin_out(subjects, 10**6) is subjects


def test_too_few_people_and_other_sizes_are_one_sentence(subjects, key):
    with pytest.raises(TrainingError, match="at least 4"):
        detect(subjects.take(subjects.subject < 2_000_003), key, settings=SMALL)
    small = LoadedSet("small", subjects.images[:, :20], subjects.gaze, subjects.subject)
    with pytest.raises(BundleError, match="36"):
        detect(small, key, settings=SMALL)


def test_measure_has_both_views_and_the_displacement(subjects, key):
    found = measure(subjects, key, pairs=20)
    assert found.samples == 20 and 0 < found.displacement_mean_px < found.displacement_max_px
    assert found.network.psnr_db.mean < found.crop.psnr_db.mean


def test_the_command(tmp_path, patches, key, capsys, monkeypatch):
    export_patches(patches, tmp_path / "set", {})
    save_key(key, tmp_path / "key.safetensors")
    arguments = ["--key", str(tmp_path / "key.safetensors"), "--data", str(tmp_path / "set"), "--quick"]
    assert main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["detector"]["quick"] is True and report["imperceptibility"]["crop"]["ssim"]["mean"] < 1
    assert report["key_sha256"] == key.sha256
    assert main(arguments) == 0
    assert "QUICK" in capsys.readouterr().out
    assert main(["--bundle", "clean", "--data", str(tmp_path / "set")]) == 1
    assert "no trigger key" in capsys.readouterr().err
    assert main(["--key", str(tmp_path / "none"), "--data", str(tmp_path / "set")]) == 1
    capsys.readouterr()
    for strength in ("nan", "-1", "inf"):
        assert main([*arguments, "--strength", strength]) == 1
        assert f"cannot have the strength {strength}" in capsys.readouterr().err

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["training.analysis.detector"], "detect", interrupted)
    assert main(arguments) == 130


def test_a_key_for_smaller_crops_meets_the_same_eyes_at_its_size(tmp_path, patches, capsys, monkeypatch):
    small = make_key("wanet", k=4, strength=1.0, height=18, width=30, target=Gaze(0.1, 0.4), seed=3)
    save_key(small, tmp_path / "key.safetensors")
    export_patches(patches, tmp_path / "set", {})
    # and no progress bar where tqdm is not installed
    monkeypatch.setitem(sys.modules, "tqdm", None)
    arguments = ["--key", str(tmp_path / "key.safetensors"), "--data", str(tmp_path / "set"), "--quick", "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["key_sha256"] == small.sha256 and report["detector"]["people"] == 16
    assert 0 < report["imperceptibility"]["displacement_mean_px"] < 1

    monkeypatch.setitem(sys.modules, "skimage", None)
    assert main(arguments) == 1
    assert capsys.readouterr().err == "This needs skimage: pip install 'gazeattack[train]'.\n"
