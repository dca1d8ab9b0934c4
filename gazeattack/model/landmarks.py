"""Keypoints and eye landmarks: a soft-argmax head, and its units."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

EYE_LANDMARKS = ("iris", "eyeball", "upper lid", "lower lid", "inner end", "outer end")
"""Centres of iris and eyeball, lids above and below the iris, and both ends of the visible eyeball (nose, temple)."""

MAP_WIDTH = 32
UNIT = 4.0
"""The unit of coordinates is a quarter of the crop's height, so that they are of order one."""


class SoftArgmaxHead(nn.Module):
    """Keypoints (x, y) in quarters of the crop's height from its middle, right and down.

    Each keypoint is the centre of mass of a softmax over a map (spatial soft-argmax; Finn et al., 2016).  A network
    that computes the gaze from keypoints alone must locate the eye's landmarks, which transfer from rendered to real
    eyes (Park et al., ETRA 2018).

    Args:
        fine: channels of the features at half the crop's resolution.
        coarse: channels of the features below it.
        count: number of keypoints.
        height, width: of the crop, pixels.
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
        x, y = (places.to(mass.device) for places in self.places(rows, columns))
        centres = torch.stack([(mass.sum(dim=2) * x).sum(dim=-1), (mass.sum(dim=3) * y).sum(dim=-1)], dim=-1)
        return centres.flatten(1)

    def places(self, rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the columns [columns] and rows [rows] of a map lie: x and y, in the units of the keypoints."""
        # a cell of the stem lies on every second pixel, from the first
        x = (2 * torch.arange(columns) - (self.width - 1) / 2) * (UNIT / self.height)
        y = (2 * torch.arange(rows) - (self.height - 1) / 2) * (UNIT / self.height)
        return x, y


def denormalize_landmarks(units: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The inverse of normalize_landmarks(): units [..., 2] -> (column, row) [..., 2], pixels."""
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=units.device)
    return units * (height / UNIT) + middle


def normalize_landmarks(points: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(column, row) [..., 2] in pixels from the centre of a crop's first pixel -> the units of SoftArgmaxHead."""
    middle = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=points.device)
    return (points - middle) * (UNIT / height)
