"""A second model on the same crops: the honest control, such as a clean model beside a backdoored one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.errors import BundleError, GazeAttackError
from gazeattack.face.normalise import NormalizedView
from gazeattack.face.pose import HeadPose
from gazeattack.live.estimate import BranchPredictions, combine_branches, predict_crops
from gazeattack.live.fault import log_fault
from gazeattack.live.frame_result import ComparedModel
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.predictor import Predictor


class Comparing(Protocol):
    """What a request needs of a Pipeline."""

    def compare(self, bundle: Bundle | None) -> None:
        """Predict with a second model too; None: no longer."""


class Comparison:
    """Predicts a second model's gaze from the crops of the first, with and without the first one's trigger.

    Args:
        bundle: the second model.
        first: the first one.

    Raises:
        BundleError: where the two models take different crops, or are the same.
    """

    def __init__(self, bundle: Bundle, first: Bundle) -> None:
        check_comparable(first, bundle)
        self.bundle = bundle
        # of a frame without a gaze
        self.nothing = ComparedModel(bundle.name, bundle.kind)
        self._predictor = Predictor(bundle)

    def predict(
        self,
        branches: Sequence[np.ndarray],
        crop_views: Sequence[NormalizedView],
        pose: HeadPose,
        *,
        shifts: bool = False,
    ) -> BranchPredictions:
        """Predict all branches as one batch; the arguments are those of predict_crops()."""
        return predict_crops(self._predictor, branches, crop_views, pose, shifts=shifts)

    def combine(
        self,
        predictions: BranchPredictions,
        crop_views: Sequence[NormalizedView],
        used: Sequence[int],
        origin: np.ndarray,
        *,
        has_clean: bool,
        has_triggered: bool,
        iris_gaze: Gaze | None = None,
    ) -> ComparedModel:
        """The second model's part of a result.

        Args:
            predictions: of predict().
            crop_views, used, origin, has_clean, has_triggered, iris_gaze: see combine_branches.

        Returns:
            The part; without estimates where a prediction is no direction.
        """
        if not predictions.finite:
            return self.nothing
        branches = {"has_clean": has_clean, "has_triggered": has_triggered}
        pair = combine_branches(predictions, crop_views, used, origin, **branches, iris_gaze=iris_gaze)
        return ComparedModel(self.bundle.name, self.bundle.kind, pair.clean, pair.triggered, pair.shift_deg)


class ComparisonRequest:
    """The second model that is asked for from any thread, and opened in the pipeline's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: tuple[str | None] | None = None
        self._spec: str | None = None

    @property
    def spec(self) -> str | None:
        """Name or path of the second model at work; None without one."""
        return self._spec

    def ask(self, spec: str | None) -> None:
        """Ask for a second model by name or path, or for none."""
        with self._lock:
            self._pending = (spec,)

    def ask_again(self) -> None:
        """Ask for the same one, for another pipeline or another first model; a newer request stays."""
        with self._lock:
            self._pending = self._pending or (self._spec,)

    def apply(self, pipeline: Comparing) -> str | None:
        """Open what was asked for last.

        Returns:
            None; or one sentence, where it cannot be opened or compared: then there is no second model.
        """
        with self._lock:
            pending, self._pending = self._pending, None
        if pending is None:
            return None
        self._spec = None
        try:
            pipeline.compare(None if pending[0] is None else open_bundle(pending[0]))
        except Exception as error:
            pipeline.compare(None)
            if isinstance(error, GazeAttackError):
                return str(error)
            log_fault("The second model could not be loaded", error)
            return f"The second model could not be loaded ({type(error).__name__}): compare with another model."
        self._spec = pending[0]
        return None


def check_comparable(first: Bundle, second: Bundle) -> None:
    """Raise BundleError unless these are two models, and both take the same crop."""
    if first.path.resolve() == second.path.resolve():
        raise BundleError(f'"{second.name}" is the first model already: compare it with another one.')
    if first.crop != second.crop:
        raise BundleError(
            f'"{second.name}" takes {_words(second.crop)} but "{first.name}" takes {_words(first.crop)}: '
            "compare models that take the same crop."
        )


def _words(crop: CropSpec) -> str:
    kind = {"eye": "crops of one eye", "eyes": "strips of both eyes", "face": "face crops"}[crop.region]
    colour = "grey" if crop.channels == 1 else "colour"
    return f"{colour} {kind}, {crop.width}x{crop.height} from {crop.distance:g} mm at focal length {crop.focal:g}"
