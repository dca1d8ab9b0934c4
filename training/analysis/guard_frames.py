"""Frames of sources through the pipeline, with what every check of the guard says about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazeattack.angles import Gaze, gaze_error
from gazeattack.capture.source import Source
from gazeattack.face.iris_gaze import SIDES, estimate_gaze_from_irises, iris_features, view_of_iris
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.live.frame_result import FrameResult, GazeEstimate
from gazeattack.live.guard import GuardCheck
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle
from gazeattack.sources.registry import open_source
from gazeattack.synthetic.drive import DriveSource
from gazeattack.synthetic.subject import SyntheticSource
from gazeattack.synthetic.varied_drive import SECONDS, varied_drive

SUBJECT_FPS, SUBJECT_FRAMES = 5.0, 60
DRIVE_FPS = 2.0
DRIVE_FRAMES = round(SECONDS * DRIVE_FPS)
_NOTHING = np.zeros((0, 0, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class GuardFrames:
    """The frames of one subject in which a gaze was predicted, N.

    subject: name.  clean_deg, triggered_deg: degrees between prediction and check by branch, float64 [N]; nan where a
    check has no gaze.  features, labels: of both open eyes of the frames whose true gaze is known, see iris_features:
    float64 [M, 5] and (pitch, yaw) radians in the mirrored crop's camera [M, 2].
    """

    subject: str
    clean_deg: dict[GuardCheck, np.ndarray]
    triggered_deg: dict[GuardCheck, np.ndarray]
    features: np.ndarray
    labels: np.ndarray


def open_subject(seed: int) -> Source:
    """A rendered subject that looks around, at SUBJECT_FPS."""
    return SyntheticSource(seed=seed, fps=SUBJECT_FPS)


def open_drive(seed: int) -> Source:
    """A varied drive, at DRIVE_FPS."""
    return DriveSource(seed, drive=varied_drive(seed), fps=DRIVE_FPS)


def open_clip(path: str) -> Source:
    """A video or any other source with an end."""
    return open_source(path)


def watch(bundle: Bundle, source: Source, frames: int, *, compared: Bundle | None = None) -> list[FrameResult]:
    """The results of a source's first frames that have a gaze, without and with the model's trigger.

    Args:
        bundle: with a trigger key.
        source: read up to `frames` frames.
        frames: their number.
        compared: a second model that takes the same crops; None for no second one.
    """
    settings = PipelineSettings(TriggerMode.BOTH, checks=frozenset(GuardCheck))
    results: list[FrameResult] = []
    with source, Pipeline(bundle, landmarker_model=find_landmarker(), settings=settings) as pipeline:
        pipeline.compare(compared)
        while len(results) < frames and (frame := source.read()) is not None:
            result = pipeline.step(frame)
            # hours of images would not fit into memory
            results.append(replace(result, frame=replace(frame, image=_NOTHING), crops=None))
    return [result for result in results if result.clean is not None and result.triggered is not None]


def measure(subject: str, results: Sequence[FrameResult], coefficients: np.ndarray | None = None) -> GuardFrames:
    """What the checks say about results.

    Args:
        subject: their name.
        results: with both branches, see watch().
        coefficients: of the iris check; None for the shipped ones.
    """
    clean: dict[GuardCheck, list[float]] = {check: [] for check in GuardCheck}
    triggered: dict[GuardCheck, list[float]] = {check: [] for check in GuardCheck}
    features, labels = [], []
    for result in results:
        for found, estimate in ((clean, result.clean), (triggered, result.triggered)):
            assert estimate is not None
            for check in GuardCheck:
                found[check].append(_error(result, estimate, check, coefficients))
        for feature, label in _eyes(result):
            features.append(feature)
            labels.append(label)
    return GuardFrames(
        subject,
        {check: np.array(values) for check, values in clean.items()},
        {check: np.array(values) for check, values in triggered.items()},
        np.array(features).reshape(-1, 5),
        np.array(labels).reshape(-1, 2),
    )


def fit_irises(subjects: Iterable[GuardFrames]) -> np.ndarray:
    """The coefficients of the iris check, float64 [5, 2], by least squares."""
    parts = list(subjects)
    features, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "labels"))
    coefficients: np.ndarray = np.linalg.lstsq(features, labels, rcond=None)[0]
    return coefficients


def _error(result: FrameResult, estimate: GazeEstimate, check: GuardCheck, coefficients: np.ndarray | None) -> float:
    if check is GuardCheck.IRIS and coefficients is not None:
        assert result.face is not None and result.intrinsics is not None
        where = (result.face.landmarks, result.face.pose, result.intrinsics)
        gaze = estimate_gaze_from_irises(*where, result.eyes_closed, coefficients)
        return float("nan") if gaze is None else gaze_error(estimate.gaze, gaze)
    error = estimate.check_error_deg(check)
    return float("nan") if error is None else error


def _eyes(result: FrameResult) -> list[tuple[np.ndarray, np.ndarray]]:
    """(features, label) of each open eye; nothing without a true gaze."""
    truth: Gaze | None = result.frame.truth
    if truth is None or result.face is None or result.intrinsics is None:
        return []
    found = []
    for side, closed in zip(SIDES, result.eyes_closed, strict=True):
        if closed:
            continue
        landmarks, pose = result.face.landmarks, result.face.pose
        view = view_of_iris(side, landmarks, pose, result.intrinsics)
        label = view.from_camera(truth.vector())
        found.append((iris_features(landmarks, pose, view, side), label * (1.0, -1.0 if view.mirrored else 1.0)))
    return found
