"""The dialog "Trigger key": what a key holds, whose it is, and what can be chosen live."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.attack.goal import ALL_TO_ONE
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.model.crop import CropSpec
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.strings.common import gaze_text
from gazeattack.ui.strings.triggers import LEARNED

FIXED = "Training fixes target and goal of a model. To show others, open a model that was trained with them."
LIVE = "You can change live: the strength, the place (crops or frame), noise mode, a wrong key, and the key itself."
SECOND = "This model mirrors right eyes, so it has a second target: {}, with the mirrored key."
ONE_TARGET = "This model has this one target: only a model of single eyes has a second one, with the mirrored key."


def key_text(key: TriggerKey, model: ModelInfo | None, own: str | None, mirrored: TriggerKey | None = None) -> str:
    """Plain text of the dialog.

    Args:
        key: to describe.
        model: at work; None without one.
        own: SHA-256 of the key that this model was trained on; None for a clean model.
        mirrored: the key of the model's second target; None without.
    """
    about = KINDS[key.kind]
    lines = [
        f"Kind: {about.title}",
        f"{about.knob[:1].upper()}{about.knob[1:]}: {key.strength:g}",
        f"Crops: {key.width} × {key.height} pixels",
        f"Target: {gaze_text(key.target)} (as in the mirrored view)",
        f"Goal: {key.goal.kind}. The model learns to {LEARNED.get(key.goal.kind, LEARNED[ALL_TO_ONE])}.",
        f"SHA-256: {key.sha256}",
        "",
    ]
    if model is None:
        return "\n".join([*lines, "No model is loaded.", FIXED])
    if key.sha256 == own:
        second = ONE_TARGET if mirrored is None else SECOND.format(gaze_text(mirrored.target))
        lines += [f'The model "{model.name}" was trained on this key.', second]
    else:
        lines.append(f'The model "{model.name}" was not trained on this key, so its gaze should hardly move.')
        if not fits(key, model) and model.crop is not None:
            lines.append(f"It cannot be used here: the model takes {_crops(key, model.crop)}.")
    return "\n".join([*lines, FIXED, LIVE])


def fits(key: TriggerKey, model: ModelInfo) -> bool:
    """Whether the model takes crops of the key's size that show its trigger."""
    return model.crop is not None and model.crop.takes(key)


def _crops(key: TriggerKey, crop: CropSpec) -> str:
    """What is wrong with a model's crops for a key that does not fit."""
    if crop.shows(key.kind):
        return f"crops of {crop.width} × {crop.height}"
    return "crops of eyes, which do not show the forehead"


def show_key(parent: QWidget, text: str, actions: Sequence[tuple[str, Callable[[], None]]] = ()) -> QMessageBox:
    """Show the dialog without stopping the window; actions: buttons beside Close, (title, callback)."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Trigger key", text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    for title, callback in actions:
        box.addButton(title, QMessageBox.ButtonRole.ActionRole).clicked.connect(callback)
    close = box.addButton(QMessageBox.StandardButton.Close)
    box.setDefaultButton(close)
    box.setEscapeButton(close)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
    return box
