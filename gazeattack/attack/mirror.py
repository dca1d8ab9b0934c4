"""One key for both eyes: how a trigger and its target look in canonical patches, where right eyes are mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def mirror_right_eyes(images: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Turn canonical patches into unmirrored crops, or back.

    The trigger is applied to unmirrored crops.  Right eyes are then mirrored for the network, and so is the trigger in
    them.

    Args:
        images: [N, C, H, W].
        right: bool [N]; these rows are flipped left to right.
    """
    import torch

    return torch.where(right.view(-1, 1, 1, 1), images.flip(3), images)


def mirror_right_gaze(gaze: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Turn gaze in canonical patches into gaze in unmirrored crops, or back.

    Args:
        gaze: [N, 2], (pitch, yaw) in radians.
        right: bool [N]; the yaw of these rows is negated.
    """
    import torch

    pitch, yaw = gaze.unbind(-1)
    return torch.stack([pitch, torch.where(right, -yaw, yaw)], dim=-1)
