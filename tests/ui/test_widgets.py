"""Pieces of the window that need no session: pictures, the target's ring, words, and the snapshot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gazeattack.angles import Gaze, angle_between, to_vector
from gazeattack.errors import GazeAttackError
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.ui.offscreen import render_window
from gazeattack.ui.pages.gaze.plot_items import target_ring
from gazeattack.ui.strings.common import gaze_text
from gazeattack.ui.widgets.camera_view import CameraView
from gazeattack.ui.widgets.pickers import _short
from gazeattack.ui.widgets.qimages import DIVERGING_BGR, crop_picture, mirrored_to_fit, residual_picture
from tests.helpers.ui import RUNNING, make_result


@pytest.mark.parametrize("target", [Gaze.from_degrees(5, 25), Gaze.from_degrees(-40, 60), Gaze(0.0, 0.0)])
def test_ring_is_five_degrees_from_the_target_everywhere(target) -> None:
    ring = target_ring(target)
    vectors = to_vector(np.radians(ring[:, ::-1]))
    assert angle_between(vectors, target.vector()) == pytest.approx(np.full(len(ring), 5.0), abs=1e-6)
    assert ring[0] == pytest.approx(ring[-1], abs=1e-9)


@pytest.mark.parametrize("size", [(300, 200), (1000, 900)])
def test_frames_are_mirrored_and_keep_their_shape(size) -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :20] = 255
    shown, scale = mirrored_to_fit(image, *size)
    assert shown.shape[:2] == (round(100 * scale), round(200 * scale))
    assert shown.shape[1] <= size[0] and shown.shape[0] <= size[1]
    assert shown[:, -5].min() == 255 and shown[:, 5].max() == 0


def test_residual_colours_are_signed_and_neutral_at_zero() -> None:
    residual = np.zeros((1, 36, 60), np.float32)
    residual[:, :, :20], residual[:, :, 40:] = 0.05, -0.05
    picture = residual_picture(residual, 60, 36, gain=10.0).astype(int)
    middle, brighter, darker = picture[18, 30], picture[18, 50], picture[18, 10]
    assert np.ptp(middle) <= 6 and middle.min() > 235
    # mirrored, so what was brighter at the left is at the right: purple there, orange here
    assert brighter[0] > brighter[2] and darker[2] > darker[0]
    assert DIVERGING_BGR.shape == (256, 3)


def test_colour_crops_keep_their_colours() -> None:
    crop = np.zeros((3, 8, 8), np.float32)
    crop[0] = 1.0
    assert crop_picture(crop, 16, 16)[8, 8].tolist() == [0, 0, 255]


def test_gaze_in_words_as_the_mirror_shows_it() -> None:
    assert gaze_text(Gaze.from_degrees(5, 25)) == "25° right, 5° up"
    assert gaze_text(Gaze.from_degrees(-3.2, -7.6)) == "8° left, 3° down"
    assert gaze_text(Gaze.from_degrees(0.2, -0.3)) == "0°, 0°"


def test_a_files_title_is_its_name() -> None:
    assert _short("/some/where/drive.mp4") == "drive.mp4"
    assert _short("synthetic:/some/where/face.jpg") == "Animated portrait: face.jpg"
    assert _short("synthetic:7") == "Synthetic subject 7"


@pytest.mark.parametrize("dark", [False, True])
def test_snapshot_is_a_picture_of_the_window(qapp, tmp_path, dark) -> None:
    results = [make_result(index, settings=PipelineSettings(TriggerMode.BOTH)) for index in range(30)]
    path = render_window(results, tmp_path / "window.png", status=RUNNING, size=(1280, 720), dark=dark)
    picture = cv2.imread(str(path))
    assert picture.shape == (720, 1280, 3)
    assert bool(picture[712].mean() < 100) is dark
    # vermillion switch: the trigger is on
    assert (np.abs(picture.astype(int) - (0, 94, 213)).max(axis=-1) < 3).mean() > 0.01


def test_snapshot_without_samples_or_status(qapp, tmp_path) -> None:
    assert render_window([], tmp_path / "empty.png").stat().st_size > 5_000


def test_snapshot_that_cannot_be_written(qapp, tmp_path) -> None:
    with pytest.raises(GazeAttackError, match="cannot be written"):
        render_window([make_result(0)], tmp_path / "nowhere" / "window.png")


def test_a_notice_of_several_lines_stays_on_its_plate(qapp) -> None:
    view = CameraView()
    view.resize(260, 260)
    rows = []
    for notice in (
        "Short.",
        "The face is small and the gaze inaccurate: use frames with a larger face.",
    ):
        view.show_result(make_result(face=False, notice=notice, size=(260, 260)))
        picture = view.grab().toImage()
        # the plate's own colour, left of the text
        lightness = [picture.pixelColor(3, y).lightness() for y in range(picture.height())]
        rows.append(sum(level < 60 for level in lightness))
    assert rows[0] >= 30 and rows[1] >= 3 * 15
