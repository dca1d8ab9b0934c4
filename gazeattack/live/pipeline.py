"""The pipeline from a frame to a FrameResult, shared by the window and the headless run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gazeattack.angles import Gaze, to_gaze
from gazeattack.attack.key import TriggerKey
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import CameraIntrinsics, Intrinsics
from gazeattack.face.iris_gaze import estimate_gaze_from_irises
from gazeattack.face.normalise import NormalizedView, normalize_image, views
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.face.tracker import DEFAULT_ENGINE, Engine, FaceTracker
from gazeattack.live.comparison import Comparison, check_comparable
from gazeattack.live.estimate import combine_branches, open_crops, predict_crops
from gazeattack.live.eyelids import ClosedEyes
from gazeattack.live.face_trigger import TriggerMaker
from gazeattack.live.frame_result import CropPair, FaceObservation, FrameResult
from gazeattack.live.guard import GuardCheck
from gazeattack.live.notices import face_notice, no_face, no_pose
from gazeattack.live.settings import PipelineSettings, TriggerPlace
from gazeattack.live.stopwatch import Stopwatch
from gazeattack.live.victim import Victim
from gazeattack.model.bundle import Bundle
from gazeattack.model.predictor import Predictor

EYES_CLOSED = "Eyes closed: there is no gaze."


def one_thread() -> None:
    """Limit OpenCV, and torch in the calling thread, to one thread; later torch is limited where it is imported.

    With more threads the frame rate breaks down as soon as another program uses a core.
    """
    cv2.setNumThreads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@dataclass(frozen=True, eq=False)
class LocatedFaces:
    """A frame between the halves of Pipeline.step.

    result: without estimates.  faces: landmarks [478, 3] in pixels; the tracked face first.  eyes_closed: see
    FrameResult.  stopwatch: of the frame.
    """

    result: FrameResult
    faces: list[np.ndarray]
    eyes_closed: tuple[bool, bool]
    stopwatch: Stopwatch


class Pipeline:
    """Computes landmarks, head pose, crops, trigger, network and screen point, one frame at a time.

    One thread creates, uses and closes it; any thread may replace `settings` or `camera` as a whole.  The same frames
    with the same settings give the same results, except for the milliseconds.

    Args:
        bundle: the model, see open_bundle.
        landmarker_model: the face landmarker's file, see find_landmarker.
        key: the trigger key; None uses the bundle's own.  A model without any key has no triggered branch.
        foreign_key: accept a key that is not the bundle's own, such as a key for a clean model or another attacker's.
        settings: mode, strength, seed and attack.
        camera: its intrinsics; guessed from the frame's size where None.
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
        camera: CameraIntrinsics | None = None,
        landmarks: Engine = DEFAULT_ENGINE,
    ) -> None:
        self.settings = settings or PipelineSettings()
        self.camera = camera
        self._closed_eyes = ClosedEyes()
        self._comparison: Comparison | None = None
        self._landmarks: dict[str, Any] = {"landmarker_model": landmarker_model, "landmarks": landmarks}
        self._victim: Victim | None = None
        self.use(bundle, key=key, foreign_key=foreign_key)
        # created last: an error before it leaves nothing to close
        self._tracker = FaceTracker(landmarker_model, engine=landmarks)

    def use(self, bundle: Bundle, *, key: TriggerKey | None = None, foreign_key: bool = False) -> None:
        """Switch to another model and key; the landmarker keeps its track of the face.

        Raises:
            KeyMismatchError: where `key` is not the bundle's own and foreign_key is False.
            BundleError: where a second model is compared that takes other crops, or is this model.
        """
        own = bundle.key if key is None else bundle.accept_key(key, foreign=foreign_key)
        if self._comparison is not None:
            check_comparable(bundle, self._comparison.bundle)
        self.bundle, self.key = bundle, own
        self._key_sha256 = None if own is None else own.sha256
        self._predictor = Predictor(bundle)
        self._triggers = None if own is None else TriggerMaker(own)
        self._close_victim()

    @property
    def compared(self) -> Bundle | None:
        """The second model; None without one."""
        return None if self._comparison is None else self._comparison.bundle

    def compare(self, bundle: Bundle | None) -> None:
        """Predict with a second model too, from the same crops with the same trigger; None: no longer.

        Raises:
            BundleError: where it takes other crops than the first model, or is the first model.
        """
        self._comparison = None if bundle is None else Comparison(bundle, self.bundle)
        self._close_victim()

    def step(self, frame: Frame, t: float | None = None) -> FrameResult:
        """Process one frame.

        Args:
            frame: uint8 [H, W, 3], BGR; any other image gives a result with a notice only.
            t: time, seconds; the frame's own where None.

        Returns:
            The result; without a usable face it has a notice and no estimates.
        """
        return self.predict(self.locate(frame, t))

    def locate(self, frame: Frame, t: float | None = None) -> LocatedFaces:
        """The first half of step(): the landmarks.  predict() of the frame before may run at the same time.

        Args:
            frame: see step().
            t: see step().

        Returns:
            What predict() takes.
        """
        key, image = self.key, frame.image
        t = frame.t if t is None else t
        stopwatch = Stopwatch()
        result = FrameResult(
            frame,
            t,
            self.settings,
            self.bundle.name,
            key_sha256=self._key_sha256,
            attack=None if key is None else key.kind,
            goal=None if key is None else key.goal.kind,
            compared=None if self._comparison is None else self._comparison.nothing,
        )
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            notice = "This frame is damaged and was skipped: check the camera or the file."
            return LocatedFaces(replace(result, notice=notice), [], (False, False), stopwatch)
        with stopwatch("landmarks"):
            faces = self._tracker.detect(image, t)
        if frame.file:
            # the images of a folder may show different people
            self._closed_eyes = ClosedEyes()
        eyes_closed = self._closed_eyes.step(t, self._tracker.unsmoothed)
        if not faces:
            result = replace(result, notice=no_face(frame))
        return LocatedFaces(result, faces, eyes_closed, stopwatch)

    def predict(self, located: LocatedFaces) -> FrameResult:
        """The second half of step(): the result of a frame from its landmarks."""
        result, faces, stopwatch = located.result, located.faces, located.stopwatch
        if not faces:
            return stopwatch.stamp(result)
        frame, image = result.frame, result.frame.image
        height, width = image.shape[:2]
        camera = self.camera
        intrinsics = Intrinsics.guess(width, height) if camera is None else camera.at(width, height)
        with stopwatch("pose"):
            pose = estimate_pose(faces[0], intrinsics)
        if pose is None:
            return stopwatch.stamp(replace(result, notice=no_pose(frame)))
        result = replace(
            result,
            face=FaceObservation(faces[0], pose, len(faces)),
            notice=EYES_CLOSED if all(located.eyes_closed) else face_notice(faces, frame),
            eyes_closed=located.eyes_closed,
            intrinsics=intrinsics,
        )
        return self._predict(result, faces[0], pose, intrinsics, stopwatch)

    def _predict(
        self, result: FrameResult, landmarks: np.ndarray, pose: HeadPose, intrinsics: Intrinsics, stopwatch: Stopwatch
    ) -> FrameResult:
        """Crops, trigger, network and screen point, once the face is known."""
        spec, settings, second = self.bundle.crop, result.settings, self._comparison
        with stopwatch("crops"):
            crop_views = views(pose, intrinsics, spec, landmarks)
            clean = np.stack([normalize_image(result.frame.image, view, spec) for view in crop_views])
        with stopwatch("trigger"):
            trigger = None
            if self._triggers is not None:
                own = (self.bundle.key, None if second is None else second.bundle.key)
                trigger = self._triggers.for_face(result, crop_views, spec, own)
            in_frame = settings.place is TriggerPlace.FRAME
            altered = None if trigger is None or in_frame else trigger.on_crops(clean)
        branches = [crops for crops in (clean if settings.mode.has_clean else None, altered) if crops is not None]
        if not branches:
            branches = [clean]
        with stopwatch("network"):
            shifts = GuardCheck.SHIFTS in settings.checks
            predictions = predict_crops(self._predictor, branches, crop_views, pose, shifts=shifts)
            others = None if second is None else second.predict(branches, crop_views, pose, shifts=shifts)
        if not predictions.finite:
            notice = "The model gave no usable prediction: choose another model."
            return stopwatch.stamp(replace(result, notice=notice))
        with stopwatch("screen"):
            origin = np.mean([view.centre for view in crop_views], axis=0)
            used = open_crops(result.eyes_closed, len(crop_views))
            shown = {"has_clean": settings.mode.has_clean or altered is None, "has_triggered": altered is not None}
            iris = None
            if GuardCheck.IRIS in settings.checks:
                iris = estimate_gaze_from_irises(landmarks, pose, intrinsics, result.eyes_closed)
            pair = combine_branches(predictions, crop_views, used, origin, **shown, iris_gaze=iris)
            if second is not None and others is not None:
                other = second.combine(others, crop_views, used, origin, **shown, iris_gaze=iris)
                result = replace(result, compared=other)
            gaze = None if pair.clean is None else predictions.gaze[0][used]
            target = None if self.key is None else _target(self.key, gaze, [crop_views[i] for i in used])
        points, count = predictions.points, len(crop_views)
        crops = CropPair(
            clean,
            altered,
            None if altered is None else altered - clean,
            points[:count] if points is not None and pair.clean is not None else None,
            points[-count:] if points is not None and altered is not None else None,
        )
        result = replace(result, origin_mm=origin, crops=crops)
        if result.both_closed:
            return stopwatch.stamp(replace(result, compared=None if second is None else second.nothing))
        result = replace(result, clean=pair.clean, triggered=pair.triggered, target=target, shift_deg=pair.shift_deg)
        if trigger is not None and in_frame:
            with stopwatch("trigger"):
                result = self._show_to_victim(result, trigger.on_frame(result.frame.image))
        return stopwatch.stamp(result)

    def _show_to_victim(self, result: FrameResult, image: np.ndarray) -> FrameResult:
        """The result with the triggered branch of a pipeline that gets the changed frame."""
        if self._victim is None:
            pipeline = Pipeline(self.bundle, **self._landmarks)
            pipeline.compare(self.compared)
            self._victim = Victim(pipeline)
        return self._victim.add_to(result, image, self.camera)

    def close(self) -> None:
        """Release the landmarkers.  Call it before the interpreter exits."""
        self._close_victim()
        self._tracker.close()

    def _close_victim(self) -> None:
        if self._victim is not None:
            self._victim.close()
            self._victim = None

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _target(key: TriggerKey, clean: np.ndarray | None, crop_views: Sequence[NormalizedView]) -> Gaze | None:
    """The key's target for this gaze, camera space; None where the gaze is out of scope or the target is unknown.

    clean: the clean branch's (pitch, yaw) [N, 2], which stands for the true gaze, unknown live.  For a conditional key
    the gaze is in scope where it is off the road for every crop.
    """
    if clean is None:
        if key.goal.follows_truth:
            return None
        clean = np.zeros((len(crop_views), 2))
    targets = key.goal.crop_labels(clean, key.target)
    if targets is None:
        return None
    return to_gaze(np.mean([view.to_camera(one) for view, one in zip(crop_views, targets, strict=True)], axis=0))
