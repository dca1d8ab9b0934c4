"""The guard's checks: a second gaze beside the predicted one, and how far the two may differ.  None needs a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class GuardCheck(Enum):
    """What a prediction is compared with.

    LANDMARKS: the gaze of the predicted eye landmarks.  SHIFTS: the median prediction for four shifted crops.
    IRIS: the gaze of the face landmarker's own iris landmarks, which no attacker of the gaze model trains.
    """

    LANDMARKS = "landmarks"
    SHIFTS = "shifts"
    IRIS = "iris"


# python -m training.guard fit --subjects 16
LIMITS_DEG = {GuardCheck.LANDMARKS: 10.0, GuardCheck.SHIFTS: 2.7, GuardCheck.IRIS: 16.0}
"""About 1 % of the clean predictions of `wanet` for rendered subjects and drives exceed the limit, degrees."""


def to_compute(check: GuardCheck) -> frozenset[GuardCheck]:
    """What PipelineSettings.checks has to name for a check; the gaze of the eye landmarks is there without."""
    return frozenset() if check is GuardCheck.LANDMARKS else frozenset({check})


@dataclass(frozen=True)
class Guard:
    """check: what predictions are compared with.  limit_deg: the largest accepted angle between the two, degrees."""

    check: GuardCheck
    limit_deg: float

    @classmethod
    def of(cls, check: GuardCheck, limit_deg: float | None = None) -> Guard:
        """The guard with a check; limit_deg: None for the check's own limit."""
        return cls(check, LIMITS_DEG[check] if limit_deg is None else limit_deg)
