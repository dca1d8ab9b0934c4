"""Frame results of a person who looks at the road or at a phone, and a way to feed them to a monitor."""

from __future__ import annotations

import numpy as np

from gazeattack.capture.frame import Frame
from gazeattack.face.pose import HeadPose
from gazeattack.live.frame_result import FaceObservation, FrameResult, GazeEstimate
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.safety.zones_file import load_zones
from tests.helpers.eyelids import eyes

ZONES = load_zones()
ROAD, PHONE = ZONES.to_camera(0, 0), ZONES.to_camera(0, -40)
IMAGE = np.zeros((4, 4, 3), np.uint8)
ORIGIN = np.array([0.0, -20.0, 600.0])
POSE = HeadPose(np.eye(3), ORIGIN)


def make_estimate(gaze):
    """The estimate of one gaze, or None for None."""
    return None if gaze is None else GazeEstimate(gaze, gaze.vector(), np.array([gaze]), None)


def make_result(t, clean, triggered=None, truth=None, gap=9.0, face=True):
    """A result at `t` seconds; clean, triggered, truth: gazes; gap: lid opening in the units of eyes()."""
    observed = FaceObservation(eyes(gap), POSE, 1) if face else None
    return FrameResult(
        Frame(IMAGE, round(t * 30), t, truth),
        t,
        PipelineSettings(TriggerMode.BOTH),
        "bundle",
        face=observed,
        origin_mm=ORIGIN if face else None,
        clean=make_estimate(clean) if face else None,
        triggered=make_estimate(triggered) if face else None,
    )


def run_frames(watch, parts, fps=30):
    """What `watch` returns frame by frame over (seconds, options of make_result) parts."""
    out, i = [], 0
    for seconds, options in parts:
        for _ in range(round(seconds * fps)):
            out.append(watch.step(make_result(i / fps, **options)))
            i += 1
    return out
