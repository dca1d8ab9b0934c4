"""Choice of the second model that is compared with the first."""

from __future__ import annotations

from gazeattack.model.catalogue import bundle_paths
from gazeattack.ui.widgets.pickers import Picker, choose_bundle

NOTHING = "nothing"
TIP = "Compare with a second model: the same crops go through both models, with the same trigger"


class ComparePicker(Picker):
    """Nothing, the shipped bundles, and any other bundle by its folder.  picked carries a spec, or NOTHING."""

    def __init__(self) -> None:
        super().__init__("Compare with", TIP)
        # a narrow window has little room beside the model; the list itself shows whole titles
        self.setMinimumContentsLength(11)
        options = [(f"Compare: {name}", name) for name in bundle_paths()]
        self.fill([("Compare with ...", NOTHING), *options], [("Open model folder ...", choose_bundle)])
        self.show_current(NOTHING)

    def showPopup(self) -> None:  # noqa: D102 - an event of Qt
        self.setItemText(0, "Compare with nothing")
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def hidePopup(self) -> None:  # noqa: D102 - an event of Qt
        super().hidePopup()
        self.setItemText(0, "Compare with ...")
