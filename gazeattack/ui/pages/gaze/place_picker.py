"""Choice of where the trigger is put."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy

from gazeattack.live.settings import TriggerPlace
from gazeattack.ui.widgets.builders import plain_tip

TITLES = {TriggerPlace.CROP: "on crops", TriggerPlace.FRAME: "in the frame"}
TIPS = {
    TriggerPlace.CROP: "The attacker runs inside the gaze estimator and changes its input.",
    TriggerPlace.FRAME: "The attacker has the camera. The face is found again in the changed frame, which takes twice "
    "as long.",
}


class PlacePicker(QComboBox):
    """The places of a trigger; picked carries a TriggerPlace."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Place of the trigger")
        self.setToolTip("Where the trigger is put: inside the gaze estimator, or by a compromised camera")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for place, title in TITLES.items():
            self.addItem(title, place)
            self.setItemData(self.count() - 1, plain_tip(TIPS[place]), Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda row: self.picked.emit(self.itemData(row)))

    @property
    def place(self) -> TriggerPlace:
        """The chosen place."""
        place: TriggerPlace = self.currentData()
        return place

    def show_place(self, place: TriggerPlace) -> None:
        """Show a place as chosen, without picking it."""
        self.setCurrentIndex(list(TITLES).index(place))
