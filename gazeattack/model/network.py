"""A small residual network: a normalised crop in, (pitch, yaw) out."""

from __future__ import annotations

import torch
from torch import nn

from gazeattack.model.backbones import BACKBONES, SMALL
from gazeattack.model.blocks import ResidualBlock
from gazeattack.model.heads import GAZE_HEADS, GazeHead
from gazeattack.model.landmarks import EYE_LANDMARKS, SoftArgmaxHead

STAGES = 3
STEM = 3
FACE_GRID = 7  # rows and columns of the features of a square crop


class GazeResNet(nn.Module):
    """A backbone and a small gaze head.

    The small backbone is a stem and three residual stages of widths w, 2w and 4w (He et al., CVPR 2016).

    Input: crops [N, channels, H, W] in [-1, 1], as the bundle's preprocessing returns them, and optionally the head
    pose in the same normalised camera.  Output: the gaze (pitch, yaw) [N, 2] in radians in the normalised crop.
    The attributes `features`, `head`, `points` and `parts` are prefixes of the weights' names in every bundle; `points`
    holds the keypoints' SoftArgmaxHead and `parts` the landmark head.

    Args:
        channels, height, width: of the crop, pixels.
        base_width: w, the channels of the stem.
        blocks: residual blocks of each stage.
        hidden: units of the gaze head's hidden layer.
        dropout: share of features that training drops before the gaze head; keypoints are never dropped.
        head_pose: whether the gaze head takes the head pose; without it, a given head pose is ignored.
        readout: a name in GAZE_HEADS; it decodes the last layer's outputs to a gaze.
        num_keypoints: 0 gives the gaze head all features.  Otherwise the number of keypoints whose coordinates alone
            it takes (see SoftArgmaxHead), through one more layer.
        backbone: "small", or a name in BACKBONES, for which base_width and blocks have no meaning.
        landmark_head: whether a network without keypoints has a layer that predicts EYE_LANDMARKS; the gaze does not
            depend on it.

    Raises:
        ValueError: the readout or the backbone is unknown, or there are fewer keypoints than EYE_LANDMARKS, or any with
            a published backbone.
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        height: int = 36,
        width: int = 60,
        base_width: int = 32,
        blocks: int = 1,
        hidden: int = 128,
        dropout: float = 0.2,
        head_pose: bool = False,
        readout: str = "regression",
        num_keypoints: int = 0,
        landmark_head: bool = False,
        backbone: str = SMALL,
    ) -> None:
        super().__init__()
        if readout not in GAZE_HEADS:
            raise ValueError(f"no such readout: {readout!r}")
        if num_keypoints and num_keypoints < len(EYE_LANDMARKS):
            raise ValueError(f"{num_keypoints} keypoints are fewer than the {len(EYE_LANDMARKS)} eye landmarks")
        self.head_pose = head_pose
        self.readout: GazeHead = GAZE_HEADS[readout]
        if backbone != SMALL and (backbone not in BACKBONES or num_keypoints):
            raise ValueError(f"no such backbone, or none with keypoints: {backbone!r}")
        self.fine = STEM + blocks  # layers up to the end of the first stage of the small backbone
        self.points: SoftArgmaxHead | None = None
        if backbone == SMALL:
            layers, inputs, cells = _small_layers(channels, height, width, base_width, blocks)
            self.features = nn.Sequential(*layers)
            if num_keypoints:
                self.points = SoftArgmaxHead(base_width, inputs, num_keypoints, height=height, width=width)
        else:
            published = BACKBONES[backbone](channels)
            self.features, inputs, cells = published.layers, published.num_features, 1
        self.num_features = 2 * num_keypoints if num_keypoints else inputs * cells
        self.parts = (
            nn.Linear(self.num_features, 2 * len(EYE_LANDMARKS)) if landmark_head and not num_keypoints else None
        )
        first: nn.Module = nn.Linear(self.num_features + (3 if head_pose else 0), hidden)
        if num_keypoints:
            first = nn.Sequential(first, nn.ReLU(inplace=True), nn.Linear(hidden, hidden))
        self.head = nn.Sequential(
            nn.Flatten(),
            # too few coordinates to drop any
            nn.Dropout(0.0 if num_keypoints else dropout),
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


def _small_layers(
    channels: int, height: int, width: int, base_width: int, blocks: int
) -> tuple[list[nn.Module], int, int]:
    """The layers of the small backbone, the channels of their output, and its rows times columns."""
    layers: list[nn.Module] = [
        nn.Conv2d(channels, base_width, 5, 2, 2, bias=False),
        nn.BatchNorm2d(base_width),
        nn.ReLU(inplace=True),
    ]
    inputs, rows, columns = base_width, (height + 1) // 2, (width + 1) // 2
    for stage in range(STAGES):
        outputs = base_width * 2**stage
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 else 1
            layers.append(ResidualBlock(inputs, outputs, stride))
            inputs, rows, columns = outputs, -(-rows // stride), -(-columns // stride)
    # larger crops are pooled to the grid of a 36x60 crop, so that the head stays small; wider crops, such as strips
    # of both eyes, keep proportionally more columns
    grid = min(5, height), min(round(7.5 * max(1.0, 0.6 * width / height)), width)
    if height == width:
        # a face's eyes take a sixth of its height
        grid = (min(FACE_GRID, height),) * 2
    if (rows, columns) != grid:
        layers.append(nn.AdaptiveAvgPool2d(grid))
    return layers, inputs, grid[0] * grid[1]


class LogitsNetwork(nn.Module):
    """A network whose forward() returns the raw outputs that the readout decodes."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """[N, readout.outputs]."""
        return self.network.forward_logits(x, head)


def fuse_conv_bn(network: GazeResNet) -> GazeResNet:
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
