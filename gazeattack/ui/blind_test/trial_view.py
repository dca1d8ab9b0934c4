"""The trials of a blind test: the crops of one trial side by side, answered by keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.blind_test.plan import Plan, Trial
from gazeattack.blind_test.stimulus import Stimulus
from gazeattack.ui.theme import CLEAN, LIGHT, Theme
from gazeattack.ui.widgets.fit_text import draw_fitting
from gazeattack.ui.widgets.qimages import contrast, crop_picture, to_qimage

QUESTION = "Which eye carries the trigger?"
KEYS = "Press {keys}, or the arrows and Enter. Esc leaves the test."
WAITING = "Waiting for a face with open eyes ..."
CENTRE = Qt.AlignmentFlag.AlignCenter


class TrialView(QWidget):
    """Shows one trial after the other; it never says whether an answer was right.

    answered carries the Trial, its Stimulus, the chosen place (from 0) and the seconds.  finished: after the last
    trial.  left: Esc was pressed.
    """

    answered = Signal(object, object, int, float)
    finished = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._plan: Plan | None = None
        self._make: Callable[[Trial], Stimulus | None] = lambda trial: None
        self._number = self._chosen = 0
        self._stimulus: Stimulus | None = None
        self._since = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(560, 300)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    @property
    def trial(self) -> Trial | None:
        """The trial that is shown, or waited for; None before and after the test."""
        plan = self._plan
        return None if plan is None or self._number >= len(plan.trials) else plan.trials[self._number]

    @property
    def waiting(self) -> bool:
        """Whether the trial has no crop yet."""
        return self.trial is not None and self._stimulus is None

    def begin(self, plan: Plan, make: Callable[[Trial], Stimulus | None]) -> None:
        """Start a test.

        Args:
            plan: of all trials.
            make: the crops of a trial; None where there are none yet, then supply() asks again.
        """
        self._plan, self._make, self._number = plan, make, 0
        self._next()
        self.setFocus()

    def supply(self) -> None:
        """Ask again for the crops of a trial that waits."""
        if self.waiting:
            self._next()

    def stop(self) -> None:
        """Forget the test and its crops."""
        self._plan = self._stimulus = None
        self.update()

    def _next(self) -> None:
        trial = self.trial
        self._stimulus = None if trial is None else self._make(trial)
        self._chosen, self._since = 0, time.monotonic()
        self.setAccessibleName(f"{QUESTION} {self._progress()}")
        self.update()

    def choose(self, place: int) -> None:
        """Answer the trial that is shown with a place, from 0."""
        plan, trial, stimulus = self._plan, self.trial, self._stimulus
        if plan is None or trial is None or stimulus is None or not 0 <= place < plan.choices:
            return
        self.answered.emit(trial, stimulus, place, time.monotonic() - self._since)
        self._number += 1
        if self.trial is None:
            self._stimulus = None
            self.finished.emit()
            return
        self._next()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        key, plan = event.key(), self._plan
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif plan is None or event.isAutoRepeat():
            # a key that is held down must not answer the next trials too
            event.ignore()
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_3:
            self.choose(key - Qt.Key.Key_1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._chosen = (self._chosen + (1 if key == Qt.Key.Key_Right else -1)) % plan.choices
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(self._chosen)
        else:
            event.ignore()

    def _progress(self) -> str:
        plan = self._plan
        return "" if plan is None else f"Trial {min(self._number + 1, len(plan.trials))} of {len(plan.trials)}"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        painter, theme, plan = QPainter(self), self._theme, self._plan
        painter.fillRect(self.rect(), QColor(theme.window))
        if plan is None or self.trial is None:
            return
        width, line = float(self.width()), max(18.0, self.height() / 16)
        painter.setPen(QColor(theme.text))
        draw_fitting(painter, QRectF(10, 6, width - 20, line * 1.6), QUESTION, line, bold=True, align=CENTRE)
        painter.setPen(QColor(theme.dim))
        draw_fitting(painter, QRectF(10, line * 1.8, width - 20, line), self._progress(), line * 0.7, align=CENTRE)
        keys = ", ".join(str(place + 1) for place in range(plan.choices - 1)) + f" or {plan.choices}"
        foot = QRectF(10, self.height() - line * 1.4, width - 20, line * 1.2)
        draw_fitting(painter, foot, KEYS.format(keys=keys), line * 0.7, align=CENTRE)
        area = QRectF(16, line * 3.2, width - 32, self.height() - line * 5.0)
        if self._stimulus is None:
            draw_fitting(painter, area, WAITING, line, align=CENTRE)
            return
        self._draw_crops(painter, area, plan, self._stimulus, line)

    def _draw_crops(self, painter: QPainter, area: QRectF, plan: Plan, stimulus: Stimulus, line: float) -> None:
        trial = self.trial
        assert trial is not None
        pictures, gap = stimulus.pictures(plan, trial), 24.0
        rows, columns = stimulus.clean.shape[1:]
        room = (area.width() - gap * (plan.choices - 1)) / plan.choices
        scale = min(room / columns, (area.height() - line * 1.6) / rows)
        width, height, ratio = columns * scale, rows * scale, self.devicePixelRatioF()
        # one contrast for all: only the trigger may make a difference
        span = contrast(stimulus.clean)
        left = area.left() + (area.width() - width * plan.choices - gap * (plan.choices - 1)) / 2
        top = area.top() + (area.height() - line * 1.6 - height) / 2
        for place, crop in enumerate(pictures):
            box = QRectF(left + place * (width + gap), top, width, height)
            pixels: np.ndarray = crop_picture(crop, round(width * ratio), round(height * ratio), span)
            painter.drawImage(box, to_qimage(pixels, ratio))
            if place == self._chosen:
                painter.setPen(QPen(CLEAN, 3))
                painter.drawRect(box.adjusted(-4, -4, 4, 4))
            painter.setPen(QColor(self._theme.text))
            under = QRectF(box.left(), box.bottom() + 6, width, line * 1.4)
            draw_fitting(painter, under, str(place + 1), line, bold=True, align=CENTRE)
