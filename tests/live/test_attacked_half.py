"""The verdict of the drive: the attacked half alone, without and with the guard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gazeattack.live.attacked_half import AttackedHalf, AttackVerdict
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.safety.zones_file import load_zones
from tests.helpers.ui import make_result
from tests.helpers.window import OFF, ON, PHONE, ROAD


def drive(half: AttackedHalf, settings: PipelineSettings, begin: float, *, landmarks: bool = True) -> None:
    """Five seconds of road, then five of phone; the landmarks keep the true gaze."""
    for t in np.arange(begin, begin + 10, 0.05):
        gaze = ROAD if t < begin + 5 else PHONE
        result = make_result(round(t * 30), settings=settings, t=float(t), truth=gaze, gaze=gaze)
        if landmarks:
            known = [e and replace(e, landmark_gaze=gaze) for e in (result.clean, result.triggered)]
            result = replace(result, clean=known[0], triggered=known[1])
        half.step(result)


def test_the_half_without_trigger_does_not_count() -> None:
    half = AttackedHalf(load_zones(), 100.0)
    drive(half, OFF, 0.0)
    assert half.verdict() is None
    drive(half, ON, 10.0)
    verdict = half.verdict()
    assert verdict is not None and verdict.due == 3 and verdict.missed == 3
    assert verdict.missed_with_guard == 0


def test_without_landmarks_there_is_no_guard() -> None:
    half = AttackedHalf(load_zones(), 100.0)
    drive(half, ON, 0.0, landmarks=False)
    verdict = half.verdict()
    assert verdict is not None and verdict.missed > 0 and verdict.missed_with_guard is None


def test_noise_mode_is_no_attack() -> None:
    half = AttackedHalf(load_zones(), 100.0)
    drive(half, PipelineSettings(TriggerMode.NOISE), 0.0)
    assert half.verdict() is None
    assert AttackVerdict(1, 0, None).due == 1
