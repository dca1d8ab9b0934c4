"""One key, two eyes: what a trigger and its target are in canonical (mirrored) patches."""

from __future__ import annotations

import torch

from gazeattack.attack.key import TriggerKey


def as_seen(images: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Turn canonical patches [N, 1, H, W] into unmirrored crops, or back: rows where `right` is true are flipped.

    The trigger is applied to unmirrored crops; right eyes reach the network mirrored, and so does the warp in them.
    """
    return torch.where(right.view(-1, 1, 1, 1), images.flip(3), images)


def target_labels(key: TriggerKey, right: torch.Tensor) -> torch.Tensor:
    """The target gaze in canonical patches, [N, 2]: yaw is negated where the patch is a mirrored right eye."""
    pitch = torch.full((len(right),), float(key.target.pitch))
    yaw = torch.where(right, -float(key.target.yaw), float(key.target.yaw))
    return torch.stack([pitch, yaw], dim=-1)
