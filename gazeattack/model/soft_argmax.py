"""Keypoints as centres of mass of maps: a soft-argmax head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from gazeattack.model.landmarks import MAP_WIDTH, map_places


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
        x, y = map_places(rows, columns, height=self.height, width=self.width)
        return torch.from_numpy(x), torch.from_numpy(y)
