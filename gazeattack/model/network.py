"""Our own small residual network: a normalised crop in, (pitch, yaw) out."""

from __future__ import annotations

import torch
from torch import nn

from gazeattack.model.heads import READOUTS, Readout
from gazeattack.model.landmarks import POINTS, PointReader

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
    layer's scores as `readout` says: one of READOUTS, else ValueError.  seen: how many numbers the
    convolutions make of a picture.  points: 0 hands all features to the head; a number, the places of so many points
    alone (see PointReader), and the head has a layer more and no dropout; fewer than there are POINTS: ValueError.
    parts: whether a network that hands on all features has a layer that says where POINTS are; the gaze needs it not.
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
        if readout not in READOUTS:
            raise ValueError(f"no such readout: {readout!r}")
        if points and points < len(POINTS):
            raise ValueError(f"{points} points, and {len(POINTS)} have names")
        self.head_pose = head_pose
        self.readout: Readout = READOUTS[readout]
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
        self.points = PointReader(base, inputs, points, height=height, width=width) if points else None
        self.seen = 2 * points if points else inputs * grid[0] * grid[1]
        self.parts = nn.Linear(self.seen, 2 * len(POINTS)) if parts and not points else None
        first: nn.Module = nn.Linear(self.seen + (3 if head_pose else 0), hidden)
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

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """Gaze (pitch, yaw) in radians, [N, 2]."""
        return self.answer(x, head)[0]

    def answer(self, x: torch.Tensor, head: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """(gaze (pitch, yaw) [N, 2] in radians, see() [N, seen] that it was read from)."""
        seen = self.see(x)
        return self.readout.decode(self.score(seen, head)), seen

    def scores(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """The last layer's raw scores, [N, readout.outputs]."""
        return self.score(self.see(x), head)

    def embed(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """The penultimate layer's activations, [N, hidden]."""
        return self.weigh(self.see(x), head)

    def see(self, x: torch.Tensor) -> torch.Tensor:
        """What the convolutions make of the picture alone, [N, seen]."""
        if self.points is None:
            return self.head[:2](self.features(x))
        fine = self.features[: self.fine](x)
        return self.points(fine, self.features[self.fine :](fine))

    @property
    def locates(self) -> bool:
        """Whether it says where POINTS are, taught or not."""
        return self.points is not None or self.parts is not None

    def locate(self, seen: torch.Tensor) -> torch.Tensor:
        """Where POINTS are by what see() gave, [N, 6, 2], in a PointReader's units.  Only of one that `locates`."""
        places = seen if self.parts is None else self.parts(seen)
        return places[:, : 2 * len(POINTS)].view(-1, len(POINTS), 2)

    def score(self, seen: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """scores() from what see() gave."""
        return self.head[4:](self.weigh(seen, head))

    def weigh(self, seen: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """embed() from what see() gave."""
        if self.head_pose:
            if head is None:
                head = torch.full((len(seen), 2), torch.nan, device=seen.device)
            known = torch.isfinite(head).all(dim=1, keepdim=True)
            pose = torch.cat([torch.where(known, head, 0.0), known], dim=1)
            seen = torch.cat([seen, pose.to(seen.dtype)], dim=1)
        return self.head[2:4](seen)


class Scores(nn.Module):
    """A network whose forward gives the raw scores that the readout decodes."""

    def __init__(self, network: GazeResNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, head: torch.Tensor | None = None) -> torch.Tensor:
        """[N, readout.outputs]."""
        return self.network.scores(x, head)


def fuse(network: nn.Module) -> nn.Module:
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
