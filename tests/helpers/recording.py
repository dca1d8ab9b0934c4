"""Numbered frame results whose image tells the number, for recordings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.helpers.watch import PHONE, ROAD, make_result


def picture(i, side=64):
    """A flat picture whose grey level tells its number."""
    return np.full((side, side + 16, 3), 4 * i % 256, np.uint8)


def numbered_result(i, t=None, **options):
    """Result number `i`, 30 a second where `t` is None: without trigger on the road, with trigger on the phone."""
    made = make_result(i / 30 if t is None else t, ROAD, PHONE, truth=ROAD, **options)
    return replace(made, frame=replace(made.frame, image=picture(i)), key_sha256="ab" * 32)
