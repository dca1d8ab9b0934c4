"""Choice of the trigger, its switch, the two controls beside it, and its strength."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.live.settings import TriggerMode
from gazeattack.model.crop import CropSpec
from gazeattack.ui.pages.gaze.place_picker import PlacePicker
from gazeattack.ui.pages.gaze.strength_slider import StrengthSlider
from gazeattack.ui.pages.gaze.trigger_picker import TriggerPicker
from gazeattack.ui.strings.common import CHIP, CHIP_TIP
from gazeattack.ui.strings.triggers import MIRRORED, OPENED, OpenedKey, TriggerState, chosen_title, explain
from gazeattack.ui.widgets.copying import make_copyable
from gazeattack.ui.widgets.fit_text import two_lines


class TriggerPanel(QFrame):
    """Chooses the trigger, the mode and the strength.

    mode_changed carries a TriggerMode; attack_changed TriggerState.chosen; strength_changed a float, or None for the
    key's own.
    """

    mode_changed = Signal(object)
    attack_changed = Signal(object)
    strength_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.mode = TriggerMode.OFF
        self._state, self._known = TriggerState(own="wanet"), False
        self._own_strength: float | None = None
        self.picker = TriggerPicker()
        self.picker.picked.connect(self.set_attack)
        self.place = PlacePicker()
        self.switch = self._button("", "trigger", CHIP_TIP)
        self.switch.setMinimumHeight(56)
        self.switch.clicked.connect(lambda: self.toggle(TriggerMode.BOTH))
        self.noise = self._button("Noise mode (N)", "mode", "Almost the trigger: the backdoor must stay inactive (N)")
        self.noise.clicked.connect(lambda: self.toggle(TriggerMode.NOISE))
        self.wrong_key = self._button("Wrong key (W)", "mode", "Same method, different key (W)")
        self.wrong_key.clicked.connect(lambda: self.toggle(TriggerMode.WRONG_KEY))
        self.slider = StrengthSlider()
        self.slider.strength_changed.connect(self._strength_moved)
        self._knob = QLabel()
        self._value = QLabel()
        self._value.setMinimumWidth(44)
        self._value.setObjectName("heading")
        self._value.setToolTip("The strength in use")
        make_copyable(self._value)
        self._reset = QPushButton("Reset")
        self._reset.setToolTip("Reset to the key's own strength (or double-click the slider)")
        self._reset.clicked.connect(self.slider.reset)
        self._explain = QLabel()
        self._explain.setObjectName("explain")
        self._explain.setWordWrap(True)
        self._explain.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self._follow(self._state, None)

    @staticmethod
    def _button(text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setToolTip(tip)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        return button

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addWidget(self.noise)
        side.addWidget(self.wrong_key)
        buttons = QHBoxLayout()
        buttons.addWidget(self.switch, 5)
        buttons.addLayout(side, 2)
        strength = QHBoxLayout()
        self._knob.setObjectName("knob")
        self._knob.setBuddy(self.slider)
        strength.addWidget(self._knob)
        strength.addWidget(self.slider, 1)
        strength.addWidget(self._value)
        strength.addWidget(self._reset)
        which = QHBoxLayout()
        which.addWidget(self.picker, 1)
        which.addWidget(self.place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(which)
        layout.addLayout(buttons, 3)
        layout.addLayout(strength)
        layout.addWidget(self._explain, 1)

    def toggle(self, mode: TriggerMode) -> None:
        """Switch to a mode, or off where it is already on."""
        self.set_mode(TriggerMode.OFF if self.mode is mode else mode)

    def set_mode(self, mode: TriggerMode) -> None:
        """Switch to a mode; without a key there is none but off."""
        mode = TriggerMode.OFF if self._state.kind is None else mode
        changed, self.mode = mode is not self.mode, mode
        self._refresh()
        if changed:
            self.mode_changed.emit(mode)

    @property
    def attack(self) -> str | None:
        """The kind of another attacker's trigger that is chosen; None for every other trigger."""
        return self._state.fresh

    @property
    def key(self) -> TriggerKey | None:
        """The mirrored or opened key that is chosen; None for every other trigger."""
        return self._state.key

    @property
    def choice(self) -> str | None:
        """See TriggerState.chosen."""
        return self._state.chosen

    @property
    def title(self) -> str | None:
        """What a trigger is called that was chosen in place of the model's own; None for that one."""
        return None if self._state.chosen is None else chosen_title(self._state)

    @property
    def scale(self) -> tuple[str, float] | None:
        """Name of the strength and its largest value; None without a key."""
        kind = self._state.kind
        return None if kind is None else (KINDS[kind].knob, self.slider.largest)

    @property
    def activates(self) -> bool:
        """Whether the model was trained to react to the trigger that is chosen."""
        return self._state.activates

    def set_attack(self, attack: str | None) -> None:
        """Choose a trigger, see TriggerState.chosen; the strength goes back to the key's own."""
        state = replace(self._state, chosen=attack)
        held = attack in (MIRRORED, OPENED)
        offered = attack is None or (state.key is not None if held else state.shows(attack))
        if attack == self._state.chosen or not offered:
            return
        self._follow(state, self._own_strength)
        self.attack_changed.emit(attack)

    def offer(self, mirrored: TriggerKey | None, opened: OpenedKey | None) -> None:
        """Offer the model's mirrored key and an opened key; where one is no longer offered, the model's own is used."""
        gone = (self._state.chosen == MIRRORED and mirrored is None) or (
            self._state.chosen == OPENED and opened is None
        )
        changed = self._state.key is not None
        chosen = None if gone else self._state.chosen
        state = replace(self._state, mirrored=mirrored, opened=opened, chosen=chosen)
        if state != self._state:
            self._follow(state, self._own_strength)
            if changed:
                self.attack_changed.emit(chosen)

    def set_model(
        self,
        *,
        backdoored: bool,
        attack: str | None,
        key_strength: float | None,
        goal: str | None = None,
        poisoned: bool = False,
        imported: bool = False,
        borrowed_from: str | None = None,
        crop: CropSpec | None = None,
    ) -> None:
        """Follow the loaded model; where its crops do not show the chosen trigger, its own is used.

        Args:
            backdoored, poisoned, imported: as Bundle has them.
            attack, key_strength, goal: of its own key or the one it borrows; None without.
            borrowed_from: name of the bundle that the key belongs to.
            crop: what it takes; None while that is unknown.
        """
        known, self._known = self._known, True
        state = replace(
            self._state,
            backdoored=backdoored,
            own=attack,
            goal=goal,
            poisoned=poisoned,
            imported=imported,
            borrowed_from=borrowed_from,
            crop=crop,
        )
        gone = state.fresh is not None and not state.shows(state.fresh)
        state = replace(state, chosen=None) if gone else state
        if (state, key_strength) != (self._state, self._own_strength) or not known:
            self._follow(state, key_strength, keep=not known)
        if gone:
            self.attack_changed.emit(None)

    def _follow(self, state: TriggerState, own_strength: float | None, *, keep: bool = False) -> None:
        """Take on a state; the strength chosen for one trigger is not kept for another.

        keep: it was chosen before any model was known, and stays if it can.
        """
        before, self._state, self._own_strength = self._state, state, own_strength
        if state.kind is not None:
            about = KINDS[state.kind]
            held = own_strength if state.key is None else state.key.strength
            own = held if state.fresh is None else about.strength
            mark = "default" if state.fresh is not None else "model's own" if state.activates else "key's own"
            self.slider.set_scale(about.knob, max(about.largest, own or 0.0))
            self.slider.set_own(own, mark)
            self._knob.setText(two_lines(about.knob[:1].upper() + about.knob[1:]))
        else:
            self.slider.set_own(None)
        beyond = self.slider.strength is not None and self.slider.strength > self.slider.largest
        other = (state.chosen, state.key) != (before.chosen, before.key) or (state.kind != before.kind and not keep)
        if beyond or other:
            self.slider.reset()
        if state.kind is None:
            self.set_mode(TriggerMode.OFF)
        self._refresh()

    def _strength_moved(self, strength: float | None) -> None:
        self._refresh()
        self.strength_changed.emit(strength)

    def _refresh(self) -> None:
        on, has_key = self.mode is TriggerMode.BOTH, self._state.kind is not None
        self.picker.show_state(self._state)
        self.switch.setText(CHIP[TriggerMode.BOTH] if on else CHIP[TriggerMode.OFF])
        for button, mode in (
            (self.switch, TriggerMode.BOTH),
            (self.noise, TriggerMode.NOISE),
            (self.wrong_key, TriggerMode.WRONG_KEY),
        ):
            button.setChecked(self.mode is mode)
            button.setEnabled(has_key)
        self.place.setEnabled(has_key)
        self.slider.setEnabled(has_key)
        self._reset.setEnabled(has_key and self.slider.strength is not None)
        self._value.setText(f"{self.slider.shown:.2f}")
        self._value.setAccessibleName(f"{self.slider.accessibleName()}: {self._value.text()}")
        self._value.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._explain.setText(explain(self.mode, self._state, self.slider.strength))
