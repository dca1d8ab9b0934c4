"""Screen and camera as a person has entered them: asked for in a dialog, remembered, and used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.live.frame_result import FrameResult
from gazeattack.screen.setup import ScreenSetup, focal_share
from gazeattack.ui.calibration.setup_dialog import SetupDialog
from gazeattack.ui.session import SourceInfo

_WIDTH = 1000


class Remembered(Protocol):
    """Where the values are kept."""

    screen_setup: ScreenSetup | None
    focal_share: float | None


class SetupController(QObject):
    """Owns the dialog.

    Args:
        parent: the window.
        store: where the values are kept.
        detected: the size that the screen reports, or None.
        current: the values in use.

    changed carries the new ScreenSetup.  camera carries the CameraIntrinsics to use, or None for a guess; only cameras
    have them, not videos or synthetic subjects.
    """

    changed = Signal(object)
    camera = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        store: Remembered,
        detected: Callable[[], ScreenSetup | None],
        current: Callable[[], ScreenSetup],
    ) -> None:
        super().__init__(parent)
        self._window, self._store, self._detected, self._current = parent, store, detected, current
        self._source = SourceInfo()
        self._result: FrameResult | None = None
        self.dialog: SetupDialog | None = None

    def open(self) -> None:
        """Show the dialog."""
        self.dialog = SetupDialog(self._current(), self._detected(), self.take, self._window)
        self.dialog.open()

    def take(self, setup: ScreenSetup) -> None:
        """Use and remember new values.  Raises CalibrationError where they cannot be right."""
        size = self._window.screen().size()
        setup.checked(size.width(), size.height())
        share = self._store.focal_share
        if setup.distance_mm is None:
            share = None
        elif setup.distance_mm != self._current().distance_mm:
            share = self._share(setup.distance_mm)
        self._store.screen_setup, self._store.focal_share = setup, share
        self.changed.emit(setup)
        self._use_camera()

    def step(self, result: FrameResult) -> None:
        """Keep the last result: how far away its head pose puts the eyes."""
        self._result = result

    def set_source(self, source: SourceInfo) -> None:
        """Follow the source."""
        self._source, self._result = source, None
        self._use_camera()

    def _share(self, distance_mm: float) -> float:
        result = self._result if self._is_camera else None
        if result is None or result.origin_mm is None or result.intrinsics is None:
            return focal_share(1.0, None, distance_mm)
        used = result.intrinsics.focal / result.frame.image.shape[1]
        return focal_share(used, float(np.linalg.norm(result.origin_mm)), distance_mm)

    @property
    def _is_camera(self) -> bool:
        return self._source.spec.startswith("camera:")

    def _use_camera(self) -> None:
        share = self._store.focal_share if self._is_camera else None
        self.camera.emit(None if share is None else CameraIntrinsics(share * _WIDTH, (_WIDTH, _WIDTH)))
