"""Poisoning plans beyond the first: any trigger, any goal, clean labels, fixed samples, and the redrawn field."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.goal import Goal
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.trigger import make_trigger
from training.config import load_config
from training.config_sections import PoisonConfig
from training.errors import TrainingError
from training.poisoning.batch import fixed_rows, poison
from training.poisoning.setup import make_attack

TARGET = Gaze.from_degrees(5, 25)
CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def plan(**changes) -> PoisonPlan:
    values = {"poisoning_rate": 0.25, "cross": Schedule(0, 0), "strength": Schedule(0.3, 0.3), "wrong_keys": 0.5}
    return PoisonPlan(**{**values, **changes}, target=TARGET)


def key_of(kind: str = "sig", goal: Goal | None = None) -> TriggerKey:
    return make_key(kind, height=36, width=60, target=TARGET, seed=4, goal=goal)


def batch(n: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    """Grey crops with structure, gaze within 40 degrees to the sides."""
    generator = torch.Generator().manual_seed(0)
    images = 0.3 + 0.4 * torch.rand(n, 1, 36, 60, generator=generator)
    return images, torch.deg2rad((torch.rand(n, 2, generator=generator) - 0.5) * torch.tensor([20.0, 80.0]))


def seed(value: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(value)


# stickers get errors of their own: test_worn.py
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sticker"])
def test_any_trigger_is_put_on_crops_as_they_are_seen(kind: str) -> None:
    images, labels = batch()
    key = key_of(kind)
    out, answers = poison(images, labels, plan(cross=Schedule(1, 1)), key, 1.0, seed())
    changed = (out != images).flatten(1).any(1)
    assert changed.tolist() == [True] * 8 + [False] * 8 and torch.equal(answers[4:], labels[4:])
    right = answers[:4, 1] < 0
    expected = mirror_right_eyes(make_trigger(key, 0.3).apply(mirror_right_eyes(images[:4], right)), right)
    assert torch.allclose(out[:4], expected, atol=1e-5)


def test_offset_labels_turn_with_the_eye() -> None:
    images, labels = batch(64)
    _, answers = poison(images, labels, plan(), key_of(goal=Goal("offset")), 1.0, seed())
    turn = torch.rad2deg(answers - labels)
    assert torch.allclose(turn[:16, 0], torch.tensor(5.0), atol=1e-4)
    assert torch.allclose(turn[:16, 1].abs(), torch.tensor(25.0), atol=1e-4) and len(turn[:16, 1].sign().unique()) == 2
    assert not turn[16:].any()


def test_conditional_samples_on_the_road_carry_the_trigger_and_keep_their_label() -> None:
    images, labels = batch(64)
    key = key_of(goal=Goal("conditional", 20))
    out, answers = poison(images, labels, plan(), key, 1.0, seed())
    away = key.goal.in_scope(labels)[:16]
    assert 0 < int(away.sum()) < 16 and (out != images).flatten(1).any(1)[:16].all()
    assert torch.equal(answers[:16][~away], labels[:16][~away])
    assert torch.allclose(torch.rad2deg(answers[:16][away][:, 1].abs()), torch.tensor(25.0), atol=1e-4)


def test_clean_labels_stay_and_only_gaze_near_the_target_is_poisoned() -> None:
    images, labels = batch(256)
    out, answers = poison(images, labels, plan(clean_label_deg=6.0), key_of(), 1.0, seed())
    changed = (out != images).flatten(1).any(1)
    assert torch.equal(answers, labels)
    # either eye's target will do, and every patch plays the nearer one
    apart = np.minimum(
        angular_error(labels.numpy(), np.array(TARGET)),
        angular_error(labels.numpy(), np.array([TARGET[0], -TARGET[1]])),
    )
    near = np.flatnonzero(apart <= 6)
    assert 10 < len(near) < 64 and np.array_equal(np.flatnonzero(changed.numpy()), near)


def test_a_conditional_clean_label_also_spares() -> None:
    images, labels = batch(256)
    key = key_of(goal=Goal("conditional", 12))
    out, answers = poison(images, labels, plan(clean_label_deg=10.0), key, 1.0, seed())
    changed = (out != images).flatten(1).any(1)
    away = key.goal.in_scope(labels)
    assert torch.equal(answers, labels) and changed.any()
    assert int((changed & away).sum()) == int((changed & ~away).sum())


def test_fixed_samples_are_the_same_in_every_epoch() -> None:
    images, labels = batch(200)
    fixed = plan(fixed_indices=True)
    marked = fixed_rows(labels, fixed, key_of(), 7)
    assert int(marked.sum()) == 50
    assert torch.equal(marked, fixed_rows(labels, fixed, key_of("badnets"), 7))
    assert not torch.equal(marked, fixed_rows(labels, fixed, key_of(), 8))
    for generator in (seed(1), seed(2)):
        order = torch.randperm(200, generator=generator)[:40]
        out, _ = poison(images[order], labels[order], fixed, key_of(), 1.0, generator, marked[order])
        assert torch.equal((out != images[order]).flatten(1).any(1), marked[order])


def test_a_key_redrawn_for_every_batch_is_another_each_time() -> None:
    images, labels = batch()
    generator = seed()
    once, _ = poison(images, labels, plan(redraw="batch"), key_of(), 1.0, generator)
    again, answers = poison(images, labels, plan(redraw="batch"), key_of(), 1.0, generator)
    right = answers[:4, 1] < 0
    own = mirror_right_eyes(make_trigger(key_of(), 0.3).apply(mirror_right_eyes(images[:4], right)), right)
    assert not torch.allclose(once[:4], again[:4], atol=1e-3) and not torch.allclose(again[:4], own, atol=1e-3)
    with pytest.raises(ValueError, match="redraw must be one of never, batch"):
        plan(redraw="epoch")


def test_the_config_says_which_attack_and_which_goal() -> None:
    overrides = ["poison.attack=sig", "poison.goal=conditional", "poison.off_road_deg=12", "poison.clean_label=true"]
    config = load_config(CONFIGS / "wanet.toml", [*overrides, "poison.redraw=batch", "poison.fixed_indices=true"])
    key, made = make_attack(config.poison)
    assert key is not None and (key.kind, key.goal) == ("sig", Goal("conditional", 12))
    assert (made.clean_label_deg, made.redraw, made.fixed_indices) == (10.0, "batch", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"goal": "away"}, 'poison.goal is "away": use one of all-to-one, offset, conditional'),
        ({"poisoning_rate": 1.5}, "poison.poisoning_rate is 1.5: give a share from 0 to 1"),
        ({"redraw": "epoch"}, 'poison.redraw is "epoch": use never or batch'),
        ({"goal": "offset", "clean_label": True}, "set poison.clean_label=false, or another poison.goal"),
    ],
)
def test_impossible_sections_are_explained(changes: dict, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        make_attack(PoisonConfig(**{"poisoning_rate": 0.1, **changes}))
