"""Opens the dialogs of work outside the live session, and keeps them up to date."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QDialog, QWidget

from gazeattack.ui.offline.curves_dialog import CurvesDialog
from gazeattack.ui.offline.evaluate_dialog import EvaluateDialog
from gazeattack.ui.offline.inspect_dialog import InspectDialog
from gazeattack.ui.offline.repair_dialog import RepairDialog
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.theme import LIGHT, Theme


class OfflineController(QObject):
    """Owns the dialogs; they are made when they are first opened, and keep what was entered.

    compare_requested carries the folder of a repaired model.

    Args:
        parent: the window.
        folder: where pages and models are suggested; None: the person's documents.
    """

    compare_requested = Signal(str)

    def __init__(self, parent: QWidget, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._window, self._given = parent, folder
        self._theme = LIGHT
        self._model: ModelInfo | None = None
        self.evaluation: EvaluateDialog | None = None
        self.inspection: InspectDialog | None = None
        self.repair: RepairDialog | None = None
        self.curves: CurvesDialog | None = None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        if self.curves is not None:
            self.curves.set_theme(theme)

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model, which the next evaluation, inspection or repair is about."""
        self._model = model
        for dialog in (self.evaluation, self.inspection, self.repair):
            if dialog is not None:
                dialog.set_model(model)

    def open_evaluation(self) -> None:
        """Show the dialog of an evaluation."""
        if self.evaluation is None:
            self.evaluation = EvaluateDialog(self._folder(), self._window)
        self.evaluation.set_model(self._model)
        _show(self.evaluation)

    def open_inspection(self) -> None:
        """Show the dialog of an inspection."""
        if self.inspection is None:
            self.inspection = InspectDialog(self._folder(), self._window)
        self.inspection.set_model(self._model)
        _show(self.inspection)

    def open_repair(self) -> None:
        """Show the dialog of a repair."""
        if self.repair is None:
            self.repair = RepairDialog(self._folder(), self._window)
            self.repair.compare_requested.connect(self.compare_requested)
        self.repair.set_model(self._model)
        _show(self.repair)

    def open_curves(self) -> None:
        """Show the dialog of a training's curves."""
        if self.curves is None:
            self.curves = CurvesDialog(self._window)
            self.curves.set_theme(self._theme)
        _show(self.curves)

    def close(self) -> None:
        """Close all; what is under way ends."""
        for dialog in (self.evaluation, self.inspection, self.repair, self.curves):
            if dialog is not None:
                dialog.close()

    def _folder(self) -> Path:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return self._given or Path(place or Path.home())


def _show(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
