"""Maps of the screen: every target, and where the predicted gaze lands."""

from __future__ import annotations

import numpy as np

from gazeattack.collection.score import PersonalScore, ScreenErrors

WIDTH = 440  # of a map on the page, px
_MARGIN = 0.15  # around the screen, as a share of its width
_RING = 5.0


def error_map(score: PersonalScore, errors: ScreenErrors, *, style: str, label: str) -> str:
    """A screen with a ring at every target and an arrow to the mean predicted point; an SVG.

    Args:
        score: of the person.
        errors: of the branch to draw.
        style: CSS class of the arrows: clean or triggered.
        label: what the map shows, for screen readers.
    """
    screen, target = score.collection.screen, score.collection.target.astype(np.float64)
    scale = WIDTH / (screen.width_mm * (1 + 2 * _MARGIN))
    edge = _MARGIN * screen.width_mm
    height = (screen.height_mm + 2 * edge) * scale
    parts = [
        f'<rect class="monitor" x="{edge * scale:.1f}" y="{edge * scale:.1f}" width="{screen.width_mm * scale:.1f}" '
        f'height="{screen.height_mm * scale:.1f}"/>'
    ]
    for block in np.unique(score.blocks):
        own = (score.blocks == block) & np.isfinite(errors.points).all(axis=1)
        if not own.any():
            continue
        start = (np.median(target[own], axis=0) + edge) * scale
        end = (np.median(errors.points[own], axis=0) + edge) * scale
        inside = _clip(start, end, WIDTH, height)
        parts.append(
            f'<path class="line {style}" d="M{start[0]:.1f} {start[1]:.1f}L{inside[0]:.1f} {inside[1]:.1f}"/>'
            f'<circle class="aim" cx="{start[0]:.1f}" cy="{start[1]:.1f}" r="{_RING}"/>'
        )
        # an arrow that leaves the picture has no end in it
        if np.allclose(inside, end):
            parts.append(f'<circle class="dot {style}" cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="3.2"/>')
    return (
        f'<svg class="plot map" viewBox="0 0 {WIDTH} {height:.0f}" style="max-width:{WIDTH}px" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def heat_map(score: PersonalScore, errors: ScreenErrors, *, label: str) -> str:
    """A screen in cells of 3 x 3, each with the mean error in degrees; the darker, the larger.  An SVG."""
    screen, target = score.collection.screen, score.collection.target.astype(np.float64)
    share = np.clip(target / (screen.width_mm, screen.height_mm), 0, 0.999)
    cell = (share * 3).astype(int)
    height = WIDTH * screen.height_mm / screen.width_mm
    w, h = WIDTH / 3, height / 3
    means = {
        (x, y): float(errors.deg[own].mean())
        for x in range(3)
        for y in range(3)
        if (own := (cell == (x, y)).all(axis=1)).any()
    }
    most = max(means.values())
    parts = []
    for y in range(3):
        for x in range(3):
            value = means.get((x, y))
            shade = 0.0 if value is None else 0.08 + 0.47 * value / most
            text = "–" if value is None else f"{value:.1f}°"
            parts.append(
                f'<rect class="cell" x="{x * w:.1f}" y="{y * h:.1f}" width="{w:.1f}" height="{h:.1f}" '
                f'fill-opacity="{shade:.2f}"/><text class="value" x="{(x + 0.5) * w:.1f}" y="{(y + 0.5) * h + 6:.1f}" '
                f'text-anchor="middle">{text}</text>'
            )
    return (
        f'<svg class="plot map" viewBox="0 0 {WIDTH} {height:.0f}" style="max-width:{WIDTH}px" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _clip(start: np.ndarray, end: np.ndarray, width: float, height: float) -> np.ndarray:
    """The end of a line from `start`, or where it leaves the picture."""
    size, along = np.array([width, height]), end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(along > 0, (size - start) / along, np.where(along < 0, -start / along, np.inf))
    clipped: np.ndarray = start + along * min(1.0, float(shares.min()))
    return clipped
