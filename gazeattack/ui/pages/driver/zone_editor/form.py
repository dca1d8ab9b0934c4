"""The fields of one zone: name, kind, and its edges in degrees."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from gazeattack.errors import ZonesError
from gazeattack.safety import zone_edits as edits
from gazeattack.safety.zones import Point, Zone, ZoneKind
from gazeattack.ui.strings import zone_editor as text

NAME_LENGTH = 80


class ZoneForm(QWidget):
    """Shows a zone and lets it be changed by keyboard.

    edited carries the new Zone and what was done.  refused carries a sentence.
    """

    edited = Signal(object, str)
    refused = Signal(str)

    def __init__(self, zone: Zone) -> None:
        super().__init__()
        self._zone = zone
        self.name = QLineEdit()
        self.name.setMaxLength(NAME_LENGTH)
        self.name.setAccessibleName("Name of the zone")
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of the zone")
        for kind in ZoneKind:
            self.kind.addItem(text.KINDS[kind], kind)
        self.left, self.right = _angle("Left edge, yaw", edits.YAW_RANGE), _angle("Right edge, yaw", edits.YAW_RANGE)
        self.low, self.high = _angle("Lower edge, pitch", edits.PITCH_RANGE), _angle("Upper edge", edits.PITCH_RANGE)
        self.name.editingFinished.connect(self._rename)
        self.kind.activated.connect(self._change_kind)
        for field in (self.left, self.right, self.low, self.high):
            # a number that is half typed changes nothing
            field.setKeyboardTracking(False)
            field.valueChanged.connect(self._resize)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Name", self.name)
        form.addRow("Kind", self.kind)
        form.addRow("Yaw", _pair(self.left, self.right))
        form.addRow("Pitch", _pair(self.low, self.high))
        for field in (self.left, self.right):
            field.setToolTip(text.YAW_TIP)
        for field in (self.low, self.high):
            field.setToolTip(text.PITCH_TIP)
        self.kind.setToolTip(text.KIND_TIP)
        self.show_zone(zone)

    def show_zone(self, zone: Zone) -> None:
        """Fill the fields; nothing is emitted."""
        self._zone = zone
        yaw, pitch = edits.extent(zone)
        self.name.setText(zone.name)
        self.name.setCursorPosition(0)
        self.kind.setCurrentIndex(self.kind.findData(zone.kind))
        for field, value in zip((self.left, self.right, self.low, self.high), (*yaw, *pitch), strict=True):
            with QSignalBlocker(field):
                field.setValue(value)

    def commit(self) -> None:
        """Take a name that is typed but not yet entered."""
        self._rename()

    def _rename(self) -> None:
        name = self.name.text().strip()
        if name != self._zone.name:
            self._emit(lambda: Zone(name, self._zone.kind, self._zone.polygon), "Rename")

    def _change_kind(self) -> None:
        kind = self.kind.currentData()
        if kind is not self._zone.kind:
            self._emit(lambda: Zone(self._zone.name, kind, self._zone.polygon), "Change the kind of")

    def _resize(self) -> None:
        # what a field rounds away stays
        old_yaw, old_pitch = edits.extent(self._zone)
        yaw, pitch = _taken(old_yaw, self.left, self.right), _taken(old_pitch, self.low, self.high)
        self._emit(lambda: edits.fitted(self._zone, yaw, pitch), "Resize")

    def _emit(self, make: Callable[[], Zone], done: str) -> None:
        try:
            zone = make()
        except ZonesError as error:
            self.refused.emit(str(error))
            self.show_zone(self._zone)
        else:
            self.edited.emit(zone, f'{done} "{self._zone.name}"')


def _taken(old: Point, low: QDoubleSpinBox, high: QDoubleSpinBox) -> Point:
    first, second = (
        was if abs(field.value() - was) < 0.051 else field.value() for was, field in zip(old, (low, high), strict=True)
    )
    return first, second


def _angle(name: str, limits: Point) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setDecimals(1)
    field.setRange(*limits)
    field.setSuffix("°")
    field.setAccessibleName(name)
    return field


def _pair(low: QDoubleSpinBox, high: QDoubleSpinBox) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(low, 1)
    row.addWidget(QLabel("to"))
    row.addWidget(high, 1)
    return row
