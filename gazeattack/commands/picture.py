"""A picture of the window at the end of a headless run."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gazeattack.commands.environment import qt_problem
from gazeattack.errors import GazeAttackError
from gazeattack.files import write_whole
from gazeattack.live.annotate import annotate
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.headless import HeadlessRun
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.session import SessionStatus


def write_picture(path: Path, run: HeadlessRun, pipeline: Pipeline, summary: Mapping[str, Any]) -> np.ndarray | None:
    """Write and return the run's picture, uint8 BGR: the window with a typical result.

    Without Qt it is the annotated frame; None for a run without results.  Raises OSError where it cannot be written.
    """
    results = run.showcase.results
    if not results:
        return None
    picture = None if results[-1].face is None else _window(results, _status(results[-1], pipeline, summary))
    if picture is None:
        picture = annotate(results[-1])
    write_whole(path, cv2.imencode(".png", picture)[1].tobytes())
    return picture


def _status(shown: FrameResult, pipeline: Pipeline, summary: Mapping[str, Any]) -> SessionStatus:
    # the key of the picker's first entry; the settings say whether a foreign key is used instead
    key = pipeline.key if shown.settings.attack is None else pipeline.bundle.key
    return SessionStatus(
        source=summary["source"],
        # "ended" would show the banner for the end of a video
        source_state="running",
        source_name=summary["source_name"],
        source_size=(summary["size"][0], summary["size"][1]),
        bundle=pipeline.bundle.name,
        backdoored=pipeline.bundle.backdoored,
        poisoned=pipeline.bundle.poisoned,
        imported=pipeline.bundle.imported,
        has_key=key is not None,
        attack=None if key is None else key.kind,
        key_strength=None if key is None else key.strength,
        goal=None if key is None else key.goal.kind,
        compared=None if pipeline.compared is None else pipeline.compared.name,
        fps=summary["fps"] or 0.0,
        latency_ms=summary["latency_ms"]["p50"] or 0.0,
        dropped=summary["dropped"],
        frames=summary["frames"],
        truth_known=shown.frame.truth is not None,
    )


def _window(results: Sequence[FrameResult], status: SessionStatus) -> np.ndarray | None:
    """The picture of the window, uint8 BGR; None where it cannot be drawn."""
    if not can_draw():
        return None
    try:
        from gazeattack.ui.offscreen import render_window

        with tempfile.TemporaryDirectory() as folder:
            path = render_window(results, Path(folder) / "window.png", status=status)
            picture: np.ndarray | None = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (ImportError, OSError, GazeAttackError):
        return None
    return picture


def can_draw() -> bool:
    """Whether Qt can draw without a display."""
    if not sys.platform.startswith("linux"):
        return True
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # checked first: a missing plugin would end the program before the report is written
    return qt_problem("offscreen") is None
