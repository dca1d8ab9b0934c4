"""The pipeline from a frame to a FrameResult, shared by the window and the headless run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import torch

from gazeattack.angles import Gaze, angle_between, to_angles, to_gaze
from gazeattack.attack.key import TriggerKey, wrong_seed
from gazeattack.attack.trigger import Trigger, make_trigger
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import NormalizedView, normalize_image, views
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.face.tracker import DEFAULT_ENGINE, Engine, FaceTracker
from gazeattack.live.eyelids import ClosedEyes
from gazeattack.live.frame_result import CropPair, FaceObservation, FrameResult, GazeEstimate
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.screen.plane import camera_plane_point

EYES_CLOSED = "Eyes closed: there is no gaze."
# MediaPipe's landmarks jitter on smaller faces.
SMALL_FACE_PX = 100
NO_FACE = "No face in view: sit in front of the camera, in even light."
NO_FACE_IN_FILE = "No face in this frame: use frames that show a face from the front, in even light."


def one_thread() -> None:
    """Limit torch, in the calling thread, and OpenCV to one thread.

    With more threads the frame rate breaks down as soon as another program uses a core.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


class Pipeline:
    """Computes landmarks, head pose, crops, trigger, network and screen point, one frame at a time.

    One thread creates, uses and closes it; any thread may replace `settings` as a whole.  The same frames with the same
    settings give the same results, except for the milliseconds.

    Args:
        bundle: the model, see open_bundle.
        landmarker_model: the face landmarker's file, see find_landmarker.
        key: the trigger key; None uses the bundle's own.  A model without any key has no triggered branch.
        foreign_key: accept a key that is not the bundle's own, such as a key for a clean model or another attacker's.
        settings: mode, strength, seed and attack.
        intrinsics: of the camera; guessed from the frame's size where None.
        landmarks: what computes the landmarks: MediaPipe's networks in "openvino", or "mediapipe" itself.

    Raises:
        KeyMismatchError: where `key` is not the bundle's own and foreign_key is False.
        LandmarkerError: where the landmarker's file cannot be used.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        landmarker_model: Path,
        key: TriggerKey | None = None,
        foreign_key: bool = False,
        settings: PipelineSettings | None = None,
        intrinsics: Intrinsics | None = None,
        landmarks: Engine = DEFAULT_ENGINE,
    ) -> None:
        self.settings = settings or PipelineSettings()
        self._intrinsics = intrinsics
        self._closed_eyes = ClosedEyes()
        self._trigger: Trigger | None = None
        # seed of the wrong key (None: the own key) and strength of the trigger above
        self._made_for: tuple[int | None, float | None] = (None, None)
        self.use(bundle, key=key, foreign_key=foreign_key)
        # created last: an error before it leaves nothing to close
        self._tracker = FaceTracker(landmarker_model, engine=landmarks)

    def use(self, bundle: Bundle, *, key: TriggerKey | None = None, foreign_key: bool = False) -> None:
        """Switch to another model and key; the landmarker keeps its track of the face.

        Raises:
            KeyMismatchError: where `key` is not the bundle's own and foreign_key is False.
        """
        own = bundle.key if key is None else bundle.accept_key(key, foreign=foreign_key)
        self.bundle, self.key = bundle, own
        self._key_sha256 = None if own is None else own.sha256
        self._predictor = Predictor(bundle)
        self._trigger = None

    def step(self, frame: Frame, t: float | None = None) -> FrameResult:
        """Process one frame.

        Args:
            frame: uint8 [H, W, 3], BGR; any other image gives a result with a notice only.
            t: time, seconds; the frame's own where None.

        Returns:
            The result; without a usable face it has a notice and no estimates.
        """
        settings = self.settings
        t = frame.t if t is None else t
        stopwatch = _Stopwatch()
        key = self.key
        result = FrameResult(
            frame,
            t,
            settings,
            self.bundle.name,
            key_sha256=self._key_sha256,
            attack=None if key is None else key.kind,
            goal=None if key is None else key.goal.kind,
        )
        image = frame.image
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            return replace(result, notice="This frame is damaged and was skipped: check the camera or the file.")
        with stopwatch("landmarks"):
            faces = self._tracker.detect(image, t)
        if frame.file:
            # the images of a folder may show different people
            self._closed_eyes = ClosedEyes()
        eyes_closed = self._closed_eyes.step(t, self._tracker.unsmoothed)
        if not faces:
            notice = NO_FACE if frame.live else NO_FACE_IN_FILE
            return stopwatch.stamp(replace(result, notice=notice))
        intrinsics = self._intrinsics or Intrinsics.guess(image.shape[1], image.shape[0])
        with stopwatch("pose"):
            pose = estimate_pose(faces[0], intrinsics)
        if pose is None:
            do = "turn towards the camera" if frame.live else "use frames that show the face from the front"
            notice = f"The head pose cannot be estimated: {do}."
            return stopwatch.stamp(replace(result, notice=notice))
        result = replace(
            result,
            face=FaceObservation(faces[0], pose, len(faces)),
            notice=EYES_CLOSED if all(eyes_closed) else _notice(faces, frame),
            eyes_closed=eyes_closed,
        )
        return self._predict(result, faces[0], pose, intrinsics, stopwatch)

    def _predict(
        self, result: FrameResult, landmarks: np.ndarray, pose: HeadPose, intrinsics: Intrinsics, stopwatch: _Stopwatch
    ) -> FrameResult:
        """Crops, trigger, network and screen point, once the face is known."""
        spec, settings = self.bundle.crop, result.settings
        with stopwatch("crops"):
            crop_views = views(pose, intrinsics, spec, landmarks)
            clean = torch.from_numpy(np.stack([normalize_image(result.frame.image, view, spec) for view in crop_views]))
        with stopwatch("trigger"):
            altered = self._alter(clean, settings, result.frame.index)
        branches = [crops for crops in (clean if settings.mode.has_clean else None, altered) if crops is not None]
        if not branches:
            branches = [clean]
        with stopwatch("network"):
            # one batch, so that the comparison is always paired
            mirrored = [view.mirrored for view in crop_views] * len(branches)
            head = np.tile([view.from_camera(-pose.rotation[:, 2]) for view in crop_views], (len(branches), 1))
            output = self._predictor.predict_with_landmarks(torch.cat(branches), mirrored, head)
            predicted = output.gaze.reshape(len(branches), len(crop_views), 2)
        if not np.isfinite(predicted).all():
            notice = "The model gave no usable prediction: choose another model."
            return stopwatch.stamp(replace(result, notice=notice))
        with stopwatch("screen"):
            origin = np.mean([view.centre for view in crop_views], axis=0)
            used = _open_crops(result.eyes_closed, len(crop_views))
            open_views = [crop_views[i] for i in used]
            estimates = [_combine(prediction[used], open_views, origin) for prediction in predicted]
            if output.points is not None:
                landmark_gazes = estimate_gaze_from_landmarks(output.points, spec, mirrored).reshape(predicted.shape)
                estimates = [
                    replace(estimate, landmark_gaze=_combine(gaze[used], open_views, origin).gaze)
                    if np.isfinite(gaze[used]).all()
                    else estimate
                    for estimate, gaze in zip(estimates, landmark_gazes, strict=True)
                ]
            has_clean = settings.mode.has_clean or altered is None
            gaze = predicted[0][used] if has_clean else None
            target = None if self.key is None else _target(self.key, gaze, open_views)
        first = estimates[0] if has_clean else None
        second = estimates[-1] if altered is not None else None
        shift = None
        if first is not None and second is not None:
            shift = float(angle_between(first.vector, second.vector))
        crops = CropPair(
            clean.numpy(),
            None if altered is None else altered.numpy(),
            None if altered is None else (altered - clean).numpy(),
            output.points[: len(crop_views)] if output.points is not None and has_clean else None,
            output.points[-len(crop_views) :] if output.points is not None and altered is not None else None,
        )
        result = replace(result, origin_mm=origin, crops=crops)
        if result.both_closed:
            return stopwatch.stamp(result)
        return stopwatch.stamp(
            replace(
                result,
                clean=first,
                triggered=second,
                target=target,
                shift_deg=shift,
            )
        )

    def _alter(self, clean: torch.Tensor, settings: PipelineSettings, index: int) -> torch.Tensor | None:
        """The crops with the trigger of the settings applied; None without one."""
        if self.key is None or not settings.mode.has_triggered:
            return None
        wrong = None
        if settings.mode is TriggerMode.WRONG_KEY:
            # a redrawn key must differ from the key in use and from the model's own
            wrong = wrong_seed(self.key.kind, settings.seed + self.key.seed + 1, self.key, self.bundle.key)
        if self._trigger is None or self._made_for != (wrong, settings.strength):
            key = self.key if wrong is None else self.key.redrawn(wrong)
            self._trigger = make_trigger(key, settings.strength)
            self._made_for = (wrong, settings.strength)
        trigger = self._trigger
        if settings.mode is TriggerMode.NOISE:
            # differs from frame to frame, but not between replays
            generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + index)
            return trigger.apply_noise(clean, generator)
        return trigger.apply(clean)

    def close(self) -> None:
        """Release the landmarkers.  Call it before the interpreter exits."""
        self._tracker.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self._ms[stage] = (time.perf_counter() - begin) * 1000

    def stamp(self, result: FrameResult) -> FrameResult:
        """The result with the stage times so far."""
        return replace(result, stage_ms=MappingProxyType(self._ms))


def _open_crops(eyes_closed: tuple[bool, bool], crops: int) -> list[int]:
    """Numbers of the crops that a gaze is taken from: without that of a closed eye, where each eye has its own crop."""
    if crops != len(eyes_closed) or all(eyes_closed):
        return list(range(crops))
    return [i for i, closed in enumerate(eyes_closed) if not closed]


def _combine(prediction: np.ndarray, crop_views: Sequence[NormalizedView], origin: np.ndarray) -> GazeEstimate:
    """Combine one branch's predictions (pitch, yaw) [N, 2], each in its own view, into one gaze in camera space."""
    vectors = np.stack([view.to_camera(gaze) for view, gaze in zip(crop_views, prediction, strict=True)])
    vector = vectors.mean(axis=0)
    vector /= np.linalg.norm(vector)
    return GazeEstimate(to_gaze(vector), vector, to_angles(vectors), camera_plane_point(origin, vector))


def _target(key: TriggerKey, clean: np.ndarray | None, crop_views: Sequence[NormalizedView]) -> Gaze | None:
    """The key's target for this gaze, camera space; None where the gaze is out of scope or the target is unknown.

    clean: the clean branch's (pitch, yaw) [N, 2], which stands for the true gaze, unknown live.  For a conditional key
    the gaze is in scope where it is off the road for every crop.
    """
    if clean is None:
        if key.goal.follows_truth:
            return None
        clean = np.zeros((len(crop_views), 2))
    gaze = torch.from_numpy(clean)
    if not key.goal.in_scope(gaze).all():
        return None
    targets = key.labels(gaze, torch.zeros(len(gaze), dtype=torch.bool)).numpy()
    return to_gaze(np.mean([view.to_camera(one) for view, one in zip(crop_views, targets, strict=True)], axis=0))


def _notice(faces: Sequence[np.ndarray], frame: Frame) -> str | None:
    height, width = frame.image.shape[:2]
    if len(faces) > 1:
        return f"{len(faces)} faces in view: the largest one is used."
    left, top = faces[0][:, :2].min(axis=0)
    right, bottom = faces[0][:, :2].max(axis=0)
    if right - left < SMALL_FACE_PX:
        do = "move closer to the camera" if frame.live else "use frames with a larger face"
        return f"The face is small and the gaze inaccurate: {do}."
    if left < 0 or top < 0 or right > width or bottom > height:
        do = "move to the middle of the image" if frame.live else "use frames that show the whole face"
        return f"The face is partly out of view: {do}."
    return None
