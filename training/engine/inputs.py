"""Preprocessing of training crops, through which a trigger's generator can learn."""

from __future__ import annotations

import torch

from gazeattack.model.preprocess import equalize


def network_inputs(images: torch.Tensor) -> torch.Tensor:
    """Equalise images [N, C, H, W] in [0, 1] to inputs in [-1, 1]; gradients pass as if through a linear map.

    Ranks have no gradient.  Where images carry a graph, the gradient is that of the line with each crop's own contrast
    gain (a straight-through estimator; Bengio, Leonard & Courville, 2013).  The values are those of equalize().
    """
    inputs = equalize(images.detach())
    if not images.requires_grad:
        return inputs
    with torch.no_grad():
        spread = images.std(dim=(1, 2, 3), keepdim=True).clamp_min(1 / 255)
        gain = inputs.std(dim=(1, 2, 3), keepdim=True) / spread
    return inputs + gain * (images - images.detach())
