"""What a straight-line fit from gaze to the screen leaves."""

import numpy as np
import pytest

from gazeattack.metrics.screen_fit import ENOUGH, fit_people, interval_over_people, mean_fit, screen_fit

RANDOM = np.random.default_rng(0)
GAZE = RANDOM.uniform(-20, 20, (200, 2))
MIX = np.array([[0.0, -30.0], [-40.0, 0.0]])  # pitch moves y, yaw moves x


def target_of(gaze: np.ndarray) -> np.ndarray:
    return gaze @ MIX + (960, 540)


def test_a_line_leaves_nothing_of_what_a_line_made() -> None:
    fit = screen_fit(GAZE * 0.5 + 3, target_of(GAZE))
    assert fit.left == pytest.approx(0, abs=1e-9)
    assert fit.pitch_r == pytest.approx(1) and fit.yaw_r == pytest.approx(1)


def test_answers_that_have_seen_nothing_leave_all() -> None:
    fit = screen_fit(RANDOM.normal(size=GAZE.shape), target_of(GAZE))
    assert 0.95 < fit.left <= 1.01
    assert fit.pitch_r < 0.2 and fit.yaw_r < 0.2


def test_more_noise_leaves_more() -> None:
    noise = RANDOM.normal(size=GAZE.shape)
    left = [screen_fit(GAZE + size * noise, target_of(GAZE)).left for size in (1, 3, 9)]
    assert left == sorted(left) and left[0] < 0.2 < left[2]


def test_a_few_wild_answers_make_a_small_spread() -> None:
    wild = GAZE + RANDOM.normal(size=GAZE.shape)
    even = screen_fit(wild, target_of(GAZE)).spread
    wild[:8] += 60
    assert screen_fit(wild, target_of(GAZE)).spread < even


def test_x_alone_has_no_pitch() -> None:
    fit = screen_fit(GAZE, target_of(GAZE)[:, :1])
    assert np.isnan(fit.pitch_r) and fit.yaw_r == pytest.approx(1)


def test_a_bias_of_a_persons_own_shows_in_others_alone() -> None:
    person, session = np.repeat([0, 1, 2, 3], 50), np.zeros(200, dtype=int)
    fits = fit_people(GAZE + 5.0 * person[:, None], target_of(GAZE), person, session)
    mean = mean_fit([fit for _, fit in fits])
    assert mean.left == pytest.approx(0, abs=1e-9) and mean.others > 0.2


def test_few_samples_are_left_out() -> None:
    person = np.r_[np.zeros(200 - ENOUGH + 1, dtype=int), np.ones(ENOUGH - 1, dtype=int)]
    fits = fit_people(GAZE, target_of(GAZE), person, np.zeros(200, dtype=int))
    assert [who for who, _ in fits] == [0]


def test_an_interval_is_over_people_and_holds_the_mean() -> None:
    person, session = np.repeat(np.arange(10), 20), np.tile([0, 1], 100)
    noisy = GAZE + RANDOM.normal(size=GAZE.shape) * (1 + person[:, None])
    fits = fit_people(noisy, target_of(GAZE), person, np.zeros_like(session))
    interval = interval_over_people(fits)
    assert interval is not None
    assert interval[0] < mean_fit([fit for _, fit in fits]).left < interval[1]
    assert interval_over_people(fits) == interval
    assert interval_over_people(fits[:1]) is None
