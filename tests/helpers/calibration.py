"""A made-up person in front of a screen whose gaze is known, and the biased model that looks at them."""

from __future__ import annotations

import numpy as np

from gazeattack.angles import Gaze
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.samples import CalibrationSample, Viewer, calibration_points

SCREEN = ScreenGeometry.from_diagonal(14, 1920, 1080)


def biased_gaze(truth, viewer):
    """What a biased model makes of a true gaze: an offset, a wrong gain, a bend, and a pull by the head."""
    pitch = 0.05 + 0.8 * truth.pitch + 0.3 * truth.yaw**2 - 0.15 * viewer.head.pitch
    yaw = -0.04 + 1.15 * truth.yaw + 0.2 * viewer.head.yaw + 0.1 * truth.pitch * truth.yaw
    return Gaze(pitch, yaw)


def sitting(screen=SCREEN, seed=0, noise=0.7, frames=20, spoil=None):
    """Samples of somebody who looks at every point with `noise` degrees; spoil(point, i, gaze) may alter them."""
    random = np.random.default_rng(seed)
    out = []
    for point in calibration_points(screen):
        for i in range(frames):
            origin = np.array([0, -20, 600]) + random.normal(0, (15, 10, 20))
            truth = screen.aim(origin, point.mm)
            head = Gaze(0.4 * truth.pitch + random.normal(0, 0.05), 0.4 * truth.yaw + random.normal(0, 0.05))
            viewer = Viewer(head, float(random.normal(0, 0.03)), tuple(map(float, origin)))
            gaze = Gaze(*(np.array(biased_gaze(truth, viewer)) + np.radians(random.normal(0, noise, 2))))
            if spoil is not None:
                gaze = spoil(point.number, i, gaze)
            if gaze is not None:
                out.append(CalibrationSample(point.number, gaze, viewer))
    return out
