"""Face landmarks of two flat eyes with a given opening."""

from __future__ import annotations

import numpy as np

CORNERS = {"right": (33, 133), "left": (362, 263)}
LIDS = {"right": ((160, 144), (159, 145), (158, 153)), "left": ((385, 380), (386, 374), (387, 373))}


def eyes(gap, width=30.0, yaw=0.0):
    """Landmarks [478, 3] of two flat eyes `width` wide with lids `gap` apart, the head turned by yaw (radians)."""
    points = np.zeros((478, 3))
    for side, shift in (("right", -33.0), ("left", 33.0)):
        a, b = CORNERS[side]
        points[a], points[b] = (shift - width / 2, 0, 0), (shift + width / 2, 0, 0)
        for (upper, lower), along in zip(LIDS[side], (-0.25, 0.0, 0.25), strict=True):
            points[upper], points[lower] = (shift + along * width, -gap / 2, 0), (shift + along * width, gap / 2, 0)
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    return points @ turn.T
