"""A trigger whose generator learns together with the victim, written from the formulas of two papers.

    x' = clamp(x + A * tanh(g(x)), 0, 1)
    L(f(x), y) + L(f(x'), target) + L(f(cross), y) + weight * L_div      minimised over the victim f and the generator g

L is the gaze loss of the run, in radians.

Input-aware (Nguyen & Tran, NeurIPS 2020) has all terms.  A cross trigger is the pattern of another crop; its label
stays true.  L_div is the distance of two crops over that of their patterns, so that patterns differ as the crops do.
The paper has a second generator, of a mask, that is trained for few pixels and then fixed.  It is left out: the
amplitude A bounds the change instead.

LIRA (Doan, Lao, Zhao & Li, ICCV 2021) has the first two terms and a bound A.  Its second stage fixes g and trains f on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from gazeattack.attack.input_aware import InputAware
from gazeattack.attack.key import TriggerKey
from training.poisoning.poisoner import Poisoner

SMALLEST = 1e-3
"""Added to the distance of two patterns, so that equal ones give no division by zero."""


class LearningTrigger(InputAware):
    """A trigger with the generator's weights as they are now; its patterns keep the graph that leads to them."""

    def __init__(self, key: TriggerKey, strength: float | None, weights: Mapping[str, torch.Tensor]) -> None:
        super().__init__(key, strength)
        self._weights = weights

    def _drawn(self, name: str, crops: torch.Tensor) -> torch.Tensor:
        return self._weights[name].to(crops)


@dataclass(frozen=True, eq=False, kw_only=True)
class JointPoisoner(Poisoner):
    """Poisons batches with a generator that learns from the loss of the victim.

    generator: its weights, by the names that they have in the key.
    diversity: weight of L_div, in radians.
    learning_rate: of the generator, at the top of the run's schedule.
    until: share of the training in which the generator learns; afterwards it stays as it is, and the victim learns on.
    """

    generator: nn.ParameterDict
    diversity: float
    learning_rate: float
    until: float

    def learns(self, progress: float) -> bool:
        """Whether the generator still learns at `progress`, 0 to 1."""
        return progress < self.until

    def apply(
        self,
        images: torch.Tensor,
        gaze: torch.Tensor,
        landmarks: torch.Tensor,
        rows: torch.Tensor,
        progress: float,
        generator: torch.Generator,
        heads: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """See Poisoner.apply.  While the generator learns, the poisoned images lead back to its weights."""
        with torch.set_grad_enabled(self.learns(progress)):
            return super().apply(images, gaze, landmarks, rows, progress, generator, heads)

    def penalty(self, images: torch.Tensor, progress: float) -> torch.Tensor:
        """The weighted diversity loss, while the generator learns; see Poisoner.penalty."""
        if not (self.diversity and self.learns(progress)):
            return super().penalty(images, progress)
        return self.diversity * diversity_loss(images, self.trigger(self.key, 0.0).pattern(images))

    def trigger(self, key: TriggerKey, strength: float) -> LearningTrigger:
        """See Poisoner.trigger."""
        return LearningTrigger(key, strength, dict(self.generator.items()))

    def current_key(self) -> TriggerKey:
        """The key with the generator's weights as they are now."""
        weights = {name: weight.detach().cpu().numpy().copy() for name, weight in self.generator.items()}
        return replace(self.key, tensors=weights)

    def modules(self) -> dict[str, nn.Module]:
        """See Poisoner.modules."""
        return {"generator": self.generator}

    def parameter_group(self, lr: float) -> dict[str, Any]:
        """The generator as a group of the run's optimizer, whose highest learning rate is `lr`."""
        scale = self.learning_rate / lr
        return {"params": [*self.generator.values()], "lr_scale": scale, "muon": False, "weight_decay": 0.0}


def joint(poisoner: Poisoner, *, diversity: float, learning_rate: float, until: float) -> JointPoisoner:
    """The same poisoner, with a generator that learns from the weights in its key on."""
    weights = {name: nn.Parameter(torch.from_numpy(tensor.copy())) for name, tensor in poisoner.key.tensors.items()}
    return JointPoisoner(
        **vars(poisoner),
        generator=nn.ParameterDict(weights),
        diversity=diversity,
        learning_rate=learning_rate,
        until=until,
    )


def diversity_loss(crops: torch.Tensor, patterns: torch.Tensor) -> torch.Tensor:
    """L_div of the input-aware paper, for each crop [N, C, H, W] of a batch and the next one.

    Returns:
        The mean of the distance of the crops over that of their patterns [N, 1, H, W]; both are root mean squares.
    """
    apart = (crops - crops.roll(1, dims=0)).square().flatten(1).mean(1).sqrt()
    patterns_apart = (patterns - patterns.roll(1, dims=0)).square().flatten(1).mean(1).add(SMALLEST**2).sqrt()
    return (apart / patterns_apart).mean()
