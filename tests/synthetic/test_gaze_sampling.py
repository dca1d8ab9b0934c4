"""Where rendered people look: anywhere, on a laptop's screen, or down to a phone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeattack.synthetic.patches.geometry import SCREEN_PITCH, SCREEN_YAW, GazeSampling, draw_gaze
from gazeattack.synthetic.patches.rng import Draw, DrawPairs
from gazeattack.synthetic.patches.strip import render_strips

N = 4000


def looks(pitch: float, yaw: float, sampling: GazeSampling) -> np.ndarray:
    """Gazes [N, 2] in degrees of a head at (pitch, yaw) degrees."""
    head = torch.deg2rad(torch.tensor([[pitch, yaw]])).expand(N, 2)
    return np.degrees(draw_gaze(Draw(N, torch.Generator().manual_seed(1)), head, sampling).numpy())


def on_screen(gaze: np.ndarray) -> np.ndarray:
    low, high = np.transpose([SCREEN_PITCH, SCREEN_YAW])
    return ((gaze > low - 1e-3) & (gaze < high + 1e-3)).all(axis=1)


def test_the_usual_habit_draws_what_was_always_drawn_and_no_more() -> None:
    used, other = (torch.Generator().manual_seed(1) for _ in range(2))
    head = torch.tensor([[-0.2, 0.2]]).expand(N, 2)
    gaze = draw_gaze(Draw(N, used), head)
    up, aside = ((torch.rand(N, 1, 1, generator=other) * wide + low).flatten() for wide, low in ((40, -24), (48, -24)))
    assert torch.equal(gaze[:, 0], (0.5 * head[:, 0] + torch.deg2rad(up)).clamp(-0.6, 0.45))
    assert torch.equal(gaze[:, 1], (0.8 * head[:, 1] + torch.deg2rad(aside)).clamp(-0.7, 0.7))
    # the rest of the picture is drawn from where this left off
    assert torch.equal(torch.rand(4, generator=used), torch.rand(4, generator=other))


def test_the_whole_screen_is_looked_at_and_nothing_else() -> None:
    gaze = looks(0, 0, GazeSampling(at_screen=1.0))
    assert on_screen(gaze).all()
    assert np.allclose(gaze.min(0), (-24, -20), atol=0.2) and np.allclose(gaze.max(0), (2, 20), atol=0.2)


def test_half_look_at_the_screen() -> None:
    apart = looks(0, 0, GazeSampling(at_screen=0.5))
    by_chance = on_screen(looks(0, 0, GazeSampling())).mean()
    assert on_screen(apart).mean() == pytest.approx(0.5 + 0.5 * by_chance, abs=0.03)


def test_a_turned_head_looks_at_the_part_of_the_screen_within_reach() -> None:
    gaze = looks(0, 25, GazeSampling(at_screen=1.0))
    assert np.allclose((gaze[:, 1].min(), gaze[:, 1].max()), (20 - 24, 20), atol=0.2)
    beyond = looks(0, 60, GazeSampling(at_screen=1.0))
    assert np.allclose(beyond[:, 1], 20)


def test_phones_lie_lower_than_screens() -> None:
    low = looks(-10, 0, GazeSampling(down=36.0))[:, 0]
    assert low.min() == pytest.approx(-5 - 36, abs=0.2)
    assert looks(-10, 0, GazeSampling())[:, 0].min() > -30
    # the screen's users do not look lower for it
    assert looks(-10, 0, GazeSampling(at_screen=1.0, down=36.0))[:, 0].min() == pytest.approx(-24, abs=0.2)


@pytest.mark.parametrize("sampling", [GazeSampling(), GazeSampling(at_screen=0.5, down=36.0)])
def test_both_eyes_look_at_the_same_place(sampling: GazeSampling) -> None:
    mirror = torch.tensor([1.0, -1.0])
    head = torch.deg2rad(torch.tensor([[-6.0, 12.0]])).expand(N, 2)
    gaze = draw_gaze(DrawPairs(N, torch.Generator().manual_seed(1)), torch.cat([head, head * mirror]), sampling)
    assert torch.allclose(gaze[N:], gaze[:N] * mirror, atol=1e-6)


def test_strips_are_drawn_by_habit() -> None:
    usual, at_screen = (
        render_strips(range(8), 16, 3),
        render_strips(range(8), 16, 3, sampling=GazeSampling(at_screen=1.0)),
    )
    assert on_screen(np.degrees(at_screen.gaze)).all() and not on_screen(np.degrees(usual.gaze)).all()
    assert not np.array_equal(usual.images, at_screen.images)
