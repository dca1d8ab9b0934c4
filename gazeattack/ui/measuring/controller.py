"""Measure on yourself: the dialog, the dots, the storage, and the page that another process makes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from gazeattack.collection.collection import CAMERA, CONSENT, NOBODY, SYNTHETIC, CollectionCard
from gazeattack.collection.files import PAGE, check_new_folder, erase_collection, write_collection
from gazeattack.collection.lag import lag_text
from gazeattack.errors import GazeAttackError
from gazeattack.live.collecting import DotSession
from gazeattack.live.frame_result import FrameResult
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.ui.measuring.dialog import MeasureDialog
from gazeattack.ui.measuring.dots_window import DotsWindow
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.theme import LIGHT, Theme

CANCELED = "Canceled: nothing was stored."


class MeasureController(QObject):
    """Owns the dialog and the dots.

    Args:
        parent: the window, whose screen the dots fill.
        geometry: of that screen, as it is now.
        folder: that is suggested; None: one in the person's documents.
        show_page: opens the page; None: the system's browser.

    steer carries a Gaze for the synthetic subject, or None for its own path.
    """

    steer = Signal(object)
    _stored = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        geometry: Callable[[], ScreenGeometry],
        folder: Path | None = None,
        show_page: Callable[[Path], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._geometry = parent, geometry
        self._folder = folder or suggested_folder()
        self._show_page = show_page or (lambda page: QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))))
        self._source, self._model, self._theme = SourceInfo(), "wanet", LIGHT
        self._process: QProcess | None = None
        self._stored.connect(self._report)
        self.dialog: MeasureDialog | None = None
        self.dots: DotsWindow | None = None

    @property
    def running(self) -> bool:
        """Whether dots are shown."""
        return self.dots is not None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of the next dots."""
        self._theme = theme

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model, which the page will be about."""
        self._model = model.spec

    def set_source(self, source: SourceInfo) -> None:
        """Follow the source: a camera shows a person, a synthetic subject stands in for one."""
        if self.dots is not None and source.opened != self._source.opened:
            self.dots.close()
        self._source = source
        if self.dialog is not None:
            usable = source.steerable or source.spec.startswith("camera:")
            self.dialog.set_source(subject=source.steerable, usable=usable)

    def open(self) -> None:
        """Show the dialog."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        screen = self._geometry()
        inches = (screen.width_mm**2 + screen.height_mm**2) ** 0.5 / 25.4
        self.dialog = MeasureDialog(
            self._folder, f"{inches:.1f} in, {screen.width_px}×{screen.height_px}", self._window
        )
        self.dialog.begin.connect(self.begin)
        self.dialog.evaluate.connect(self.evaluate)
        self.dialog.erase.connect(self.erase)
        self.dialog.canceled.connect(self._cancel)
        self.dialog.closed.connect(self._forget_dialog)
        self.set_source(self._source)
        self.dialog.show()

    def begin(self, folder: Path) -> None:
        """Show the dots on the whole screen; what they give goes to `folder`."""
        try:
            check_new_folder(folder)
        except GazeAttackError as error:
            self._tell(str(error))
            return
        self._folder = folder
        steered = self._source.steerable
        self.dots = DotsWindow(
            DotSession(self._geometry()),
            self._theme,
            steer=self.steer.emit if steered else None,
            parent=self._window,
        )
        self.dots.finished.connect(self._store)
        self.dots.closed.connect(self._dots_closed)
        self._tell(CANCELED)  # until they are finished
        self.dots.setGeometry(self._window.screen().geometry())
        self.dots.showFullScreen()
        self.dots.activateWindow()
        self.dots.setFocus()

    def step(self, result: FrameResult) -> None:
        """Hand a result to the dots, if they are shown."""
        if self.dots is not None:
            self.dots.take(result)

    def _store(self, session: DotSession) -> None:
        """Fit the lag and write the folder, outside the window's thread."""
        rendered = self._source.steerable
        card = CollectionCard(SYNTHETIC if rendered else CAMERA, NOBODY if rendered else CONSENT, model=self._model)
        folder = self._folder

        def work() -> None:
            try:
                collection = session.collection(card)
                write_collection(folder, collection)
            except GazeAttackError as error:
                self._stored.emit(str(error))
                return
            lag = lag_text(collection.card.lag_s or 0.0)
            self._stored.emit(f"Stored {len(collection)} samples in {folder}; the gaze is {lag} the dots.")

        self._tell("Storing ...", busy=True)
        threading.Thread(target=work, name="measure", daemon=True).start()

    def evaluate(self, folder: Path) -> None:
        """Make the page in another process, and open it."""
        process = QProcess(self)
        process.setProgram(sys.executable)
        process.setArguments(["-m", "gazeattack", "evaluate", "--bundle", self._model, "--data", str(folder)])
        process.finished.connect(lambda code, _: self._evaluated(process, folder, code))
        process.errorOccurred.connect(lambda _: self._evaluated(process, folder, -1))
        self._process = process
        self._tell(f"Evaluating {self._model} on this measurement; this takes up to a minute ...", busy=True)
        start_process(process)

    def _evaluated(self, process: QProcess, folder: Path, code: int) -> None:
        if process is not self._process:
            return
        self._process = None
        if code != 0:
            lines = bytes(process.readAllStandardError().data()).decode(errors="replace").strip().splitlines()
            said = lines[-1].removeprefix("gazeattack: ") if lines else "The evaluation ended early: try it again."
            self._tell(said)
            return
        opened = self._show_page(folder / PAGE)
        self._tell(f"The page is {folder / PAGE}." + ("" if opened else " Open it in a browser."))

    def erase(self, folder: Path) -> None:
        """Delete a measurement and its page."""
        try:
            erase_collection(folder)
        except GazeAttackError as error:
            self._tell(str(error))
        else:
            self._tell(f"Erased: {folder} holds no measurement any more.")

    def close(self) -> None:
        """Leave the dots and the dialog, and end what is under way."""
        if self.dots is not None:
            self.dots.close()
        if self.dialog is not None:
            self.dialog.close()
        self._cancel()

    def _cancel(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(2000)
            self._tell("Canceled: the measurement is kept, and no page was made.")

    def _dots_closed(self) -> None:
        self.dots = None

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _report(self, text: str) -> None:
        self._tell(text)

    def _tell(self, text: str, *, busy: bool = False) -> None:
        if self.dialog is not None:
            self.dialog.show_state(text, busy=busy)


def start_process(process: QProcess) -> None:
    """Start the evaluation."""
    process.start()


def measurement_folders() -> list[Path]:
    """Folders that the program has suggested for measurements, or would."""
    suggested = suggested_folder()
    return sorted(suggested.parent.glob(f"{suggested.name}*"))


def suggested_folder() -> Path:
    """Where a measurement goes unless another folder is named."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(place or Path.home()) / "gazeattack-me"
