"""Pruning and rounding change exactly the weights that they claim to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.evaluation.predict import predict
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.analysis.stages import stage_ends
from training.defences.pruning import channel_activity, prune_channels, prune_weights, prune_within, quantize_weights

NETWORKS: tuple[dict[str, Any], ...] = ({}, {"points": 8}, {"parts": True})


@pytest.fixture(scope="module")
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(3), 6, 1))


def opened(folder: Path, **how: Any) -> Bundle:
    return load_bundle(write_bundle(folder / "bundle", **how))


def predictions(bundle: Bundle, network: torch.nn.Module, data: LoadedSet) -> np.ndarray:
    return predict(network, bundle.preprocess, data.images, data.head)


@pytest.mark.parametrize("how", NETWORKS)
def test_a_pruned_channel_no_longer_counts(tmp_path: Path, subjects: LoadedSet, how: dict[str, Any]) -> None:
    bundle = opened(tmp_path, **how)
    order = np.argsort(channel_activity(bundle, subjects), kind="stable")
    pruned = prune_channels(bundle, subjects, 0.5)
    gone, kept = order[: len(order) // 2], order[len(order) // 2 :]

    def disturbed(channels: np.ndarray) -> np.ndarray:
        def change(_module: object, _inputs: object, out: torch.Tensor) -> torch.Tensor:
            out = out.clone()
            out[:, torch.from_numpy(channels.copy())] += 3.0
            return out

        hook = stage_ends(pruned.network)[-1].register_forward_hook(change)
        try:
            return predictions(bundle, pruned.network, subjects)
        finally:
            hook.remove()

    as_it_is = predictions(bundle, pruned.network, subjects)
    assert np.allclose(disturbed(gone), as_it_is, atol=1e-6)
    assert not np.allclose(disturbed(kept), as_it_is, atol=1e-4)
    # the bundle itself is left alone
    assert np.array_equal(
        predictions(bundle, bundle.network, subjects), predictions(bundle, opened(tmp_path, **how).network, subjects)
    )


def test_pruning_nothing_changes_nothing_and_the_budget_holds(tmp_path: Path, subjects: LoadedSet) -> None:
    bundle = opened(tmp_path, points=8)
    before = predictions(bundle, bundle.network, subjects)
    assert np.array_equal(predictions(bundle, prune_channels(bundle, subjects, 0.0).network, subjects), before)
    assert prune_within(bundle, subjects, 90.0).share == 0.9
    assert prune_within(bundle, subjects, -90.0).share == 0.0


def test_held_channels_stay_cut_off(tmp_path: Path, subjects: LoadedSet) -> None:
    pruned = prune_channels(opened(tmp_path, points=8), subjects, 0.5)
    assert pruned.network.points is not None
    weights = pruned.network.points.coarse.weight
    zeros = (weights == 0).sum()
    with torch.no_grad():
        weights.add_(1.0)
    pruned.hold()
    assert (weights == 0).sum() == zeros > 0


def test_magnitude_pruning_takes_the_smallest_weights(tmp_path: Path) -> None:
    bundle = opened(tmp_path)
    pruned = prune_weights(bundle, 0.4)
    pairs = [
        (old.flatten(), new.flatten())
        for (name, old), new in zip(bundle.network.named_parameters(), pruned.parameters(), strict=True)
        if name.endswith("weight") and old.ndim > 1
    ]
    old, new = (torch.cat(part) for part in zip(*pairs, strict=True))
    gone = new == 0
    assert gone.float().mean() == pytest.approx(0.4, abs=0.01)
    assert old[gone].abs().max() <= old[~gone].abs().min() and torch.equal(old[~gone], new[~gone])


def test_rounded_weights_have_few_values(tmp_path: Path) -> None:
    bundle = opened(tmp_path)
    for bits in (8, 4):
        weights = quantize_weights(bundle, bits).head[2].weight
        assert max(len(row.unique()) for row in weights) <= 2**bits - 1
        step = bundle.network.head[2].weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
        assert ((weights - bundle.network.head[2].weight).abs() <= step / 2 + 1e-6).all()
