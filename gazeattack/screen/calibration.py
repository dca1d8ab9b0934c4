"""Per-user calibration: from a predicted gaze to a point on the screen.

The fit gives a correction in angles: true gaze minus predicted gaze, by ridge regression on the predicted gaze, its
squares and product, and the head's pose and position.  The ridge shrinks the correction, so with few points the gain
stays near 1, and the point on the screen still comes from the ray and the plane.  The calibration is fitted on the
clean branch alone and applied to both branches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazeattack.angles import Gaze, angular_error
from gazeattack.errors import CalibrationError
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.ridge import BEYOND, RIDGES, fit_ridge
from gazeattack.screen.samples import (
    CalibrationPoint,
    CalibrationSample,
    Viewer,
    basis,
    calibration_points,
    features,
)

MIN_SAMPLES = 8  # frames with a gaze at every point
MAX_SPREAD_DEG = 4.0  # median distance of a point's errors from their median
MAX_POINT_DEG = 5.0  # largest error at a point after the fit
MAX_HELD_OUT_DEG = 4.0  # mean over the held-out points


@dataclass(frozen=True)
class HeldOutError:
    """Mean error over the held-out points: degrees, and centimetres and pixels on the screen."""

    deg: float
    cm: float
    px: float


@dataclass(frozen=True)
class Calibration:
    """One user's correction for one screen.

    weights: (pitch, yaw) rows of one weight per feature, radians.  low, high: the fitted range of the basis; beyond it
    the correction is constant, so a gaze far off the screen is not distorted.  ridge: the selected ridge parameter.
    point_deg: (number, remaining error in degrees) of each point.
    """

    user: str
    geometry: ScreenGeometry
    weights: tuple[tuple[float, ...], tuple[float, ...]]
    low: tuple[float, ...]
    high: tuple[float, ...]
    ridge: float
    held_out: HeldOutError
    point_deg: tuple[tuple[int, float], ...]

    def correct(self, gaze: Gaze, viewer: Viewer) -> Gaze:
        """The corrected gaze of either branch, camera space."""
        pitch, yaw = np.asarray(self.weights) @ features(np.clip(basis(gaze, viewer), self.low, self.high))
        return Gaze(gaze.pitch + float(pitch), gaze.yaw + float(yaw))

    def point(self, gaze: Gaze, viewer: Viewer) -> tuple[float, float] | None:
        """Where the corrected gaze meets the screen, mm from its top left corner; None where it does not."""
        return self.geometry.meet(np.array(viewer.origin_mm), self.correct(gaze, viewer))


def fit_calibration(
    samples: Iterable[CalibrationSample], geometry: ScreenGeometry, *, user: str = "default"
) -> Calibration:
    """Fit on the nine points of calibration_points(geometry) and test on the four held-out ones.

    Args:
        samples: frames of a user who looks at the points, clean branch.
        geometry: the screen.
        user: name of the user.

    Returns:
        The calibration with its error on the held-out points.

    Raises:
        CalibrationError: where a point has too few frames, a gaze that varies too much or too large an error, or the
            held-out points have on average; the sentence names the points to repeat.
    """
    points = calibration_points(geometry)
    by_point: dict[int, list[CalibrationSample]] = {point.number: [] for point in points}
    for sample in samples:
        if sample.point in by_point and np.isfinite(basis(sample.gaze, sample.viewer)).all():
            by_point[sample.point].append(sample)
    _refuse(points, {n for n, own in by_point.items() if len(own) < MIN_SAMPLES}, "too few frames with a face")
    distances = {point.number: _distances(by_point[point.number], point, geometry) for point in points}
    varying = {n for n, away in distances.items() if np.median(away) > MAX_SPREAD_DEG}
    _refuse(points, varying, "the gaze varied too much")
    by_point = {number: _steady(own, distances[number]) for number, own in by_point.items()}
    fitted = [point for point in points if not point.held_out]
    data = {point.number: _matrix(by_point[point.number], point, geometry) for point in points}
    ridge = min(RIDGES, key=lambda r: (_leave_one_out([data[p.number] for p in fitted], r), -r))
    weights = fit_ridge([data[p.number] for p in fitted], ridge)
    seen = np.array([basis(s.gaze, s.viewer) for p in fitted for s in by_point[p.number]])
    calibration = Calibration(
        user,
        geometry,
        weights=(tuple(map(float, weights[:, 0])), tuple(map(float, weights[:, 1]))),
        low=tuple(map(float, seen.min(axis=0) - BEYOND)),
        high=tuple(map(float, seen.max(axis=0) + BEYOND)),
        ridge=ridge,
        held_out=HeldOutError(0.0, 0.0, 0.0),
        point_deg=(),
    )
    errors = {point.number: _error(calibration, point, by_point[point.number]) for point in points}
    _refuse(points, {n for n, error in errors.items() if not error.deg <= MAX_POINT_DEG}, "the gaze was too far off")
    tested = [errors[point.number] for point in points if point.held_out]
    held_out = HeldOutError(*(float(np.mean([getattr(e, unit) for e in tested])) for unit in ("deg", "cm", "px")))
    if not held_out.deg <= MAX_HELD_OUT_DEG:
        worst = {point.number for point in points if errors[point.number].deg > MAX_HELD_OUT_DEG}
        _refuse(points, worst, f"the mean error is {held_out.deg:.1f} degrees")
    return replace(calibration, held_out=held_out, point_deg=tuple((n, error.deg) for n, error in errors.items()))


def _refuse(points: Sequence[CalibrationPoint], failed: set[int], why: str) -> None:
    if not failed:
        return
    names = ", ".join(f"{point.number} ({point.name})" for point in points if point.number in failed)
    word = "point" if len(failed) == 1 else "points"
    raise CalibrationError(
        f"The calibration cannot be used, because at {word} {names} {why}: sit still in even light, look at the dot "
        f"until it moves on, and calibrate again.",
        points=tuple(sorted(failed)),
    )


def _distances(seen: Sequence[CalibrationSample], point: CalibrationPoint, geometry: ScreenGeometry) -> np.ndarray:
    """Distance of every frame's error from their median error, degrees [n]; it does not depend on head movement."""
    wanted = _matrix(seen, point, geometry)[1]
    distances: np.ndarray = np.degrees(np.linalg.norm(wanted - np.median(wanted, axis=0), axis=1))
    return distances


def _steady(seen: Sequence[CalibrationSample], distances: np.ndarray) -> list[CalibrationSample]:
    """The samples without outliers, such as a glance elsewhere or a blink."""
    limit = max(4.0 * float(np.median(distances)), 1.0)
    return [sample for sample, distance in zip(seen, distances, strict=True) if distance <= limit]


def _matrix(
    seen: Sequence[CalibrationSample], point: CalibrationPoint, geometry: ScreenGeometry
) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 12] and target corrections (pitch, yaw) [n, 2], radians."""
    wanted = [np.subtract(geometry.aim(np.array(s.viewer.origin_mm), point.mm), s.gaze) for s in seen]
    return features(np.array([basis(s.gaze, s.viewer) for s in seen])), np.array(wanted)


def _leave_one_out(data: Sequence[tuple[np.ndarray, np.ndarray]], ridge: float) -> float:
    """Mean error (radians) at each point with a fit on the others."""
    errors = []
    for i, (x, y) in enumerate(data):
        weights = fit_ridge([*data[:i], *data[i + 1 :]], ridge)
        errors.append(float(np.median(np.linalg.norm(y - x @ weights, axis=1))))
    return float(np.mean(errors))


def _error(calibration: Calibration, point: CalibrationPoint, seen: Sequence[CalibrationSample]) -> HeldOutError:
    """The error of the median of a point's frames, which excludes their noise."""
    geometry = calibration.geometry
    origin = np.median([s.viewer.origin_mm for s in seen], axis=0)
    corrected = np.median([calibration.correct(s.gaze, s.viewer) for s in seen], axis=0)
    deg = float(angular_error(corrected, geometry.aim(origin, point.mm)))
    hit = geometry.meet(origin, Gaze(*map(float, corrected)))
    if hit is None:
        return HeldOutError(deg, float("inf"), float("inf"))
    off = np.subtract(hit, point.mm)
    px = np.subtract(geometry.to_px(hit), geometry.to_px(point.mm))
    return HeldOutError(deg, float(np.linalg.norm(off)) / 10, float(np.linalg.norm(px)))
