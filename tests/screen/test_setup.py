"""What a person tells about screen and camera."""

import pytest

from gazeattack.errors import CalibrationError
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.setup import ScreenSetup, focal_share

SETUP = ScreenSetup(310.0, 174.0, 155.0, -8.0, 600.0)


def test_a_diagonal_gives_the_geometry_that_calibrations_were_made_with():
    assert ScreenSetup.from_diagonal(14, 1920, 1080).geometry(1920, 1080) == ScreenGeometry.from_diagonal(
        14, 1920, 1080
    )


def test_it_outlives_the_window():
    assert ScreenSetup.from_text(SETUP.to_text()) == SETUP


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"width_mm": "x"}', "{}", SETUP.to_text().replace("310.0", "0")])
def test_a_damaged_memory_is_none(text):
    assert ScreenSetup.from_text(text) is None


def test_measures_must_fit_the_resolution():
    assert SETUP.checked(1920, 1080) is SETUP
    with pytest.raises(CalibrationError, match="from edge to edge"):
        SETUP.checked(1080, 1920)


def test_the_distance_gives_the_focal_length():
    assert focal_share(1.0, 600, 480) == pytest.approx(0.8)
    for measured, distance in ((None, 600), (600, 150), (600, 2500)):
        with pytest.raises(CalibrationError):
            focal_share(1.0, measured, distance)
