"""The drawing of screen, camera and person is to scale."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from gazeattack.screen.drawing import ASSUMED_MM, draw_setup, fit_scale, ticks
from gazeattack.screen.setup import ScreenSetup

LAPTOP = ScreenSetup(300.0, 180.0, 150.0, -8.0, 550.0)


def test_the_person_is_as_far_away_as_measured() -> None:
    drawing = draw_setup(LAPTOP)
    assert drawing.eyes == (550.0, -8.0) and drawing.measured
    assert drawing.camera == (150.0, -8.0) and (drawing.screen.width, drawing.screen.height) == (300.0, 180.0)
    assert drawing.head.left < 550 < drawing.head.right and drawing.head.top < -8 < drawing.head.bottom
    unknown = draw_setup(ScreenSetup(300.0, 180.0, 150.0, -8.0))
    assert unknown.eyes[0] == ASSUMED_MM and not unknown.measured


@pytest.mark.parametrize("camera", [(150.0, -8.0), (-400.0, -900.0), (2900.0, 2500.0)])
@pytest.mark.parametrize("size", [(700.0, 260.0), (300.0, 900.0)])
def test_everything_fits_at_one_scale(camera, size) -> None:
    drawing = draw_setup(ScreenSetup(3000.0, 1700.0, *camera, 3000.0))
    assert drawing.front.left < camera[0] < drawing.front.right and drawing.front.top < camera[1] < drawing.front.bottom
    assert (drawing.front.top, drawing.front.bottom) == (drawing.side.top, drawing.side.bottom)
    scale = fit_scale(drawing, *size, gap=40.0)
    wide, high = (drawing.front.width + drawing.side.width) * scale + 40, drawing.front.height * scale
    assert wide <= size[0] + 1e-6 and high <= size[1] + 1e-6
    assert wide == pytest.approx(size[0]) or high == pytest.approx(size[1])


def test_ticks_are_round_and_few() -> None:
    assert ticks(-12, 31, 5) == (-10, 0, 10, 20, 30)
    assert ticks(0, 0.9, 4) == pytest.approx((0, 0.5))
    assert ticks(3, 3, 4) == ticks(0, 1, 0) == ()
    for most in range(1, 12):
        values = ticks(-87, 313, most)
        assert len(values) <= most + 1
        steps = {round(b - a, 6) for a, b in pairwise(values)}
        assert all(step / 10 ** math.floor(math.log10(step)) in (1, 2, 5) for step in steps)
