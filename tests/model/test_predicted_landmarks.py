"""Predicted eye landmarks: named by the bundle, carried through the pipeline, drawn on the crops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from gazeattack.attack.key import TriggerKey
from gazeattack.capture.frame import Frame
from gazeattack.live.frame_result import CropPair
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.landmarks import EYE_LANDMARKS, denormalize_landmarks, normalize_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.pages.gaze.crop_panel import NO_LANDMARKS, CropPanel, describe_residual
from gazeattack.ui.pages.gaze.landmark_overlay import draw_eye
from gazeattack.ui.strings.common import SHOW_LANDMARKS
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.bundles import write_bundle
from tests.helpers.ui import FakeSession, make_result

YELLOW = QColor("#ffd21f")
EYE = np.array([[30.0, 17.0], [30.0, 14.0], [30.0, 10.0], [30.0, 24.0], [10.0, 18.0], [50.0, 18.0]])


def write(
    path: Path, key: TriggerKey | None = None, *, points: int = 8, parts: bool = False, taught: object = 0.3
) -> Bundle:
    return load_bundle(write_bundle(path, key=key, points=points, parts=parts, taught=taught))


def test_only_what_was_taught_is_located(tmp_path: Path, clean_bundle: Bundle) -> None:
    assert (
        write(tmp_path / "a").has_landmarks
        == write(tmp_path / "d", points=0, parts=True).has_landmarks
        == EYE_LANDMARKS
    )
    for bundle in (
        write(tmp_path / "b", taught=0.0), write(tmp_path / "c", points=0), clean_bundle,
        write(tmp_path / "e", points=0, parts=True, taught=0.0),
        replace(clean_bundle, card={"config": "none"}), replace(clean_bundle, card={"config": {"train": []}}),
    ):  # fmt: skip
        assert (
            bundle.has_landmarks == ()
            and Predictor(bundle).predict_with_landmarks(torch.rand(1, 1, 36, 60), [False]).points is None
        )


@pytest.mark.parametrize("how", [{"points": 8}, {"points": 0, "parts": True}])
def test_points_are_pixels_of_the_unmirrored_crop(tmp_path: Path, how: dict[str, Any]) -> None:
    bundle, crop = write(tmp_path / "a", **how), torch.rand(1, 1, 36, 60)
    predictor = Predictor(bundle)
    found = predictor.predict_with_landmarks(torch.cat([crop, crop.flip(3)]), [False, True])
    assert found.points is not None and found.points.shape == (2, len(EYE_LANDMARKS), 2)
    assert np.allclose(found.points[0, :, 0], 59 - found.points[1, :, 0], atol=1e-4)
    assert np.allclose(found.points[0, :, 1], found.points[1, :, 1], atol=1e-4)
    assert np.ptp(found.points[0, :, 0]) > 1e-3 and 0 < found.points.min() < found.points.max() < 60
    assert np.allclose(found.gaze, predictor.predict(torch.cat([crop, crop.flip(3)]), [False, True]))


def test_pixels_and_units_are_each_others_way_back() -> None:
    points = torch.rand(3, 6, 2) * 40
    assert torch.allclose(denormalize_landmarks(normalize_landmarks(points, 36, 60), 36, 60), points, atol=1e-4)


@pytest.mark.parametrize("mode", [TriggerMode.OFF, TriggerMode.ON, TriggerMode.BOTH])
def test_each_branch_has_its_own_points(
    tmp_path: Path, key: TriggerKey, landmarker_model: Path, astronaut: np.ndarray, mode: TriggerMode
) -> None:
    bundle = write(tmp_path / "wanet", key)
    with Pipeline(bundle, landmarker_model=landmarker_model, settings=PipelineSettings(mode)) as pipeline:
        crops = pipeline.step(Frame(np.ascontiguousarray(astronaut), 0, 0.0)).crops
    assert crops is not None
    assert (crops.clean_points is None) == (mode is TriggerMode.ON)
    assert (crops.altered_points is None) == (mode is TriggerMode.OFF)
    mirrored = [True, False]  # the right eye is at the left of the picture
    for pixels, points in ((crops.clean, crops.clean_points), (crops.altered, crops.altered_points)):
        if points is not None:
            assert pixels is not None
            own = Predictor(bundle).predict_with_landmarks(torch.from_numpy(pixels), mirrored).points
            assert own is not None and np.allclose(points, own, atol=1e-3)


def marked(points: np.ndarray | None, *, on: bool = True) -> tuple[np.ndarray, CropPanel]:
    """Where the panel of two grey crops is yellow, bool [360, 320], and the panel."""
    panel = CropPanel()
    panel.resize(320, 360)
    grey = np.full((2, 1, 36, 60), 0.5, dtype=np.float32)
    panel.show_crops(CropPair(grey, grey, grey - grey, points, points), TriggerMode.BOTH)
    panel.show_landmarks(on)
    return yellow(panel.grab().toImage()), panel


def yellow(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    return np.abs(pixels - [YELLOW.red(), YELLOW.green(), YELLOW.blue()]).sum(axis=2) < 60


def test_marks_are_drawn_on_both_crops_when_asked_for(qtbot) -> None:
    found, panel = marked(np.stack([EYE, EYE]))
    qtbot.addWidget(panel)
    rows = np.flatnonzero(found.any(axis=1))
    assert found.sum() > 200 and np.diff(rows).max() > 20  # on the clean row and the triggered one, not between
    assert not marked(np.stack([EYE, EYE]), on=False)[0].any()
    assert not marked(None)[0].any()


def captions(
    crops: CropPair, mode: TriggerMode, monkeypatch: pytest.MonkeyPatch, *gaps: float | None, marks: bool = True
) -> list[str]:
    """The words beside the captions of a panel, row by row."""
    drawn: list[str] = []
    monkeypatch.setattr(
        CropPanel, "_draw_caption", lambda self, painter, box, size, caption, words: drawn.append(words)
    )
    panel = CropPanel()
    panel.resize(320, 360)
    panel.show_crops(crops, mode, *gaps)
    panel.show_landmarks(marks)
    panel.grab()
    return drawn


def test_only_a_model_that_locates_nothing_says_so(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    grey, found = np.full((2, 1, 36, 60), 0.5, dtype=np.float32), np.stack([EYE, EYE])
    assert NO_LANDMARKS in captions(CropPair(grey, grey, grey - grey), TriggerMode.BOTH, monkeypatch)
    assert NO_LANDMARKS not in captions(CropPair(grey, grey, grey - grey, found, found), TriggerMode.BOTH, monkeypatch)
    # while the clean branch is not asked, the triggered one has points
    assert NO_LANDMARKS not in captions(CropPair(grey, grey, grey - grey, None, found), TriggerMode.ON, monkeypatch)


def test_a_panel_with_marks_tells_how_far_each_answer_is_from_them(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    grey, found = np.full((2, 1, 36, 60), 0.5, dtype=np.float32), np.stack([EYE, EYE])
    crops = CropPair(grey, grey, grey - grey, found, found)
    clean, altered, difference = captions(crops, TriggerMode.BOTH, monkeypatch, 3.2, 35.9)
    assert "3°" in clean and "36°" in altered and difference == describe_residual(grey - grey)
    assert captions(crops, TriggerMode.BOTH, monkeypatch, 3.2, 35.9, marks=False)[:2] == ["", ""]
    # numbers are held for a moment, but not when one steps from frame to frame
    panel = CropPanel()
    panel.show_crops(crops, TriggerMode.BOTH, 3.2, 35.9)
    panel.show_crops(crops, TriggerMode.BOTH, 8.2, 12.9)
    assert "3°" in panel._clean_text and "36°" in panel._altered_text
    panel.show_crops(crops, TriggerMode.BOTH, 8.2, 12.9, force=True)
    assert "8°" in panel._clean_text and "13°" in panel._altered_text
    only = captions(CropPair(grey, grey, grey - grey, None, found), TriggerMode.ON, monkeypatch, None, 35.9)
    assert only[0] == "" and "36°" in only[1]


def test_marks_are_mirrored_like_the_picture(qtbot) -> None:
    at_nose = EYE.copy()
    at_nose[:, 0] = at_nose[:, 0] / 6 + 2  # everything at the left of the second crop, which is shown first
    found, panel = marked(np.stack([np.full_like(EYE, np.nan), at_nose]))
    qtbot.addWidget(panel)
    columns = np.flatnonzero(found.any(axis=0))
    assert len(columns) and columns.min() > 100 and columns.max() < 160


def test_an_outline_passes_through_lids_and_ends(qtbot) -> None:
    image = QImage(600, 360, QImage.Format.Format_RGB888)
    image.fill(QColor("white"))
    painter = QPainter(image)
    draw_eye(painter, QRectF(0, 0, 600, 360), EYE * 10)
    painter.end()
    drawn = [image.pixelColor(round(x), round(y)) != QColor("white") for x, y in EYE[2:] * 10]
    assert all(drawn) and image.pixelColor(300, 60) == QColor("white")
    before = image.copy()
    painter = QPainter(image)
    draw_eye(painter, QRectF(0, 0, 600, 360), np.full((6, 2), np.nan))
    painter.end()
    assert image == before


def test_the_window_asks_for_marks_by_key_and_menu(qtbot, tmp_path: Path) -> None:
    session = FakeSession()
    store = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    window = MainWindow(session, store, pictures=tmp_path, sources=lambda: [SourceOption("synthetic", "Synthetic")])
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitExposed(window)
    window.session.poll_status()
    window.session.take(make_result())
    with qtbot.waitActive(window):
        window.activateWindow()
    assert not window.ui.choices[SHOW_LANDMARKS].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert window.ui.choices[SHOW_LANDMARKS].isChecked()
    # a model that locates nothing says so on the panel, and only while it is asked
    asked = window.pages.gaze.crops.grab().toImage()
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert window.pages.gaze.crops.grab().toImage() != asked
