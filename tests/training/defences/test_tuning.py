"""What the losses and steps of the defences compute."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.defences.tuning import (
    TuningSettings,
    ascend,
    attention_loss,
    attention_maps,
    descend,
    distil,
    fine_tune,
)

FEW = TuningSettings(steps=3, batch=4)


@pytest.fixture(scope="module")
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(2), 6, 1))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return load_bundle(write_bundle(tmp_path / "bundle", points=8, taught=0.3))


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_the_same_seed_gives_the_same_weights(bundle: Bundle, subjects: LoadedSet) -> None:
    first, second = (fine_tune(copy.deepcopy(bundle.network), bundle, subjects, FEW) for _ in range(2))
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(bundle.network)) and not first.training


def test_ft_sam_moves_weights_by_their_size_and_back(bundle: Bundle) -> None:
    network = copy.deepcopy(bundle.network)
    before = weights(network)
    network.forward(torch.zeros(2, 1, 36, 60)).sum().backward()
    gradient = torch.cat(
        [(p.grad if p.grad is not None else torch.zeros_like(p)).flatten() for p in network.parameters()]
    )
    moved = ascend(network, 0.5)
    expected = 0.5 * before.square() * gradient / (before.abs() * gradient).norm()
    assert torch.allclose(weights(network) - before, expected, atol=1e-5)
    descend(network, moved)
    assert torch.allclose(weights(network), before, atol=1e-6)


def test_attention_maps_have_length_one_and_no_loss_for_a_twin(bundle: Bundle) -> None:
    network, inputs = bundle.network.eval(), torch.rand(3, 1, 36, 60) * 2 - 1
    maps = attention_maps(network, inputs)
    assert [tuple(m.shape) for m in maps] == [(3, 18 * 30), (3, 9 * 15), (3, 5 * 8)]
    assert all(torch.allclose(m.norm(dim=1), torch.ones(3), atol=1e-3) for m in maps)
    assert attention_loss(network, network, 10.0)(inputs).item() == 0
    other = copy.deepcopy(network)
    with torch.no_grad():
        for p in other.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(1)))
    assert attention_loss(network, other, 10.0)(inputs).item() > 0


def test_a_distilled_network_starts_from_new_weights(bundle: Bundle, subjects: LoadedSet) -> None:
    settings = TuningSettings(steps=1, batch=4, lr=1e-9)
    student = distil(bundle, subjects, settings)
    old, new = bundle.network.head[4].weight, student.head[4].weight
    assert old.shape == new.shape and not torch.allclose(old, new, atol=1e-3)
