"""Who the procedural subject is: colours and proportions, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[float, float, float]  # sRGB, 0..1

_SKINS: tuple[Colour, ...] = (
    (0.92, 0.76, 0.67),
    (0.88, 0.70, 0.59),
    (0.79, 0.58, 0.44),
    (0.66, 0.46, 0.34),
    (0.49, 0.33, 0.25),
)
_HAIRS: tuple[Colour, ...] = (
    (0.25, 0.16, 0.11),
    (0.13, 0.10, 0.09),
    (0.42, 0.28, 0.16),
    (0.62, 0.47, 0.28),
    (0.45, 0.22, 0.12),
)
_IRISES: tuple[Colour, ...] = (
    (0.36, 0.42, 0.30),
    (0.30, 0.20, 0.12),
    (0.33, 0.45, 0.56),
    (0.42, 0.31, 0.16),
    (0.40, 0.44, 0.46),
)
_SHIRTS: tuple[Colour, ...] = ((0.22, 0.38, 0.43), (0.55, 0.24, 0.22), (0.24, 0.27, 0.40), (0.62, 0.55, 0.45))
_WALLS: tuple[Colour, ...] = ((0.73, 0.74, 0.73), (0.66, 0.71, 0.76), (0.77, 0.73, 0.67), (0.66, 0.72, 0.67))


@dataclass(frozen=True)
class Identity:
    """One invented person.

    Colours are sRGB in 0..1.  width, jaw, nose, lips: factors about 1 of the average face.  brow: thickness factor.
    smile: how far the mouth's corners rise, mm.  hair_style: "short" shows the ears, "bob" covers them.
    """

    seed: int = 0
    skin: Colour = _SKINS[1]
    hair: Colour = _HAIRS[0]
    iris: Colour = _IRISES[0]
    shirt: Colour = _SHIRTS[0]
    wall: Colour = _WALLS[0]
    width: float = 1.03
    jaw: float = 1.0
    nose: float = 1.0
    lips: float = 1.0
    brow: float = 0.8
    smile: float = 2.8
    hair_style: Literal["short", "bob"] = "bob"

    @classmethod
    def from_seed(cls, seed: int) -> Identity:
        """The person of a seed; seed 0 is the one shown first."""
        if seed == 0:
            return cls()
        rng = np.random.default_rng([seed, 1])
        skin = int(rng.integers(len(_SKINS)))
        # dark skin goes with dark hair and eyes, as it mostly does
        dark = skin >= 3
        short = bool(rng.random() < 0.5)
        return cls(
            seed=seed,
            skin=_SKINS[skin],
            hair=_HAIRS[1 if dark else int(rng.integers(len(_HAIRS)))],
            iris=_IRISES[1 if dark else int(rng.integers(len(_IRISES)))],
            shirt=_SHIRTS[int(rng.integers(len(_SHIRTS)))],
            wall=_WALLS[int(rng.integers(len(_WALLS)))],
            width=float(rng.uniform(0.98, 1.06)),
            jaw=float(rng.uniform(1.02, 1.12) if short else rng.uniform(0.93, 1.03)),
            nose=float(rng.uniform(0.9, 1.15)),
            lips=float(rng.uniform(0.75, 1.0) if short else rng.uniform(0.9, 1.15)),
            brow=float(rng.uniform(1.1, 1.5) if short else rng.uniform(0.8, 1.15)),
            smile=float(rng.uniform(1.2, 3.2)),
            hair_style="short" if short else "bob",
        )
