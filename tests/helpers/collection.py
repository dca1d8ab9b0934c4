"""A made-up person's collection: random crops, a head that sits still, 30 dots and a moving one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gazeattack.angles import to_angles
from gazeattack.collection.collection import NOBODY, SYNTHETIC, Collection, CollectionCard
from gazeattack.collection.script import DotScript
from tests.helpers.calibration import SCREEN

CARD = CollectionCard(SYNTHETIC, NOBODY, made="2026-01-01T00:00:00+00:00", lag_s=0.1, lag_left=0.4, model="clean")


def made_up(n=300, seed=0, **changes):
    """A collection of n samples; `changes` replace its fields."""
    random = np.random.default_rng(seed)
    script = DotScript.make()
    t = np.linspace(0.6, script.duration - 0.1, n)
    track = script.track(0.0, SCREEN)
    centre = np.array([[-31.0, -20, 600], [31, -20, 600]]) + random.normal(0, 4, (n, 1, 3))
    whole = Collection(
        images=random.integers(0, 255, (n, 2, 36, 60)).astype(np.uint8),
        head=random.normal(0, 0.05, (n, 2, 2)).astype(np.float32),
        rotation=np.broadcast_to(np.eye(3, dtype=np.float32), (n, 2, 3, 3)).copy(),
        centre=centre.astype(np.float32),
        roll=np.zeros(n, np.float32),
        target=track.at(t).astype(np.float32),
        t=t,
        screen=SCREEN,
        card=CARD,
    )
    return replace(whole, **changes)


def true_gaze(collection):
    """(pitch, yaw) of each eye at its target, radians [N, 2, 2]; its crops' cameras are the camera itself."""
    points = np.array([SCREEN.to_camera(tuple(p)) for p in collection.target.tolist()])
    return to_angles(points[:, None] - collection.centre)
