"""The result of one frame: everything that the window draws and the recorder writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from gazeattack.angles import Gaze, gaze_error
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.pose import HeadPose
from gazeattack.live.guard import Guard, GuardCheck
from gazeattack.live.settings import PipelineSettings

# The stages of Pipeline.step, in order; keys of FrameResult.stage_ms.
STAGES = ("landmarks", "pose", "crops", "trigger", "network", "screen")


@dataclass(frozen=True, eq=False)
class FaceObservation:
    """The face that the pipeline used.

    landmarks: float64 [478, 3], pixels of the frame (z in the same scale, smaller is nearer).
    pose: head pose in camera space, mm.  count: faces found in the frame; the largest was used.
    """

    landmarks: np.ndarray
    pose: HeadPose
    count: int


@dataclass(frozen=True, eq=False)
class GazeEstimate:
    """One branch's prediction, all crops combined, camera space.

    gaze: the predicted gaze.  vector: the same as a unit vector [3].  per_crop: each crop's own gaze, (pitch, yaw)
    radians [N, 2]; N leaves out the crop of a closed eye.
    screen_mm: where the gaze ray meets the screen plane, (x right, y down) mm from the camera as the camera sees
    it, before calibration; None where it does not.  landmark_gaze: the gaze estimated from the predicted eye landmarks
    of the same crops (see estimate_gaze_from_landmarks); None without them.  median_gaze: the median prediction for
    shifted crops (see predict_shifted).  iris_gaze: the gaze of the face landmarker's irises in the branch's frame (see
    estimate_gaze_from_irises).  Both are None where the settings do not ask for their check.
    """

    gaze: Gaze
    vector: np.ndarray
    per_crop: np.ndarray
    screen_mm: tuple[float, float] | None
    landmark_gaze: Gaze | None = None
    median_gaze: Gaze | None = None
    iris_gaze: Gaze | None = None

    @property
    def consistency_error_deg(self) -> float | None:
        """Degrees between the predicted gaze and landmark_gaze; None without landmarks."""
        return self.check_error_deg(GuardCheck.LANDMARKS)

    def checked_gaze(self, check: GuardCheck) -> Gaze | None:
        """The gaze that a check compares the prediction with; None where there is none."""
        gazes = {
            GuardCheck.LANDMARKS: self.landmark_gaze,
            GuardCheck.SHIFTS: self.median_gaze,
            GuardCheck.IRIS: self.iris_gaze,
        }
        return gazes[check]

    def check_error_deg(self, check: GuardCheck) -> float | None:
        """Degrees between the predicted gaze and checked_gaze; None without the latter."""
        other = self.checked_gaze(check)
        return None if other is None else gaze_error(self.gaze, other)

    def is_rejected(self, guard: Guard | None) -> bool:
        """Whether a guard rejects the prediction; False without a guard, or without the gaze that its check needs."""
        error_deg = None if guard is None else self.check_error_deg(guard.check)
        return guard is not None and error_deg is not None and error_deg > guard.limit_deg

    def guarded_gaze(self, guard: Guard | None) -> Gaze:
        """The gaze that a guarded monitor receives: the predicted one, or checked_gaze where the guard rejects it."""
        other = None if guard is None else self.checked_gaze(guard.check)
        return other if other is not None and self.is_rejected(guard) else self.gaze


@dataclass(frozen=True, eq=False)
class CropPair:
    """The crops, unmirrored: float32 [N, C, H, W] in [0, 1], the eye at the image's left first.

    clean and altered are the inputs of the two branches, before the network's own preprocessing;
    residual = altered - clean; altered and residual are None when the trigger is off.
    clean_points, altered_points: the predicted eye landmarks, see GazePrediction; None without that branch,
    or where the network predicts none.
    """

    clean: np.ndarray
    altered: np.ndarray | None
    residual: np.ndarray | None
    clean_points: np.ndarray | None = None
    altered_points: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class ComparedModel:
    """A second model's predictions for the crops of the same frame, without and with the same trigger.

    bundle, kind: its name and kind, see Bundle.  clean, triggered: None where the first model has no such branch.
    shift_deg: angle between the two.
    """

    bundle: str
    kind: str
    clean: GazeEstimate | None = None
    triggered: GazeEstimate | None = None
    shift_deg: float | None = None


@dataclass(frozen=True, eq=False)
class FrameResult:
    """The pipeline's result for one frame.

    face, crops, clean, triggered are None where no face was found or the mode does not ask for them.
    origin_mm: where the gaze starts, camera space [3].  target: the key's target gaze, camera space, for this frame's
    head pose; None without a key, where the gaze is out of scope of its goal, and where the goal needs a clean
    prediction that the mode does not ask for.  shift_deg: angle between the two branches.  stage_ms: milliseconds by
    stage.  latency_ms: from capture to result, set by the live session.  notice: one sentence for the user
    ("No face in view ..."), or None.
    eyes_closed: whether each eye is closed, a blink included, the eye at the image's left first (see ClosedEyes).  A
    closed eye has no gaze: with both closed, clean, triggered, target and shift_deg are None; with one closed, the
    gaze is the open eye's where the model has a crop of each eye.
    key_sha256, attack, goal: hash, kind and goal of the key in use; None without one.
    intrinsics: of the camera, as used for this frame; None without a face.
    compared: the second model's predictions; None while no model is compared.
    changed_image: the frame with the trigger in it, uint8 [H, W, 3], BGR; None where the trigger is on the crops.
    """

    frame: Frame
    t: float
    settings: PipelineSettings
    bundle: str
    face: FaceObservation | None = None
    origin_mm: np.ndarray | None = None
    crops: CropPair | None = None
    clean: GazeEstimate | None = None
    triggered: GazeEstimate | None = None
    target: Gaze | None = None
    shift_deg: float | None = None
    stage_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    latency_ms: float | None = None
    notice: str | None = None
    key_sha256: str | None = None
    attack: str | None = None
    goal: str | None = None
    eyes_closed: tuple[bool, bool] = (False, False)
    intrinsics: Intrinsics | None = None
    compared: ComparedModel | None = None
    changed_image: np.ndarray | None = None

    @property
    def shown_image(self) -> np.ndarray:
        """The frame as the triggered branch's system gets it: changed_image, else the camera's own."""
        return self.frame.image if self.changed_image is None else self.changed_image

    @property
    def both_closed(self) -> bool:
        """Whether both eyes are closed, so that there is no gaze."""
        return all(self.eyes_closed)

    def of_compared(self) -> FrameResult:
        """The result with the second model's predictions in place of the first one's; it needs `compared`."""
        other = self.compared
        assert other is not None
        return replace(
            self,
            bundle=other.bundle,
            clean=other.clean,
            triggered=other.triggered,
            shift_deg=other.shift_deg,
            compared=None,
        )
