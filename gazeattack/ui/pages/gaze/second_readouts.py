"""The second model's numbers, beside the first one's while two models are compared."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.pages.gaze.values import gaze_values
from gazeattack.ui.strings import tips
from gazeattack.ui.strings.comparison import model_names, moved, with_trigger, without_trigger
from gazeattack.ui.theme import COMPARED_CLEAN, COMPARED_TRIGGERED
from gazeattack.ui.widgets.readout import Readout


@dataclass(frozen=True)
class Captions:
    """Of the first model's numbers; None: as usual."""

    moved: str | None = None
    clean: str | None = None
    triggered: str | None = None


class SecondReadouts:
    """Three number cards, hidden while no model is compared."""

    def __init__(self) -> None:
        self.moved = Readout("Gaze moved by", tips.MOVED, hero=True)
        self.clean = Readout("Clean gaze", tips.SECOND_CLEAN, shape="ring", colour=COMPARED_CLEAN)
        self.triggered = Readout(
            "Triggered gaze", tips.SECOND_TRIGGERED, shape="hollow triangle", colour=COMPARED_TRIGGERED
        )
        self.readouts = (self.moved, self.clean, self.triggered)
        for readout in self.readouts:
            readout.hide()

    def show_result(self, result: FrameResult) -> Captions:
        """Show the second model's numbers; captions with the first one's name, to tell the two apart."""
        self._show(result.compared is not None)
        if result.compared is None:
            return Captions()
        now, mode = gaze_values(result.of_compared()), result.settings.mode
        first, other = model_names(result)
        self.moved.set_value(now.moved, caption=moved(other))
        self.clean.set_value(now.clean, caption=without_trigger(other))
        self.triggered.set_value(now.triggered, caption=with_trigger(other, mode))
        return Captions(moved(first), without_trigger(first), with_trigger(first, mode))

    def _show(self, on: bool) -> None:
        for readout in self.readouts:
            if readout.isHidden() == on:
                readout.setVisible(on)
