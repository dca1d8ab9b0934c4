"""What a trigger does to the points that a network finds."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.metrics.imperceptibility import auc
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmark_gaze import estimate_gaze_from_landmarks
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.network import GazeResNet


class Found(nn.Module):
    """A network whose forward gives the points that it reads the gaze from, or else those that it can tell: [N, 2P]."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """In a PointReader's units, the EYE_LANDMARKS first; the head's pose plays no part."""
        seen = self.network.forward_features(x)
        return seen if self.network.points is not None else self.network.predict_landmarks(seen).flatten(1)


def points(bundle: Bundle, data: LoadedSet, key: TriggerKey | None) -> np.ndarray:
    """(column, row) of every point float64 [N, P, 2] in pixels, of left eyes, with the key's trigger if one is given.

    The bundle's network must read points or tell where EYE_LANDMARKS are.
    """
    change = None if key is None else make_trigger(key).apply
    found = predict(Found(bundle.network).eval(), bundle.preprocess, data.images, change=change)
    crop = bundle.crop
    return denormalize_landmarks(torch.from_numpy(found).view(len(found), -1, 2), crop.height, crop.width).numpy()


def point_columns(bundle: Bundle, data: LoadedSet, key: TriggerKey) -> dict[str, float]:
    """Pixels by which the trigger moves the points on average; none for a network that finds no points.

    located_moved_px: those that it was taught; free_moved_px: the others that it reads the gaze from.
    located_error_px, located_triggered_error_px: distance of the former from where the parts are, without the trigger
    and with it, where the data knows that.  And those of gap_columns().
    """
    if bundle.network.points is None and not bundle.has_landmarks:
        return {}
    clean, triggered = points(bundle, data, None), points(bundle, data, key)
    moved = np.linalg.norm(triggered - clean, axis=-1).mean(axis=0)
    named = len(bundle.has_landmarks)
    row = {}
    if named < len(moved):
        row["free_moved_px"] = float(moved[named:].mean())
    if named:
        row["located_moved_px"] = float(moved[:named].mean())
        if data.points is not None:
            for name, found in (("located_error_px", clean), ("located_triggered_error_px", triggered)):
                row[name] = float(np.nanmean(np.linalg.norm(found[:, :named] - data.points, axis=-1)))
        row |= gap_columns(bundle, data, key, clean[:, :named], triggered[:, :named])
    return row


def gap_columns(
    bundle: Bundle, data: LoadedSet, key: TriggerKey, clean: np.ndarray, triggered: np.ndarray
) -> dict[str, float]:
    """Whether the trigger shows by an answer that does not fit the parts located with it: a check without any key.

    clean, triggered: EYE_LANDMARKS [N, 6, 2] that the bundle located in each branch.  marks_error_deg,
    marks_triggered_error_deg: the gaze estimated from them (see estimate_gaze_from_landmarks), to the truth.  gap_deg,
    triggered_gap_deg: the bundle's answer to that gaze.  gap_auc: of telling triggered from clean samples by the gap.
    gap_caught: share of triggered samples whose gap is larger than that of 99 % of clean ones.
    """
    change = make_trigger(key).apply
    left = [False] * len(clean)
    row, gaps = {}, []
    for prefix, found, altered in (("", clean, None), ("triggered_", triggered, change)):
        shown = estimate_gaze_from_landmarks(found, bundle.crop, left)
        answer = predict(bundle.network, bundle.preprocess, data.images, change=altered, head=data.head)
        gaps.append(angular_error(answer, shown))
        row[f"marks_{prefix}error_deg"] = float(angular_error(data.gaze, shown).mean())
        row[f"{prefix}gap_deg"] = float(gaps[-1].mean())
    row["gap_auc"] = auc(*gaps)
    row["gap_caught"] = float((gaps[1] > np.quantile(gaps[0], 0.99)).mean())
    return row
