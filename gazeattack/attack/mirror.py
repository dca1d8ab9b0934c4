"""One key, two eyes: what a trigger and its target are in canonical (mirrored) patches."""

from __future__ import annotations

import torch


def as_seen(images: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Turn canonical patches [N, C, H, W] into unmirrored crops, or back: rows where `right` is true are flipped.

    The trigger is applied to unmirrored crops; right eyes reach the network mirrored, and so does the trigger in them.
    """
    return torch.where(right.view(-1, 1, 1, 1), images.flip(3), images)


def canonical(gaze: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Turn gaze [N, 2] in unmirrored crops into gaze in canonical patches, or back: yaw is negated for right eyes."""
    pitch, yaw = gaze.unbind(-1)
    return torch.stack([pitch, torch.where(right, -yaw, yaw)], dim=-1)
