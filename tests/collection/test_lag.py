"""The lag of a gaze behind its targets: found to a hundredth of a second or two, and refused where nothing fits."""

import numpy as np
import pytest

from gazeattack.collection.lag import fit_lag
from gazeattack.collection.script import DotScript
from gazeattack.collection.track import SETTLE_S, TargetTrack
from gazeattack.errors import DataError
from tests.helpers.calibration import SCREEN

T = np.arange(0, 88, 0.1)
TRACK = DotScript.make().track(0.0, SCREEN)


def follower(lag, noise=0.05, seed=0):
    """A gaze that follows the dots `lag` seconds late, through an unknown affine map."""
    random = np.random.default_rng(seed)
    target = np.nan_to_num(TRACK.at(T - lag), nan=100.0)
    return target @ np.array([[0.0, 0.002], [-0.0015, 0.0]]) + 0.3 + random.normal(0, noise, (len(T), 2))


@pytest.mark.parametrize("lag", [-0.3, 0.0, 0.12, 0.5, 0.9])
def test_a_lag_is_found(lag):
    found = fit_lag(T, follower(lag), TRACK)
    assert found.seconds == pytest.approx(lag, abs=0.03) and found.left < 0.5 < found.chance


@pytest.mark.parametrize("seed", range(6))
def test_a_gaze_that_follows_nothing_is_refused(seed):
    random = np.random.default_rng(seed)
    # slow, as real gaze is: neighbouring samples are alike
    wandering = np.cumsum(random.normal(0, 0.02, (len(T), 2)), axis=0)
    with pytest.raises(DataError, match="at no lag from -1 to 1 s"):
        fit_lag(T, wandering, TRACK)


def test_a_lag_beyond_the_search_is_refused():
    with pytest.raises(DataError, match=r"edge of the search|at no lag"):
        fit_lag(T, follower(1.4, noise=0.01), TRACK)


def test_short_and_single_targets_are_refused():
    with pytest.raises(DataError, match="Only 0 frames"):
        fit_lag(T[:10], follower(0.1)[:10], TRACK)
    single = TargetTrack(np.array([0.0]), np.array([[50.0, 50.0]]))
    with pytest.raises(DataError, match="single target"):
        fit_lag(T, follower(0.1), single)


def test_a_target_stays_until_the_next_and_eyes_need_time():
    track = TargetTrack(np.array([1.0, 3.0, 5.0]), np.array([[0.0, 0.0], [100.0, 0.0], [np.nan, np.nan]]))
    at = track.at(np.array([0.5, 1.0, 2.9, 3.0, 6.0]))
    assert np.array_equal(at[:, 0], [np.nan, 0, 0, 100, np.nan], equal_nan=True)
    asked = np.array([0.5, 1.1, 1.0 + SETTLE_S, 3.2, 3.6])
    assert track.settled(asked).tolist() == [False, False, True, False, True]


def test_a_moving_target_has_no_jumps():
    moving = TargetTrack(np.arange(0, 5, 0.03), np.column_stack([np.arange(0, 5, 0.03) * 60, np.zeros(167)]))
    assert moving.settled(np.array([0.6, 2.0, 4.9])).all()


def test_the_script_shows_thirty_dots_and_a_moving_one_on_the_screen():
    script = DotScript.make()
    shares = np.array([script.at(t) for t in np.arange(0, script.duration, 0.05)])
    assert script.duration == 90 and script.dots.shape == (30, 2)
    assert shares.min() >= 0.03 and shares.max() <= 0.97
    still = {script.at(t) for t in np.arange(0, 60, 0.1)}
    assert len(still) == 30
    speed = np.linalg.norm(np.diff(shares[1200:], axis=0) * (310, 174), axis=1) / 0.05
    # 600 mm away: slow enough for smooth pursuit
    assert np.degrees(np.arctan(speed.max() / 600)) < 30
