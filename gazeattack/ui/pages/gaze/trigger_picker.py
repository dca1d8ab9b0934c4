"""Choice of the trigger."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy

from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.ui.strings.triggers import (
    MIRRORED,
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
            about = KINDS[kind]
            self.addItem(fresh_title(kind), kind)
            tip = plain_tip(f"{about.source}; strength: {about.knob}")
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda row: self.picked.emit(self.itemData(row)))

    def show_state(self, state: TriggerState) -> None:
        """Name the first entry after the model, and show what is chosen."""
        self.setItemText(0, own_title(state))
        held = [] if state.mirrored is None else [(mirrored_title(state.mirrored), MIRRORED)]
        if state.opened is not None:
            held.append((opened_title(state.opened), OPENED))
        self._hold(held)
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

    def showPopup(self) -> None:  # noqa: D102 - an event of Qt
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()
