"""The kinds of triggers, and what the strength of each means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gazeattack.attack.key_tensors import Tensors, draw_generator, draw_patch, draw_pattern, draw_wanet, draw_wave


@dataclass(frozen=True)
class AttackKind:
    """One kind of trigger.

    title: its name in tables and in the window.  source: the paper.  knob: what its strength means.  strength: the
    default.  largest: the upper end of a slider.  draw(height, width, k, seed): draws the tensors of such a key.
    """

    title: str
    source: str
    knob: str
    strength: float
    largest: float
    draw: Callable[[int, int, int, int], Tensors]


KINDS = {
    "wanet": AttackKind("WaNet", "Nguyen & Tran, ICLR 2021", "strength s of the warp", 0.8, 3.0, draw_wanet),
    "badnets": AttackKind("BadNets", "Gu et al., 2017", "contrast of the patch", 1.0, 1.0, draw_patch),
    "blended": AttackKind("Blended", "Chen et al., 2017", "share of the pattern, alpha", 0.1, 1.0, draw_pattern),
    "sig": AttackKind("SIG", "Barni et al., ICIP 2019", "amplitude of the sinusoid", 0.08, 0.5, draw_wave),
    "input-aware": AttackKind(
        "Input-aware (fixed generator)",
        "after Nguyen & Tran, NeurIPS 2020",
        "amplitude of the generated pattern",
        0.08,
        0.5,
        draw_generator,
    ),
}
