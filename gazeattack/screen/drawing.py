"""A to-scale drawing of a screen, its camera and the person: a front view and a side view beside it.  No Qt.

Both views share one scale and the vertical axis.  Millimetres: in the front view x is to the user's right from the
screen's left edge; in the side view it is the distance from the screen towards the user.  y is down from the screen's
top edge in both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gazeattack.screen.setup import ScreenSetup

ASSUMED_MM = 600.0  # distance of the eyes where nobody has measured it
HEAD_MM = (190.0, 230.0)  # depth and height of an adult's head, about
_MARGIN_MM = 20.0
_STEPS = (1.0, 2.0, 5.0)

Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """A rectangle in mm."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right, mm."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom, mm."""
        return self.bottom - self.top


@dataclass(frozen=True)
class SetupDrawing:
    """What is drawn.

    screen: in the front view.  camera: in the front view; in the side view it is at (0, camera[1]).  eyes: in the side
    view, level with the camera.  head: in the side view.  front, side: all that each view shows.  measured: whether
    the distance is; else it is assumed.
    """

    screen: Area
    camera: Point
    eyes: Point
    head: Area
    front: Area
    side: Area
    measured: bool


def draw_setup(setup: ScreenSetup) -> SetupDrawing:
    """Place screen, camera and person."""
    camera = setup.camera_x_mm, setup.camera_y_mm
    distance = ASSUMED_MM if setup.distance_mm is None else setup.distance_mm
    # the eyes lie a little above the middle of the head and near its front
    head = Area(
        distance - 0.1 * HEAD_MM[0],
        camera[1] - 0.5 * HEAD_MM[1],
        distance + 0.9 * HEAD_MM[0],
        camera[1] + 0.5 * HEAD_MM[1],
    )
    screen = Area(0.0, 0.0, setup.width_mm, setup.height_mm)
    top = min(0.0, head.top) - _MARGIN_MM
    bottom = max(setup.height_mm, head.bottom) + _MARGIN_MM
    front = Area(min(0.0, camera[0]) - _MARGIN_MM, top, max(setup.width_mm, camera[0]) + _MARGIN_MM, bottom)
    side = Area(-_MARGIN_MM, top, head.right + _MARGIN_MM, bottom)
    return SetupDrawing(screen, camera, (distance, camera[1]), head, front, side, setup.distance_mm is not None)


def fit_scale(drawing: SetupDrawing, width: float, height: float, gap: float) -> float:
    """Pixels a millimetre, so that both views fit beside each other.

    Args:
        drawing: what is drawn.
        width, height: room in pixels.
        gap: pixels between the views.
    """
    return max(
        min((width - gap) / (drawing.front.width + drawing.side.width), height / drawing.front.height),
        1e-3,
    )


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers in [low, high], at most `most` + 1: multiples of 1, 2 or 5 times a power of ten."""
    if not (high > low and most > 0):
        return ()
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(each * ten for ten in (power, power * 10) for each in _STEPS if (high - low) / (each * ten) <= most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(number * step for number in range(first, last + 1))
