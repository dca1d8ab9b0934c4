"""The detectors: binary classifiers of "triggered" against "clean" crops.

Each trains on one part of the subjects, chooses its settings on a second and is scored on a third.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gazeattack.metrics.imperceptibility import auc
from training.precision import mixed_precision

WEIGHT_DECAYS = (1e-3, 1e-2, 1e-1, 1.0)
BATCH = 64


@dataclass(frozen=True, eq=False)
class Split:
    """Three disjoint parts of the subjects, as masks over the pairs, bool [N] each."""

    learn: torch.Tensor
    choose: torch.Tensor
    test: torch.Tensor


@dataclass(frozen=True, eq=False)
class DetectorScores:
    """A detector's scores; higher means more likely triggered.

    tested: bool [N].  clean, triggered: float64 [N]; nan for pairs that are not tested.
    """

    tested: np.ndarray
    clean: np.ndarray
    triggered: np.ndarray


Score = Callable[[torch.Tensor], np.ndarray]
"""Crops [N, C, H, W] -> scores [N]."""
Detector = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Split, int, int], DetectorScores]
"""(clean, triggered, attack, split, seed, epochs) -> DetectorScores.

Trains and chooses settings on clean against triggered crops; is scored on clean against attack, the attacker's own
trigger on the same crops.  All crops are float32 [N, C, H, W] in [0, 1], in the same order.
"""


def high_pass(crops: torch.Tensor) -> torch.Tensor:
    """Crops minus their 3x3 mean, [N, C, H, W].  Resampling lowers this residual, added patterns raise it."""
    return crops - F.avg_pool2d(F.pad(crops, (1, 1, 1, 1), mode="replicate"), 3, 1)


def pixels(crops: torch.Tensor) -> torch.Tensor:
    """Raw pixels, [N, C * H * W]."""
    return crops.flatten(1)


def residual_size(crops: torch.Tensor) -> torch.Tensor:
    """Square root of the absolute high-pass residual, [N, C * H * W]; signed, it would be linear in the pixels."""
    return high_pass(crops).abs().sqrt().flatten(1)


class SmallCNN(nn.Module):
    """Three convolutions over the crop and its high-pass residual, then one position-dependent linear layer."""

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.BatchNorm2d(2 * channels)]
        inputs = 2 * channels
        for outputs, side, stride in ((16, 5, 2), (24, 3, 2), (32, 3, 1)):
            layers += [
                nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
            inputs = outputs
        # large crops are pooled to the grid of a 36x60 one
        layers += [nn.AdaptiveAvgPool2d((9, 15)), nn.Flatten(), nn.Dropout(0.3), nn.Linear(inputs * 9 * 15, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Crops [N, C, H, W] in [0, 1] -> log odds [N]."""
        inputs = torch.cat([crops, high_pass(crops)], dim=1).contiguous(memory_format=torch.channels_last)
        return self.layers(inputs)[:, 0]


def cnn(
    clean: torch.Tensor, triggered: torch.Tensor, attack: torch.Tensor, split: Split, seed: int, epochs: int
) -> DetectorScores:
    """Train a SmallCNN; keeps the epoch with the largest AUC on the subjects for choosing."""
    torch.manual_seed(seed)
    network = SmallCNN(*clean.shape[1:])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rows = split.learn.nonzero()[:, 0]
    per_epoch = -(-len(rows) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=per_epoch * epochs)
    best, kept = -1.0, network.state_dict()
    for _ in range(epochs):
        network.train()
        for batch in rows[torch.randperm(len(rows))].split(BATCH):
            # both crops of a pair are in one batch, so they differ in the trigger and not in the subject
            with mixed_precision():
                logits = network(torch.cat([clean[batch], triggered[batch]]))
            truth = torch.cat([torch.zeros(len(batch)), torch.ones(len(batch))])
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(logits.float(), truth).backward()
            optimizer.step()
            schedule.step()
        found = _auc_of(partial(_score, network), clean, triggered, split.choose)
        if found > best:
            best, kept = found, {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.load_state_dict(kept)
    return _scored(partial(_score, network), clean, attack, split.test)


@torch.inference_mode()
def _score(network: nn.Module, crops: torch.Tensor) -> np.ndarray:
    network.eval()
    with mixed_precision():
        return torch.cat([network(part).float() for part in crops.split(256)]).numpy()


def linear_probe(
    features: Callable[[torch.Tensor], torch.Tensor],
    clean: torch.Tensor,
    triggered: torch.Tensor,
    attack: torch.Tensor,
    split: Split,
    seed: int,
    epochs: int,
) -> DetectorScores:
    """Train a logistic regression on standardised features.

    Keeps the weight decay with the largest AUC on the subjects for choosing.  It is deterministic and has no epochs;
    `seed` and `epochs` only make it a Detector.
    """
    inputs = torch.cat([features(clean[split.learn]), features(triggered[split.learn])])
    truth = torch.cat([torch.zeros(len(inputs) // 2), torch.ones(len(inputs) // 2)])
    mean, deviation = inputs.mean(dim=0), inputs.std(dim=0).clamp(min=1e-4)
    inputs = (inputs - mean) / deviation
    best, kept = -1.0, torch.zeros(inputs.shape[1])
    for decay in WEIGHT_DECAYS:
        weights = _logistic_regression(inputs, truth, decay)
        found = _auc_of(partial(_linear_score, features, mean, deviation, weights), clean, triggered, split.choose)
        if found > best:
            best, kept = found, weights
    return _scored(partial(_linear_score, features, mean, deviation, kept), clean, attack, split.test)


def _logistic_regression(features: torch.Tensor, truth: torch.Tensor, decay: float) -> torch.Tensor:
    """Weights [D] without an offset, which would not change any ranking."""
    weights = torch.zeros(features.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=40, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(features @ weights, truth) + decay / 2 * weights.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return weights.detach()


def _linear_score(
    features: Callable[[torch.Tensor], torch.Tensor],
    mean: torch.Tensor,
    deviation: torch.Tensor,
    weights: torch.Tensor,
    crops: torch.Tensor,
) -> np.ndarray:
    return ((features(crops) - mean) / deviation @ weights).numpy()


def _auc_of(score: Score, clean: torch.Tensor, triggered: torch.Tensor, rows: torch.Tensor) -> float:
    return auc(score(clean[rows]), score(triggered[rows]))


def _scored(score: Score, clean: torch.Tensor, attack: torch.Tensor, test: torch.Tensor) -> DetectorScores:
    tested = test.numpy()
    scores = np.full((2, len(tested)), np.nan)
    scores[0, tested], scores[1, tested] = score(clean[test]), score(attack[test])
    return DetectorScores(tested, scores[0], scores[1])


DETECTORS: dict[str, Detector] = {
    "cnn": cnn,
    "linear, pixels": partial(linear_probe, pixels),
    "linear, residual": partial(linear_probe, residual_size),
}
