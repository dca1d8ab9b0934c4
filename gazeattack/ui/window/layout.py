"""What stands around the pages: tabs, buttons and pickers above, the status bar below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QStatusBar,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import TriggerMode
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.recording.record_bar import RecordBar
from gazeattack.ui.recording.replay_bar import ReplayBar
from gazeattack.ui.strings import tips
from gazeattack.ui.strings.common import CAPTION, CHIP, CHIP_TIP, OTHER_CHIP, PAUSE, model_text
from gazeattack.ui.theme import LIGHT
from gazeattack.ui.widgets.banner import Banner
from gazeattack.ui.widgets.builders import button, plain_tip
from gazeattack.ui.widgets.compare_picker import ComparePicker
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.eliding import ElidingLabel
from gazeattack.ui.widgets.pickers import ModelPicker, SourcePicker
from gazeattack.ui.window.page_list import Pages


class WindowLayout:
    """Makes the widgets around the pages and lays everything out."""

    def __init__(self, pages: Pages, sources: Callable[[], Sequence[SourceOption]]) -> None:
        self.source = SourcePicker(sources)
        self.model = ModelPicker()
        self.compare = ComparePicker()
        self.badge = QLabel()
        self.badge.setObjectName("badge")
        self.badge.setToolTip(tips.BADGE)
        self.tabs = QTabBar()
        self.tabs.setObjectName("tabs")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.stack = QStackedWidget()
        for number, page in enumerate(pages, start=1):
            self.tabs.setTabToolTip(self.tabs.addTab(page.title), f"{page.title} (Ctrl+{number})")
        for widget in pages.widgets():
            self.stack.addWidget(widget)
        self.chip = button("", checkable=True, tip=CHIP_TIP)
        self.chip.setObjectName("chip")
        self.record = RecordBar()
        self.replay = ReplayBar()
        self.pause = button(PAUSE, checkable=True)
        self.screenshot = button("Screenshot (S)")
        self.follow = button("Follow mouse (M)", checkable=True)
        self.follow.setChecked(True)
        self.follow.setToolTip(
            "The synthetic subject looks where the mouse points in the camera view or the angle plot"
        )
        self._menu = QMenu()
        self.menu = QToolButton()
        self.menu.setText("Menu")
        self.menu.setToolTip("Menu (F10)")
        self.menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu.setMenu(self._menu)
        self.choices: dict[str, QAction] = {}
        self.banner = Banner()
        self.stats = ElidingLabel(Qt.AlignmentFlag.AlignRight, tip=tips.STATS)
        make_copyable(self.stats, self.stats.text)
        # it lies outside of the part that shows the focus
        self.stats.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.status_bar = QStatusBar()
        self.caption = QLabel(CAPTION)
        # the bar's own message would be drawn below the permanent widgets, which fill it
        self.message = ElidingLabel(tip="What was done last")
        self.message.setObjectName("message")
        self.status_bar.addPermanentWidget(self.caption)
        self.status_bar.addPermanentWidget(self.message, 1)
        self.status_bar.addPermanentWidget(self.stats, 1)
        self.status_bar.messageChanged.connect(self._show_message)
        self._show_message("")
        self.body = self._lay_out()

    def _show_message(self, text: str) -> None:
        """Show a passing message in place of caption and figures; empty: show those again."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        for widget in (self.caption, self.stats):
            widget.setVisible(not text)

    def show_status(self, status: SessionStatus, painted_fps: float) -> None:
        """Show what the session reports, and how many results a second were painted."""
        self.badge.setVisible(status.bundle is not None)
        self.badge.setText(model_text(status.backdoored, poisoned=status.poisoned, imported=status.imported))
        suspect = status.backdoored or status.poisoned
        colour = LIGHT.bad if suspect else LIGHT.dim if status.imported else LIGHT.good
        self.badge.setStyleSheet(f"background: {colour};")
        known = status.source_size is not None and 0 not in status.source_size
        size = "{}×{} · ".format(*status.source_size) if known and status.source_size else ""
        painted = f" ({painted_fps:.0f} painted)" if painted_fps else ""
        lost = status.report.lost
        unreadable = f" · {lost} unreadable" if lost else ""
        self.stats.setText(
            f"{status.source_name} · {size}{status.fps:.0f} FPS{painted} · "
            f"{status.latency_ms:.0f} ms latency · {status.dropped} dropped{unreadable}"
        )

    def show_trigger(self, mode: TriggerMode, other: str | None) -> None:
        """Show the trigger's state beside the tabs of pages that have no switch of their own.

        other: what a trigger is called that is not the model's own.
        """
        self.chip.setChecked(mode is not TriggerMode.OFF)
        # a narrow window has no room for the kind's name
        self.chip.setText(CHIP[mode] if other is None or mode is not TriggerMode.BOTH else OTHER_CHIP)
        self.chip.setToolTip(plain_tip(CHIP_TIP if other is None else f"{CHIP_TIP}: {other}"))

    def add_to_menu(self, title: str, callback: Callable[..., object], checked: bool | None = None) -> None:
        """One more line in the menu; checked: with a tick, which `callback` takes when it changes."""
        entry = self._menu.addAction(title)
        if checked is None:
            entry.triggered.connect(lambda _=False: callback())
            return
        entry.setCheckable(True)
        entry.setChecked(checked)
        entry.toggled.connect(callback)
        self.choices[title] = entry

    def add_line_to_menu(self) -> None:
        """A line between two groups of the menu."""
        self._menu.addSeparator()

    def add_submenu(self, menu: QMenu) -> None:
        """A menu that somebody else fills."""
        self._menu.addMenu(menu)

    def add_choice_to_menu(
        self, title: str, options: Sequence[tuple[str, str]], chosen: str, callback: Callable[[str], object]
    ) -> None:
        """A submenu of which one entry is ticked; options: (title, value), callback: takes the value chosen."""
        menu = self._menu.addMenu(title)
        group = QActionGroup(menu)
        for name, value in options:
            entry = menu.addAction(name)
            entry.setCheckable(True)
            entry.setChecked(value == chosen)
            entry.triggered.connect(lambda _=False, value=value: callback(value))
            group.addAction(entry)
            self.choices[name] = entry

    def _lay_out(self) -> QWidget:
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(10, 8, 10, 4)
        outer.setSpacing(6)
        outer.addLayout(self._tab_bar())
        outer.addLayout(self._top_bar())
        outer.addWidget(self.banner)
        outer.addWidget(self.replay)
        outer.addWidget(self.stack, 1)
        return body

    def _tab_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        for widget in (self.chip, self.record, self.pause, self.screenshot, self.menu):
            bar.addWidget(widget)
        return bar

    def _top_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.source, 3)
        bar.addWidget(self.model, 2)
        bar.addWidget(self.badge)
        bar.addWidget(self.compare, 2)
        bar.addWidget(self.follow)
        return bar
