"""Opens the dialogs of an evaluation and of a training's curves, and keeps them up to date."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QDialog, QWidget

from gazeattack.ui.offline.curves_dialog import CurvesDialog
from gazeattack.ui.offline.evaluate_dialog import EvaluateDialog
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.theme import LIGHT, Theme


class OfflineController(QObject):
    """Owns both dialogs; they are made when they are first opened, and keep what was entered.

    Args:
        parent: the window.
        folder: where pages are suggested; None: the person's documents.
    """

    def __init__(self, parent: QWidget, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._window, self._folder = parent, folder
        self._theme = LIGHT
        self._model: ModelInfo | None = None
        self.evaluation: EvaluateDialog | None = None
        self.curves: CurvesDialog | None = None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        if self.curves is not None:
            self.curves.set_theme(theme)

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model, which the next evaluation is about."""
        self._model = model
        if self.evaluation is not None:
            self.evaluation.set_model(model)

    def open_evaluation(self) -> None:
        """Show the dialog of an evaluation."""
        if self.evaluation is None:
            place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
            self.evaluation = EvaluateDialog(self._folder or Path(place or Path.home()), self._window)
        self.evaluation.set_model(self._model)
        _show(self.evaluation)

    def open_curves(self) -> None:
        """Show the dialog of a training's curves."""
        if self.curves is None:
            self.curves = CurvesDialog(self._window)
            self.curves.set_theme(self._theme)
        _show(self.curves)

    def close(self) -> None:
        """Close both; an evaluation under way ends."""
        for dialog in (self.evaluation, self.curves):
            if dialog is not None:
                dialog.close()


def _show(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
