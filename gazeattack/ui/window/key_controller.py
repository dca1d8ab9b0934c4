"""Trigger keys: shows what one holds, and puts a mirrored or an opened key in place of the model's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gazeattack.attack.key import TriggerKey, load_key
from gazeattack.attack.mirrored_key import mirrored_key
from gazeattack.errors import GazeAttackError
from gazeattack.model.bundle_files import KEY
from gazeattack.model.catalogue import find_bundle
from gazeattack.ui.pages.gaze.trigger_panel import TriggerPanel
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.strings.triggers import MIRRORED, OPENED, OpenedKey
from gazeattack.ui.window.key_dialog import fits, key_text, show_key

IN_USE = '{} is in use. To take it back, choose the first entry of the list "Trigger".'


class KeyController(QObject):
    """Offers the keys that the model at work can be used with.

    message: a passing message.  warning: a sentence about a key that cannot be shown.

    Args:
        window: which the dialogs belong to.
        trigger: where a key is chosen.
    """

    message = Signal(str)
    warning = Signal(str)

    def __init__(self, window: QWidget, trigger: TriggerPanel) -> None:
        super().__init__(window)
        self._window, self._trigger = window, trigger
        self._model: ModelInfo | None = None
        self._opened: OpenedKey | None = None
        self._mirrored: TriggerKey | None = None

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model at work: it decides which keys can be used."""
        before, self._model = self._model, model
        # one object for one key, so that the trigger's state stays the same
        if before is None or _trained(before) != _trained(model):
            trained = _trained(model)
            self._mirrored = None if trained is None else mirrored_key(trained)
        self._offer()

    def show(self, path: Path) -> None:
        """Show what a key holds, and offer to use it.  Raises GazeAttackError where it cannot be read."""
        key, own = load_key(path), self._own_hash()
        name = f"{path.parent.name}/{path.name}" if path.name == KEY else path.name
        opened = OpenedKey(name, key, key.sha256 == own)
        actions = []
        if opened.own and self._mirrored is not None:
            mirrored = self._trigger.choice == MIRRORED
            title = "Use the trained key" if mirrored else "Use the mirrored key"
            actions = [(title, lambda: self._trigger.set_attack(None if mirrored else MIRRORED))]
        elif not opened.own and self._model is not None and fits(key, self._model):
            held = self._trigger.key
            if held is not None and held.sha256 == key.sha256:
                actions = [("Take this key back", lambda: self._trigger.set_attack(None))]
            else:
                actions = [("Use this key", lambda: self.use(opened))]
        show_key(self._window, key_text(key, self._model, own, self._mirrored), actions)

    def show_own(self) -> None:
        """Show the key of the model at work."""
        model = self._model
        try:
            folder = None if model is None else find_bundle(model.spec)
            if model is None or folder is None or not (folder / KEY).exists():
                raise GazeAttackError("This model has no trigger key: choose a backdoored model.")
            self.show(folder / KEY)
        except GazeAttackError as error:
            self.warning.emit(str(error))

    def use(self, opened: OpenedKey) -> None:
        """Put an opened key in place of the model's own."""
        self._opened = opened
        self._offer()
        self._trigger.set_attack(OPENED)
        if self._trigger.title is not None:
            self.message.emit(IN_USE.format(self._trigger.title))

    def _offer(self) -> None:
        opened = self._opened
        if opened is not None and self._model is not None:
            own = opened.key.sha256 == self._own_hash()
            # the same object where nothing changed, so that the trigger's state stays the same
            opened = self._opened = opened if own == opened.own else replace(opened, own=own)
            opened = opened if fits(opened.key, self._model) else None
        self._trigger.offer(self._mirrored, opened)

    def _own_hash(self) -> str | None:
        """SHA-256 of the key that the model at work was trained on."""
        model = self._model
        if model is None or not model.backdoored:
            return None
        try:
            return load_key(find_bundle(model.spec) / KEY).sha256
        except GazeAttackError:
            return None


def _trained(model: ModelInfo) -> TriggerKey | None:
    """The key that a model of single eyes was trained on; None for any other model."""
    return model.key if model.backdoored and model.crop is not None and model.crop.mirrors else None
