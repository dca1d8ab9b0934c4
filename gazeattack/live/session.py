"""A live run: source thread -> LatestSlot -> pipeline thread -> LatestSlot, and a status to read.  No Qt."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey
from gazeattack.capture.frame import Frame
from gazeattack.capture.slot import LatestSlot
from gazeattack.errors import GazeAttackError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.pipeline import Pipeline, one_thread
from gazeattack.live.recording import LiveRecorder
from gazeattack.live.settings import PipelineSettings
from gazeattack.model.catalogue import fresh_key, lendable_key, open_bundle
from gazeattack.sources.reader import Opener, SourceReader
from gazeattack.sources.registry import open_source

log = logging.getLogger(__name__)

FAULT = "The model stopped on an unexpected error: choose it again, or another one (GAZEATTACK_DEBUG=1 shows details)."


@dataclass(frozen=True)
class SessionStatus:
    """The state of a live run, cheap to ask for.

    source: the spec asked for; source_state: idle, opening, running, waiting (retrying by itself), ended or failed;
    source_name, source_size: what was opened.  message: one sentence where something is wrong or under way.
    bundle: name of the loaded model; backdoored, poisoned: as Bundle has them; has_key: it has a key of its own, or is
    lent a shipped one;
    attack, key_strength, goal: of that key its kind, its strength and its goal's kind, whatever other trigger the
    settings ask for.  fps: samples a second; latency_ms: median from capture to sample, both over the last second.
    dropped, frames: since the source was opened.  truth_known: the source knows the subject's gaze.
    length, position: frames of a recording, and which of them was read last; None for any other source.
    """

    source: str = ""
    source_state: str = "idle"
    source_name: str = ""
    source_size: tuple[int, int] | None = None
    message: str | None = None
    bundle: str | None = None
    backdoored: bool = False
    poisoned: bool = False
    has_key: bool = False
    attack: str | None = None
    key_strength: float | None = None
    goal: str | None = None
    fps: float = 0.0
    latency_ms: float = 0.0
    dropped: int = 0
    frames: int = 0
    truth_known: bool = False
    length: int | None = None
    position: int | None = None


class LiveSession:
    """Owns the two threads.  Every method may be called from any thread and returns at once (but stop)."""

    def __init__(
        self,
        settings: PipelineSettings | None = None,
        *,
        landmarker_model: Path | None = None,
        opener: Opener = open_source,
    ) -> None:
        self._settings = settings or PipelineSettings()
        self._landmarker_model = landmarker_model
        self._opener = opener
        self._frames: LatestSlot[tuple[Frame, float]] = LatestSlot()
        self._samples: LatestSlot[FrameResult] = LatestSlot()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._reader: SourceReader | None = None
        self._source, self._loop = "", True
        self._asked: str | None = None
        self._wanted: str | None = None
        self._thread: threading.Thread | None = None
        self._model_status = SessionStatus()
        # of the model at work: its own or lent key, and the attack whose key it has now
        self._own: TriggerKey | None = None
        self._attack: str | None = None
        self._times: deque[tuple[float, float]] = deque(maxlen=240)
        self._count = 0
        self._truth_known = False
        self._recorder: LiveRecorder | None = None

    def start(self) -> None:
        """Start the pipeline thread.  A source and a model may be asked for before or after."""
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
        """Replace the source by another; loop: a file starts again at its end, else it ends there."""
        previous, self._reader = self._reader, None
        if previous is not None:
            # its last frames must not be taken for the new source's
            threading.Thread(target=previous.stop, args=(5.0,), name="source-stop", daemon=True).start()
        with self._lock:
            self._frames.close()
            self._frames = LatestSlot()
            self._samples.take(0)
            self._times.clear()
            self._count = 0
            self._truth_known = False
        self._source, self._loop = spec, loop
        self._reader = SourceReader(spec, self._frames, opener=self._opener, loop=loop)
        self._reader.start()

    def retry(self) -> None:
        """Open the same source again, and load the model again where that had failed."""
        if self._source:
            self.open_source(self._source, loop=self._loop)
        if self._model_status.bundle is None and self._asked is not None:
            self.use_bundle(self._asked)

    def use_bundle(self, name: str) -> None:
        """Load another model by name or path.

        A clean model is lent the first shipped key of its size, to show that nothing happens.
        """
        with self._lock:
            self._asked = self._wanted = name

    def configure(self, settings: PipelineSettings) -> None:
        """Swap the pipeline's settings; another `attack` takes hold with its own strength, between two frames."""
        self._settings = settings

    def look_at(self, gaze: Gaze | None) -> None:
        """Steer a synthetic subject; None lets it follow its own path."""
        reader = self._reader
        if reader is not None:
            reader.look_at(gaze)

    def set_paused(self, paused: bool) -> None:
        """Hold the source on its current frame, or let it go on."""
        reader = self._reader
        if reader is not None:
            reader.set_paused(paused)

    def step_frames(self, frames: int) -> None:
        """Go so many frames on in a recording, or back where negative; a paused one shows that frame."""
        reader = self._reader
        if reader is not None:
            reader.step(frames)

    def seek(self, position: int) -> None:
        """Go to that frame of a recording, counted from 0; a paused one shows it."""
        reader = self._reader
        if reader is not None:
            reader.seek(position)

    def record(self, recorder: LiveRecorder | None) -> None:
        """Hand every sample from now on to a recorder too, or no longer (None); the caller closes it."""
        self._recorder = recorder

    def latest(self) -> FrameResult | None:
        """The newest sample nobody has taken yet."""
        return self._samples.take(0)

    def status(self) -> SessionStatus:
        """What is going on."""
        status, reader = self._model_status, self._reader
        now = time.monotonic()
        with self._lock:
            recent = [latency for at, latency in self._times if now - at <= 1.0]
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
            # a source that fails now is worse news than a model that could not be loaded before
            message=state.message or status.message,
        )

    def _run(self) -> None:
        """The pipeline thread: makes and closes its own landmarker and model, and outlives every bad model."""
        one_thread()
        pipeline: Pipeline | None = None
        shown: tuple[Frame, object, object] | None = None
        slot = self._frames
        try:
            while not self._stop.is_set():
                pipeline = self._follow(pipeline)
                if slot is not self._frames:
                    slot, shown = self._frames, None
                taken = slot.take(0.05)
                if pipeline is None:
                    continue
                settings = self._settings
                if taken is not None:
                    frame, captured = taken
                elif shown is not None and shown[1:] != (settings, pipeline.bundle):
                    # paused, or a slow source: a toggle answers at once, on the frame that is shown
                    frame, captured = shown[0], time.monotonic()
                else:
                    continue
                shown = (frame, settings, pipeline.bundle)
                try:
                    self._lend(pipeline, settings)
                    sample = pipeline.step(frame)
                except Exception as error:
                    _log_fault("The pipeline failed on a frame", error)
                    pipeline.close()
                    pipeline = shown = None
                    self._model_status = SessionStatus(message=FAULT)
                    continue
                self._publish(sample, captured, slot)
        except Exception as error:
            _log_fault("The pipeline thread failed", error)
            self._say(
                "The pipeline stopped on an unexpected error: restart gazeattack (GAZEATTACK_DEBUG=1 shows details)."
            )
        finally:
            if pipeline is not None:
                pipeline.close()

    def _follow(self, pipeline: Pipeline | None) -> Pipeline | None:
        """The pipeline with the model that was asked for last."""
        with self._lock:
            wanted, self._wanted = self._wanted, None
        if wanted is None:
            return pipeline
        try:
            bundle = open_bundle(wanted)
            key = bundle.key or lendable_key(bundle.crop)
            if pipeline is None:
                model = find_landmarker(self._landmarker_model, progress=self._say)
                pipeline = Pipeline(bundle, landmarker_model=model, key=key, foreign_key=True)
            else:
                pipeline.use(bundle, key=key, foreign_key=True)
        except GazeAttackError as error:
            # a model that cannot be loaded leaves the one before it at work
            self._say(str(error))
            return pipeline
        self._own, self._attack = key, None
        self._model_status = SessionStatus(
            bundle=bundle.name,
            backdoored=bundle.backdoored,
            poisoned=bundle.poisoned,
            has_key=key is not None,
            attack=None if key is None else key.kind,
            key_strength=None if key is None else key.strength,
            goal=None if key is None else key.goal.kind,
        )
        return pipeline

    def _lend(self, pipeline: Pipeline, settings: PipelineSettings) -> None:
        """Give the pipeline the settings, and before them the key of the attack that they ask for."""
        if settings.attack != self._attack:
            bundle = pipeline.bundle
            key = self._own if settings.attack is None else fresh_key(settings.attack, bundle, seed=settings.seed)
            pipeline.use(bundle, key=key, foreign_key=True)
            self._attack = settings.attack
        pipeline.settings = settings

    def _publish(self, sample: FrameResult, captured: float, slot: LatestSlot[tuple[Frame, float]]) -> None:
        """Show a sample made from a frame out of `slot`."""
        now = time.monotonic()
        latency = (now - captured) * 1000
        sample = replace(sample, latency_ms=latency)
        with self._lock:
            # a source that was left meanwhile has nothing more to say
            if slot is not self._frames:
                return
            self._samples.put(sample)
            recorder = self._recorder
            if recorder is not None:
                recorder.put(sample)
            self._times.append((now, latency))
            self._count += 1
            self._truth_known = sample.frame.truth is not None

    def _say(self, message: str) -> None:
        self._model_status = replace(self._model_status, message=message)


def _log_fault(what: str, error: Exception) -> None:
    """One line for a fault of ours; its traceback only for those who ask."""
    log.error("%s (%s).", what, type(error).__name__, exc_info=error if os.environ.get("GAZEATTACK_DEBUG") else None)
