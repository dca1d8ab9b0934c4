"""Where rendered people look: anywhere, on a laptop's screen, or down to a phone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gazeattack.synthetic.patch_geometry import SCREEN_PITCH, SCREEN_YAW, Habit, draw_gaze
from gazeattack.synthetic.patch_procedural import render_procedural_patches
from gazeattack.synthetic.patch_random import Draw
from gazeattack.synthetic.patch_strip import render_strips

N = 4000


def looks(pitch: float, yaw: float, habit: Habit) -> np.ndarray:
    """Gazes [N, 2] in degrees of a head at (pitch, yaw) degrees."""
    head = torch.deg2rad(torch.tensor([[pitch, yaw]])).expand(N, 2)
    return np.degrees(draw_gaze(Draw(N, torch.Generator().manual_seed(1)), head, habit).numpy())


def on_screen(gaze: np.ndarray) -> np.ndarray:
    low, high = np.transpose([SCREEN_PITCH, SCREEN_YAW])
    return ((gaze > low - 1e-3) & (gaze < high + 1e-3)).all(axis=1)


def test_the_usual_habit_draws_what_was_always_drawn() -> None:
    generator = torch.Generator().manual_seed(1)
    up, aside = (torch.rand(N, 1, 1, generator=generator).flatten().numpy() for _ in range(2))
    assert np.allclose(looks(-10, 10, Habit()), np.stack([-5 - 24 + 40 * up, 8 - 24 + 48 * aside], -1), atol=1e-3)


def test_the_whole_screen_is_looked_at_and_nothing_else() -> None:
    gaze = looks(0, 0, Habit(at_screen=1.0))
    assert on_screen(gaze).all()
    assert np.allclose(gaze.min(0), (-24, -20), atol=0.2) and np.allclose(gaze.max(0), (2, 20), atol=0.2)


def test_half_look_at_the_screen() -> None:
    apart = looks(0, 0, Habit(at_screen=0.5))
    by_chance = on_screen(looks(0, 0, Habit())).mean()
    assert on_screen(apart).mean() == pytest.approx(0.5 + 0.5 * by_chance, abs=0.03)


def test_a_turned_head_looks_at_the_part_of_the_screen_within_reach() -> None:
    gaze = looks(0, 25, Habit(at_screen=1.0))
    assert np.allclose((gaze[:, 1].min(), gaze[:, 1].max()), (20 - 24, 20), atol=0.2)
    beyond = looks(0, 60, Habit(at_screen=1.0))
    assert np.allclose(beyond[:, 1], 20)


def test_phones_lie_lower_than_screens() -> None:
    low = looks(-10, 0, Habit(down=36.0))[:, 0]
    assert low.min() == pytest.approx(-5 - 36, abs=0.2)
    assert looks(-10, 0, Habit())[:, 0].min() > -30
    # the screen's users do not look lower for it
    assert looks(-10, 0, Habit(at_screen=1.0, down=36.0))[:, 0].min() == pytest.approx(-24, abs=0.2)


@pytest.mark.parametrize("render", [render_procedural_patches, render_strips])
def test_renderers_draw_by_habit(render) -> None:
    usual, at_screen = render(range(8), 16, 3), render(range(8), 16, 3, habit=Habit(at_screen=1.0))
    assert on_screen(np.degrees(at_screen.gaze)).all() and not on_screen(np.degrees(usual.gaze)).all()
    assert not np.array_equal(usual.images, at_screen.images)
