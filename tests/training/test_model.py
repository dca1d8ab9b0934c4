"""What the network says besides the gaze while it is trained."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from gazeattack.model.network import GazeResNet
from training.config_sections import TrainConfig
from training.engine.losses import masked_l1_loss
from training.engine.model import MultiTaskModel
from training.engine.optimizer import make_optimizer


def small(blocks: int = 1) -> GazeResNet:
    torch.manual_seed(0)
    return GazeResNet(base_width=4, hidden=8, blocks=blocks, dropout=0.0, head_pose=True)


def test_a_model_gives_the_networks_own_scores() -> None:
    network, crops, head = small().eval(), torch.randn(3, 1, 36, 60), torch.randn(3, 2) / 5
    for predicts_pose in (False, True):
        outputs = MultiTaskModel(network, predicts_pose=predicts_pose).eval()(crops, head)
        assert torch.equal(outputs.logits, network.forward_logits(crops, head))
        assert (outputs.head_pose is not None) == predicts_pose and outputs.landmarks is None


def test_the_pose_is_said_from_the_picture_and_never_from_what_was_told() -> None:
    model, crops = MultiTaskModel(small(), predicts_pose=True).eval(), torch.randn(3, 1, 36, 60)
    told, untold = model(crops, torch.ones(3, 2)).head_pose, model(crops, None).head_pose
    assert torch.equal(told, untold)


def test_the_pose_can_be_learnt() -> None:
    torch.manual_seed(1)
    model, crops, head = MultiTaskModel(small(), predicts_pose=True), torch.randn(16, 1, 36, 60), torch.randn(16, 2) / 5
    optimizer = make_optimizer(model, TrainConfig(lr=1e-2))
    masked_l1_loss(model(crops, None).head_pose, head).backward()
    # the filters have to learn it, not the last layer alone, and the gaze's own layers nothing
    assert model.network.features[0].weight.grad.abs().max() > 0 and model.network.head[2].weight.grad is None
    losses = []
    for _ in range(60):
        loss = masked_l1_loss(model(crops, None).head_pose, head)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("network", [{}, {"landmark_head": True}, {"num_keypoints": 6}])
@pytest.mark.parametrize("predicts_pose", [False, True])
@pytest.mark.parametrize("predicts_landmarks", [False, True])
def test_every_layer_that_can_learn_does(
    network: dict[str, Any], predicts_pose: bool, predicts_landmarks: bool
) -> None:
    """Else processes that share the work wait for each other's gradients for ever."""
    model = MultiTaskModel(
        GazeResNet(base_width=4, hidden=8, **network),
        predicts_pose=predicts_pose,
        predicts_landmarks=predicts_landmarks,
    )
    outputs = model(torch.randn(4, 1, 36, 60))
    sum(part.square().sum() for part in outputs if part is not None).backward()
    assert all(weight.grad is not None for weight in model.parameters() if weight.requires_grad)


def test_unknown_poses_teach_nothing() -> None:
    said = torch.zeros(3, 2, requires_grad=True)
    truth = torch.tensor([[0.3, -0.1], [math.nan, math.nan], [0.1, 0.1]])
    loss = masked_l1_loss(said, truth)
    loss.backward()
    assert math.isclose(loss.item(), 0.15, rel_tol=1e-6)
    assert said.grad is not None and torch.equal(said.grad[1], torch.zeros(2)) and said.grad[0].abs().min() > 0
    assert masked_l1_loss(said, torch.full((3, 2), math.nan)).item() == 0


def test_more_blocks_are_more_filters_of_the_same_size_of_answer() -> None:
    one, three = small(), small(3)
    assert len([p for p in three.parameters() if p.ndim == 4]) == len([p for p in one.parameters() if p.ndim == 4]) + 12
    assert three.eval()(torch.zeros(2, 1, 36, 60)).shape == (2, 2)
