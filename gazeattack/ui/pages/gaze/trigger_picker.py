"""Choice of the trigger."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QSizePolicy

from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.ui.strings.triggers import (
    FACES_ONLY,
    MIRRORED,
    NOT_IN_VIEW,
    OPENED,
    TriggerState,
    fresh_title,
    mirrored_title,
    opened_title,
    own_title,
)
from gazeattack.ui.widgets.builders import plain_tip
from gazeattack.ui.widgets.eliding import ElidingComboBox


class TriggerPicker(ElidingComboBox):
    """The model's own trigger, or the one it borrows, its mirrored key and an opened one, then other attackers' kinds.

    picked carries TriggerState.chosen.
    """

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Trigger")
        self.setToolTip(
            "Trigger to apply: another attacker's trigger has a new random key and should hardly move the gaze"
        )
        # the narrowest window decides how much of a title is shown; the list itself shows all of it
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addItem("", None)
        self.insertSeparator(1)
        for kind in DRAWN:
            self.addItem(fresh_title(kind), kind)
        self.activated.connect(lambda row: self.picked.emit(self.itemData(row)))

    def show_state(self, state: TriggerState) -> None:
        """Name the first entry after the model, and show what is chosen."""
        self.setItemText(0, own_title(state))
        held = [] if state.mirrored is None else [(mirrored_title(state.mirrored), MIRRORED)]
        if state.opened is not None:
            held.append((opened_title(state.opened), OPENED))
        self._hold(held)
        self._enable(state)
        row = 0 if state.chosen is None else self.findData(state.chosen)
        if row != self.currentIndex():
            self.setCurrentIndex(row)

    def _hold(self, held: list[tuple[str, str]]) -> None:
        """Bring the entries between the first one and the separator in line."""
        first_kind = self.findData(DRAWN[0])
        rows = range(1, first_kind - 1)
        if held == [(self.itemText(row), self.itemData(row)) for row in rows]:
            return
        for _ in rows:
            self.removeItem(1)
        for row, (title, data) in enumerate(held, start=1):
            self.insertItem(row, title, data)

    def _enable(self, state: TriggerState) -> None:
        """Offer the kinds that the model's crops show; the others say why not."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for kind in DRAWN:
            item, about, shown = model.item(self.findData(kind)), KINDS[kind], state.shows(kind)
            tip = f"{about.source}; strength: {about.knob}" if shown else NOT_IN_VIEW
            item.setText(fresh_title(kind) if shown else f"{fresh_title(kind)} ({FACES_ONLY})")
            item.setEnabled(shown)
            item.setToolTip(plain_tip(tip))

    def showPopup(self) -> None:  # noqa: D102 - an event of Qt
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()
