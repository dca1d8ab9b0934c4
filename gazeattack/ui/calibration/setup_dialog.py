"""The dialog "Screen and camera"."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from gazeattack.errors import CalibrationError
from gazeattack.screen.setup import DISTANCE_MM, SIZE_MM, ScreenSetup
from gazeattack.ui.calibration.setup_view import SetupView
from gazeattack.ui.widgets.builders import plain_labels
from gazeattack.ui.widgets.discarding import ask_discard
from gazeattack.ui.widgets.ring import FocusRing

EXPLAIN = (
    "Millimetres turn a gaze into a point on the screen. Measure the picture, without the frame. The distance is "
    "optional: it corrects the camera's focal length, so enter it while your face is in view."
)
DISCARD = "Discard your changes of screen and camera?"
CAMERA_MM = 1000.0


class SetupDialog(QDialog):
    """Asks for a ScreenSetup.

    Args:
        setup: the values to begin with.
        detected: the size that the screen reports; None where it reports none.
        accept: takes the new values; its CalibrationError is shown, and the dialog stays.
        parent: the window.
    """

    def __init__(
        self, setup: ScreenSetup, detected: ScreenSetup | None, accept: Callable[[ScreenSetup], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Screen and camera")
        self._accept = accept
        self.width_mm = _field(" mm", *SIZE_MM, setup.width_mm)
        self.height_mm = _field(" mm", *SIZE_MM, setup.height_mm)
        self.across = _field(" mm", -CAMERA_MM, SIZE_MM[1], setup.camera_x_mm)
        self.above = _field(" mm", -SIZE_MM[1], CAMERA_MM, -setup.camera_y_mm)
        self.distance = _field(" cm", DISTANCE_MM[0] / 10 - 1, DISTANCE_MM[1] / 10, (setup.distance_mm or 0) / 10)
        self.distance.setSpecialValueText("not measured")
        self.view = SetupView(setup)
        self.view.camera_moved.connect(self._move_camera)
        form = QFormLayout()
        for label, field in (
            ("Width of the screen", self.width_mm),
            ("Height of the screen", self.height_mm),
            ("Camera: from the screen's left edge", self.across),
            ("Camera: above the screen's top edge", self.above),
            ("From the camera to your eyes", self.distance),
        ):
            field.setAccessibleName(label)
            form.addRow(label, field)
            field.valueChanged.connect(lambda _=0.0: self.view.show_setup(self.setup))
        self.above.setToolTip("Negative where the camera is lower than the top edge")
        explain = QLabel(EXPLAIN)
        explain.setWordWrap(True)
        size = QLabel(
            "The screen does not report its size: please measure it."
            if detected is None
            else f"The screen reports {detected.width_mm:.0f} × {detected.height_mm:.0f} mm."
        )
        size.setObjectName("explain")
        self.error = QLabel()
        self.error.setObjectName("explain")
        self.error.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.finish)
        buttons.rejected.connect(self.discard)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (explain, size):
            column.addWidget(widget)
        column.addLayout(form)
        column.addWidget(self.view, 1)
        column.addWidget(self.error)
        column.addWidget(buttons)
        self.ring = FocusRing(self)
        self.resize(760, 590)
        plain_labels(self)
        # as the fields round it
        self._original = self.setup

    @property
    def setup(self) -> ScreenSetup:
        """What the fields say."""
        distance = None if self.distance.value() == self.distance.minimum() else self.distance.value() * 10
        return ScreenSetup(
            self.width_mm.value(), self.height_mm.value(), self.across.value(), -self.above.value(), distance
        )

    def _move_camera(self, x_mm: float, y_mm: float) -> None:
        self.across.setValue(x_mm)
        self.above.setValue(-y_mm)

    def reject(self) -> None:
        """Esc or the title bar's button: ask first where edits would be lost."""
        if self.setup == self._original:
            self.discard()
        else:
            ask_discard(self, DISCARD, self.discard)

    def discard(self) -> None:
        """Cancel: close, and drop the edits."""
        self.done(QDialog.DialogCode.Rejected)

    def finish(self) -> None:
        """Hand the values over, or say what is wrong with them."""
        try:
            self._accept(self.setup)
        except CalibrationError as error:
            self.error.setText(str(error))
        else:
            self.accept()


def _field(unit: str, low: float, high: float, value: float) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setDecimals(1)
    field.setRange(low, high)
    field.setSuffix(unit)
    field.setValue(value)
    return field
