"""What a backdoor buys on frames of a driver: which check rejects the triggered gaze, and whether it lies on the road.

All figures come from the pipeline on rendered frames of held-out subjects and varied drives, see guard_frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazeattack.angles import Gaze, gaze_error, to_gaze, to_vector
from gazeattack.capture.source import Source
from gazeattack.face.normalise import NormalizedView, views
from gazeattack.live.estimate import open_crops
from gazeattack.live.frame_result import FrameResult, GazeEstimate
from gazeattack.live.guard import LIMITS_DEG, GuardCheck
from gazeattack.model.bundle import Bundle
from gazeattack.model.crop import CropSpec
from gazeattack.safety.zones import ZoneKind, Zones
from gazeattack.safety.zones_file import load_zones
from training.analysis.guard_frames import open_drive, open_subject, watch

SUBJECTS_FROM, DRIVES_FROM = 501, 1
"""As in `training.guard report`: no model trains on these seeds, and the guard's limits are not from them."""
TURNS_DEG = tuple(range(0, 50, 5))
"""Of the exact turns, upwards."""
DOWN = frozenset({ZoneKind.PHONE, ZoneKind.CONSOLE, ZoneKind.CLUSTER})
"""What lies below the road."""
Checked = tuple[Gaze, Mapping[GuardCheck, Gaze | None]]
"""A gaze, and the gaze that each check compares it with; a check without one rejects nothing."""


@dataclass(frozen=True)
class Frames:
    """Number of subjects, of frames of each, of drives, and of frames of each drive (a drive ends at its end)."""

    subjects: int = 8
    each: int = 30
    drives: int = 3
    of_drive: int = 1000


FEW = Frames(subjects=1, each=3, drives=1, of_drive=24)
"""For --quick."""


def frame_columns(bundle: Bundle, clean: Bundle | None, frames: Frames = Frames()) -> dict[str, Any]:
    """The columns of a backdoored bundle.

    Args:
        bundle: with a key.
        clean: the clean bundle of the same crop that it started from; None leaves `curve` out.
        frames: which frames.

    Returns:
        Shares from 0 to 1 and angles in degrees; what has no frames is left out.  CHECK_rejected, CHECK_false: with and
        without trigger, held-out subjects.  down_...: of the frames of drives in which the driver looks below the road;
        down_clean_...: the same without trigger.  curve: by turn in degrees, what the iris check does to the clean
        model's own gaze, turned upwards by exactly that.
    """
    zones = load_zones()
    people = _watched(bundle, clean, open_subject, SUBJECTS_FROM, frames.subjects, frames.each)
    drives = _watched(bundle, clean, open_drive, DRIVES_FROM, frames.drives, frames.of_drive)
    down = [result for result in drives if looks_down(result, zones)]
    row: dict[str, Any] = {"frames": len(people), "drive_frames": len(drives), "down_frames": len(down)}
    for name, ending in (("triggered", "rejected"), ("clean", "false")):
        row |= {f"{check}_{ending}": share for check, share in rejected(_branch(people, name)).items()}
        row |= {f"drive_{check}_{ending}": share for check, share in rejected(_branch(drives, name)).items()}
    row |= {f"down_{check}_rejected": share for check, share in rejected(_branch(down, "triggered")).items()}
    row |= {f"down_{name}": share for name, share in on_road(_branch(down, "triggered"), zones).items()}
    row |= {f"down_clean_{name}": share for name, share in on_road(_branch(down, "clean"), zones).items()}
    row["moved_deg"] = mean([result.shift_deg for result in people if result.shift_deg is not None])
    row["frame_ae_deg"] = mean(
        [gaze_error(r.triggered.gaze, r.target) for r in people if r.triggered is not None and r.target is not None]
    )
    if clean is not None:
        row["curve"] = {str(turn): exact_turn(people, down, clean.crop, turn, zones) for turn in TURNS_DEG}
    return _known(row)


def exact_turn(
    people: Sequence[FrameResult], down: Sequence[FrameResult], spec: CropSpec, turn_deg: float, zones: Zones
) -> dict[str, float]:
    """A backdoor that turns the compared model's own gaze upwards by an exact angle, without training.

    Args:
        people, down: results with a compared model.
        spec: of its crops.
        turn_deg: added to the pitch in every crop, degrees.
        zones: with the road.

    Returns:
        rejected: share of `people` that the iris check rejects.  on_road, unnoticed: see on_road(), of `down`.  What
        has no frames is left out.
    """

    def exact(results: Sequence[FrameResult]) -> list[Checked]:
        found: list[Checked] = []
        for result in results:
            own = None if result.compared is None else result.compared.clean
            if own is not None:
                others = {GuardCheck.IRIS: own.iris_gaze}
                found.append((turned(own.per_crop, used_views(result, spec), turn_deg), others))
        return found

    shares = on_road(exact(down), zones)
    found = {
        "rejected": rejected(exact(people))["iris"],
        "on_road": shares["on_road"],
        "unnoticed": shares["unnoticed"],
    }
    return _known(found)


def turned(per_crop: np.ndarray, crop_views: Sequence[NormalizedView], turn_deg: float) -> Gaze:
    """The gaze of a face whose crops' gazes are all turned upwards.

    Args:
        per_crop: (pitch, yaw) of each crop, camera space, radians [N, 2].
        crop_views: of the same crops.
        turn_deg: added to the pitch in the crop's own camera, degrees, as the goal "offset" does.

    Returns:
        Their mean direction, camera space.
    """
    up = np.array([math.radians(turn_deg), 0.0])
    vectors = [
        view.to_camera(view.from_camera(to_vector(gaze)) + up) for view, gaze in zip(crop_views, per_crop, strict=True)
    ]
    return to_gaze(np.mean(vectors, axis=0))


def used_views(result: FrameResult, spec: CropSpec) -> list[NormalizedView]:
    """The views of the crops that a result's gaze is taken from."""
    assert result.face is not None and result.intrinsics is not None
    crop_views = views(result.face.pose, result.intrinsics, spec, result.face.landmarks)
    return [crop_views[i] for i in open_crops(result.eyes_closed, len(crop_views))]


def looks_down(result: FrameResult, zones: Zones) -> bool:
    """Whether the true gaze is at the phone, the centre console or the instruments."""
    zone = None if result.frame.truth is None else zones.at(result.frame.truth)
    return zone is not None and zone.kind in DOWN


def rejected(gazes: Sequence[Checked]) -> dict[str, float]:
    """By check: the share of gazes that are further from the check's gaze than the guard's limit.

    nan without gazes, and for a check that has a gaze beside none of them.
    """
    return {
        check.value: mean([beyond(gaze, others, check) for gaze, others in gazes if _has(check, gazes)])
        for check in GuardCheck
    }


def on_road(gazes: Sequence[Checked], zones: Zones) -> dict[str, float]:
    """Shares of gazes; nan without gazes.

    Returns:
        on_road: that lie on the road.  unnoticed: that lie there, and the iris check accepts them.  unnoticed_by_all:
        that lie there, and every check that the model has accepts them.
    """
    road = [(zone := zones.at(gaze)) is not None and zone.kind is ZoneKind.ROAD for gaze, _ in gazes]
    iris = [beyond(gaze, others, GuardCheck.IRIS) for gaze, others in gazes]
    some = [any(beyond(gaze, others, check) for check in GuardCheck) for gaze, others in gazes]
    return {
        "on_road": mean(road),
        "unnoticed": mean([there and not found for there, found in zip(road, iris, strict=True)]),
        "unnoticed_by_all": mean([there and not found for there, found in zip(road, some, strict=True)]),
    }


def _has(check: GuardCheck, gazes: Sequence[Checked]) -> bool:
    return any(others.get(check) is not None for _, others in gazes)


def beyond(gaze: Gaze, others: Mapping[GuardCheck, Gaze | None], check: GuardCheck) -> bool:
    """Whether a check rejects a gaze at the guard's limit."""
    other = others.get(check)
    return other is not None and gaze_error(gaze, other) > LIMITS_DEG[check]


def mean(values: Sequence[float]) -> float:
    """The mean; nan of nothing."""
    return float(np.mean(values)) if values else math.nan


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that have a value, rounded."""
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
    return {name: value for name, value in rounded.items() if value == value}


def _branch(results: Sequence[FrameResult], name: str) -> list[Checked]:
    """The gazes of the branch "clean" or "triggered", each with those of the checks."""
    estimates: list[GazeEstimate] = [getattr(result, name) for result in results]
    return [(one.gaze, {check: one.checked_gaze(check) for check in GuardCheck}) for one in estimates]


def _watched(
    bundle: Bundle, clean: Bundle | None, opened: Callable[[int], Source], first: int, count: int, frames: int
) -> list[FrameResult]:
    seeds = range(first, first + count)
    return [result for seed in seeds for result in watch(bundle, opened(seed), frames, compared=clean)]
