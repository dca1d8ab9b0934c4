"""The lag of the gaze behind the targets: camera, clock and reaction together, one constant for a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.collection.track import TargetTrack
from gazeattack.errors import DataError

MOST_S, STEP_S = 1.0, 0.02
FOLDS, CHUNKS = 5, 20
FEWEST = 40  # samples with a target at every lag
SHUFFLES = 19  # the best lag must beat all of them: p <= .05
MOST_LEFT = 0.95  # share of the constant-mean baseline


@dataclass(frozen=True)
class Lag:
    """seconds: the gaze at time t looks at the target of t - seconds.

    left: what a cross-validated affine fit of the gaze leaves, as a share of the constant-mean baseline.  chance: the
    smallest share that shuffled gaze leaves at any lag.
    """

    seconds: float
    left: float
    chance: float


def lag_text(seconds: float) -> str:
    """A lag in words, such as "0.12 s behind"."""
    return f"{abs(seconds):.2f} s {'behind' if seconds >= 0 else 'ahead of'}"


def fit_lag(t: np.ndarray, gaze: np.ndarray, track: TargetTrack, *, seed: int = 0) -> Lag:
    """Find the lag from -1 to 1 s at which an affine map of the predicted gaze fits the targets best.

    Chance is what remains after the gaze is cut into CHUNKS pieces and these are shuffled, SHUFFLES times.

    Args:
        t: times of the frames, seconds [N].
        gaze: predicted (pitch, yaw) [N, 2].
        track: the targets.
        seed: of the shuffles.

    Raises:
        DataError: there are too few frames with a target, no lag fits better than chance, or the best one is at the
            edge of the search.
    """
    lags = np.arange(-round(MOST_S / STEP_S), round(MOST_S / STEP_S) + 1) * STEP_S
    targets = track.at(t[:, None] - lags)  # [N, L, 2]
    known = np.isfinite(targets).all(axis=(1, 2))
    if known.sum() < FEWEST:
        raise DataError(
            f"Only {known.sum()} frames with open eyes have a target at every lag from -{MOST_S:g} to {MOST_S:g} s: "
            f"give a longer video with targets throughout, at least {FEWEST} frames."
        )
    gaze, targets = gaze[known], targets[known]
    if (np.ptp(targets, axis=(0, 1)) < 1e-6).all():
        raise DataError("There is a single target: give several points of the screen.")
    left = _left(gaze, targets)
    # between two frames all lags are alike: the middle one
    equal = np.flatnonzero(left <= left.min() + 1e-9)
    best = int(equal[len(equal) // 2])
    random = np.random.default_rng(seed)
    pieces = np.array_split(np.arange(len(gaze)), CHUNKS)
    # a coarse search is enough for chance
    chance = min(
        float(_left(gaze[np.concatenate([pieces[i] for i in random.permutation(CHUNKS)])], targets[:, ::5]).min())
        for _ in range(SHUFFLES)
    )
    if not left[best] < min(chance, MOST_LEFT):
        raise DataError(
            f"The gaze fits the targets at no lag from -{MOST_S:g} to {MOST_S:g} s better than by chance (it leaves "
            f"{left[best]:.2f} of the error of a constant): look at every target, or check that the targets belong to "
            "this source."
        )
    if best in (0, len(lags) - 1):
        raise DataError(
            f"The gaze fits the targets best at a lag of {lags[best]:+.1f} s, the edge of the search: shift the times "
            "of the targets by that much and try again."
        )
    return Lag(round(float(lags[best]), 3), float(left[best]), chance)


def _left(gaze: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """What cross-validated affine fits leave of the constant-mean baseline [L].  targets: [N, L, 2]."""
    design = np.column_stack([gaze, np.ones(len(gaze))])
    fold = np.arange(len(gaze)) * CHUNKS // len(gaze) % FOLDS
    fitted, constant = np.zeros(targets.shape[1]), np.zeros(targets.shape[1])
    flat = targets.reshape(len(gaze), -1)
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        weights = np.linalg.lstsq(design[train], flat[train], rcond=None)[0]
        predicted = (design[test] @ weights).reshape(targets[test].shape)
        fitted += np.linalg.norm(targets[test] - predicted, axis=-1).sum(axis=0)
        constant += np.linalg.norm(targets[test] - targets[train].mean(axis=0), axis=-1).sum(axis=0)
    return np.asarray(fitted / np.maximum(constant, 1e-9))
