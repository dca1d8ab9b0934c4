"""The driver's view with zones that can be dragged, resized and reshaped."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gazeattack.errors import ZonesError
from gazeattack.safety import zone_edits as edits
from gazeattack.safety.zones import Point, Zone, Zones
from gazeattack.ui.pages.driver.scene import draw_scene, outline
from gazeattack.ui.pages.driver.zone_editor.handles import Handle, handles, nearest_corner, nearest_edge
from gazeattack.ui.theme import CLEAN, LIGHT, Theme

# (yaw, pitch) in degrees that are always in view; zones beyond them widen it
YAWS, PITCHES = (-92.0, 92.0), (-68.0, 24.0)
REACH, HANDLE = 10.0, 5.0  # pixels
NUDGE = 1.0  # degrees an arrow key moves
_ARROWS = {
    Qt.Key.Key_Left: (-NUDGE, 0.0),
    Qt.Key.Key_Right: (NUDGE, 0.0),
    Qt.Key.Key_Up: (0.0, NUDGE),
    Qt.Key.Key_Down: (0.0, -NUDGE),
}


@dataclass(frozen=True)
class _Drag:
    """begin: where it began, (yaw, pitch).  zone: as it was then.  handle: None where the whole zone moves."""

    begin: Point
    zone: Zone
    handle: Handle | None


class ZoneCanvas(QWidget):
    """Shows a layout and the zone that is chosen.

    chosen carries the number of a zone that was clicked.  edited carries the new Zones, what was done, and a key that
    joins steps of one kind ("" for none).  refused carries a sentence.
    """

    chosen = Signal(int)
    edited = Signal(object, str, str)
    refused = Signal(str)

    def __init__(self, zones: Zones) -> None:
        super().__init__()
        self._zones, self._number = zones, 0
        self._theme = LIGHT
        self._drag: _Drag | None = None
        self._preview: Zone | None = None
        self._view = _view(zones)
        self.setAccessibleName("Zones in the driver's view")
        self.setMinimumSize(420, 230)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """The shape of what is shown."""
        return QSize(640, 340)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def show_zones(self, zones: Zones, number: int) -> None:
        """Show a layout with the zone of that number chosen."""
        self._zones, self._number = zones, number
        self._drag = self._preview = None
        self._view = _view(zones)
        self.update()

    @property
    def zone(self) -> Zone:
        """The zone that is chosen, as it is drawn now."""
        return self._preview or self._zones.zones[self._number]

    def to_px(self, at: Point) -> Point:
        """(yaw, pitch) in degrees to pixels."""
        point = self._place().map(QPointF(*at))
        return point.x(), point.y()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self.setFocus()
        at = event.position()
        handle = self._handle_at(at)
        if handle is None:
            number = self._zone_at(at)
            if number is None:
                return
            if number != self._number:
                self._number = number
                self.chosen.emit(number)
        self._drag = _Drag(self._angles(at), self.zone, handle)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        drag = self._drag
        if drag is None:
            self._show_cursor(event.position())
            return
        yaw, pitch = self._angles(event.position())
        try:
            if drag.handle is not None:
                self._preview = drag.handle.dragged(drag.zone, (yaw, pitch))
            else:
                by = edits.snap(yaw - drag.begin[0]), edits.snap(pitch - drag.begin[1])
                self._preview = edits.moved(drag.zone, *by)
        except ZonesError as error:
            # the last shape that was possible stays
            self.refused.emit(str(error))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        drag, zone = self._drag, self._preview
        self._drag = self._preview = None
        if drag is not None and zone is not None and zone != drag.zone:
            self._emit(zone, "Move" if drag.handle is None else "Resize")
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - an event of Qt
        zone, at = self._zones.zones[self._number], (event.position().x(), event.position().y())
        corner, to_corner = nearest_corner(zone, at, self.to_px)
        edge, to_edge = nearest_edge(zone, at, self.to_px)
        try:
            if to_corner <= REACH:
                self._emit(edits.corner_removed(zone, corner), "Remove a corner of")
            elif to_edge <= REACH:
                yaw, pitch = self._angles(event.position())
                self._emit(edits.corner_added(zone, edge, (edits.snap(yaw), edits.snap(pitch))), "Add a corner to")
        except ZonesError as error:
            self.refused.emit(str(error))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - an event of Qt
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._drag = self._preview = None
            self.update()
            return
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None or self._drag is not None:
            super().keyPressEvent(event)
            return
        zone = self._zones.zones[self._number]
        try:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                (left, right), (low, high) = edits.extent(zone)
                self._emit(edits.fitted(zone, (left, right + arrow[0]), (low, high + arrow[1])), "Resize", "resize")
            else:
                self._emit(edits.moved(zone, *arrow), "Move", "move")
        except ZonesError as error:
            self.refused.emit(str(error))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - an event of Qt
        place, zone = self._place(), self.zone
        shown = self._zones if self._preview is None else edits.replaced(self._zones, self._number, zone)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter = QPainter(self)
        box = QRectF(self.rect())
        painter.setClipRect(box)
        draw_scene(painter, box, shown, place, self._theme, font)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(QColor("white"), 5), QPen(CLEAN, 3)):
            painter.setPen(pen)
            painter.drawPolygon(outline(zone, place))
        painter.setBrush(QColor("white"))
        painter.setPen(QPen(CLEAN, 2))
        for handle in handles(zone):
            at = place.map(QPointF(*handle.at))
            painter.drawRect(QRectF(at.x() - HANDLE, at.y() - HANDLE, 2 * HANDLE, 2 * HANDLE))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(CLEAN, 3))
            painter.drawRect(box.adjusted(1.5, 1.5, -1.5, -1.5))

    def _emit(self, zone: Zone, done: str, merge: str = "") -> None:
        if zone != self._zones.zones[self._number]:
            zones = edits.replaced(self._zones, self._number, zone)
            self.edited.emit(zones, f'{done} "{zone.name}"', f"{merge}:{self._number}" if merge else "")

    def _show_cursor(self, at: QPointF) -> None:
        shape = Qt.CursorShape
        over = self._zone_at(at) is not None
        self.setCursor(
            shape.CrossCursor if self._handle_at(at) else shape.OpenHandCursor if over else shape.ArrowCursor
        )

    def _handle_at(self, at: QPointF) -> Handle | None:
        place = self._place()
        near = [(QPointF(place.map(QPointF(*each.at)) - at).manhattanLength(), each) for each in handles(self.zone)]
        distance, handle = min(near, key=lambda pair: pair[0])
        return handle if distance <= REACH else None

    def _zone_at(self, at: QPointF) -> int | None:
        yaw, pitch = self._angles(at)
        return next((number for number, zone in enumerate(self._zones.zones) if zone.contains(yaw, pitch)), None)

    def _angles(self, at: QPointF) -> Point:
        inverse, _ = self._place().inverted()
        angles = inverse.map(at)
        return angles.x(), angles.y()

    def _place(self) -> QTransform:
        """(yaw, pitch) in degrees to pixels: right is the driver's right, as through the windscreen."""
        (left, right), (low, high) = self._view
        scale = min(self.width() / (right - left), self.height() / (high - low))
        x, y = (self.width() - (right - left) * scale) / 2, (self.height() - (high - low) * scale) / 2
        return QTransform(scale, 0, 0, -scale, x - left * scale, y + high * scale)


def _view(zones: Zones) -> edits.Extent:
    """The extent that holds every zone, (yaw, pitch) in degrees."""
    yaws, pitches = zip(*(edits.extent(zone) for zone in zones.zones), strict=True)
    left, right = min(yaw[0] for yaw in yaws), max(yaw[1] for yaw in yaws)
    low, high = min(pitch[0] for pitch in pitches), max(pitch[1] for pitch in pitches)
    return (min(YAWS[0], left - 2), max(YAWS[1], right + 2)), (min(PITCHES[0], low - 2), max(PITCHES[1], high + 2))
