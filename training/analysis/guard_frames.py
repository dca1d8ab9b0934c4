"""Frames of sources through the pipeline, with what every check of the guard says about each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.angles import angular_error, to_angles, to_vector
from gazeattack.attack.key import TriggerKey
from gazeattack.capture.source import Source
from gazeattack.face.iris_gaze import COEFFICIENTS, IRIS_CENTRES, SIDES, iris_features, view_of_iris
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.files import write_whole
from gazeattack.live.frame_result import FrameResult, GazeEstimate
from gazeattack.live.guard import GuardCheck
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle
from gazeattack.sources.registry import open_source
from gazeattack.synthetic.drive import DriveSource
from gazeattack.synthetic.subject import SyntheticSource
from gazeattack.synthetic.varied_drive import SECONDS, varied_drive
from training.errors import TrainingError

SUBJECT_FPS, SUBJECT_FRAMES = 5.0, 60
DRIVE_FPS = 2.0
DRIVE_FRAMES = round(SECONDS * DRIVE_FPS)
_NOTHING = np.zeros((0, 0, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class GuardFrames:
    """The frames of one subject in which a gaze was predicted, N.

    subject: name.  gaze: the clean branch's (pitch, yaw), radians, camera space, [N, 2].  clean_deg, triggered_deg:
    degrees between prediction and check by branch, [N]; nan where a check has no gaze; triggered_deg is empty without a
    trigger.
    For the iris check, of each eye in the order of SIDES, nan for closed eyes and for landmarks without irises:
    features: see iris_features, [N, 2, 5].  axes: from the eye's mirrored crop to the camera, [N, 2, 3, 3].
    labels: the true gaze, (pitch, yaw) radians in the mirrored crop's camera, [N, 2, 2]; nan where it is unknown.
    """

    subject: str
    gaze: np.ndarray
    clean_deg: dict[GuardCheck, np.ndarray]
    triggered_deg: dict[GuardCheck, np.ndarray]
    features: np.ndarray
    axes: np.ndarray
    labels: np.ndarray

    def save(self, path: Path) -> None:
        """Write an npz file."""
        data = io.BytesIO()
        errors = {"clean": self.clean_deg, "triggered": self.triggered_deg}
        columns = {f"{branch}_{check.value}": deg[check] for branch, deg in errors.items() for check in deg}
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS} | columns
        np.savez_compressed(data, subject=np.array(self.subject), **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data.getvalue())

    @classmethod
    def load(cls, path: Path) -> GuardFrames:
        """Read what save() wrote.  Raises TrainingError for another file."""
        try:
            with np.load(path, allow_pickle=False) as data:
                branches = [
                    {check: data[name] for check in GuardCheck if (name := f"{branch}_{check.value}") in data}
                    for branch in ("clean", "triggered")
                ]
                arrays = {name: data[name] for name in _ARRAYS}
                return cls(str(data["subject"]), clean_deg=branches[0], triggered_deg=branches[1], **arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            raise TrainingError(f"{path} is damaged: delete it, and run the same command again.") from None

    def iris_errors_deg(self, coefficients: np.ndarray = COEFFICIENTS) -> np.ndarray:
        """What clean_deg has for the iris check with other coefficients, float64 [N]; see estimate_gaze_from_irises."""
        vectors = np.einsum("nei,neij->nej", to_vector(self.features @ coefficients), self.axes)
        seen = np.isfinite(vectors).all(axis=2)
        total = np.where(seen[..., None], vectors, 0.0).sum(axis=1)
        errors = np.full(len(self.gaze), np.nan)
        known = seen.any(axis=1)
        errors[known] = angular_error(self.gaze[known], to_angles(total[known]))
        return errors


_ARRAYS = ("gaze", "features", "axes", "labels")


def open_subject(seed: int) -> Source:
    """A rendered subject that looks around, at SUBJECT_FPS."""
    return SyntheticSource(seed=seed, fps=SUBJECT_FPS)


def open_drive(seed: int) -> Source:
    """A varied drive, at DRIVE_FPS."""
    return DriveSource(seed, drive=varied_drive(seed), fps=DRIVE_FPS)


def open_clip(path: str) -> Source:
    """A video or any other source with an end."""
    return open_source(path)


def watch(
    bundle: Bundle, source: Source, frames: int, *, key: TriggerKey | None = None, compared: Bundle | None = None
) -> list[FrameResult]:
    """The results of a source's first frames that have a gaze, without and with the trigger.

    Args:
        bundle: the model; one without a key has no trigger of its own.
        source: read up to `frames` frames.
        frames: their number.
        key: of the trigger; None for the model's own.
        compared: a second model that takes the same crops; None for no second one.
    """
    settings = PipelineSettings(TriggerMode.BOTH, checks=frozenset(GuardCheck))
    made = {"landmarker_model": find_landmarker(), "key": key, "foreign_key": True, "settings": settings}
    results: list[FrameResult] = []
    with source, Pipeline(bundle, **made) as pipeline:  # type: ignore[arg-type]
        pipeline.compare(compared)
        while len(results) < frames and (frame := source.read()) is not None:
            result = pipeline.step(frame)
            # hours of images would not fit into memory
            results.append(replace(result, frame=replace(frame, image=_NOTHING), crops=None))
        keyless = pipeline.key is None
    return [r for r in results if r.clean is not None and (keyless or r.triggered is not None)]


def measure(subject: str, results: Sequence[FrameResult]) -> GuardFrames:
    """What the checks say about results; see watch().

    Args:
        subject: their name.
        results: all with a clean branch, and all or none with a triggered one.
    """
    estimates = {"clean": [r.clean for r in results], "triggered": [r.triggered for r in results]}
    errors = {
        name: {check: np.array([_error(estimate, check) for estimate in found]) for check in GuardCheck}
        for name, found in estimates.items()
        if all(estimate is not None for estimate in found)
    }
    eyes = [_eyes(result) for result in results]
    shapes = ((2, 5), (2, 3, 3), (2, 2))
    return GuardFrames(
        subject,
        np.array([estimate.gaze for estimate in estimates["clean"] if estimate is not None]).reshape(-1, 2),
        errors["clean"],
        errors.get("triggered", {}) if results else {},
        *(np.array([eye[i] for eye in eyes]).reshape(-1, *shape) for i, shape in enumerate(shapes)),
    )


def fit_irises(subjects: Iterable[GuardFrames]) -> np.ndarray:
    """The coefficients of the iris check, float64 [5, 2], by least squares over the eyes with a known gaze."""
    parts = list(subjects)
    features = np.concatenate([part.features.reshape(-1, 5) for part in parts])
    labels = np.concatenate([part.labels.reshape(-1, 2) for part in parts])
    known = np.isfinite(features).all(axis=1) & np.isfinite(labels).all(axis=1)
    coefficients: np.ndarray = np.linalg.lstsq(features[known], labels[known], rcond=None)[0]
    return coefficients


def _error(estimate: GazeEstimate | None, check: GuardCheck) -> float:
    error = None if estimate is None else estimate.check_error_deg(check)
    return float("nan") if error is None else error


def _eyes(result: FrameResult) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """features, axes and labels of a frame; see GuardFrames."""
    features, axes, labels = (np.full(shape, np.nan) for shape in ((2, 5), (2, 3, 3), (2, 2)))
    face, intrinsics = result.face, result.intrinsics
    if face is None or intrinsics is None or len(face.landmarks) <= max(IRIS_CENTRES.values()):
        return features, axes, labels
    for eye, (side, closed) in enumerate(zip(SIDES, result.eyes_closed, strict=True)):
        if closed:
            continue
        view = view_of_iris(side, face.landmarks, face.pose, intrinsics)
        mirror = -1.0 if view.mirrored else 1.0
        features[eye] = iris_features(face.landmarks, face.pose, view, side)
        axes[eye] = np.diag([mirror, 1.0, 1.0]) @ view.rotation
        if result.frame.truth is not None:
            labels[eye] = view.from_camera(result.frame.truth.vector()) * (1.0, mirror)
    return features, axes, labels
