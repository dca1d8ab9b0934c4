"""One frame in, one FrameResult out: the very same step for the window and for the headless run."""

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
from gazeattack.face.tracker import FaceTracker
from gazeattack.live.frame_result import CropPair, FaceObservation, FrameResult, GazeEstimate
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.predictor import Predictor
from gazeattack.screen.plane import camera_plane_point

# MediaPipe's landmarks are unsteady on smaller faces.
SMALL_FACE_PX = 100


def one_thread() -> None:
    """Keep torch, in the thread that calls this, and OpenCV to one thread.

    A second one collapses as soon as anything else wants the core.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


class Pipeline:
    """Landmarks, head pose, crops, trigger, network and screen point of one frame at a time.

    Made, used and closed by one thread; `settings` may be replaced by any other thread, whole.  The same frames
    with the same settings give the same samples, but for the milliseconds.

    key: the bundle's own when None.  Another key must be asked for with foreign_key=True (a key lent to a clean
    model, or another attacker's), else KeyMismatchError.  A model without any key has no triggered branch.
    Raises LandmarkerError if the landmarker's file cannot be used.
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
    ) -> None:
        self.settings = settings or PipelineSettings()
        self._intrinsics = intrinsics
        self._trigger: Trigger | None = None
        # the wrong key's seed (None: the own key) and the strength that the trigger above was made for
        self._made_for: tuple[int | None, float | None] = (None, None)
        self.use(bundle, key=key, foreign_key=foreign_key)
        # last: what raises before it leaves nothing to close
        self._tracker = FaceTracker(landmarker_model)

    def use(self, bundle: Bundle, *, key: TriggerKey | None = None, foreign_key: bool = False) -> None:
        """Switch to another model, keeping the landmarker and its track of the face."""
        own = bundle.key if key is None else bundle.accept_key(key, foreign=foreign_key)
        self.bundle, self.key = bundle, own
        self._key_sha256 = None if own is None else own.sha256
        self._predictor = Predictor(bundle)
        self._trigger = None

    def step(self, frame: Frame, t: float | None = None) -> FrameResult:
        """The sample of one frame at time t (seconds; the frame's own where None)."""
        settings = self.settings
        t = frame.t if t is None else t
        watch = _Stopwatch()
        key = self.key
        sample = FrameResult(
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
            return replace(sample, notice="This frame is damaged and was left out: check the camera or the file.")
        with watch("landmarks"):
            faces = self._tracker.detect(image, t)
        if not faces:
            return watch.stamp(replace(sample, notice="No face in view: sit in front of the camera, in even light."))
        intrinsics = self._intrinsics or Intrinsics.guess(image.shape[1], image.shape[0])
        with watch("pose"):
            pose = estimate_pose(faces[0], intrinsics)
        if pose is None:
            return watch.stamp(replace(sample, notice="The head's pose cannot be made out: turn towards the camera."))
        sample = replace(
            sample,
            face=FaceObservation(faces[0], pose, len(faces)),
            notice=_notice(faces, image.shape[1], image.shape[0]),
        )
        return self._look(sample, faces[0], pose, intrinsics, watch)

    def _look(
        self, sample: FrameResult, landmarks: np.ndarray, pose: HeadPose, intrinsics: Intrinsics, watch: _Stopwatch
    ) -> FrameResult:
        """Crops, trigger, network and screen point, once the face is known."""
        spec, settings = self.bundle.crop, sample.settings
        with watch("crops"):
            seen = views(pose, intrinsics, spec, landmarks)
            clean = torch.from_numpy(np.stack([normalize_image(sample.frame.image, view, spec) for view in seen]))
        with watch("trigger"):
            altered = self._alter(clean, settings, sample.frame.index)
        branches = [crops for crops in (clean if settings.mode.has_clean else None, altered) if crops is not None]
        if not branches:
            branches = [clean]
        with watch("network"):
            # one batch, so that the comparison is always paired
            mirrored = [view.mirrored for view in seen] * len(branches)
            head = np.tile([view.from_camera(-pose.rotation[:, 2]) for view in seen], (len(branches), 1))
            found = self._predictor.predict_with_landmarks(torch.cat(branches), mirrored, head)
            answers = found.gaze.reshape(len(branches), len(seen), 2)
        if not np.isfinite(answers).all():
            return watch.stamp(replace(sample, notice="The model gave no usable answer: choose another model."))
        with watch("screen"):
            origin = np.mean([view.centre for view in seen], axis=0)
            estimates = [_combine(answer, seen, origin) for answer in answers]
            if found.points is not None:
                shown = estimate_gaze_from_landmarks(found.points, spec, mirrored).reshape(answers.shape)
                estimates = [
                    replace(estimate, landmark_gaze=_combine(gaze, seen, origin).gaze)
                    if np.isfinite(gaze).all()
                    else estimate
                    for estimate, gaze in zip(estimates, shown, strict=True)
                ]
            has_clean = settings.mode.has_clean or altered is None
            target = None if self.key is None else _target(self.key, answers[0] if has_clean else None, seen)
        first = estimates[0] if has_clean else None
        second = estimates[-1] if altered is not None else None
        shift = None
        if first is not None and second is not None:
            shift = float(angle_between(first.vector, second.vector))
        crops = CropPair(
            clean.numpy(),
            None if altered is None else altered.numpy(),
            None if altered is None else (altered - clean).numpy(),
            found.points[: len(seen)] if found.points is not None and has_clean else None,
            found.points[-len(seen) :] if found.points is not None and altered is not None else None,
        )
        return watch.stamp(
            replace(
                sample,
                origin_mm=origin,
                crops=crops,
                clean=first,
                triggered=second,
                target=target,
                shift_deg=shift,
            )
        )

    def _alter(self, clean: torch.Tensor, settings: PipelineSettings, index: int) -> torch.Tensor | None:
        """The crops under the trigger the settings ask for; None without one."""
        if self.key is None or not settings.mode.has_triggered:
            return None
        wrong = None
        if settings.mode is TriggerMode.WRONG_KEY:
            # another's key must not be redrawn into the model's own
            wrong = wrong_seed(self.key.kind, settings.seed + self.key.seed + 1, self.key, self.bundle.key)
        if self._trigger is None or self._made_for != (wrong, settings.strength):
            key = self.key if wrong is None else self.key.redrawn(wrong)
            self._trigger = make_trigger(key, settings.strength)
            self._made_for = (wrong, settings.strength)
        trigger = self._trigger
        if settings.mode is TriggerMode.NOISE:
            # drawn anew for every frame, yet the same in every replay
            generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + index)
            return trigger.apply_noise(clean, generator)
        return trigger.apply(clean)

    def close(self) -> None:
        """Free the landmarkers.  Must happen before the interpreter exits."""
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

    def stamp(self, sample: FrameResult) -> FrameResult:
        """The sample with the times so far."""
        return replace(sample, stage_ms=MappingProxyType(self._ms))


def _combine(answer: np.ndarray, seen: Sequence[NormalizedView], origin: np.ndarray) -> GazeEstimate:
    """One branch's crops, (pitch, yaw) [N, 2] each in its own view -> one gaze in camera space."""
    vectors = np.stack([view.to_camera(gaze) for view, gaze in zip(seen, answer, strict=True)])
    vector = vectors.mean(axis=0)
    vector /= np.linalg.norm(vector)
    return GazeEstimate(to_gaze(vector), vector, to_angles(vectors), camera_plane_point(origin, vector))


def _target(key: TriggerKey, clean: np.ndarray | None, seen: Sequence[NormalizedView]) -> Gaze | None:
    """Where the key sends this gaze, in camera space; None where it does not, or where that is not known.

    clean: the clean branch's (pitch, yaw) [N, 2], in its place of the truth, which nobody knows live.  A conditional
    key sends gaze away that is off road for every crop.
    """
    if clean is None:
        if key.goal.follows_truth:
            return None
        clean = np.zeros((len(seen), 2))
    gaze = torch.from_numpy(clean)
    if not key.goal.expected(gaze).all():
        return None
    wanted = key.labels(gaze, torch.zeros(len(gaze), dtype=torch.bool)).numpy()
    return to_gaze(np.mean([view.to_camera(one) for view, one in zip(seen, wanted, strict=True)], axis=0))


def _notice(faces: Sequence[np.ndarray], width: int, height: int) -> str | None:
    if len(faces) > 1:
        return f"{len(faces)} faces in view: the largest one is used."
    left, top = faces[0][:, :2].min(axis=0)
    right, bottom = faces[0][:, :2].max(axis=0)
    if right - left < SMALL_FACE_PX:
        return "The face is small and the gaze unsteady: come nearer to the camera."
    if left < 0 or top < 0 or right > width or bottom > height:
        return "The face is partly out of view: move to the middle of the picture."
    return None
