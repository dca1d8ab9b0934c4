"""Bounds that several sections share."""

from __future__ import annotations

from training.settings import Bounds

MOST = 1_000_000_000
COUNT = Bounds(0, MOST)
SHARE = Bounds(0, 1)
SEED = Bounds(0, 2**32 - 1)
"""What every generator of random numbers takes."""
