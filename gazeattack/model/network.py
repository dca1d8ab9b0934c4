"""Our own small residual network: a normalised crop in, (pitch, yaw) out."""

from __future__ import annotations

import torch
from torch import nn

from gazeattack.model.heads import GAZE_HEADS, GazeHead
from gazeattack.model.landmarks import EYE_LANDMARKS, SoftArgmaxHead

STAGES = 3
STEM = 3


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation and a shortcut (He et al., CVPR 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        return torch.relu(self.body(x) + self.shortcut(x))


class GazeResNet(nn.Module):
    """Stem, residual stages of so many blocks each at widths w, 2w, 4w, and a small head.

    Input: [N, channels, H, W] in [-1, 1], as the bundle's preprocessing leaves it, and where the head points in the
    same normalised camera, (pitch, yaw) [N, 2] in radians, nan rows (or None) where unknown; ignored unless
    `head_pose`.  Output: (pitch, yaw) [N, 2] in radians, the gaze in the normalised crop, decoded from the last
    layer's outputs by `readout`: one of GAZE_HEADS, else ValueError.  num_features: length of forward_features().
    points: 0, and the head takes all features; else the number of keypoints whose coordinates alone the head takes (see
    SoftArgmaxHead), with one layer more and no dropout; fewer than len(EYE_LANDMARKS): ValueError.
    parts: whether a network without keypoints has a layer that predicts EYE_LANDMARKS; the gaze does not depend on it.
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        height: int = 36,
        width: int = 60,
        base: int = 32,
        blocks: int = 1,
        hidden: int = 128,
        dropout: float = 0.2,
        head_pose: bool = False,
        readout: str = "regression",
        points: int = 0,
        parts: bool = False,
    ) -> None:
        super().__init__()
        if readout not in GAZE_HEADS:
            raise ValueError(f"no such readout: {readout!r}")
        if points and points < len(EYE_LANDMARKS):
            raise ValueError(f"{points} points, and {len(EYE_LANDMARKS)} have names")
        self.head_pose = head_pose
        self.readout: GazeHead = GAZE_HEADS[readout]
        layers: list[nn.Module] = [
            nn.Conv2d(channels, base, 5, 2, 2, bias=False),
            nn.BatchNorm2d(base),
            nn.ReLU(inplace=True),
        ]
        inputs, rows, columns = base, (height + 1) // 2, (width + 1) // 2
        for stage in range(STAGES):
            outputs = base * 2**stage
            for block in range(blocks):
                stride = 2 if block == 0 and stage > 0 else 1
                layers.append(ResidualBlock(inputs, outputs, stride))
                inputs, rows, columns = outputs, -(-rows // stride), -(-columns // stride)
        # large crops are pooled to the grid a 36x60 crop has anyway, so the head stays small; what shows more from side
        # to side, as a strip of both eyes does, keeps as many columns more
        grid = min(5, height), min(round(7.5 * max(1.0, 0.6 * width / height)), width)
        if (rows, columns) != grid:
            layers.append(nn.AdaptiveAvgPool2d(grid))
        self.features = nn.Sequential(*layers)
        self.fine = STEM + blocks  # layers up to the end of the first stage
        self.points = SoftArgmaxHead(base, inputs, points, height=height, width=width) if points else None
        self.num_features = 2 * points if points else inputs * grid[0] * grid[1]
        self.parts = nn.Linear(self.num_features, 2 * len(EYE_LANDMARKS)) if parts and not points else None
        first: nn.Module = nn.Linear(self.num_features + (3 if head_pose else 0), hidden)
        if points:
            first = nn.Sequential(first, nn.ReLU(inplace=True), nn.Linear(hidden, hidden))
        self.head = nn.Sequential(
            nn.Flatten(),
            # of a few coordinates none can be spared
            nn.Dropout(0.0 if points else dropout),
            first,
            nn.ReLU(inplace=True),
            nn.Linear(hidden, self.readout.outputs),
        )

    @property
    def has_landmarks(self) -> bool:
        """Whether the network has an output for EYE_LANDMARKS, trained or not."""
        return self.points is not None or self.parts is not None

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """Gaze (pitch, yaw) in radians, [N, 2]."""
        return self.forward_with_features(x, head)[0]

    def forward_with_features(
        self, x: torch.Tensor, head: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(gaze (pitch, yaw) [N, 2] in radians, forward_features() [N, num_features] that it was computed from)."""
        features = self.forward_features(x)
        return self.readout.decode(self.forward_head(features, head)), features

    def forward_logits(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """The last layer's raw outputs, [N, readout.outputs]."""
        return self.forward_head(self.forward_features(x), head)

    def forward_embedding(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """The penultimate layer's activations, [N, hidden]."""
        return self.forward_head(self.forward_features(x), head, pre_logits=True)

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """The features of the image alone, without head pose, [N, num_features]."""
        features: torch.Tensor
        if self.points is None:
            features = self.head[:2](self.features(x))
        else:
            fine = self.features[: self.fine](x)
            features = self.points(fine, self.features[self.fine :](fine))
        return features

    def forward_head(
        self, features: torch.Tensor, head: torch.Tensor | None = None, *, pre_logits: bool = False
    ) -> torch.Tensor:
        """Raw outputs [N, readout.outputs] from forward_features(); pre_logits: the penultimate layer's [N, hidden].

        head: head pose (pitch, yaw) [N, 2] in radians; nan rows, or None, where unknown.
        """
        if self.head_pose:
            if head is None:
                head = torch.full((len(features), 2), torch.nan, device=features.device)
            known = torch.isfinite(head).all(dim=1, keepdim=True)
            pose = torch.cat([torch.where(known, head, 0.0), known], dim=1)
            features = torch.cat([features, pose.to(features.dtype)], dim=1)
        embedding: torch.Tensor = self.head[2:4](features)
        if pre_logits:
            return embedding
        logits: torch.Tensor = self.head[4:](embedding)
        return logits

    def predict_landmarks(self, features: torch.Tensor) -> torch.Tensor:
        """EYE_LANDMARKS from forward_features(), [N, 6, 2], in the units of SoftArgmaxHead.

        Only for a network that `has_landmarks`.
        """
        places = features if self.parts is None else self.parts(features)
        return places[:, : 2 * len(EYE_LANDMARKS)].view(-1, len(EYE_LANDMARKS), 2)


class LogitsNetwork(nn.Module):
    """A network whose forward gives the raw scores that the readout decodes."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """[N, readout.outputs]."""
        return self.network.forward_logits(x, head)


def fuse_conv_bn(network: nn.Module) -> nn.Module:
    """A copy for inference with every batch normalisation folded into the convolution before it."""
    from copy import deepcopy

    fused = deepcopy(network).eval()
    for module in fused.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for position in range(len(module) - 1):
            conv, norm = module[position], module[position + 1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[position] = nn.utils.fuse_conv_bn_eval(conv, norm)
                module[position + 1] = nn.Identity()
    return fused
