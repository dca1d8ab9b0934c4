"""The numbers of one sample as they are read out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.goal import ALL_TO_ONE
from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.strings.common import BRANCH, gaze_words
from gazeattack.ui.strings.triggers import TO_TARGET


@dataclass(frozen=True)
class Readings:
    """Texts; None where nothing is known.

    branch: what the altered branch is called in this mode.  aim: what to_target is measured to, by the key's goal.
    """

    changed: str | None
    moved: str | None
    clean: str | None
    triggered: str | None
    to_target: str | None
    error: str | None
    branch: str
    aim: str


def readings(sample: FrameResult) -> Readings:
    """The numbers of one sample.

    changed: mean |residual| as a share of the range; moved: between the two answers; to_target: from the altered
    branch's answer to the attacker's target; error: from the clean answer to the truth.
    """
    clean = None if sample.clean is None else sample.clean.gaze
    triggered = None if sample.triggered is None else sample.triggered.gaze
    residual = None if sample.crops is None else sample.crops.residual
    return Readings(
        changed=None if residual is None else f"{100 * float(np.abs(residual).mean()):.1f} %",
        moved=None if sample.shift_deg is None else f"{sample.shift_deg:.1f}°",
        clean=None if clean is None else gaze_words(clean),
        triggered=None if triggered is None else gaze_words(triggered),
        to_target=_apart(triggered, sample.target),
        error=_apart(clean, sample.frame.truth),
        branch=BRANCH.get(sample.settings.mode, "Triggered"),
        aim=TO_TARGET[sample.goal or ALL_TO_ONE],
    )


def _apart(a: Gaze | None, b: Gaze | None) -> str | None:
    return None if a is None or b is None else f"{float(angular_error(a, b)):.1f}°"
