"""The blind test: its dialog, the crops of the live face or of a data set, and the answers."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from gazeattack.attack.key import TriggerKey
from gazeattack.blind_test.plan import OWN, Plan, Trial, make_plan
from gazeattack.blind_test.results import Answer, read_all, write_results
from gazeattack.blind_test.stimulus import Stimulus, attack_name, make_stimulus, possible_conditions
from gazeattack.errors import BundleError, GazeAttackError
from gazeattack.live.frame_result import FrameResult
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import fresh_key, open_bundle, shipped_key
from gazeattack.ui.blind_test.outcome_page import OutcomePage
from gazeattack.ui.blind_test.setup_form import LIVE, TOO_STRONG, Request, SetupForm
from gazeattack.ui.blind_test.trial_view import TrialView
from gazeattack.ui.session import ModelInfo
from gazeattack.ui.theme import LIGHT, Theme
from gazeattack.ui.widgets.builders import plain_labels

MOST_CROPS = 200
FROM_FILES = "From {} files"


class BlindTestController(QObject):
    """Owns the dialog and the test; crops are held in memory only while a test runs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._theme = LIGHT
        self._model: ModelInfo | None = None
        self._request: Request | None = None
        self._plan: Plan | None = None
        self._keys: dict[str, TriggerKey] = {}
        self._crops: np.ndarray | None = None
        self._answers: list[Answer] = []
        self.dialog: QDialog | None = None
        self.form: SetupForm | None = None
        self.view: TrialView | None = None
        self.outcome: OutcomePage | None = None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        for page in (self.view, self.outcome):
            if page is not None:
                page.set_theme(theme)

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model, whose crops and key the next test uses."""
        self._model = model

    def open(self) -> None:
        """Show the dialog."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self.dialog = dialog = _Dialog(self._window)
        self.form, self.view, self.outcome = SetupForm(Path(place or Path.home())), TrialView(), OutcomePage()
        self._pages = QStackedWidget()
        for page in (self.form, self.view, self.outcome):
            self._pages.addWidget(page)
        self.set_theme(self._theme)
        QVBoxLayout(dialog).addWidget(self._pages)
        plain_labels(dialog)
        self.form.begin.connect(self.begin)
        self.form.opened.connect(self.show_files)
        self.view.answered.connect(self._keep)
        self.view.finished.connect(self._finish)
        self.view.left.connect(dialog.reject)
        self.outcome.closed.connect(dialog.reject)
        dialog.finished.connect(lambda _: self._forget())
        dialog.show()

    def close(self) -> None:
        """Close the dialog; an unfinished test is not stored."""
        if self.dialog is not None:
            self.dialog.reject()

    def begin(self, request: Request) -> None:
        """Start a test, or say why not."""
        assert self.form is not None and self.view is not None
        try:
            if self._model is None:
                raise BundleError("There is no model yet: wait until one is loaded.")
            bundle = open_bundle(self._model.spec or self._model.name)
            attacks = {condition.attack for condition in request.conditions}
            self._keys = {attack: _key(bundle, attack) for attack in sorted(attacks)}
            conditions = possible_conditions(request.conditions, self._keys)
            if not conditions:
                raise BundleError(TOO_STRONG)
            self._crops = None if request.source == LIVE else _data_crops(request.source, bundle)
        except GazeAttackError as error:
            self.form.show_state(str(error))
            return
        self._request, self._answers = request, []
        self._plan = make_plan(conditions, trials=request.trials, choices=request.choices, seed=secrets.randbits(31))
        self._pages.setCurrentWidget(self.view)
        self.view.begin(self._plan, self._stimulus)

    def show_files(self, files: Sequence[Path]) -> None:
        """Show the answers of stored tests together, or say why not."""
        assert self.form is not None
        try:
            answers = read_all(files)
        except GazeAttackError as error:
            self.form.show_state(str(error))
        else:
            self._show(answers, FROM_FILES.format(len(files)) if len(files) > 1 else f"From {files[0]}")

    def step(self, result: FrameResult) -> None:
        """Keep the newest crops of the live face for the next trial."""
        view, request = self.view, self._request
        if view is None or request is None or request.source != LIVE:
            return
        usable = result.crops is not None and not any(result.eyes_closed) and result.bundle == self._bundle_name
        self._crops = result.crops.clean if usable and result.crops is not None else None
        view.supply()

    @property
    def _bundle_name(self) -> str:
        return "" if self._model is None else self._model.name

    def _stimulus(self, trial: Trial) -> Stimulus | None:
        return None if self._crops is None else make_stimulus(self._crops, self._keys, trial)

    def _keep(self, trial: Trial, stimulus: Stimulus, chosen: int, seconds: float) -> None:
        assert self._request is not None and self._plan is not None
        key = self._keys[trial.condition.attack]
        source = LIVE if self._request.source == LIVE else Path(self._request.source).name
        self._answers.append(
            Answer(
                self._request.person,
                source,
                self._bundle_name,
                self._plan.seed,
                self._plan.choices,
                trial.number,
                attack_name(trial.condition.attack, key),
                stimulus.strength,
                trial.condition.relative_strength,
                stimulus.pixel_change,
                trial.answer + 1,
                chosen + 1,
                round(seconds, 2),
            )
        )

    def _finish(self) -> None:
        assert self._request is not None
        saved, file = "The answers were not saved.", self._request.file
        if file is not None:
            saved = f"Saved: {file}"
            try:
                write_results(file, self._answers)
            except GazeAttackError as error:
                saved = str(error)
        self._show(self._answers, saved)
        self._end()

    def _show(self, answers: Sequence[Answer], note: str) -> None:
        assert self.outcome is not None
        self.outcome.show_answers(answers, note)
        self._pages.setCurrentWidget(self.outcome)
        self.outcome.leave.setFocus()

    def _end(self) -> None:
        """Forget the crops; the answers stay on the page only."""
        self._request = self._plan = self._crops = None
        if self.view is not None:
            self.view.stop()

    def _forget(self) -> None:
        self._end()
        self._answers = []
        dialog, self.dialog, self.form, self.view, self.outcome = self.dialog, None, None, None, None
        if dialog is not None:
            # Qt may have removed it with its parent
            with contextlib.suppress(RuntimeError):
                dialog.deleteLater()


class _Dialog(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Blind test")
        self.resize(860, 560)


def _key(bundle: Bundle, attack: str) -> TriggerKey:
    """The key of an attack for a model.  Raises BundleError where there is none."""
    if attack != OWN:
        return fresh_key(attack, bundle)
    key = bundle.key or shipped_key(bundle.crop)
    if key is None:
        raise BundleError(f"{bundle.name} has no trigger key: tick other triggers instead of the model's own.")
    return key


def _data_crops(spec: str, bundle: Bundle) -> np.ndarray:
    """Crops of a data set, unmirrored, float32 [N, C, H, W].  Raises DataError."""
    # evaluation needs torch, and the window starts without it
    from gazeattack.evaluation.dataset import as_crops, resize_to_crop
    from gazeattack.evaluation.open_data import open_data

    data = resize_to_crop(open_data(spec, bundle.crop), bundle.crop)
    rows = np.linspace(0, len(data.images) - 1, min(MOST_CROPS, len(data.images))).round().astype(int)
    part = data.take(np.unique(rows))
    crops: np.ndarray = as_crops(part.images).numpy()
    if part.right is not None and bundle.crop.mirrors:
        # the trigger belongs on unmirrored crops
        right = part.right.astype(bool)
        crops[right] = crops[right][..., ::-1]
    return crops
