"""Comparing landmarks."""

import numpy as np


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Median distance between the landmarks of one face, as a share of its width."""
    return float(np.median(np.linalg.norm(one[:, :2] - other[:, :2], axis=1)) / np.ptp(one[:, 0]))


def unsteadiness(faces: list[np.ndarray]) -> float:
    """Median change of the landmarks' speed from frame to frame, as a share of the face's width."""
    track = np.stack(faces)[:, :, :2]
    change = np.linalg.norm(track[2:] - 2 * track[1:-1] + track[:-2], axis=2)
    return float(np.median(change) / np.ptp(track[0, :, 0]))
