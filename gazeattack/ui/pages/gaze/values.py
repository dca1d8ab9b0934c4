"""The numbers of one result, as text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.goal import ALL_TO_ONE
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.ui.strings.common import BRANCH, gaze_text
from gazeattack.ui.strings.triggers import TO_TARGET


@dataclass(frozen=True)
class GazeValues:
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


def gaze_values(result: FrameResult) -> GazeValues:
    """The numbers of one result.

    changed: mean |residual| as a share of the range.  moved: angle between both predictions.  to_target: angle from
    the altered branch's prediction to the attacker's target.  error: angle from the clean prediction to the truth.
    """
    clean = None if result.clean is None else result.clean.gaze
    triggered = None if result.triggered is None else result.triggered.gaze
    residual = None if result.crops is None else result.crops.residual
    return GazeValues(
        changed=None if residual is None else f"{100 * float(np.abs(residual).mean()):.1f} %",
        moved=None if result.shift_deg is None else f"{result.shift_deg:.1f}°",
        clean=None if clean is None else gaze_text(clean),
        triggered=None if triggered is None else gaze_text(triggered),
        to_target=_apart(triggered, result.target),
        error=_apart(clean, result.frame.truth),
        branch=BRANCH.get(result.settings.mode, "Triggered"),
        aim=TO_TARGET[result.goal or ALL_TO_ONE],
    )


def is_attack(settings: PipelineSettings) -> bool:
    """Whether the trigger itself is applied, and not at strength 0."""
    return settings.mode in (TriggerMode.BOTH, TriggerMode.ON) and settings.strength != 0


def _apart(a: Gaze | None, b: Gaze | None) -> str | None:
    return None if a is None or b is None else f"{float(angular_error(a, b)):.1f}°"
