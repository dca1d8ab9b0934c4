"""A live run: source thread -> LatestSlot -> pipeline thread -> LatestSlot, and its status.  No Qt."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey
from gazeattack.capture.frame import Frame
from gazeattack.capture.slot import LatestSlot
from gazeattack.errors import GazeAttackError
from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.tracker import DEFAULT_ENGINE, Engine
from gazeattack.live.comparison import ComparisonRequest
from gazeattack.live.fault import FAULT, log_fault
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.settings import PipelineSettings
from gazeattack.live.status import SessionStatus
from gazeattack.model.catalogue import fresh_key, named_shipped_key, open_bundle
from gazeattack.sources.reader import Opener, SourceReader
from gazeattack.sources.registry import open_source

__all__ = ["LiveSession", "SessionStatus"]

log = logging.getLogger(__name__)


class LiveSession:
    """Owns the source thread and the pipeline thread.

    Any thread may call any method; all but stop() return at once.

    Args:
        settings: of the pipeline; see configure().
        landmarker_model: the face landmarker's file; found or fetched where None.
        opener: opens a source's spec.
        landmarks: what computes the landmarks, see Pipeline.
        camera: its intrinsics, see Pipeline.
    """

    def __init__(
        self,
        settings: PipelineSettings | None = None,
        *,
        landmarker_model: Path | None = None,
        opener: Opener = open_source,
        landmarks: Engine = DEFAULT_ENGINE,
        camera: CameraIntrinsics | None = None,
    ) -> None:
        self._settings = settings or PipelineSettings()
        self._landmarker_model = landmarker_model
        self._opener = opener
        self._landmarks = landmarks
        self._camera = self._given_camera = camera
        self._frames: LatestSlot[tuple[Frame, float]] = LatestSlot()
        self._results: LatestSlot[FrameResult] = LatestSlot()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._reader: SourceReader | None = None
        self._source, self._loop, self._speed = "", True, 1.0
        self._requested: str | None = None
        self._pending: str | None = None
        self._thread: threading.Thread | None = None
        self._model_status = SessionStatus()
        self._second = ComparisonRequest()
        # of the loaded model: its own or borrowed key, and the attack and key that were asked for last
        self._default_key: TriggerKey | None = None
        self._attack: tuple[str | None, TriggerKey | None] = (None, None)
        self._times: deque[tuple[float, float]] = deque(maxlen=240)
        self._count = 0
        self._truth_known = False
        self._recorder: LiveRecorder | None = None

    def start(self) -> None:
        """Start the pipeline thread.  A source and a model may be requested before or after."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End both threads; logs one that does not end within `timeout` seconds."""
        self._stop.set()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.stop(timeout)
        self._frames.close()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                log.warning("The pipeline thread did not end within %.0f s.", timeout)
            self._thread = None

    def open_source(self, spec: str, *, loop: bool = True) -> None:
        """Open a source in place of the current one; loop: a file starts again at its end."""
        previous, self._reader = self._reader, None
        if previous is not None:
            # its last frames must not count as the new source's
            threading.Thread(target=previous.stop, args=(5.0,), name="source-stop", daemon=True).start()
        with self._lock:
            self._frames.close()
            self._frames = LatestSlot()
            self._results.take(0)
            self._times.clear()
            self._count = 0
            self._truth_known = False
        self._source, self._loop = spec, loop
        self._reader = SourceReader(spec, self._frames, opener=self._opener, loop=loop)
        self._reader.set_speed(self._speed)
        self._reader.start()

    def retry(self) -> None:
        """Open the source again, and load the model again where that failed."""
        if self._source:
            self.open_source(self._source, loop=self._loop)
        if self._model_status.bundle is None and self._requested is not None:
            self.use_bundle(self._requested)

    def use_bundle(self, name: str) -> None:
        """Load a model by name or path.

        A clean model uses the first shipped key that fits its crops, to show that the trigger has no effect.
        """
        with self._lock:
            self._requested = self._pending = name

    def compare(self, name: str | None) -> None:
        """Predict with a second model too, by name or path; None: no longer.  See Pipeline.compare."""
        self._second.ask(name)

    def configure(self, settings: PipelineSettings) -> None:
        """Replace the pipeline's settings; a new `attack` and its strength take effect together, between two frames."""
        self._settings = settings

    def use_camera(self, camera: CameraIntrinsics | None) -> None:
        """Replace the camera's intrinsics, None: guess them; those that the session was made with stay."""
        self._camera = self._given_camera or camera

    def look_at(self, gaze: Gaze | None) -> None:
        """Make a synthetic subject look along `gaze`; None: follow its own path."""
        reader = self._reader
        if reader is not None:
            reader.look_at(gaze)

    def set_paused(self, paused: bool) -> None:
        """Pause the source on its current frame, or resume it."""
        reader = self._reader
        if reader is not None:
            reader.set_paused(paused)

    def set_speed(self, speed: float) -> None:
        """Play a file faster or slower (1: its own speed), from now on."""
        self._speed = speed
        reader = self._reader
        if reader is not None:
            reader.set_speed(speed)

    def set_loop(self, loop: bool) -> None:
        """Start the file again at its end, or do not, from now on."""
        self._loop = loop
        reader = self._reader
        if reader is not None:
            reader.set_loop(loop)

    def step_frames(self, frames: int) -> None:
        """Move by `frames` in a recording (negative: backwards); a paused one shows that frame."""
        reader = self._reader
        if reader is not None:
            reader.step(frames)

    def seek(self, position: int) -> None:
        """Go to frame `position` of a recording, from 0; a paused one shows it."""
        reader = self._reader
        if reader is not None:
            reader.seek(position)

    def record(self, recorder: LiveRecorder | None) -> None:
        """Pass every result to `recorder` from now on (None: to no recorder); the caller closes it."""
        self._recorder = recorder

    def latest(self) -> FrameResult | None:
        """Take the newest result; None where there is none since the last call."""
        return self._results.take(0)

    def status(self) -> SessionStatus:
        """The current state."""
        status, reader = self._model_status, self._reader
        now = time.monotonic()
        with self._lock:
            recent = [latency for at, latency in self._times if now - at <= 1.0]
            status = replace(status, compared=self._second.spec)
            status = replace(status, frames=self._count, truth_known=self._truth_known, fps=float(len(recent)))
        if recent:
            status = replace(status, latency_ms=float(np.median(recent)))
        if reader is None:
            return status
        state = reader.state
        return replace(
            status,
            source=self._source,
            source_state=state.state,
            source_name=state.name or self._source,
            source_size=state.size,
            dropped=state.dropped,
            length=state.length,
            position=state.position,
            report=state.report,
            # a failed source is more urgent than a model that could not be loaded
            message=state.message or status.message,
        )

    def _run(self) -> None:
        """The pipeline thread: creates and closes landmarker and model, and survives a model that fails."""
        one_thread()
        pipeline: Pipeline | None = None
        current: tuple[Frame, object, object, object] | None = None
        slot = self._frames
        try:
            while not self._stop.is_set():
                pipeline = self._switch_model(pipeline)
                if slot is not self._frames:
                    slot, current = self._frames, None
                taken = slot.take(0.05)
                if pipeline is None:
                    continue
                refused = self._second.apply(pipeline)
                if refused is not None:
                    self._show_message(refused)
                settings, bundles = self._settings, (pipeline.bundle, pipeline.compared)
                if taken is not None:
                    frame, captured = taken
                elif current is not None and current[1:] != (settings, *bundles):
                    # paused, or a slow source: new settings apply at once, on the current frame
                    frame, captured = current[0], time.monotonic()
                else:
                    continue
                current = (frame, settings, *bundles)
                try:
                    self._apply_settings(pipeline, settings)
                    result = pipeline.step(frame)
                    self._publish(result, captured, slot)
                except Exception as error:
                    log_fault("The pipeline failed on a frame", error)
                    pipeline.close()
                    pipeline = current = None
                    self._model_status = SessionStatus(message=FAULT)
                    continue
        except Exception as error:
            log_fault("The pipeline thread failed", error)
            self._show_message(
                "The pipeline stopped on an unexpected error: restart gazeattack (GAZEATTACK_DEBUG=1 shows details)."
            )
        finally:
            if pipeline is not None:
                pipeline.close()

    def _switch_model(self, pipeline: Pipeline | None) -> Pipeline | None:
        """The pipeline with the model that was requested last."""
        with self._lock:
            name, self._pending = self._pending, None
        if name is None:
            return pipeline
        try:
            bundle = open_bundle(name)
            self._second.ask_again()
            shipped = named_shipped_key(bundle.crop) if bundle.key is None else None
            key = bundle.key if shipped is None else shipped[1]
            if pipeline is None:
                model = find_landmarker(self._landmarker_model, progress=self._show_message)
                pipeline = Pipeline(
                    bundle,
                    landmarker_model=model,
                    key=key,
                    foreign_key=True,
                    landmarks=self._landmarks,
                    camera=self._camera,
                )
            else:
                # the second model may not fit the new first one, which is the one that was asked for
                pipeline.compare(None)
                pipeline.use(bundle, key=key, foreign_key=True)
        except GazeAttackError as error:
            # where a model cannot be loaded, the previous one stays in use
            self._show_message(str(error))
            return pipeline
        except Exception as error:
            log_fault("The model could not be loaded", error)
            if pipeline is not None:
                pipeline.close()
            self._model_status = SessionStatus(message=FAULT)
            return None
        self._default_key, self._attack = key, (None, None)
        self._model_status = SessionStatus(
            bundle=bundle.name,
            backdoored=bundle.backdoored,
            poisoned=bundle.poisoned,
            imported=bundle.imported,
            has_key=key is not None,
            borrowed_from=None if shipped is None else shipped[0],
            attack=None if key is None else key.kind,
            key_strength=None if key is None else key.strength,
            goal=None if key is None else key.goal.kind,
            key=key,
            crop=bundle.crop,
        )
        return pipeline

    def _apply_settings(self, pipeline: Pipeline, settings: PipelineSettings) -> None:
        """Set the key of the requested attack, then the settings."""
        wanted = (settings.attack, settings.key)
        if wanted != self._attack:
            bundle, given = pipeline.bundle, settings.key
            key = self._default_key
            if given is not None and bundle.crop.takes(given):
                key = given
            elif settings.attack is not None and bundle.crop.shows(settings.attack):
                key = fresh_key(settings.attack, bundle, seed=settings.seed)
            pipeline.use(bundle, key=key, foreign_key=True)
            self._attack = wanted
        pipeline.settings, pipeline.camera = settings, self._camera

    def _publish(self, result: FrameResult, captured: float, slot: LatestSlot[tuple[Frame, float]]) -> None:
        """Publish the result of a frame taken from `slot`."""
        now = time.monotonic()
        latency = (now - captured) * 1000
        result = replace(result, latency_ms=latency)
        with self._lock:
            # results of a source that was replaced meanwhile are discarded
            if slot is not self._frames:
                return
            self._results.put(result)
            recorder = self._recorder
            if recorder is not None:
                recorder.put(result)
            self._times.append((now, latency))
            self._count += 1
            self._truth_known = result.frame.truth is not None

    def _show_message(self, message: str) -> None:
        self._model_status = replace(self._model_status, message=message)
