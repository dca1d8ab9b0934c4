"""The dialog "Trigger key": what a key holds, and whether it is the key of the model at work."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from gazeattack.attack.goal import ALL_TO_ONE
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.kinds import KINDS
from gazeattack.ui.strings.common import gaze_text
from gazeattack.ui.strings.triggers import LEARNED

FIXED = "Target and goal belong to the training of a model, so they cannot be changed live."


def key_text(key: TriggerKey, model: str | None, model_key: str | None) -> str:
    """Plain text of the dialog.

    Args:
        key: to describe.
        model: name of the model at work; None without one.
        model_key: SHA-256 of the key that this model was trained on; None for a clean model.
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
        lines.append("No model is loaded.")
    elif key.sha256 == model_key:
        lines.append(f'The model "{model}" was trained on this key.')
    else:
        lines.append(f'The model "{model}" was not trained on this key, so its gaze should hardly move.')
    return "\n".join([*lines, FIXED])


def show_key(parent: QWidget, text: str) -> QMessageBox:
    """Show the dialog without stopping the window."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Trigger key", text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setModal(False)
    box.show()
    return box
