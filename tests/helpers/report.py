"""Frame results with given angles, and a report over them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.capture.frame import Frame
from gazeattack.live.frame_result import CropPair, FaceObservation, FrameResult, GazeEstimate
from gazeattack.live.measure import Tally, measure
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.report.run.page import RunReport


class Pose:
    facing = Gaze.from_degrees(1, 2)
    roll = 0.0
    translation = np.array([1.0, 2.0, 600.0])


def make_result(index=0, *, shift=20.0, face=True):
    """A result with given predictions: truth (0, 0), clean (1, 0), triggered (0, shift), target (0, 25) degrees."""
    frame = Frame(np.zeros((48, 64, 3), np.uint8), index, index / 30, Gaze(0, 0))
    result = FrameResult(frame, frame.t, PipelineSettings(TriggerMode.BOTH), "wanet", stage_ms={"landmarks": 5.0})
    if not face:
        return result
    crops = np.full((2, 1, 36, 60), 0.5, np.float32)

    def estimate(pitch, yaw):
        gaze = Gaze.from_degrees(pitch, yaw)
        return GazeEstimate(gaze, gaze.vector(), np.zeros((2, 2)), None)

    return replace(
        result,
        face=FaceObservation(np.zeros((478, 3)), Pose(), 1),
        crops=CropPair(crops, crops + 0.01, np.full_like(crops, 0.01)),
        clean=estimate(1, 0),
        triggered=estimate(0, shift),
        target=Gaze.from_degrees(0, 25),
        shift_deg=shift,
    )


def make_report(results, **changes):
    tally = Tally()
    for result in results:
        tally.add(measure(result), 8.0)
    summary = {
        "source": "<video> & co.avi",
        "source_name": "<video> & co.avi",
        "size": [64, 48],
        "model": "wanet",
        "backdoored": True,
        "kind": "backdoored",
        "compared": None,
        "compared_kind": None,
        "trigger": "both",
        "key_sha256": "ab" * 32,
        "attack": "wanet",
        "own_key": True,
        "goal": "all-to-one",
        "strength": 1.0,
        "seed": 0,
        **tally.summary(),
        "fps": 61.2,
        "dropped": 0,
        "notices": [],
        **changes,
    }
    return RunReport(summary, tally, results[-1], np.zeros((48, 64, 3), np.uint8), "gazeattack run --source 'a b.avi'")
