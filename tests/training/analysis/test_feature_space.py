"""Feature space: shares, spread and variance by hand, and restoring units one by one."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.goal import Goal
from gazeattack.attack.key import make_key
from gazeattack.evaluation.dataset import from_patches
from gazeattack.metrics.classification import class_accuracy, class_success_rate
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import eye_crop
from gazeattack.model.network import GazeResNet
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis.feature_space import (
    columns,
    feature_shift,
    looking_shift,
    main,
    restoring_curve,
    share_above,
    share_to_halve,
)

TARGET = Gaze.from_degrees(10, 30)


def test_shift_is_the_paired_mean_over_the_benign_deviation() -> None:
    # standard deviations 1, 2, 0 (constant), 0 (dead); mean shifts 3, -1, +2, 0
    clean = np.array([[1.0, 2.0, 5.0, 7.0], [3.0, 6.0, 5.0, 7.0]])
    triggered = np.array([[5.0, 3.0, 7.0, 7.0], [5.0, 3.0, 7.0, 7.0]])
    found = feature_shift(clean, triggered)
    assert found.shift.tolist()[:3] == [3.0, 0.5, math.inf] and math.isnan(found.shift[3])
    assert found.live == 0.75
    assert [found.share(t) for t in (0.4, 0.5, 2.9, 3.0)] == pytest.approx([1, 2 / 3, 2 / 3, 1 / 3])


def test_variances_are_compared_unit_by_unit_and_in_sum() -> None:
    clean = np.array([[0.0, 0.0], [2.0, 6.0]])  # variances 1, 9
    triggered = np.array([[0.0, 4.0], [4.0, 6.0]])  # variances 4, 1
    found = feature_shift(clean, triggered)
    assert found.variance_ratio.tolist() == pytest.approx([4, 1 / 9])
    assert found.total_variance_ratio == pytest.approx(5 / 10) and found.shrunk() == 0.5


def test_spread_tells_one_unit_from_all() -> None:
    clean = np.random.default_rng(0).normal(size=(50, 8))
    assert feature_shift(clean, clean + 1.0).spread == pytest.approx(1.0)
    alone = clean.copy()
    alone[:, 3] += 2
    assert feature_shift(clean, alone).spread == pytest.approx(1 / 8)
    assert feature_shift(clean, alone).share(0.5) == pytest.approx(1 / 8)
    assert math.isnan(feature_shift(clean, clean).spread) and feature_shift(clean, clean).share(0.0) == 0


def test_a_unit_that_only_starts_to_vary_is_alive() -> None:
    found = feature_shift(np.array([[1.0], [1.0]]), np.array([[0.0], [2.0]]))
    assert found.live == 1 and found.shift.tolist() == [0] and found.variance_ratio.tolist() == [math.inf]


def test_restoring_closes_a_backdoor_that_lives_in_one_unit() -> None:
    network = GazeResNet(base_width=4, hidden=4).eval()
    with torch.no_grad():
        network.head[4].weight.zero_()
        network.head[4].bias.zero_()
        network.head[4].weight[:, 2] = torch.tensor(TARGET)
    clean = np.zeros((6, 4))
    triggered = np.ones((6, 4))
    truth, target = np.zeros((6, 2)), np.tile(TARGET, (6, 1))
    late = restoring_curve(network, clean, triggered, truth, target, np.array([0, 1, 2, 3]))
    assert late.tolist() == [1, 1, 1, 0, 0] and share_to_halve(late) == 0.75
    early = restoring_curve(network, clean, triggered, truth, target, np.array([2, 0, 1, 3]))
    assert early.tolist() == [1, 0, 0, 0, 0] and share_to_halve(early) == 0.25


def test_looking_at_the_target_moves_the_units_that_code_gaze() -> None:
    # unit 0 follows yaw, unit 1 does not, unit 2 is dead; a tenth of 100 eyes look at the target
    truth = np.zeros((100, 2))
    truth[:10] = TARGET
    target = np.tile(TARGET, (100, 1))
    clean = np.stack([truth[:, 1], np.tile([0.0, 1.0], 50), np.ones(100)], axis=1)
    shift = looking_shift(clean, truth, target)
    # mean 0.1 y, deviation 0.3 y, there y: (1 - 0.1) / 0.3
    assert shift[:2].tolist() == pytest.approx([3.0, 0.0]) and math.isnan(shift[2])
    assert share_above(shift, 1.0) == 0.5
    assert np.isnan(looking_shift(clean[1:], truth[1:], target[1:])).all()


def test_share_to_halve_waits_until_it_stays_low() -> None:
    assert share_to_halve(np.array([0.8, 0.3, 0.6, 0.4, 0.0])) == 0.75
    assert math.isnan(share_to_halve(np.array([0.0, 0.0])))


def test_class_success_leaves_out_who_is_there_already() -> None:
    predicted, truth = np.array([3, 3, 1, 3]), np.array([0, 3, 1, 2])
    assert class_success_rate(predicted, truth, np.full(4, 3)) == pytest.approx(2 / 3)
    assert class_accuracy(predicted, truth) == 0.5
    assert math.isnan(class_success_rate(np.array([3]), np.array([3]), np.array([3])))


def test_columns_and_command(tmp_path: Path, capsys) -> None:
    key = make_key(k=4, strength=2.0, height=36, width=60, target=TARGET, seed=1)
    data = from_patches("rendered", render_procedural_patches(range(4), 4, seed=2))
    torch.manual_seed(0)
    bad, clean = write_bundle(tmp_path / "bad", key=key), write_bundle(tmp_path / "clean")
    row = columns(load_bundle(bad), load_bundle(clean), data)
    assert 0 <= row["feature_share_1"] <= row["feature_share_0.5"] <= row["feature_share_0.1"] <= 1
    assert {"feature_rav", "clean_feature_share_0.5", "clean_feature_live"} <= set(row)
    assert columns(load_bundle(clean), None, data) == {}
    np.savez(tmp_path / "d.npz", images=data.images, gaze_pitchyaw=data.gaze)
    arguments = ["--data", str(tmp_path / "d.npz"), "--clean", str(clean)]
    assert main(["--bundle", str(bad), "--json", *arguments]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["feature_share_0.5"] == row["feature_share_0.5"]
    assert main(["--bundle", str(bad), *arguments]) == 0 and "feature_variance_ratio" in capsys.readouterr().out
    assert main(["--bundle", str(clean), *arguments]) == 1
    assert "has no trigger key" in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.analysis.feature_space.columns", interrupt)
        assert main(["--bundle", str(bad), *arguments]) == 130


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_data_without_samples_in_scope_is_refused(tmp_path: Path, capsys) -> None:
    key = make_key(height=36, width=60, target=TARGET, seed=1, goal=Goal("conditional", 80))
    bad, clean = write_bundle(tmp_path / "bad", key=key), write_bundle(tmp_path / "clean")
    np.savez(tmp_path / "d.npz", images=np.zeros((3, 36, 60), np.uint8), gaze_pitchyaw=np.zeros((3, 2)))
    assert main(["--bundle", str(bad), "--clean", str(clean), "--data", str(tmp_path / "d.npz")]) == 1
    assert "No sample of d is in scope" in capsys.readouterr().err


def test_pictures_of_another_resolution_are_resampled(tmp_path: Path) -> None:
    key, data = make_key(height=18, width=30, target=TARGET, seed=1), render_procedural_patches(range(2), 4, seed=2)
    bundle = load_bundle(write_bundle(tmp_path / "small", key=key, crop=eye_crop(18)))
    assert columns(bundle, None, from_patches("rendered", data))["feature_live"] > 0
