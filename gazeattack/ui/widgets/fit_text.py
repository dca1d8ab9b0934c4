"""Text as large as fits."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

SMALLEST = 11  # pixels: nothing smaller can be read
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def sized(font: QFont, pixels: float, *, bold: bool = False) -> QFont:
    """The same font at a height in pixels."""
    font = QFont(font)
    font.setPixelSize(max(SMALLEST, round(pixels)))
    font.setBold(bold)
    return font


def two_lines(text: str) -> str:
    """The text broken at the space nearest its middle."""
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def draw_fitting(
    painter: QPainter,
    box: QRectF,
    text: str,
    pixels: float,
    *,
    bold: bool = False,
    align: Qt.AlignmentFlag = _LEFT,
    like: str | None = None,
) -> None:
    """Write one line at `pixels` height, smaller where it, or a longer `like`, would not fit the box.

    Never smaller than SMALLEST: a name that is longer still is cut in the middle.
    """
    font = sized(painter.font(), pixels, bold=bold)
    needed = QFontMetricsF(font).horizontalAdvance(text if like is None else max(text, like, key=len))
    # hinting makes small text a little wider than its share
    fits = min(1.0, 0.97 * box.width() / max(needed, 1.0), box.height() / (pixels * 1.15))
    painter.setFont(sized(font, int(pixels * fits), bold=bold))
    # what does not fit at the smallest size is cut in the middle
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, math.ceil(box.width()) + 1)
    painter.drawText(box, int(align), shown)
