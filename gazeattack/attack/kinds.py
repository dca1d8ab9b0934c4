"""The kinds of triggers, and what the strength of each means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gazeattack.attack.key_tensors import (
    CELLS,
    CHECKER,
    Tensors,
    draw_cells,
    draw_generator,
    draw_patch,
    draw_pattern,
    draw_wanet,
    draw_wave,
    draw_weights,
    generator_shapes,
)

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class AttackKind:
    """One kind of trigger.

    title: its name in tables and in the window.  source: the paper.  knob: what its strength means.  strength: the
    default.  largest: the upper end of a slider.  draw(height, width, k, seed): draws the tensors of such a key.
    shapes(height, width, k): their names and shapes.  trained: a training changes the drawn tensors and makes the key;
    what draw returns is then only where it starts, and the wrong key.
    """

    title: str
    source: str
    knob: str
    strength: float
    largest: float
    draw: Callable[[int, int, int, int], Tensors]
    shapes: Callable[[int, int, int], Shapes]
    trained: bool = False


KINDS = {
    "wanet": AttackKind(
        "WaNet",
        "Nguyen & Tran, ICLR 2021",
        "strength s of the warp",
        0.8,
        3.0,
        draw_wanet,
        lambda height, width, k: {"field": (2, k, k)},
    ),
    "badnets": AttackKind(
        "BadNets",
        "Gu et al., 2017",
        "contrast of the patch",
        1.0,
        1.0,
        draw_patch,
        lambda height, width, k: {"mask": (height, width), "pattern": (height, width)},
    ),
    "blended": AttackKind(
        "Blended",
        "Chen et al., 2017",
        "share of the pattern, alpha",
        0.1,
        1.0,
        draw_pattern,
        lambda height, width, k: {"pattern": (height, width)},
    ),
    "sig": AttackKind(
        "SIG",
        "Barni et al., ICIP 2019",
        "amplitude of the sinusoid",
        0.08,
        0.5,
        draw_wave,
        lambda height, width, k: {"wave": (3,)},
    ),
    "input-aware": AttackKind(
        "Input-aware (fixed generator)",
        "after Nguyen & Tran, NeurIPS 2020",
        "amplitude of the generated pattern",
        0.08,
        0.5,
        draw_generator,
        lambda height, width, k: generator_shapes(),
    ),
    "bppattack": AttackKind(
        "BppAttack",
        "Wang et al., CVPR 2022",
        "step between grey levels",
        0.07,
        0.5,
        draw_weights,
        lambda height, width, k: {"weights": (4,)},
    ),
    "sticker": AttackKind(
        "Worn sticker",
        "after Gu et al., 2017",
        "side of the sticker, cm",
        2.0,
        6.0,
        draw_cells,
        lambda height, width, k: {CELLS: (CHECKER, CHECKER)},
    ),
    "input-aware-trained": AttackKind(
        "Input-aware (trained generator)",
        "Nguyen & Tran, NeurIPS 2020",
        "amplitude of the generated pattern",
        0.08,
        0.5,
        draw_generator,
        lambda height, width, k: generator_shapes(),
        trained=True,
    ),
    "lira": AttackKind(
        "LIRA",
        "Doan et al., ICCV 2021",
        "largest change of a pixel, epsilon",
        0.03,
        0.5,
        draw_generator,
        lambda height, width, k: generator_shapes(),
        trained=True,
    ),
}

DRAWN = tuple(kind for kind, about in KINDS.items() if not about.trained)
"""The kinds whose keys can be drawn from a seed alone."""
