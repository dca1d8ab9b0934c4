"""Muon for filters, AdamW for the rest."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from training.config_sections import TrainConfig
from training.engine.optimizer import FilterMuon, make_optimizer, orthogonalised
from training.errors import TrainingError

MUON = TrainConfig(optimizer="muon", lr=0.01, muon_lr=0.05, weight_decay=0.1)


@pytest.mark.parametrize("shape", [(8, 40), (40, 8), (16, 16)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    matrix = torch.randn(shape) * 1e-3
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    turned = u.T @ orthogonalised(matrix) @ v.T
    assert (
        torch.linalg.svdvals(matrix).max() < 0.02
    ) and 0.6 < turned.diagonal().min() < turned.diagonal().max() < 1.25
    assert (turned - torch.diag(turned.diagonal())).abs().max() < 1e-3


def small() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 9, 2))


def one_step(network: nn.Module, config: TrainConfig) -> None:
    optimizer = make_optimizer(network, config)
    torch.manual_seed(4)
    network(torch.randn(6, 2, 5, 5)).square().sum().backward()
    optimizer.step()


def test_only_filters_move_otherwise_than_under_adamw() -> None:
    before, usual, muon = small(), small(), small()
    one_step(usual, replace(MUON, optimizer="adamw"))
    one_step(muon, MUON)
    for name, value in usual.state_dict().items():
        assert torch.equal(value, muon.state_dict()[name]) == (name != "0.weight"), name
    moved = (muon.state_dict()["0.weight"] - before.state_dict()["0.weight"] * (1 - 0.05 * 0.01)).flatten(1)
    values = torch.linalg.svdvals(moved)
    # a step as long as muon_lr says in every direction, whatever the gradient's length
    assert 0.6 * 0.05 < values.min() <= values.max() < 1.25 * 0.05


def test_adamw_is_torchs_own() -> None:
    ours, theirs = small(), small()
    one_step(ours, replace(MUON, optimizer="adamw"))
    reference = torch.optim.AdamW(theirs.parameters(), lr=0.01, weight_decay=0.1)
    torch.manual_seed(4)
    theirs(torch.randn(6, 2, 5, 5)).square().sum().backward()
    reference.step()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_a_restored_state_takes_the_same_step() -> None:
    network = small()
    optimizer = make_optimizer(network, MUON)
    data = torch.randn(3, 6, 2, 5, 5)

    def step(network: nn.Module, optimizer: FilterMuon, x: torch.Tensor) -> None:
        optimizer.zero_grad()
        network(x).square().sum().backward()
        optimizer.step()

    for x in data[:2]:
        step(network, optimizer, x)
    other = copy.deepcopy(network)
    restored = make_optimizer(other, MUON)
    restored.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    step(network, optimizer, data[2])
    step(other, restored, data[2])
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), other.parameters(), strict=True))


def test_unknown_words_are_refused() -> None:
    with pytest.raises(TrainingError, match=r'train\.optimizer is "sgd": use adamw or muon'):
        TrainConfig(optimizer="sgd")
    with pytest.raises(TrainingError, match=r'train\.loss is "l2"'):
        TrainConfig(loss="l2")
    with pytest.raises(TrainingError, match=r"train\.lr is 0"):
        TrainConfig(lr=0.0)
    with pytest.raises(TrainingError, match=r"train\.muon_lr is nan"):
        TrainConfig(muon_lr=float("nan"))
