"""Choice of the source and of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QSizePolicy, QWidget

from gazeattack.model.catalogue import bundle_paths, kind_of
from gazeattack.sources.registry import SourceOption, describe_sources
from gazeattack.ui.session import DRIVE_SPEC, SYNTHETIC
from gazeattack.ui.widgets.builders import plain_tip
from gazeattack.ui.widgets.eliding import ElidingComboBox

IMAGES = "Images (*.jpg *.jpeg *.png *.bmp *.webp *.tif *.tiff);;All files (*)"
# (title, what is appended to the camera's spec)
FORMATS = (
    ("Automatic", ""),
    ("640 × 480, 30/s", "@640x480@30"),
    ("640 × 480, 60/s", "@640x480@60"),
    ("1280 × 720, 30/s", "@1280x720@30"),
    ("1280 × 720, 60/s", "@1280x720@60"),
    ("1920 × 1080, 30/s", "@1920x1080@30"),
)
Choose = Callable[[QWidget], str]


def choose_portrait(parent: QWidget) -> str:
    """The spec of an animated portrait."""
    path = QFileDialog.getOpenFileName(parent, "Open portrait", "", IMAGES)[0]
    return f"{SYNTHETIC}:{path}" if path else ""


def choose_bundle(parent: QWidget) -> str:
    """The path of a model bundle's folder."""
    return QFileDialog.getExistingDirectory(parent, "Open model folder")


class Picker(ElidingComboBox):
    """A combo box of choices that carry a spec, and of entries that open a dialog or do something else.

    picked carries the spec a person chose.
    """

    picked = Signal(str)

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self._about = tip or name
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._current = ""
        self.activated.connect(self._activated)

    @property
    def current(self) -> str:
        """The spec in force."""
        return self._current

    def fill(self, options: Sequence[tuple[str, str]], actions: Sequence[tuple[str, Choose]]) -> None:
        """Replace all entries by (title, spec) and (title, action) pairs; the spec in force stays chosen."""
        self.clear()
        for title, spec in options:
            self.addItem(title, spec)
        self.insertSeparator(self.count())
        for title, action in actions:
            self.addItem(title, action)
        if self._current:
            self.show_current(self._current)

    def show_current(self, spec: str) -> None:
        """Show a spec as chosen, adding it where it is not among the entries."""
        self._current = spec
        row = next((row for row in range(self.count()) if self.itemData(row) == spec), -1)
        if row < 0:
            self.insertItem(0, _short(spec), spec)
            row = 0
        self.setCurrentIndex(row)
        self.setToolTip(plain_tip(f"{self._about}: {self.itemText(row)}\n{spec}"))

    def forget(self, spec: str) -> None:
        """Take an entry out of the list; it stays shown as the one in force until another is chosen."""
        row = next((row for row in range(self.count()) if self.itemData(row) == spec), -1)
        if row >= 0:
            self.removeItem(row)
        if spec == self._current:
            self._current = ""
            self.setCurrentIndex(-1)
            self.setPlaceholderText(_short(spec))

    def _activated(self, row: int) -> None:
        data = self.itemData(row)
        spec = data(self) if callable(data) else data
        if spec:
            self.show_current(spec)
            self.picked.emit(spec)
        elif self._current:
            self.show_current(self._current)


class SourcePicker(QWidget):
    """Cameras, the synthetic subject, files; and the camera's size and rate.

    picked carries a source spec.  search, browse: the person wants the cameras to be searched for, or a file to
    be opened.
    """

    picked = Signal(str)
    search = Signal()
    browse = Signal()

    def __init__(self, sources: Callable[[], Sequence[SourceOption]] = describe_sources) -> None:
        super().__init__()
        self._sources = sources
        self._found: list[SourceOption] = []
        self._list = Picker("Source of frames")
        self._list.picked.connect(self._source_picked)
        self._format = QComboBox()
        self._format.setAccessibleName("Frame size and rate of the camera")
        self._format.setToolTip("Frame size and rate of the camera")
        for title, suffix in FORMATS:
            self._format.addItem(title, suffix)
        self._format.activated.connect(lambda _: self._source_picked(self._list.current))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._list, 1)
        row.addWidget(self._format)
        self.refresh()
        self._format.hide()

    def refresh(self) -> str:
        """Search for cameras."""
        self._found = list(self._sources())
        self._list.fill(
            [(_short(o.spec) if o.spec == DRIVE_SPEC else o.title, o.spec) for o in self._found],
            [
                ("Open ...", lambda _: self._browse()),
                ("Animated portrait ...", choose_portrait),
                ("Search for cameras", lambda _: self._search()),
            ],
        )
        return ""

    def _browse(self) -> str:
        self.browse.emit()
        return ""

    def _search(self) -> str:
        self.search.emit()
        return ""

    def cameras_text(self) -> str:
        """Which cameras the list has, as a sentence."""
        names = [f'"{option.title}"' for option in self._found if option.spec.startswith("camera:")]
        if not names:
            return "No camera was found: plug one in, then search again."
        return f"{len(names)} camera{'s' if len(names) > 1 else ''} found: {', '.join(names)}."

    def forget(self, spec: str) -> None:
        """Take a source out of the list that cannot be opened; those that it offers by itself stay."""
        if spec not in [option.spec for option in self._found]:
            self._list.forget(spec)

    def show_current(self, spec: str) -> None:
        """Show a source as chosen."""
        base, _, form = spec.partition("@") if spec.startswith("camera:") else (spec, "", "")
        self._list.show_current(base)
        self._format.setVisible(base.startswith("camera:"))
        self._format.setCurrentIndex(max(0, self._format.findData(f"@{form}" if form else "")))

    def _source_picked(self, spec: str) -> None:
        camera = spec.startswith("camera:")
        self._format.setVisible(camera)
        self.picked.emit(spec + self._format.currentData() if camera else spec)


class ModelPicker(Picker):
    """The shipped bundles, each with its kind, and any other bundle by its folder."""

    def __init__(self) -> None:
        super().__init__("Gaze model")
        options = [(f"{name} – {kind_of(path) or 'damaged'}", name) for name, path in bundle_paths().items()]
        self.fill(options, [("Open model folder ...", choose_bundle)])


def _short(spec: str) -> str:
    """A title for a spec that is in no list: the name of a file rather than its path."""
    head, colon, path = spec.partition(":")
    if spec == DRIVE_SPEC:
        return "Scripted drive (synthetic)"
    if colon and head == SYNTHETIC:
        return f"Animated portrait: {Path(path).name}" if not path.isdigit() else f"Synthetic subject {path}"
    return spec if head == "camera" else Path(spec).name
