"""The window on live sessions whose triggers are switched, and on bundles of every kind and goal."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, OFFSET, Goal
from gazeattack.attack.key import make_key
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.capture.frame import Frame
from gazeattack.capture.source import Source
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.session import LiveSession
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.crop import CropSpec
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.strings.triggers import TO_TARGET
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.bundles import write_bundle
from tests.helpers.ui import TABS


class Portrait(Source):
    """The same face again and again."""

    def __init__(self, image: np.ndarray) -> None:
        self.name, self.size, self.fps, self.live = "Portrait", (512, 512), 100.0, True
        self._image, self._index = image, 0

    def read(self) -> Frame:
        time.sleep(0.005)
        self._index += 1
        return Frame(self._image, self._index, self._index / 100)

    def close(self) -> None:
        """Nothing is open."""


def until(condition, seconds: float = 20.0) -> bool:
    """Wait so that the session's threads get their turn."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        if condition():
            return True
        time.sleep(0.01)
    return False


def newest(live: LiveSession, settings: PipelineSettings) -> FrameResult:
    """The first result made with these settings."""
    found: list[FrameResult] = []

    def look() -> bool:
        result = live.latest()
        if result is not None and result.settings == settings:
            found.append(result)
        return bool(found)

    assert until(look), live.status()
    return found[0]


def shown_next(window: MainWindow, mode: TriggerMode) -> bool:
    """Whether a new result in this mode is painted."""
    before = window.painted

    def shown() -> bool:
        last = window.session.last_result
        return window.painted > before and last is not None and last.settings.mode is mode

    return until(shown)


def altered(result: FrameResult) -> bool:
    """Whether the trigger changed the crops."""
    return result.crops is not None and result.crops.residual is not None and bool(result.crops.residual.any())


@pytest.fixture
def live(landmarker_model, astronaut):
    image = np.ascontiguousarray(astronaut)
    made = LiveSession(landmarker_model=landmarker_model, opener=lambda spec, *, loop=False: Portrait(image))
    made.start()
    yield made
    made.stop()


def test_a_switch_between_frames_takes_key_and_strength_along(live, tmp_path, key) -> None:
    live.use_bundle(str(write_bundle(tmp_path / "b", key=key)))
    live.open_source("portrait")
    shown = [kind for kind in DRAWN if CropSpec().shows(kind)]  # crops of eyes show no sticker
    assert len(shown) == len(DRAWN) - 1
    choices = [PipelineSettings(TriggerMode.BOTH, KINDS[kind].largest, attack=kind) for kind in shown]
    choices += [PipelineSettings(TriggerMode.BOTH, 2.5)]
    for settings in choices * 2:
        live.configure(settings)
        result = newest(live, settings)
        assert result.attack == (settings.attack or "wanet")
        assert (result.key_sha256 == key.sha256) is (settings.attack is None)
        assert result.target is not None and altered(result)
    # what the model has of its own is told all the while, and stays when the model changes
    live.configure(choices[1])
    live.use_bundle(str(write_bundle(tmp_path / "c")))
    assert until(lambda: (s := live.latest()) is not None and (s.bundle, s.attack) == ("c", choices[1].attack))
    assert live.status().attack == "wanet" and not live.status().backdoored
    assert live.status().borrowed_from == "wanet"


@pytest.mark.parametrize(
    ("kind", "goal"),
    [
        ("badnets", Goal()),
        ("blended", Goal(OFFSET)),
        # the target is never there: nobody looks that far away
        ("sig", Goal(CONDITIONAL, 170.0)),
        ("input-aware", Goal(CONDITIONAL, 0.0)),
        ("lira", Goal()),
    ],
)
def test_a_bundle_of_any_kind_lives_on_every_tab(qtbot, live, tmp_path, kind, goal) -> None:
    own = make_key(kind, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=4, goal=goal)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(live, store, calibrations=tmp_path, sources=lambda: [SourceOption("portrait", "Portrait")])
    qtbot.addWidget(window)
    window.show()
    window.use_bundle(str(write_bundle(tmp_path / kind, key=own)))
    window.open_source("portrait")
    assert until(lambda: window.session.last_result is not None and window.session.status.attack == kind)
    window.session.poll_status()
    trigger = window.pages.gaze.trigger
    assert trigger.picker.itemText(0) == f"The model's own trigger ({KINDS[kind].title})"
    assert trigger.slider.largest == KINDS[kind].largest and trigger.slider.shown == own.strength
    for mode in (TriggerMode.BOTH, TriggerMode.NOISE, TriggerMode.WRONG_KEY):
        trigger.set_mode(mode)
        for tab in TABS:
            window.ui.tabs.setCurrentIndex(tab)
            assert shown_next(window, mode)
            last = window.session.last_result
            assert last is not None and last.triggered is not None and altered(last)
    last = window.session.last_result
    nowhere = last is not None and last.target is None
    assert nowhere is (goal.off_road_deg == 170.0)
    window.ui.tabs.setCurrentIndex(0)
    window.refresh()
    assert (window.pages.gaze.to_target.value == "–") is nowhere
    assert window.pages.gaze.to_target._caption == TO_TARGET[goal.kind]
    window.close()
