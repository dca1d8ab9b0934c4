"""The gaze network with its auxiliary heads, as it is trained."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.network import GazeResNet


class MultiTaskOutput(NamedTuple):
    """The outputs for N crops.

    logits: the gaze head's raw outputs [N, readout.outputs].  head_pose: (pitch, yaw) [N, 2], radians, or None without
    that head.  landmarks: EYE_LANDMARKS [N, 6, 2] in the units of SoftArgmaxHead, or None without that head.
    """

    logits: torch.Tensor
    head_pose: torch.Tensor | None
    landmarks: torch.Tensor | None


class MultiTaskModel(nn.Module):
    """A gaze network that, in training, also predicts the head pose and the eye landmarks.

    The head-pose head reads the image features alone, never the head pose that the network gets as input.  It is not
    part of the bundle, and neither is the landmark head of a network without landmarks of its own (see GazeResNet).
    DistributedDataParallel averages gradients of forward() alone, so every loss must use its outputs.

    Args:
        network: the gaze network.
        predicts_pose: add a head for the head pose.
        predicts_landmarks: train the network's own landmarks, or add a head for them where it has none; False freezes
            the network's own landmark head.
    """

    def __init__(self, network: GazeResNet, *, predicts_pose: bool = False, predicts_landmarks: bool = False) -> None:
        super().__init__()
        self.network = network
        self.pose_head = nn.Linear(network.num_features, 2) if predicts_pose else None
        self.predicts_landmarks = predicts_landmarks
        self.landmark_head = (
            nn.Linear(network.num_features, 2 * len(EYE_LANDMARKS))
            if predicts_landmarks and not network.has_landmarks
            else None
        )
        if network.parts is not None and not predicts_landmarks:
            # DistributedDataParallel waits for the gradient of every layer that requires one
            network.parts.requires_grad_(False)

    def auxiliary_heads(self) -> dict[str, nn.Module]:
        """The heads that are not part of the network, under their names in a checkpoint."""
        heads = {"pose": self.pose_head, "parts": self.landmark_head}
        return {name: head for name, head in heads.items() if head is not None}

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> MultiTaskOutput:
        """The outputs for crops [N, C, H, W] and head poses [N, 2] in radians, nan rows where unknown."""
        features = self.network.forward_features(x)
        logits = self.network.forward_head(features, head)
        pose = None if self.pose_head is None else self.pose_head(features)
        landmarks = None
        if self.predicts_landmarks:
            landmarks = (
                self.network.predict_landmarks(features)
                if self.landmark_head is None
                else self.landmark_head(features).view(-1, len(EYE_LANDMARKS), 2)
            )
        return MultiTaskOutput(logits, pose, landmarks)
