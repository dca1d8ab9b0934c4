"""Random numbers for batches of patches: per subject from the subject's own seed, per patch from a generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch


class Draw:
    """Draws one value per patch, shaped to broadcast over pixels: float32 [N, 1, 1]."""

    def __init__(self, n: int, generator: torch.Generator) -> None:
        self.n = n
        self.generator = generator

    def uniform(self, low: float, high: float) -> torch.Tensor:
        """U(low, high), [N, 1, 1]."""
        return torch.rand(self.n, 1, 1, generator=self.generator) * (high - low) + low

    def normal(self, mean: float, deviation: float) -> torch.Tensor:
        """N(mean, deviation), [N, 1, 1]."""
        return torch.randn(self.n, 1, 1, generator=self.generator) * deviation + mean

    def chance(self, probability: float) -> torch.Tensor:
        """1.0 with the given probability, else 0.0, [N, 1, 1]."""
        return (torch.rand(self.n, 1, 1, generator=self.generator) < probability).float()

    def texture(self, rows: int, columns: int, height: int, width: int) -> torch.Tensor:
        """Smooth noise with about rows x columns bumps, [N, height, width]."""
        coarse = torch.randn(self.n, 1, rows, columns, generator=self.generator)
        size = (height, width)
        return torch.nn.functional.interpolate(coarse, size, mode="bilinear", align_corners=False)[:, 0]

    def sideways(self, values: torch.Tensor) -> torch.Tensor:
        """What points along x in the world, [N, ...], as every patch shows it: see DrawPairs."""
        return values


class DrawPairs(Draw):
    """Draws for two patches of one rendering: rows 0 to n - 1 left eyes, n to 2n - 1 the right eyes, shown mirrored.

    Both get the same values, which are therefore mirror images of each other; what is no part of the face, such as a
    lamp at one side, goes through sideways().  Textures are each patch's own.
    """

    def __init__(self, n: int, generator: torch.Generator) -> None:
        super().__init__(2 * n, generator)
        self.pairs = n

    def uniform(self, low: float, high: float) -> torch.Tensor:
        """U(low, high), [2n, 1, 1], equal in both of a pair."""
        return _twice(Draw(self.pairs, self.generator).uniform(low, high))

    def normal(self, mean: float, deviation: float) -> torch.Tensor:
        """N(mean, deviation), [2n, 1, 1], equal in both of a pair."""
        return _twice(Draw(self.pairs, self.generator).normal(mean, deviation))

    def chance(self, probability: float) -> torch.Tensor:
        """1.0 with the given probability, else 0.0, [2n, 1, 1], equal in both of a pair."""
        return _twice(Draw(self.pairs, self.generator).chance(probability))

    def sideways(self, values: torch.Tensor) -> torch.Tensor:
        """The values [2n, ...] with the sign turned for right eyes, which are shown mirrored."""
        return torch.cat([values[: self.pairs], -values[self.pairs :]])


def _twice(values: torch.Tensor) -> torch.Tensor:
    return torch.cat([values, values])


Identity = Mapping[str, torch.Tensor]


def draw_identities(
    recipe: Callable[[np.random.Generator], dict[str, float]], subjects: Sequence[int], seed: int
) -> Identity:
    """One identity per subject: name -> float32 [S].  A subject's identity depends on (seed, subject) alone."""
    people = [recipe(np.random.default_rng([seed, subject])) for subject in subjects]
    return {name: torch.tensor([p[name] for p in people], dtype=torch.float32) for name in people[0]}


def per_patch(identity: Identity, rows: torch.Tensor) -> dict[str, torch.Tensor]:
    """The identities at `rows` [N], each value shaped [N, 1, 1]."""
    return {name: values[rows].view(-1, 1, 1) for name, values in identity.items()}
