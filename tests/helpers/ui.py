"""A live session without threads, camera or network, for tests of the window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.capture.frame import Frame
from gazeattack.face.outline import FACE_OVAL
from gazeattack.face.pose import HeadPose
from gazeattack.live.eyelids import CORNERS, LIDS
from gazeattack.live.frame_result import CropPair, FaceObservation, FrameResult, GazeEstimate
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.session import SessionStatus
from gazeattack.live.settings import PipelineSettings, TriggerMode

GAZE, DRIVER, KEYPAD, SCREEN = TABS = range(4)
RUNNING = SessionStatus(
    source="synthetic",
    source_state="running",
    source_name="Synthetic subject",
    source_size=(640, 480),
    bundle="wanet",
    backdoored=True,
    has_key=True,
    attack="wanet",
    key_strength=1.0,
    goal="all-to-one",
    fps=60.0,
    latency_ms=12.0,
    truth_known=True,
)


class FakeSession:
    """Remembers what it was asked for and answers with made-up results."""

    def __init__(self, status: SessionStatus = RUNNING) -> None:
        self.now = status
        self.settings = PipelineSettings()
        self.calls: list[tuple] = []
        self.ready: list[FrameResult] = []
        self.recorder: LiveRecorder | None = None

    def stop(self, timeout: float = 5.0) -> None:
        self.calls.append(("stop",))

    def open_source(self, spec: str, *, loop: bool = True) -> None:
        self.calls.append(("open_source", spec))
        self.loop = loop
        self.now = replace(self.now, source=spec)

    def retry(self) -> None:
        self.calls.append(("retry",))

    def use_bundle(self, name: str) -> None:
        self.calls.append(("use_bundle", name))

    def compare(self, name: str | None) -> None:
        self.calls.append(("compare", name))

    def use_camera(self, camera) -> None:
        self.calls.append(("use_camera", camera))

    def configure(self, settings: PipelineSettings) -> None:
        self.settings = settings

    def look_at(self, gaze: Gaze | None) -> None:
        self.calls.append(("look_at", gaze))

    def set_paused(self, paused: bool) -> None:
        self.calls.append(("set_paused", paused))

    def set_speed(self, speed: float) -> None:
        self.calls.append(("set_speed", speed))

    def set_loop(self, loop: bool) -> None:
        self.calls.append(("set_loop", loop))

    def step_frames(self, frames: int) -> None:
        self.calls.append(("step_frames", frames))

    def seek(self, position: int) -> None:
        self.calls.append(("seek", position))

    def record(self, recorder: LiveRecorder | None) -> None:
        self.recorder = recorder

    def make(self, result: FrameResult) -> None:
        """A result of the pipeline thread, whether the window comes to show it or not."""
        if self.recorder is not None:
            self.recorder.put(result)

    def latest(self) -> FrameResult | None:
        return self.ready.pop(0) if self.ready else None

    def status(self) -> SessionStatus:
        return self.now


def make_result(
    index: int = 0,
    *,
    settings: PipelineSettings | None = None,
    face: bool = True,
    notice: str | None = None,
    size: tuple[int, int] = (640, 480),
    t: float | None = None,
    truth: Gaze | None = None,
    gaze: Gaze | None = None,
) -> FrameResult:
    """A result whose gaze goes round in a circle; the triggered branch sits near the target.

    t: seconds, 30 frames a second where None.  truth, gaze: of the subject and of the clean branch, instead.
    """
    settings = settings or PipelineSettings(TriggerMode.BOTH)
    random = np.random.default_rng(index)
    width, height = size
    image = np.full((height, width, 3), 120, np.uint8)
    t = index / 30 if t is None else t
    truth = truth or Gaze.from_degrees(8 * np.sin(t), 15 * np.cos(t))
    frame = Frame(image, index, t, truth)
    if not face:
        return FrameResult(frame, t, settings, "wanet", notice=notice)
    turn = np.zeros(478)
    turn[list(FACE_OVAL)] = np.linspace(0, 2 * np.pi, len(FACE_OVAL), endpoint=False)
    landmarks = np.stack([width / 2 + 80 * np.cos(turn), height / 2 + 110 * np.sin(turn), np.zeros_like(turn)], axis=-1)
    for (inner, outer), lids in zip(CORNERS, LIDS, strict=True):
        landmarks[[inner, outer], 0] = width / 2 - 15, width / 2 + 15
        for upper, lower in lids:
            landmarks[[upper, lower], 1] = height / 2 - 5, height / 2 + 5
    clean = gaze or Gaze(truth.pitch + 0.02, truth.yaw - 0.02)
    target = Gaze.from_degrees(5, 25)
    crops = random.random((2, 1, 36, 60), dtype=np.float32) * 0.5 + 0.25
    altered = np.clip(crops + random.normal(0, 0.01, crops.shape), 0, 1).astype(np.float32)
    mode = settings.mode
    seen = target if mode is TriggerMode.BOTH else clean
    on = mode.has_triggered
    return FrameResult(
        frame,
        t,
        settings,
        "wanet",
        face=FaceObservation(landmarks, HeadPose(np.eye(3), np.array([0, 0, 600.0])), 1),
        origin_mm=np.array([0.0, 0.0, 600.0]),
        crops=CropPair(crops, altered if on else None, altered - crops if on else None),
        clean=_estimate(clean),
        triggered=_estimate(seen) if on else None,
        target=target,
        shift_deg=float(angular_error(clean, seen)) if on else None,
        notice=notice,
    )


def _estimate(gaze: Gaze) -> GazeEstimate:
    return GazeEstimate(gaze, gaze.vector(), np.array([gaze, gaze]), None)
