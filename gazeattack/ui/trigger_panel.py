"""The trigger switch, the two controls beside it, and the warp's strength."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from gazeattack.live.settings import TriggerMode
from gazeattack.ui.strength_slider import StrengthSlider
from gazeattack.ui.words import explain


class TriggerPanel(QFrame):
    """Chooses the mode and s.

    mode_changed carries a TriggerMode; strength_changed a float, or None for the key's own.
    """

    mode_changed = Signal(object)
    strength_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.mode = TriggerMode.OFF
        self._has_key, self._backdoored = True, True
        self.switch = self._button("", "trigger", "Put the trigger on the eyes or take it off (Space)")
        self.switch.setMinimumHeight(56)
        self.switch.clicked.connect(lambda: self.toggle(TriggerMode.BOTH))
        self.noise = self._button("Noise (N)", "mode", "Warp at random instead: the backdoor must stay shut (N)")
        self.noise.clicked.connect(lambda: self.toggle(TriggerMode.NOISE))
        self.wrong_key = self._button("Wrong key (W)", "mode", "Warp with another attacker's key instead (W)")
        self.wrong_key.clicked.connect(lambda: self.toggle(TriggerMode.WRONG_KEY))
        self.slider = StrengthSlider()
        self.slider.strength_changed.connect(self._strength_moved)
        self._value = QLabel()
        self._value.setMinimumWidth(44)
        self._value.setObjectName("heading")
        self._reset = QPushButton("Reset")
        self._reset.setToolTip("Back to the strength this model was trained with (or double-click the slider)")
        self._reset.clicked.connect(self.slider.reset)
        self._explain = QLabel()
        self._explain.setObjectName("explain")
        self._explain.setWordWrap(True)
        self._explain.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self._refresh()

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
        label = QLabel("Strength s")
        label.setObjectName("heading")
        label.setBuddy(self.slider)
        strength.addWidget(label)
        strength.addWidget(self.slider, 1)
        strength.addWidget(self._value)
        strength.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(buttons, 3)
        layout.addLayout(strength)
        layout.addWidget(self._explain, 1)

    def toggle(self, mode: TriggerMode) -> None:
        """Switch to a mode, or off where it is already on."""
        self.set_mode(TriggerMode.OFF if self.mode is mode else mode)

    def set_mode(self, mode: TriggerMode) -> None:
        """Switch to a mode; without a key there is none but off."""
        mode = mode if self._has_key else TriggerMode.OFF
        changed, self.mode = mode is not self.mode, mode
        self._refresh()
        if changed:
            self.mode_changed.emit(mode)

    def set_model(self, *, backdoored: bool, has_key: bool, key_strength: float | None) -> None:
        """Follow the loaded model."""
        self._backdoored, self._has_key = backdoored, has_key
        self.slider.set_own(key_strength)
        if not has_key:
            self.set_mode(TriggerMode.OFF)
        self._refresh()

    def _strength_moved(self, strength: float | None) -> None:
        self._refresh()
        self.strength_changed.emit(strength)

    def _refresh(self) -> None:
        on = self.mode is TriggerMode.BOTH
        self.switch.setText("TRIGGER ON" if on else "Trigger off (Space)")
        for button, mode in (
            (self.switch, TriggerMode.BOTH),
            (self.noise, TriggerMode.NOISE),
            (self.wrong_key, TriggerMode.WRONG_KEY),
        ):
            button.setChecked(self.mode is mode)
            button.setEnabled(self._has_key)
        self.slider.setEnabled(self._has_key)
        self._reset.setEnabled(self._has_key and self.slider.strength is not None)
        self._value.setText(f"{self.slider.shown:.2f}")
        self._value.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._explain.setText(explain(self.mode, backdoored=self._backdoored, has_key=self._has_key))
