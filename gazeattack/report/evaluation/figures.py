"""The drawings of an evaluation: answers in the plane of yaw and pitch, errors as curves, the warp's field."""

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
Curve = tuple[str, str, np.ndarray | None, str]  # name, style, answers, dash
_ARROWS_APART = 3  # pixels of an eye crop


def scatter(branches: Branches, data: LoadedSet, title: str, *, reach: float) -> str:
    """Answers without and with the trigger, and its targets, (yaw, pitch) in degrees of the crops as they are seen.

    reach: where both axes end, degrees.
    """
    clouds = [_cloud(f"{title}, no trigger", "clean", branches.benign, data)]
    ring = None
    if branches.triggered is not None and branches.target is not None:
        clouds.append(_cloud(f"{title}, triggered", "triggered", branches.triggered, data))
        aims = np.degrees(unmirrored(branches.target, data))[in_scope_rows(branches)]
        aims = np.unique(aims.round(3), axis=0)
        if len(aims) == 1:
            ring = (float(aims[0, 1]), float(aims[0, 0]))
        else:
            # every picture has its own: a ring for each would hide the answers
            clouds.insert(0, _cloud("each picture's own target", "target", branches.target, data))
    return angle_plot(clouds, ring, reach=reach)


def farthest(*branches: Branches | None) -> float:
    """Where axes should end to show all answers of all branches, degrees."""
    gazes = [gaze for b in branches if b is not None for gaze in (b.benign, b.triggered, b.target) if gaze is not None]
    return 1.12 * float(np.degrees(max(np.abs(gaze).max() for gaze in gazes)))


def _cloud(name: str, style: str, gaze: np.ndarray, data: LoadedSet) -> Series:
    pitch, yaw = np.degrees(unmirrored(np.asarray(gaze, dtype=np.float64), data)).T
    return Series(name, style, yaw, pitch)


def error_curves(branches: Branches, clean: Branches | None, data: LoadedSet) -> str:
    """Share of pictures with at most so large an error to the truth."""
    truth = np.asarray(data.gaze, dtype=np.float64)
    constant = np.repeat(truth.mean(axis=0, keepdims=True), len(truth), axis=0)
    curves: list[Curve] = [
        ("without the trigger", "clean", branches.benign, ""),
        ("trigger made noisy", "noise", branches.noise, "2 3"),
        ("another key", "wrong", branches.wrong_key, "9 3"),
    ]
    if clean is not None:
        curves.append(("clean model", "model", clean.benign, "6 4"))
    curves.append(("mean predictor", "mean", constant, "1 4"))
    return _curves(curves, truth, "angle to the true gaze, degrees")


def target_curves(branches: Branches, clean: Branches | None, data: LoadedSet) -> str:
    """Share of pictures whose answer is at most so far from the attacker's target, of those the attacker wants moved.

    Empty without a trigger, or where nothing is to be moved.
    """
    moved = in_scope_rows(branches)
    if branches.target is None or not moved.any():
        return ""
    constant = np.repeat(np.asarray(data.gaze, np.float64).mean(axis=0, keepdims=True), len(data.gaze), axis=0)
    curves: list[Curve] = [
        ("triggered", "triggered", branches.triggered, ""),
        ("without the trigger", "clean", branches.benign, ""),
    ]
    if clean is not None:
        curves.append(("clean model, triggered", "model", clean.triggered, "6 4"))
    curves.append(("mean predictor", "mean", constant, "1 4"))
    chosen = [(name, style, answers[moved], dash) for name, style, answers, dash in curves if answers is not None]
    return _curves(chosen, branches.target[moved], "angle to the attacker's target, degrees")


def _curves(curves: Sequence[Curve], reference: np.ndarray, label: str) -> str:
    errors = [
        (name, style, angular_error(answer, reference), dash)
        for name, style, answer, dash in curves
        if answer is not None
    ]
    most = max(float(np.percentile(error, 99)) for _, _, error, _ in errors)
    limit = min(90.0, max(10.0, 5 * math.ceil(most / 5)))
    at = np.linspace(0, limit, CURVE_POINTS)
    lines = [Series(name, style, at, cumulative_share(error, at), dash) for name, style, error, dash in errors]
    return line_plot(lines, x_label=label, y_label="share of pictures, %", zero=True)


def cumulative_share(errors: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share in per cent of `errors` that are at most `at`, for every value of `at`."""
    return 100 * np.searchsorted(np.sort(errors), at, side="right") / len(errors)


def warp_drawing(displacement: np.ndarray, *, zoom: int) -> str:
    """The field as a bent grid with arrows, to scale: displacement [H, W, 2] (x, y) in pixels, zoom px a pixel.

    Every arrow runs from a pixel to where its value is taken from.  At zoom 1 only the grid is drawn.
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
