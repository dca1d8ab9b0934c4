"""Where things are in the picture: maps of a network whose centres of mass are points."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

EYE_LANDMARKS = ("iris", "eyeball", "upper lid", "lower lid", "inner end", "outer end")
"""Centres of iris and eyeball, lids over and under the iris, ends of what shows of the eyeball: nose and temple."""

MAP_WIDTH = 32
UNIT = 4.0
"""Coordinates are counted in quarters of the crop's height, so that they are of order one."""


class SoftArgmaxHead(nn.Module):
    """(x, y) of `count` points, in quarters of the crop's height from its middle, right and down.

    Of crops of height x width pixels, see forward.

    Each point is the centre of mass of a softmax over a map (a spatial soft-argmax; Finn et al., 2016), so a network
    that answers from points alone must find out where an eye's parts are, whatever they look like: what eye landmarks
    do for gaze in rendered and real eyes alike (Park et al., ETRA 2018).
    """

    def __init__(self, fine: int, coarse: int, count: int, *, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width
        self.fine = nn.Conv2d(fine, MAP_WIDTH, 1)
        self.coarse = nn.Conv2d(coarse, MAP_WIDTH, 1)
        self.maps = nn.Sequential(
            nn.BatchNorm2d(MAP_WIDTH),
            nn.ReLU(inplace=True),
            nn.Conv2d(MAP_WIDTH, MAP_WIDTH, 3, 1, 1, bias=False),
            nn.BatchNorm2d(MAP_WIDTH),
            nn.ReLU(inplace=True),
            nn.Conv2d(MAP_WIDTH, count, 1),
        )

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Features [N, fine, h, w] at half the crop's resolution and [N, coarse, ...] below it -> [N, count * 2]."""
        rows, columns = fine.shape[2:]
        context = F.interpolate(self.coarse(coarse), (rows, columns), mode="bilinear", align_corners=False)
        maps = self.maps(self.fine(fine) + context).float()
        mass = maps.flatten(2).softmax(dim=-1).view(maps.shape)
        # a cell of the stem sits on every second pixel, from the first
        y = (2 * torch.arange(rows, device=mass.device) - (self.height - 1) / 2) * (UNIT / self.height)
        x = (2 * torch.arange(columns, device=mass.device) - (self.width - 1) / 2) * (UNIT / self.height)
        centres = torch.stack([(mass.sum(dim=2) * x).sum(dim=-1), (mass.sum(dim=3) * y).sum(dim=-1)], dim=-1)
        return centres.flatten(1)


def denormalize_landmarks(units: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """What normalize_landmarks() takes, of what it gives."""
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=units.device)
    return units * (height / UNIT) + middle


def normalize_landmarks(points: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Points [..., 2], (column, row) in pixels of a crop from its first pixel's centre, in SoftArgmaxHead's units."""
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=points.device)
    return (points - middle) * (UNIT / height)
