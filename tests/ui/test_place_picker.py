"""Where the trigger is put: the session gets the place, and the camera view shows the changed frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.live.settings import TriggerPlace
from gazeattack.ui.widgets.qimages import mirrored_to_fit
from gazeattack.ui.window.main_window import MainWindow
from tests.helpers.ui import FakeSession, make_result
from tests.helpers.window import ON, open_window


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def window(qtbot, session: FakeSession, tmp_path: Path) -> MainWindow:
    return open_window(qtbot, session, tmp_path)


def test_the_session_gets_the_place(window, session) -> None:
    assert session.settings.place is TriggerPlace.CROP
    picker = window.pages.gaze.trigger.place
    row = picker.findData(TriggerPlace.FRAME)
    picker.setCurrentIndex(row)
    picker.activated.emit(row)
    assert session.settings.place is TriggerPlace.FRAME


def test_the_changed_frame_is_shown() -> None:
    result = make_result(settings=ON)
    changed = replace(result, changed_image=np.full_like(result.frame.image, 200))
    assert result.shown_image is result.frame.image
    picture = mirrored_to_fit(changed.shown_image, 64, 48)[0]
    assert int(np.asarray(picture)[..., :3].min()) == 200
