"""The tour: points at one panel after the other and says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gazeattack.ui.widgets.builders import button
from gazeattack.ui.widgets.ring import TourRing
from gazeattack.ui.window.layout import WindowLayout
from gazeattack.ui.window.page_list import Pages

WIDTH, GAP = 330, 12

SLACK = 16  # the focus widens a button's border


@dataclass(frozen=True)
class TourStep:
    """panel: what is surrounded.  tab: the page it lies on; None: any.  text: what it shows."""

    panel: QWidget
    tab: int | None
    text: str


def tour_steps(ui: WindowLayout, pages: Pages) -> tuple[TourStep, ...]:
    """The stops, in their order."""
    gaze, driver, keypad, screen = pages.gaze, pages.driver, pages.keypad, pages.screen
    on = {page: pages.index(page) for page in pages}
    return (
        TourStep(ui.source, None, "Where the frames come from: a camera, a synthetic subject, a file or a recording."),
        TourStep(ui.model, None, "The gaze model. Compare the backdoored one with the clean one."),
        TourStep(gaze.camera, on[gaze], "The face, mirrored. Blue: gaze without the trigger. Orange: with it."),
        TourStep(gaze.trigger, on[gaze], "The trigger: its switch (Space), noise mode, wrong key, and its strength."),
        TourStep(gaze.crops, on[gaze], "What the network receives, without and with the trigger, and the difference."),
        TourStep(gaze.moved, on[gaze], "How far the trigger moves the predicted gaze."),
        TourStep(gaze.angles, on[gaze], "Both predictions in degrees. The dashed ring is the attacker's target."),
        TourStep(gaze.times, on[gaze], "The angle between both predictions over the last seconds."),
        TourStep(driver.windscreen, on[driver], "The driver's view: where each gaze meets the car."),
        TourStep(driver.with_trigger, on[driver], "What the driver monitors receive from the model under attack."),
        TourStep(driver.timeline, on[driver], "The last minute of both branches, and when warnings began."),
        TourStep(keypad.view, on[keypad], "A keypad that types by gaze, once without and once with the trigger."),
        TourStep(screen.view, on[screen], "Where each gaze meets your screen. Calibrate it with C."),
        TourStep(ui.record, None, "Record values, and images if you tick that. Nothing else is stored."),
        TourStep(ui.menu, None, "Everything else, and this tour. F1 lists the keys."),
    )


class TourCard(QFrame):
    """The text of a step and its buttons, beside the panel.  back, on, left: a button was pressed."""

    back = Signal()
    on = Signal()
    left = Signal()

    def __init__(self, root: QWidget) -> None:
        super().__init__(root)
        self._root = root
        self.setObjectName("welcome")
        self.text = QLabel()
        self.text.setObjectName("explain")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.number = QLabel()
        self.number.setObjectName("dim")
        self.before, self.after, self.end = button("Back"), button("Next (→)"), button("End (Esc)")
        self._row = row = QHBoxLayout()
        row.addWidget(self.number, 1)
        for each, signal in ((self.before, self.back), (self.after, self.on), (self.end, self.left)):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            each.clicked.connect(signal)
            row.addWidget(each)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 10)
        column.addWidget(self.text)
        column.addLayout(row)

    def place(self, panel: QWidget) -> None:
        """Lie beside a panel: where there is most room, and never outside the window."""
        # the buttons grow with the window's text
        margins = self.contentsMargins() + self._column.contentsMargins()
        width = max(WIDTH, self._row.sizeHint().width() + margins.left() + margins.right() + SLACK)
        self.setFixedWidth(width)
        self.adjustSize()
        room, size = self._root.rect(), self.sizeHint()
        height = max(size.height(), self.heightForWidth(width))
        at = panel.mapTo(self._root, QPoint(0, 0))
        right, below = room.width() - at.x() - panel.width(), room.height() - at.y() - panel.height()
        if max(right, at.x()) >= width + 2 * GAP:
            x = at.x() + panel.width() + GAP if right >= at.x() else at.x() - width - GAP
            y = at.y() + (panel.height() - height) // 2
        else:
            x = at.x() + (panel.width() - width) // 2
            y = at.y() + panel.height() + GAP if below >= at.y() else at.y() - height - GAP
        x = min(max(x, GAP), room.width() - width - GAP)
        y = min(max(y, GAP), room.height() - height - GAP)
        self.setGeometry(x, y, width, height)
        self.raise_()
        self.show()


class Tour(QObject):
    """Walks through the steps; Left and Right go back and on, Esc ends it, and the tab from before comes back.

    Args:
        root: the window's central widget.
        steps: the stops.
        show_tab, tab: choose a tab, and the one that is shown.
    """

    def __init__(
        self, root: QWidget, steps: Sequence[TourStep], show_tab: Callable[[int], object], tab: Callable[[], int]
    ) -> None:
        super().__init__(root)
        self._root, self._steps, self._show_tab, self._tab = root, steps, show_tab, tab
        self._before = 0
        self._place = -1
        self.ring = TourRing(root)
        self.card = TourCard(root)
        self.card.hide()
        self.card.back.connect(lambda: self._go(self._place - 1))
        self.card.on.connect(lambda: self._go(self._place + 1))
        self.card.left.connect(self.end)
        self._keys: list[QShortcut] = []
        root.installEventFilter(self)

    @property
    def step(self) -> TourStep | None:
        """The step that is shown; None while there is no tour."""
        return self._steps[self._place] if self._place >= 0 else None

    def start(self) -> None:
        """Begin with the first step."""
        if self._place < 0:
            self._before = self._tab()
            for name, way in (("Left", -1), ("Right", 1)):
                made = QShortcut(QKeySequence(name), self._root)
                made.activated.connect(lambda way=way: self._go(self._place + way))
                self._keys.append(made)
        self._go(0)

    def end(self) -> bool:
        """End the tour, if there is one; whether there was."""
        if self._place < 0:
            return False
        self._place = -1
        self.ring.surround(None)
        self.card.hide()
        # these keys move sliders and choose tabs while there is no tour
        for made in self._keys:
            made.setParent(None)
            made.deleteLater()
        self._keys.clear()
        self._show_tab(self._before)
        return True

    def _go(self, place: int) -> None:
        if place >= len(self._steps):
            self.end()
            return
        self._place = max(0, place)
        step = self._steps[self._place]
        if step.tab is not None:
            self._show_tab(step.tab)
        self.card.text.setText(step.text)
        self.card.number.setText(f"{self._place + 1} of {len(self._steps)}")
        self.card.before.setEnabled(self._place > 0)
        self.ring.surround(step.panel)
        self.card.place(step.panel)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - an event of Qt
        if event.type() == QEvent.Type.Resize and self._place >= 0:
            self.card.place(self._steps[self._place].panel)
        return False
