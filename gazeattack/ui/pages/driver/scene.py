"""The still picture behind the driver's zones: road, mirrors, dials, console and phone, from the zones' shapes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from gazeattack.safety.zones import Zone, ZoneKind, Zones
from gazeattack.ui.theme import Theme

# (what lies behind, edge of a part, part, glass of a mirror or display, sky above and below, ground, road)
_LIGHT = ("#B9C3CC", "#7E8B97", "#94A1AD", "#DCE9F2", "#A9CDE8", "#E4F1F9", "#A9C2A0", "#6E7780")
_DARK = ("#161D24", "#46535F", "#2A343E", "#3B4C5B", "#1B2C3F", "#47637C", "#26382F", "#39424B")
_NAME_WIDTH = 20  # letters of a name that always fit
_BEHIND = {ZoneKind.ROAD, ZoneKind.WINDOW, ZoneKind.PASSENGER}


def outline(zone: Zone, place: QTransform) -> QPolygonF:
    """A zone's corners in the widget's pixels; place maps (yaw, pitch) in degrees."""
    return QPolygonF([place.map(QPointF(*corner)) for corner in zone.polygon])


def draw_scene(painter: QPainter, box: QRectF, zones: Zones, place: QTransform, theme: Theme, font: QFont) -> None:
    """Fill `box` with the inside of a car as its driver sees it, every zone with its name."""
    back, edge, part, *_ = map(QColor, _DARK if theme.dark else _LIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(box, back)
    # what is named first lies in front, and glass lies behind everything
    last_first = list(reversed(zones.zones))
    for zone in sorted(last_first, key=lambda zone: zone.kind not in _BEHIND):
        shape = outline(zone, place)
        area = shape.boundingRect()
        painter.setPen(QPen(edge, 2))
        painter.setBrush(part)
        painter.drawPath(_rounded(shape, zone))
        painter.save()
        painter.setClipPath(_rounded(shape, zone))
        if zone.kind in (ZoneKind.ROAD, ZoneKind.WINDOW):
            _draw_outside(painter, area, place, theme)
        elif zone.kind is ZoneKind.CLUSTER:
            _draw_dials(painter, area, theme)
        elif zone.kind is ZoneKind.PHONE:
            _draw_phone(painter, area, theme)
        elif zone.kind is ZoneKind.CONSOLE:
            _draw_console(painter, area, theme)
        elif zone.kind is ZoneKind.MIRROR:
            painter.fillRect(area.adjusted(4, 4, -4, -4), _colour(theme, 3))
        painter.restore()
    _draw_wheel(painter, place, edge)
    painter.setFont(font)
    for zone in zones.zones:
        _draw_name(painter, box, outline(zone, place).boundingRect(), zone)


def _colour(theme: Theme, number: int) -> QColor:
    return QColor((_DARK if theme.dark else _LIGHT)[number])


def _rounded(shape: QPolygonF, zone: Zone) -> QPainterPath:
    path = QPainterPath()
    if zone.as_box() is None or zone.kind in _BEHIND:
        path.addPolygon(shape)
        path.closeSubpath()
    else:
        path.addRoundedRect(shape.boundingRect(), 8, 8)
    return path


def _draw_outside(painter: QPainter, area: QRectF, place: QTransform, theme: Theme) -> None:
    """Sky, ground, and a road that runs to the point straight ahead."""
    ahead = place.map(QPointF(0, 0))
    sky = QLinearGradient(QPointF(0, area.top()), ahead)
    sky.setColorAt(0, _colour(theme, 4))
    sky.setColorAt(1, _colour(theme, 5))
    painter.fillRect(area, sky)
    painter.fillRect(QRectF(area.left(), ahead.y(), area.width(), area.bottom() - ahead.y()), _colour(theme, 6))
    near = [place.map(QPointF(yaw, -24)) for yaw in (-34, 62)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_colour(theme, 7))
    painter.drawPolygon(QPolygonF([ahead, *near]))
    painter.setPen(QPen(QColor("#F2F2F2"), 3, Qt.PenStyle.DashLine))
    painter.drawLine(ahead + (place.map(QPointF(14, -24)) - ahead) * 0.12, place.map(QPointF(14, -24)))


def _draw_wheel(painter: QPainter, place: QTransform, colour: QColor) -> None:
    """The steering wheel's rim, so thin that what lies behind can be seen."""
    rim = QRectF(place.map(QPointF(-21, -9)), place.map(QPointF(21, -51)))
    faint = QColor(colour)
    faint.setAlpha(150)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(faint, rim.width() * 0.06))
    # the driver's lap hides nothing: only the upper part is drawn
    painter.drawArc(rim, -20 * 16, 220 * 16)


def _draw_dials(painter: QPainter, area: QRectF, theme: Theme) -> None:
    painter.setPen(QPen(_colour(theme, 3), 2))
    painter.setBrush(_colour(theme, 0).darker(115))
    radius = min(area.width() / 4.6, area.height() / 2.5)
    for side, needle in ((-1, 210.0), (1, 150.0)):
        middle = QPointF(area.center().x() + side * radius * 1.12, area.center().y())
        painter.drawEllipse(middle, radius, radius)
        painter.save()
        painter.translate(middle)
        painter.rotate(needle)
        painter.drawLine(QPointF(0, 0), QPointF(0, radius * 0.75))
        painter.restore()


def _draw_phone(painter: QPainter, area: QRectF, theme: Theme) -> None:
    height = area.height() * 0.62
    phone = QRectF(0, 0, height * 0.52, height)
    phone.moveCenter(area.center())
    painter.setPen(QPen(QColor("#0B0F13"), 3))
    painter.setBrush(QColor("#10161C"))
    painter.drawRoundedRect(phone, 8, 8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#7FC4F0") if not theme.dark else QColor("#4C93C4"))
    painter.drawRoundedRect(phone.adjusted(6, 8, -6, -8), 4, 4)


def _draw_console(painter: QPainter, area: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_colour(theme, 0).darker(115))
    margin = area.width() * 0.12
    painter.drawRoundedRect(area.adjusted(margin, margin, -margin, -area.height() * 0.5), 6, 6)
    painter.setBrush(_colour(theme, 1))
    for column in (-1, 0, 1):
        at = QPointF(area.center().x() + column * area.width() * 0.24, area.top() + area.height() * 0.66)
        painter.drawEllipse(at, area.width() * 0.07, area.width() * 0.07)


def _draw_name(painter: QPainter, box: QRectF, area: QRectF, zone: Zone) -> None:
    """The zone's name on a plate at the foot of what can be seen of the zone."""
    seen = area.intersected(box)
    metrics = painter.fontMetrics()
    # a long name is cut in the middle, so that it does not cover the other zones
    widest = max(seen.width(), _NAME_WIDTH * metrics.averageCharWidth())
    name = metrics.elidedText(zone.name, Qt.TextElideMode.ElideMiddle, round(widest))
    width, height = metrics.horizontalAdvance(name) + 10.0, float(metrics.height())
    if seen.width() < 20 or seen.height() < height:
        return
    foot = seen.top() + height if zone.kind is ZoneKind.ROAD else seen.bottom() - 3
    plate = QRectF(seen.center().x() - width / 2, foot - height, width, height)
    plate.moveLeft(min(max(plate.left(), box.left() + 2), box.right() - width - 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 18, 24, 165))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor("white"))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), name)
