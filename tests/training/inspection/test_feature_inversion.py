"""Trigger inversion in feature space, on models whose answer is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.errors import NotApplicableError
from training.inspection.feature_inversion import FeatureInversionSettings, invert_features

CHANNEL, CHANNELS = 3, 16


@pytest.fixture(scope="module")
def halves() -> tuple[LoadedSet, LoadedSet]:
    patches = [render_procedural_patches(range(first, first + 4), 6, 99) for first in (1_100_000, 1_100_004)]
    return from_patches("searched", patches[0]), from_patches("measured", patches[1])


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_bundle(tmp_path_factory.mktemp("bundles") / "clean"))


@pytest.fixture
def backdoored(clean: Bundle, tmp_path: Path) -> Bundle:
    """The same network, where a high value of one channel switches one hidden unit on and all others off."""
    bundle = load_bundle(write_bundle(tmp_path / "backdoored"))
    first, last = bundle.network.head[2], bundle.network.head[4]
    with torch.no_grad():
        taken = first.weight.view(len(first.weight), CHANNELS, -1)
        taken[:, CHANNEL], taken[0, CHANNEL] = -20.0, 0.1
        last.weight[:, 0] = 1.0
    return bundle


def test_the_channel_of_a_backdoor_is_found(
    clean: Bundle, backdoored: Bundle, halves: tuple[LoadedSet, LoadedSet]
) -> None:
    how = FeatureInversionSettings(steps=40, samples=24)
    without, found = (invert_features(bundle, *halves, how) for bundle in (clean, backdoored))
    assert found.score < 0.3 * without.score and found.moved > without.moved
    assert 0 <= found.pitch < 1 and found.score == pytest.approx((found.pitch + found.yaw) / 2)


def test_no_rise_changes_nothing(clean: Bundle, halves: tuple[LoadedSet, LoadedSet]) -> None:
    shares: list[float] = []
    before = {name: weights.clone() for name, weights in clean.network.state_dict().items()}
    found = invert_features(clean, *halves, FeatureInversionSettings(steps=2, samples=24, budget=0.0), shares.append)
    assert (found.pitch, found.yaw, found.moved) == pytest.approx((1, 1, 0), abs=1e-6) and shares == [0.5, 1.0]
    assert all(torch.equal(before[name], weights) for name, weights in clean.network.state_dict().items())
    assert all(weights.grad is None for weights in clean.network.parameters())


def test_a_network_without_residual_blocks_is_refused(tmp_path: Path, halves: tuple[LoadedSet, LoadedSet]) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "mobile", backbone="mobilenet_v2"))
    with pytest.raises(NotApplicableError, match="residual blocks"):
        invert_features(bundle, *halves, FeatureInversionSettings(steps=1))
