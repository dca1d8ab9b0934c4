"""The dialog "Repair this model": a method, progress, Cancel, and the repaired model beside the backdoored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gazeattack.parsing import read_object
from gazeattack.ui.offline.inspect_dialog import NO_FOLDER
from gazeattack.ui.offline.new_name import new_path
from gazeattack.ui.offline.task_dialog import NO_MODEL, TaskDialog, absolute, row
from gazeattack.ui.offline.training_process import NO_TRAINING, TrainingProcess, training_folder
from gazeattack.ui.widgets.builders import button

ABOUT = (
    "Tries to remove a backdoor without the trigger key, as a defender with clean rendered images would, and measures "
    "what is left. It runs beside the window, at low priority, and takes several minutes."
)
# title, the method's name in training.defend, what it is called with a seed
METHODS = (
    ("Channel pruning until it costs 0.3 degrees", "prune", "prune"),
    ("Fine-pruning (prune, then train)", "fine-prune", "fine-prune-1"),
    ("Fine-tuning", "fine-tune", "fine-tune-1"),
    ("Attention distillation (NAD)", "nad", "nad-1"),
    ("FT-SAM", "ft-sam", "ft-sam-1"),
    ("8-bit weights", "int8", "int8"),
    ("Distillation into a new network (slow)", "distil", "distil-1"),
)
METHOD_TIP = "In the findings distillation and channel pruning remove the backdoor of wanet, and fine-tuning does not"
UNREPAIRED = "none"
PER_SUBJECT, STEPS = 10, 300


class RepairDialog(TaskDialog):
    """Asks for a method and a folder, repairs the model, and offers to compare both.

    compare_requested carries the folder of the repaired model.

    Args:
        folder: where the folder is suggested.
        parent: the window.
    """

    compare_requested = Signal(str)
    process: TrainingProcess

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__("Repair this model", ABOUT, TrainingProcess(), "repair", parent)
        self.process.setParent(self)
        self._folder = folder
        self._suggested, self._written = "", Path()
        self._repairing = ""
        self.method = QComboBox()
        self.method.setAccessibleName("Method")
        self.method.setToolTip(METHOD_TIP)
        for title, name, _ in METHODS:
            self.method.addItem(title, name)
        self.out = QLineEdit()
        self.out.setAccessibleName("Folder")
        self.save = button("Choose ...")
        self.save.clicked.connect(lambda: self._choose_folder(self.out, "Folder of the repaired model"))
        self.start, self.compare = button("Repair"), button("Compare with the repaired model")
        self.start.clicked.connect(self._start)
        self.compare.clicked.connect(self._compare)
        self.compare.setVisible(False)
        self._lay_out((("Method", self.method), ("Folder", row(self.out, self.save))), self.start, self.compare)
        if training_folder() is None:
            self._show_state(NO_TRAINING)

    def _inputs(self) -> Sequence[QWidget]:
        return (self.method, self.out, self.save)

    def _start(self) -> None:
        out = self.out.text().strip()
        refusal = NO_TRAINING if training_folder() is None else NO_MODEL if self._model is None else ""
        refusal = refusal or ("" if out else NO_FOLDER)
        if refusal or self._model is None:
            self._show_state(refusal)
            return
        self.compare.setVisible(False)
        title, method, task = METHODS[self.method.currentIndex()]
        options = {"bundle": self._model.spec or self._model.name, "methods": method, "out": str(absolute(out))}
        options |= {"per-subject": str(PER_SUBJECT), "steps": str(STEPS)}
        self._repairing = self._model.name
        self.process.start("defend", options, absolute(out) / f"{self._model.name}-{task}")
        self._begin_work(f"Repairing {self._model.name}: {title} ...")

    def _finish(self, result: Path) -> None:
        self._written = result
        self.compare.setVisible(True)
        self._show_state(outcome(result, result.with_name(f"{self._repairing}-{UNREPAIRED}")))
        self.compare.setFocus()

    def _compare(self) -> None:
        self.compare_requested.emit(str(self._written))
        self._show_state(f"The window compares with {self._written.name}: switch the trigger on to see what is left.")

    def _suggest(self) -> None:
        """Name a folder that does not exist yet, unless the person named one."""
        if self._model is not None and self.out.text() in (self._suggested, str(self._written.parent)):
            self._suggested = str(new_path(self._folder, "gazeattack-repair", self._model.name))
            self.out.setText(self._suggested)
            self.out.setCursorPosition(0)


def outcome(repaired: Path, unrepaired: Path) -> str:
    """What the repair did, in one or two sentences.

    Args:
        repaired: the folder of the repaired model, whose figures lie beside it.
        unrepaired: the same for the model as it was; only its figures exist.
    """
    before, after = (_figures(path.with_name(f"{path.name}.json")) for path in (unrepaired, repaired))
    text = f"The repaired model is {repaired}"
    try:
        cost = f"{after['cost_deg']:+.2f}°, 95 % interval {after['cost_low']:+.2f}° to {after['cost_high']:+.2f}°"
        benign = f"Benign error {before['benign_deg']:.2f}° → {after['benign_deg']:.2f}° ({cost})"
        if after["asr5"] is None:
            return f"{benign}. {text}"
        hits = f"{100 * before['asr5']:.1f} % → {100 * after['asr5']:.1f} %"
        return f"{benign}; triggered predictions within 5° of the target {hits}. {text}"
    except (KeyError, TypeError, ValueError):
        return text


def _figures(path: Path) -> Mapping[str, Any]:
    try:
        return read_object(path)
    except (OSError, ValueError):
        return {}
