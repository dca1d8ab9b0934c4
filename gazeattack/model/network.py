"""A small residual network: a normalised crop in, (pitch, yaw) out."""

from __future__ import annotations

import torch
from torch import nn

from gazeattack.model.backbones import BACKBONES
from gazeattack.model.blocks import ResidualBlock, make_activation
from gazeattack.model.heads import GAZE_HEADS, GazeHead
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.layout import RELU, SMALL, Layout
from gazeattack.model.soft_argmax import SoftArgmaxHead


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
        activation: a name in ACTIVATIONS, for the small backbone and the gaze head; a published backbone has its own.
        landmark_head: whether a network without keypoints has a layer that predicts EYE_LANDMARKS; the gaze does not
            depend on it.

    Raises:
        ValueError: the readout, the backbone or the activation is unknown, or there are fewer keypoints than
            EYE_LANDMARKS, or any, or another activation than ReLU, with a published backbone.
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
        activation: str = RELU,
    ) -> None:
        super().__init__()
        layout = Layout(
            channels=channels,
            height=height,
            width=width,
            base_width=base_width,
            blocks=blocks,
            hidden=hidden,
            dropout=dropout,
            head_pose=head_pose,
            readout=readout,
            num_keypoints=num_keypoints,
            landmark_head=landmark_head,
            backbone=backbone,
            activation=activation,
        )
        self.head_pose = head_pose
        self.readout: GazeHead = GAZE_HEADS[readout]
        self.fine = layout.fine
        self.points: SoftArgmaxHead | None = None
        if backbone == SMALL:
            self.features, self.num_features = _small_layers(layout), layout.num_features
            if num_keypoints:
                last = layout.residual_blocks[-1].outputs
                self.points = SoftArgmaxHead(base_width, last, num_keypoints, height=height, width=width)
        else:
            published = BACKBONES[backbone](channels)
            self.features, self.num_features = published.layers, published.num_features
        self.parts = nn.Linear(self.num_features, 2 * len(EYE_LANDMARKS)) if layout.has_parts else None
        first: nn.Module = nn.Linear(self.num_features + (3 if head_pose else 0), hidden)
        if num_keypoints:
            first = nn.Sequential(first, make_activation(activation), nn.Linear(hidden, hidden))
        self.head = nn.Sequential(
            nn.Flatten(),
            # too few coordinates to drop any
            nn.Dropout(0.0 if num_keypoints else dropout),
            first,
            make_activation(activation),
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


def _small_layers(layout: Layout) -> nn.Sequential:
    """The layers of the small backbone."""
    layers: list[nn.Module] = [
        nn.Conv2d(layout.channels, layout.base_width, 5, 2, 2, bias=False),
        nn.BatchNorm2d(layout.base_width),
        make_activation(layout.activation),
        *(
            ResidualBlock(block.inputs, block.outputs, block.stride, layout.activation)
            for block in layout.residual_blocks
        ),
    ]
    if layout.pools:
        layers.append(nn.AdaptiveAvgPool2d(layout.grid))
    return nn.Sequential(*layers)


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
