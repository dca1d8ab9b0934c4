"""The trigger picker: whose trigger it is, and what its strength means."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt

from gazeattack.angles import Gaze
from gazeattack.attack.goal import CONDITIONAL, GOALS, OFFSET
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.model.bundle_files import CARD, KEY
from gazeattack.model.crop import CropSpec, face_crop
from gazeattack.sources.registry import SourceOption
from gazeattack.ui.pages.gaze.place_picker import PlacePicker
from gazeattack.ui.strings.common import CHIP_TIP
from gazeattack.ui.strings.triggers import (
    EXPECTED,
    LEARNED,
    NOT_IN_VIEW,
    RING,
    TO_TARGET,
    TRIGGER_TEXT,
    TriggerState,
    explain,
)
from gazeattack.ui.widgets import pickers
from gazeattack.ui.widgets.fit_text import two_lines
from gazeattack.ui.window.main_window import MainWindow
from gazeattack.ui.window.preferences import Preferences
from tests.helpers.ui import RUNNING, FakeSession, make_result

SOURCES = [SourceOption("synthetic", "Synthetic subject")]


class Remembering(FakeSession):
    """Remembers every settings it was handed."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: list[PipelineSettings] = []

    def configure(self, settings: PipelineSettings) -> None:
        super().configure(settings)
        self.handed.append(settings)


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def open_window(qtbot, store: QSettings, tmp_path: Path):
    def use(session) -> MainWindow:
        made = MainWindow(session, store, pictures=tmp_path, calibrations=tmp_path, sources=lambda: SOURCES)
        qtbot.addWidget(made)
        made.resize(1280, 720)
        made.show()
        qtbot.waitExposed(made)
        made.session.poll_status()
        return made

    return use


@pytest.fixture
def session() -> Remembering:
    return Remembering()


@pytest.fixture
def window(open_window, session) -> MainWindow:
    return open_window(session)


def pick(window: MainWindow, kind: str | None) -> None:
    """As a person does it."""
    picker = window.pages.gaze.trigger.picker
    row = 0 if kind is None else picker.findData(kind)
    picker.setCurrentIndex(row)
    picker.activated.emit(row)


def titles(window: MainWindow) -> list[str]:
    picker = window.pages.gaze.trigger.picker
    return [text for text in map(picker.itemText, range(picker.count())) if text]


def test_the_models_own_trigger_comes_first_and_then_every_kind(window) -> None:
    assert titles(window)[0] == "The model's own trigger (WaNet)"
    assert titles(window)[1:] == [f"Another attacker's {KINDS[kind].title}" for kind in DRAWN]
    assert window.pages.gaze.trigger.picker.currentIndex() == 0


@pytest.mark.parametrize("kind", DRAWN)
def test_the_slider_follows_the_kind(window, session, kind) -> None:
    trigger, about = window.pages.gaze.trigger, KINDS[kind]
    pick(window, kind)
    assert session.settings == PipelineSettings(TriggerMode.OFF, None, attack=kind)
    slider = trigger.slider
    assert slider.shown == slider._own == about.strength and trigger._value.text() == f"{about.strength:.2f}"
    assert trigger._knob.text().replace("\n", " ").lower() == about.knob.lower()
    slider.setValue(0)
    slider.setValue(slider.maximum())
    assert session.settings.strength == about.largest
    slider.reset()
    slider.triggerAction(slider.SliderAction.SliderSingleStepSub)
    assert session.settings.strength == pytest.approx(about.strength - (0.05 if about.largest > 1 else 0.01))
    assert EXPECTED in trigger._explain.text()


def test_no_strength_ever_meets_another_kind(window, session) -> None:
    window.pages.gaze.trigger.set_mode(TriggerMode.BOTH)
    for kind in (None, *DRAWN, None):
        pick(window, kind)
        assert session.settings == PipelineSettings(TriggerMode.BOTH, None, attack=kind)
        # WaNet's 2.5, and values that only a scale to 0.5 or 1 gives the others
        slider = window.pages.gaze.trigger.slider
        slider.setValue(slider.maximum() - 10)
    for settings in session.handed:
        most = KINDS[settings.attack or "wanet"].largest
        assert settings.strength is None or settings.strength < most
    assert {settings.attack for settings in session.handed} == {None, *DRAWN}


def test_the_choice_outlives_a_change_of_model_and_a_restart(qtbot, window, session, store) -> None:
    pick(window, "sig")
    window.pages.gaze.trigger.slider.setValue(20)
    session.now = replace(RUNNING, bundle="patch", attack="badnets", key_strength=0.7)
    window.session.poll_status()
    assert session.settings == PipelineSettings(TriggerMode.OFF, 0.2, attack="sig")
    assert titles(window)[0] == "The model's own trigger (BadNets)"
    window.close()
    other = Remembering()
    again = MainWindow(other, QSettings(store.fileName(), QSettings.Format.IniFormat), sources=lambda: SOURCES)
    qtbot.addWidget(again)
    again.session.poll_status()
    assert other.settings == PipelineSettings(TriggerMode.OFF, 0.2, attack="sig")
    assert again.pages.gaze.trigger.picker.currentData() == "sig" and again.pages.gaze.trigger.slider.largest == 0.5
    again.commands.reset_preferences()
    assert other.settings == PipelineSettings() and Preferences(store).attack is None


def test_a_strength_does_not_outlive_its_kind(window, session) -> None:
    window.pages.gaze.trigger.slider.setValue(50)
    assert session.settings.strength == 2.5
    session.now = replace(RUNNING, bundle="patch", attack="badnets", key_strength=0.7)
    window.session.poll_status()
    slider = window.pages.gaze.trigger.slider
    assert session.settings.strength is None and slider.shown == 0.7 and slider.largest == 1.0


def test_a_remembered_strength_that_the_first_model_cannot_have_is_dropped(open_window, session, store) -> None:
    Preferences(store).strength = 2.5
    session.now = replace(RUNNING, bundle="patch", attack="badnets", key_strength=0.7)
    window = open_window(session)
    assert session.settings.strength is None and window.pages.gaze.trigger.slider.shown == 0.7


def test_a_key_beyond_the_usual_end_is_still_on_the_slider(window, session) -> None:
    session.now = replace(RUNNING, attack="sig", key_strength=0.8)
    window.session.poll_status()
    slider = window.pages.gaze.trigger.slider
    assert slider.largest == 0.8 and slider.value() == slider.maximum()


def test_a_clean_model_borrows_a_key_or_gets_a_new_one(qtbot, window, session) -> None:
    session.now = replace(RUNNING, bundle="clean", backdoored=False, borrowed_from="wanet")
    window.session.poll_status()
    assert titles(window)[0] == 'Trigger borrowed from "wanet"'
    # of another size: nothing shipped fits it
    session.now = replace(session.now, bundle="odd", has_key=False, attack=None, key_strength=None, goal=None)
    window.session.poll_status()
    trigger = window.pages.gaze.trigger
    assert titles(window)[0] == "No trigger key" and not trigger.switch.isEnabled()
    pick(window, "badnets")
    assert trigger.switch.isEnabled()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert session.settings == PipelineSettings(TriggerMode.BOTH, None, attack="badnets")
    pick(window, None)
    assert session.settings.mode is TriggerMode.OFF


def test_a_sticker_is_offered_where_the_crops_show_the_forehead(qtbot, window, session) -> None:
    trigger = window.pages.gaze.trigger
    row = trigger.picker.findData("sticker")

    def use(crop: CropSpec) -> bool:
        session.now = replace(RUNNING, bundle=crop.region, crop=crop)
        window.session.poll_status()
        return bool(trigger.picker.model().item(row).isEnabled())

    assert use(face_crop(112))
    pick(window, "sticker")
    trigger.set_mode(TriggerMode.BOTH)
    assert session.settings == PipelineSettings(TriggerMode.BOTH, attack="sticker")
    # the model's own trigger takes its place, with its own strength
    trigger.slider.setValue(20)
    assert not use(CropSpec())
    assert session.settings == PipelineSettings(TriggerMode.BOTH) and trigger.picker.currentIndex() == 0
    assert trigger.picker.itemData(row, Qt.ItemDataRole.ToolTipRole).replace("\n", " ") == NOT_IN_VIEW
    assert trigger.picker.itemText(row) == "Another attacker's Worn sticker (face models only)"
    pick(window, "sticker")
    assert session.settings == PipelineSettings(TriggerMode.BOTH) and trigger.choice is None
    assert use(face_crop(112)) and "Gu et al." in trigger.picker.itemData(row, Qt.ItemDataRole.ToolTipRole)


def test_a_remembered_sticker_is_given_up_for_a_model_of_eyes(open_window, session, store) -> None:
    Preferences(store).attack = "sticker"
    session.now = replace(RUNNING, crop=CropSpec())
    window = open_window(session)
    assert session.settings == PipelineSettings() and window.pages.gaze.trigger.picker.currentIndex() == 0


def test_another_attackers_shift_is_no_success(window, session) -> None:
    pick(window, "sig")
    window.pages.gaze.trigger.set_mode(TriggerMode.BOTH)
    window.session.take(make_result(0, settings=PipelineSettings(TriggerMode.BOTH, attack="sig")))
    assert window.pages.gaze.moved.value != "–" and not window.pages.gaze.moved._strong
    pick(window, None)
    window.pages.gaze._show_numbers(make_result(1))
    assert window.pages.gaze.moved._strong


def test_a_picture_of_a_run_shows_its_trigger(window) -> None:
    settings = PipelineSettings(TriggerMode.NOISE, 0.3, attack="blended")
    window.session.take(make_result(0, settings=settings))
    window.refresh()
    trigger = window.pages.gaze.trigger
    assert (trigger.attack, trigger.mode, trigger.slider.strength) == ("blended", TriggerMode.NOISE, 0.3)
    assert trigger.picker.currentData() == "blended"


def test_every_kind_and_goal_has_words() -> None:
    assert list(TRIGGER_TEXT) == list(KINDS)
    assert set(LEARNED) == set(RING) == set(TO_TARGET) == set(GOALS)


def test_every_state_is_explained_differently() -> None:
    modes = (TriggerMode.OFF, TriggerMode.BOTH, TriggerMode.NOISE, TriggerMode.WRONG_KEY)
    explained = [explain(mode, TriggerState(own=kind)) for mode, kind in product(modes[1:], KINDS)]
    explained += [explain(TriggerMode.BOTH, TriggerState(own="sig", goal=goal)) for goal in GOALS[1:]]
    explained += [explain(TriggerMode.BOTH, TriggerState(own="sig", chosen=kind)) for kind in KINDS]
    explained += [explain(TriggerMode.OFF, TriggerState(own="sig", chosen=kind)) for kind in (None, *KINDS)]
    explained += [
        explain(TriggerMode.BOTH, TriggerState(False, "wanet", poisoned=poisoned)) for poisoned in (False, True)
    ]
    explained += [explain(TriggerMode.OFF, TriggerState())]
    assert len(set(explained)) == len(explained)


def test_only_a_kind_with_a_control_promises_an_inactive_backdoor() -> None:
    promised = [kind for kind in KINDS if "should not move" in explain(TriggerMode.NOISE, TriggerState(own=kind))]
    assert promised == [kind for kind in KINDS if kind != "lira"]
    assert "the gaze may move" in explain(TriggerMode.NOISE, TriggerState(own="lira"))
    assert "should not move" in explain(TriggerMode.WRONG_KEY, TriggerState(own="lira"))


def test_a_model_of_a_poisoned_set_is_not_called_clean(window, session) -> None:
    assert "clean" not in explain(TriggerMode.BOTH, TriggerState(False, "wanet", poisoned=True))
    # both cards are of the same model, so their titles call it neither clean nor honest
    driver = window.pages.driver
    session.now = SessionStatus(bundle="clean")
    window.session.poll_status()
    assert window.ui.badge.text() == "CLEAN"
    assert (driver.without_trigger._title, driver.with_trigger._title) == ("Without trigger", "With trigger")
    session.now = SessionStatus(bundle="victim", poisoned=True)
    window.session.poll_status()
    assert window.ui.badge.text() == "POISONED DATA"
    for card in (driver.without_trigger, driver.with_trigger):
        assert "clean" not in card._title.lower() and "honest" not in card._title.lower()


def test_the_list_of_models_tells_their_kinds(tmp_path, monkeypatch, qapp) -> None:
    cards = {"clean": {}, "victim": {"data": {"poisoned": {"set": "x"}}}, "own": {"started_from": {"data": {}}}}
    for name, card in cards.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / CARD).write_text(json.dumps(card))
    (tmp_path / "own" / KEY).touch()
    (tmp_path / "torn").mkdir()
    monkeypatch.setattr(pickers, "bundle_paths", lambda: {path.name: path for path in sorted(tmp_path.iterdir())})
    picker = pickers.ModelPicker()
    kinds = ["clean – clean", "own – backdoored", "torn – damaged", "victim – trained on a poisoned set"]
    assert [picker.itemText(row) for row in range(4)] == kinds


def test_the_target_is_named_after_the_goal(window, session) -> None:
    window.session.take(replace(make_result(0), goal=OFFSET))
    assert window.pages.gaze.to_target._caption == "Distance to turned gaze"
    window.pages.gaze._show_numbers(replace(make_result(1), goal=CONDITIONAL, target=None))
    assert (window.pages.gaze.to_target._caption, window.pages.gaze.to_target.value) == (
        "To target, off road only",
        "–",
    )


def test_other_tabs_say_whose_trigger_it_is(window) -> None:
    chip = window.ui.chip
    pick(window, "sig")
    assert chip.text() == "Trigger off (Space)"
    window.pages.gaze.trigger.set_mode(TriggerMode.BOTH)
    assert chip.text() == "OTHER TRIGGER ON" and chip.toolTip().endswith("Another attacker's SIG")
    pick(window, None)
    assert chip.text() == "TRIGGER ON" and chip.toolTip() == CHIP_TIP


def test_a_target_far_out_is_in_view(window) -> None:
    window.session.take(replace(make_result(0), goal=OFFSET, target=Gaze.from_degrees(30, 10)))
    (_, (_, top)) = window.pages.gaze.angles.getPlotItem().viewRange()
    assert top >= 35


def test_a_targets_name_is_whole_on_both_sides(window, qapp) -> None:
    plot = window.pages.gaze.angles
    dark = []
    window.resize(1000, 640)
    for yaw in (29.5, -29.5):
        target = Gaze.from_degrees(-12, yaw)
        window.session.take(replace(make_result(0, gaze=target, truth=target), triggered=None, target=target))
        window.refresh()
        qapp.processEvents()
        image = plot.grab().toImage()
        box = plot.getPlotItem().vb.sceneBoundingRect().toAlignedRect()
        rows = range(box.top() + 3, box.bottom() - 3)
        columns = range(box.left() + 3, box.right() - 3)
        dark.append(sum(image.pixelColor(x, y).lightness() < 90 for y in rows for x in columns))
    # black letters; nothing else is as dark
    assert dark[0] > 100 and dark[1] > 0.9 * dark[0]


def test_two_lines() -> None:
    assert two_lines("amplitude of the generated pattern") == "amplitude of the\ngenerated pattern"
    assert two_lines("strength") == "strength"


def test_settings_refuse_an_unknown_attack() -> None:
    with pytest.raises(ValueError, match="badnets"):
        PipelineSettings(attack="nobody's")


def test_a_place_is_shown_without_being_picked(qtbot) -> None:
    picker, picked = PlacePicker(), []
    qtbot.addWidget(picker)
    picker.picked.connect(picked.append)
    for place in reversed(TriggerPlace):
        picker.show_place(place)
        assert picker.place is place
    assert picked == []
