"""AdamW for all weights, or Muon for the filters of the convolutions and AdamW for the rest."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from training.config_sections import TrainConfig

MOMENTUM = 0.95
FILTER_DECAY = 0.01
# of Muon's fifth-order polynomial, which brings singular values from (0, 1] near 1 in five steps
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.AdamW:
    """The optimizer that train.optimizer names.  A group's learning rate is the schedule's times its "lr_scale"."""
    filters = [p for p in network.parameters() if p.ndim == 4 and config.optimizer == "muon"]
    chosen = {id(p) for p in filters}
    groups = [{"params": [p for p in network.parameters() if id(p) not in chosen], "lr_scale": 1.0, "muon": False}]
    if filters:
        groups.append(
            {
                "params": filters,
                "lr": config.muon_lr,
                "lr_scale": config.muon_lr / config.lr,
                "muon": True,
                "weight_decay": FILTER_DECAY,
            }
        )
    return FilterMuon(groups, lr=config.lr, weight_decay=config.weight_decay)


class FilterMuon(torch.optim.AdamW):
    """AdamW, but groups with "muon" set move by the orthogonalised momentum of each layer's filters.

    Muon (Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural networks"), written from its formula
    with a layer's filters [O, I, h, w] as a matrix [O, I h w]; torch.optim.Muon takes matrices alone.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step; afterwards the filters have no gradients."""
        for group in self.param_groups:
            if not group["muon"]:
                continue
            for filters in group["params"]:
                if filters.grad is None:
                    continue
                state = self.state[filters]
                if not state:
                    # AdamW expects a step in every state that it restores
                    state.update(momentum=torch.zeros_like(filters), step=torch.zeros(()))
                state["momentum"].lerp_(filters.grad, 1 - MOMENTUM)
                ahead = filters.grad.lerp(state["momentum"], MOMENTUM)
                turned = orthogonalised(ahead.flatten(1)).view_as(filters)
                tall = max(1.0, filters.shape[0] / filters[0].numel()) ** 0.5
                filters.mul_(1 - group["lr"] * group["weight_decay"]).add_(turned, alpha=-group["lr"] * tall)
                filters.grad = None  # so that AdamW leaves them alone
        super().step(closure)


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix [M, N] with its singular values brought to about 1 (0.7 to 1.2), by a Newton-Schulz iteration."""
    a, b, c = COEFFICIENTS
    x: torch.Tensor = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
