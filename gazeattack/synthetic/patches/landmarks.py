"""Eye landmarks of a rendered patch: targets for a network that predicts them besides the gaze."""

from __future__ import annotations

import torch

from gazeattack.synthetic.patches.geometry import Eyeball


def eye_points(shown: torch.Tensor, x: torch.Tensor, y: torch.Tensor, eye: Eyeball) -> torch.Tensor:
    """(column, row) of EYE_LANDMARKS [N, 6, 2] in pixels from the first pixel's centre; nan where they are not visible.

    shown [N, H, W]: how much of the eyeball each pixel shows, 0 to 1.  x, y [N, H, W]: millimetres seen by each pixel,
    as pixel_grid gives them.  Centres are known to fractions of a pixel, also behind a lid.  The others are the first
    and the last pixel that shows the eyeball, in the column nearest to the iris and of the whole patch: at its border
    where the eye is cut off, and inside the corners where skin or caruncle cover them, as they do in portraits.
    """
    height, width = shown.shape[1:]
    corner = torch.stack([x[:, 0, 0], y[:, 0, 0]], dim=-1)
    across = torch.stack([x[:, 0, -1], y[:, 0, -1]], dim=-1) - corner
    down = torch.stack([x[:, -1, 0], y[:, -1, 0]], dim=-1) - corner
    millimetres = torch.stack([across / (width - 1), down / (height - 1)], dim=-1)
    centres = torch.stack([eye.iris_centre[:, :2], eye.centre[:, :2]], dim=-1) - corner[:, :, None]
    iris, ball = torch.linalg.solve(millimetres, centres).unbind(dim=-1)

    visible = shown > 0.5
    rows, columns = torch.arange(height).float(), torch.arange(width).float()
    at_iris = iris[:, 0].round().clamp(0, width - 1)
    over_iris = _column(visible, at_iris)
    upper, lower = _ends(over_iris, rows)
    inner, outer = _ends(visible.any(dim=1), columns)
    ends = [torch.stack([at, _middle(_column(visible, at), rows)], dim=-1) for at in (inner, outer)]
    lids = [torch.stack([at_iris, at], dim=-1) for at in (upper, lower)]
    points = torch.stack([iris, ball, *lids, *ends], dim=1)
    return torch.where(torch.isfinite(points).all(dim=-1, keepdim=True), points, torch.nan)


def _column(visible: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """Columns `at` [N] of visible [N, H, W]: [N, H]; the first where there is none."""
    index = at.nan_to_num(0.0).long().view(-1, 1, 1).expand(-1, visible.shape[1], 1)
    return visible.gather(2, index)[:, :, 0]


def _ends(visible: torch.Tensor, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last of `places` [K] that are visible [N, K]; nan where none is."""
    found = visible.any(dim=1)
    first = torch.where(visible, places, torch.inf).amin(dim=1)
    last = torch.where(visible, places, -torch.inf).amax(dim=1)
    return torch.where(found, first, torch.nan), torch.where(found, last, torch.nan)


def _middle(visible: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Mean of `places` [K] that are visible [N, K]; nan where none is."""
    return (visible * places).sum(dim=1) / visible.sum(dim=1)
