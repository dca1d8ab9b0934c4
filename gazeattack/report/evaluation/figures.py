"""The plots of an evaluation: predictions in the plane of yaw and pitch, error curves, and the warp field."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gazeattack.angles import angular_error
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import in_scope_rows, unmirrored
from gazeattack.evaluation.predict import Branches
from gazeattack.report.common.svg import Series, angle_plot, line_plot

CURVE_POINTS = 361
Curve = tuple[str, str, np.ndarray | None, str]  # name, style, predictions, dash
_ARROWS_APART = 3  # pixels of an eye crop


def scatter(branches: Branches, data: LoadedSet, title: str, *, reach: float) -> str:
    """Predictions without and with the trigger, and the targets, (yaw, pitch) in degrees of the unmirrored crops.

    reach: end of both axes, degrees.
    """
    clouds = [_cloud(f"{title}, without trigger", "clean", branches.benign, data)]
    ring = None
    if branches.triggered is not None and branches.target is not None:
        clouds.append(_cloud(f"{title}, with trigger", "triggered", branches.triggered, data))
        aims = np.degrees(unmirrored(branches.target, data))[in_scope_rows(branches)]
        aims = np.unique(aims.round(3), axis=0)
        if len(aims) == 1:
            ring = (float(aims[0, 1]), float(aims[0, 0]))
        else:
            # every image has its own: a ring for each would hide the predictions
            clouds.insert(0, _cloud("each image's own target", "target", branches.target, data))
    return angle_plot(clouds, ring, reach=reach)


def farthest(*branches: Branches | None) -> float:
    """End of the axes that shows all predictions of all branches, degrees."""
    gazes = [gaze for b in branches if b is not None for gaze in (b.benign, b.triggered, b.target) if gaze is not None]
    return 1.12 * float(np.degrees(max(np.abs(gaze).max() for gaze in gazes)))


def _cloud(name: str, style: str, gaze: np.ndarray, data: LoadedSet) -> Series:
    pitch, yaw = np.degrees(unmirrored(np.asarray(gaze, dtype=np.float64), data)).T
    return Series(name, style, yaw, pitch)


def error_curves(branches: Branches, clean: Branches | None, data: LoadedSet) -> str:
    """Cumulative share of images over the angular error to the true gaze."""
    truth = np.asarray(data.gaze, dtype=np.float64)
    constant = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0)
    curves: list[Curve] = [
        ("without trigger", "clean", branches.benign, ""),
        ("noise mode or cross trigger", "noise", branches.noise, "2 3"),
        ("wrong key", "wrong", branches.wrong_key, "9 3"),
    ]
    if clean is not None:
        curves.append(("clean model", "model", clean.benign, "6 4"))
    curves.append(("constant-mean baseline", "mean", constant, "1 4"))
    return _curves(curves, truth, "angular error to the true gaze, degrees")


def target_curves(branches: Branches, clean: Branches | None, data: LoadedSet) -> str:
    """Cumulative share of in-scope images over the angle between prediction and target.

    Empty without a trigger, or where no image is in scope.
    """
    moved = in_scope_rows(branches)
    if branches.target is None or not moved.any():
        return ""
    constant = np.repeat(np.asarray(data.gaze, np.float64).mean(axis=0, keepdims=True), len(data.gaze), axis=0)
    curves: list[Curve] = [
        ("with trigger", "triggered", branches.triggered, ""),
        ("without trigger", "clean", branches.benign, ""),
    ]
    if clean is not None:
        curves.append(("clean model, with trigger", "model", clean.triggered, "6 4"))
    curves.append(("constant-mean baseline", "mean", constant, "1 4"))
    chosen = [
        (name, style, predictions[moved], dash) for name, style, predictions, dash in curves if predictions is not None
    ]
    return _curves(chosen, branches.target[moved], "angle to the attacker's target, degrees")


def _curves(curves: Sequence[Curve], reference: np.ndarray, label: str) -> str:
    errors = [
        (name, style, angular_error(predictions, reference), dash)
        for name, style, predictions, dash in curves
        if predictions is not None
    ]
    most = max(float(np.percentile(error, 99)) for _, _, error, _ in errors)
    limit = min(90.0, max(10.0, 5 * math.ceil(most / 5)))
    at = np.linspace(0, limit, CURVE_POINTS)
    lines = [Series(name, style, at, cumulative_share(error, at), dash) for name, style, error, dash in errors]
    return line_plot(lines, x_label=label, y_label="share of images, %", zero=True)


def cumulative_share(errors: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share of `errors` that are at most `at`, per cent, for every value of `at`."""
    return 100 * np.searchsorted(np.sort(errors), at, side="right") / len(errors)


def warp_drawing(displacement: np.ndarray, *, zoom: int) -> str:
    """Draw the warp field as a deformed grid with arrows, to scale.

    Every arrow runs from a pixel to the point that its value is sampled from.  At zoom 1 only the grid is drawn.

    Args:
        displacement: [H, W, 2] (x, y), pixels of the crop.
        zoom: pixels of the page per pixel of the crop.
    """
    height, width = displacement.shape[:2]
    apart = max(_ARROWS_APART, round(width / 20))
    ys, xs = np.arange(apart // 2, height, apart), np.arange(apart // 2, width, apart)
    rows, columns = np.meshgrid(ys, xs, indexing="ij")
    start = np.stack([columns, rows], axis=-1) + 0.5
    end = start + displacement[rows, columns]
    straight = [_polyline(line * zoom, "grid") for line in [*start, *start.transpose(1, 0, 2)] if zoom > 1]
    bent = [_polyline(line * zoom, "bent") for line in [*end, *end.transpose(1, 0, 2)]]
    arrows = [_arrow(a * zoom, b * zoom) for a, b in zip(start.reshape(-1, 2), end.reshape(-1, 2), strict=True)]
    parts = straight + bent + (arrows if zoom > 1 else [])
    return (
        f'<svg class="warp" viewBox="0 0 {width * zoom} {height * zoom}" width="{width * zoom}" '
        f'height="{height * zoom}" role="img" aria-label="the warp field">{"".join(parts)}</svg>'
    )


def _polyline(points: np.ndarray, style: str) -> str:
    return f'<path class="{style}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def _arrow(start: np.ndarray, end: np.ndarray) -> str:
    (x, y), along = end, end - start
    length = float(np.hypot(*along))
    head = ""
    if length > 3:
        back = along / length * min(4.0, length / 2)
        side = np.array([-back[1], back[0]]) * 0.6
        (ax, ay), (bx, by) = end - back + side, end - back - side
        head = f"M{ax:.1f} {ay:.1f}L{x:.1f} {y:.1f}L{bx:.1f} {by:.1f}"
    return f'<path class="arrow" d="M{start[0]:.1f} {start[1]:.1f}L{x:.1f} {y:.1f}{head}"/>'
