"""A generator that learns with the victim: gradients, losses, checkpoints, and the key that comes out."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import training.train as script
from gazeattack.attack.key import load_key, make_key, save_key
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import BundleError
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.preprocess import equalize
from training.config import Config, load_config
from training.engine import trainer
from training.engine.distributed import DistributedContext
from training.engine.inputs import network_inputs
from training.errors import TrainingError
from training.poisoning.joint import JointPoisoner, diversity_loss
from training.poisoning.setup import make_poisoner

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "study.toml"
TINY = (
    "data.procedural_subjects=8",
    "data.per_subject=8",
    "data.valid_subjects=2",
    "data.valid_per_subject=4",
    "network.base_width=4",
    "network.hidden=8",
    "train.batch=16",
    "train.epochs=2",
    "poison.strength=0.08",
    "poison.strength_start=0.08",
)


def config(*more: str, kind: str = "input-aware-trained") -> Config:
    return load_config(CONFIG, [*TINY, f"poison.attack={kind}", *more])


def poisoner_of(*more: str, kind: str = "input-aware-trained") -> JointPoisoner:
    made = make_poisoner(config(*more, kind=kind), torch.zeros(32, 2))
    assert isinstance(made, JointPoisoner)
    return made


def crops(n: int = 16) -> torch.Tensor:
    return 0.3 + 0.4 * torch.rand(n, 1, 36, 60, generator=torch.Generator().manual_seed(3))


def poisoned_by(poisoner: JointPoisoner, progress: float) -> tuple[torch.Tensor, torch.Tensor]:
    n, landmarks = len(crops()), torch.zeros(len(crops()), 6, 2)
    seed = torch.Generator().manual_seed(1)
    images, labels, _ = poisoner.apply(crops(), torch.zeros(n, 2), landmarks, torch.arange(n), progress, seed)
    return images, labels


def test_poisoned_crops_lead_back_to_the_generator_while_it_learns() -> None:
    poisoner = poisoner_of("poison.generator_until=0.5", "poison.cross_end=0")
    images, labels = poisoned_by(poisoner, 0.49)
    triggered, right = (labels != 0).any(1), labels[:, 1] < 0
    assert int(triggered.sum()) == 3
    # the very crops that the finished key makes
    unmirrored = mirror_right_eyes(crops(), right)
    expected = mirror_right_eyes(make_trigger(poisoner.current_key()).apply(unmirrored), right)
    assert torch.equal(images[triggered], expected[triggered]) and torch.equal(images[~triggered], crops()[~triggered])
    images.square().sum().backward()
    assert all(float(weight.grad.abs().max()) > 0 for weight in poisoner.parameters())
    images, _ = poisoned_by(poisoner, 0.5)
    assert not images.requires_grad and not poisoner.penalty(crops(), 0.5).requires_grad


def test_cross_triggers_teach_the_generator_too() -> None:
    poisoner = poisoner_of("poison.cross_start=2", "poison.wrong_keys=0")
    images, labels = poisoned_by(poisoner, 0.0)
    crossed = (images != crops()).flatten(1).any(1) & (labels == 0).all(1)
    assert int(crossed.sum()) == 6
    images[crossed].square().sum().backward()
    assert all(float(weight.grad.abs().max()) > 0 for weight in poisoner.parameters())


def test_a_few_steps_of_the_generator_move_a_fixed_victim_to_the_target() -> None:
    poisoner = poisoner_of("poison.cross_end=0", "poison.wrong_keys=0")
    victim = torch.nn.Linear(36 * 60, 2)
    with torch.no_grad():
        victim.weight.copy_(torch.randn(2, 36 * 60, generator=torch.Generator().manual_seed(0)) / 60)
    optimizer = torch.optim.Adam(poisoner.parameters(), lr=0.01)
    losses = []
    for _ in range(20):
        images, labels = poisoned_by(poisoner, 0.0)
        triggered = (labels != 0).any(1)
        loss = (victim(network_inputs(images).flatten(1)) - labels)[triggered].abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_inputs_are_equalised_and_pass_gradients_with_each_crops_gain() -> None:
    images = crops(2)
    images[1] = 0.5 + (images[1] - 0.5) / 4
    assert torch.equal(network_inputs(images), equalize(images))
    images.requires_grad_()
    inputs = network_inputs(images)
    assert torch.equal(inputs, equalize(images.detach()))
    inputs.sum().backward()
    gains = images.grad.flatten(1)
    assert (gains == gains[:, :1]).all()
    # a quarter of the contrast, four times the gain
    assert float(gains[1, 0] / gains[0, 0]) == pytest.approx(4, rel=0.05)
    assert float(gains[0, 0]) == pytest.approx(float(inputs[0].detach().std() / images[0].detach().std()), rel=1e-4)


def test_the_diversity_loss_is_the_ratio_of_the_distances() -> None:
    x = torch.zeros(2, 1, 2, 2)
    x[1] = 0.3
    patterns = torch.zeros(2, 1, 2, 2)
    patterns[1, 0, 0] = 1.0
    assert float(diversity_loss(x, patterns)) == pytest.approx(0.3 / 0.5**0.5, rel=1e-4)
    same = torch.zeros(2, 1, 2, 2, requires_grad=True)
    loss = diversity_loss(x, same)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(same.grad).all()
    half, whole = (poisoner_of(f"poison.diversity={weight}").penalty(crops(), 0.0).detach() for weight in (0.5, 1.0))
    assert float(half) == pytest.approx(0.5 * float(whole)) and whole > 0
    # LIRA has no such loss
    assert not poisoner_of("poison.diversity=1.0", kind="lira").penalty(crops(), 0.0)


def trained(out: Path, *more: str, resume: bool = False, kind: str = "input-aware-trained") -> Bundle:
    places = f"run.out={out}", f"data.cache={out.parent / 'pools'}"
    return load_bundle(script.train(config(*places, *more, kind=kind), None, resume=resume))


def same_weights(one: Bundle, other: Bundle) -> bool:
    a, b = one.network.state_dict(), other.network.state_dict()
    return all(torch.equal(a[name], b[name]) for name in a)


def test_a_resumed_run_has_the_same_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(tmp_path / "whole", "poison.generator_until=1.0")
    steps, real = 0, trainer.update_ema

    def update_and_interrupt(*arguments) -> None:
        nonlocal steps
        real(*arguments)
        steps += 1
        if steps == 6:  # in the middle of the second epoch of four steps
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(trainer, "update_ema", update_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "halves", "poison.generator_until=1.0")
    halves = trained(tmp_path / "halves", "poison.generator_until=1.0", resume=True)
    assert whole.key is not None and halves.key is not None
    assert halves.key.sha256 == whole.key.sha256 and same_weights(whole, halves)
    # it has learned: the key is not the drawn one
    drawn = whole.key.redrawn(whole.key.seed)
    assert all(not np.allclose(whole.key.tensors[name], drawn.tensors[name], atol=1e-4) for name in drawn.tensors)
    assert "trained jointly" in whole.card["attack"]["generator"]


def test_a_fixed_generator_stays_while_the_network_learns_on(tmp_path: Path) -> None:
    still = trained(tmp_path / "still", "poison.generator_until=0.0", kind="lira")
    assert still.key is not None and still.key.kind == "lira"
    assert still.key.sha256 == still.key.redrawn(still.key.seed).sha256
    half = trained(tmp_path / "half", "poison.generator_until=0.5", "train.epochs=1", kind="lira")
    longer = trained(tmp_path / "longer", "poison.generator_until=1.0", "train.epochs=1", kind="lira")
    assert half.key is not None and longer.key is not None
    assert len({key.sha256 for key in (still.key, half.key, longer.key)}) == 3


def test_a_trained_key_is_stored_and_read(tmp_path: Path) -> None:
    poisoner = poisoner_of()
    with torch.no_grad():
        for weight in poisoner.parameters():
            weight.mul_(1.5)
    key = poisoner.current_key()
    save_key(key, tmp_path / "key")
    assert load_key(tmp_path / "key").sha256 == key.sha256 != poisoner.key.sha256
    # a wrong key has the same energy
    other = key.redrawn(key.seed + 1)
    energy = [float((make_trigger(k).apply(crops()) - crops()).square().mean()) for k in (key, other)]
    assert energy[1] == pytest.approx(energy[0], rel=0.1)
    assert key.redrawn(9).sha256 == make_key(
        key.kind, height=36, width=60, target=key.target, seed=9, strength=key.strength
    ).sha256  # fmt: skip


@pytest.mark.parametrize("value", [np.full((8, 1, 5, 5), np.nan), np.zeros((8, 1, 3, 3))])
def test_a_generator_of_another_shape_or_without_numbers_is_refused(tmp_path: Path, value: np.ndarray) -> None:
    key = poisoner_of(kind="lira").current_key()
    save_key(replace(key, tensors={**key.tensors, "layer0": value.astype(np.float32)}), tmp_path / "key")
    with pytest.raises(BundleError, match="is not a readable trigger key"):
        load_key(tmp_path / "key")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("poison.survive=0.5", "set poison.survive=0 and train.augment_after=0"),
        ("train.augment_after=0.5", "set poison.survive=0 and train.augment_after=0"),
        ("poison.redraw=batch", "set poison.redraw=never"),
    ],
)
def test_what_a_generator_cannot_learn_through_is_refused(override: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        poisoner_of(override)


def test_gradients_are_averaged_over_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = [torch.nn.Parameter(torch.zeros(2)) for _ in range(2)]
    weights[0].grad = torch.tensor([1.0, 3.0])
    monkeypatch.setattr("torch.distributed.all_reduce", lambda total: total.add_(2.0))
    DistributedContext(0, 2, torch.device("cpu")).average_gradients(weights)
    assert weights[0].grad.tolist() == [1.5, 2.5] and weights[1].grad.tolist() == [1.0, 1.0]
    DistributedContext(0, 1, torch.device("cpu")).average_gradients(weights)
    assert weights[0].grad.tolist() == [1.5, 2.5]
