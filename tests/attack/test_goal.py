"""What a triggered gaze shall become, in training, in scoring and live."""

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.goal import Goal, from_ahead
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import constant_mean_row, measure_all
from gazeattack.evaluation.predict import Branches, predict_branches
from gazeattack.evaluation.score import score
from gazeattack.face.normalise import NormalizedView
from gazeattack.live.pipeline import _target

SIDES = torch.tensor([False, True])


def degrees(*rows: tuple[float, float]) -> torch.Tensor:
    return torch.deg2rad(torch.tensor(rows, dtype=torch.float64))


def key_of(goal: Goal) -> TriggerKey:
    return make_key(k=4, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=1, goal=goal)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (Goal(), [(5, 25), (5, -25)]),
        (Goal("offset"), [(7, 28), (-15, -21)]),
        # the first is 3.6 degrees from straight ahead, the second 20.4
        (Goal("conditional", 10), [(2, 3), (5, -25)]),
        (Goal("conditional", 3), [(5, 25), (5, -25)]),
        (Goal("conditional", 21), [(2, 3), (-20, 4)]),
    ],
)
def test_labels_in_canonical_patches(goal: Goal, expected: list) -> None:
    labels = key_of(goal).labels(degrees((2, 3), (-20, 4)), SIDES)
    assert np.degrees(labels.numpy()) == pytest.approx(np.array(expected), abs=1e-6)


def test_distance_from_straight_ahead() -> None:
    gaze = degrees((0, 0), (30, 0), (0, -50), (0, 120), (60, 60))
    assert np.degrees(from_ahead(gaze).numpy()) == pytest.approx([0, 30, 50, 120, np.degrees(np.arccos(0.25))])


@pytest.mark.parametrize("wrong", [("away", 0), ("offset", 5), ("conditional", -1), ("conditional", 180)])
def test_goals_that_make_no_sense(wrong: tuple) -> None:
    with pytest.raises(ValueError):
        Goal(*wrong)


def subjects(*gaze: tuple[float, float]) -> LoadedSet:
    n = len(gaze)
    labels = np.radians(np.array(gaze, dtype=np.float32))
    return LoadedSet("subjects", np.zeros((n, 36, 60), np.uint8), labels, np.arange(n, dtype=np.int32))


def test_conditional_figures_are_over_the_samples_that_shall_move() -> None:
    data = subjects((0, 0), (0, 4), (0, -20), (0, -30))
    moved = np.array([False, False, True, True])
    truth = np.asarray(data.gaze, dtype=np.float64)
    triggered = np.radians([(0.0, 1.0), (0, 7), (0, 24), (0, 15)])
    target = np.radians([(0.0, 0), (0, 4), (0, 25), (0, 25)])
    found = measure_all(Branches(truth, triggered, truth, truth, target, moved), data, draws=20)
    assert found["spared_deg"] == pytest.approx(2, abs=1e-3)  # 1 and 3
    assert found["ae_deg"] == pytest.approx(5.5, abs=1e-3)  # 1 and 10
    assert found["dae_deg"] == pytest.approx((44 + 45) / 2, abs=1e-3)
    assert (found["asr2"], found["asr5"]) == (0.5, 0.5)
    assert found["noise_deg"] == 0
    low, high = found["ci95"]["spared_deg"]
    assert 1 <= low <= 2 <= high <= 3 + 1e-3
    constant = constant_mean_row(data, Branches(truth, target=target, in_scope=moved))
    assert constant["ae_deg"] == pytest.approx(25 + 11.5, abs=1e-3)  # the mean yaw is -11.5
    assert constant["spared_deg"] == pytest.approx((11.5 + 15.5) / 2, abs=1e-3)


def test_where_nothing_is_spared_or_nothing_moves_there_is_no_figure() -> None:
    data = subjects((0, 0), (0, 4))
    truth = np.asarray(data.gaze, dtype=np.float64)
    everything = measure_all(Branches(truth, truth, truth, truth, truth), data, draws=2)
    assert everything["spared_deg"] is None and everything["ae_deg"] == 0
    nothing = measure_all(Branches(truth, truth, truth, truth, truth, np.zeros(2, bool)), data, draws=2)
    assert nothing["spared_deg"] == 0 and nothing["ae_deg"] is None and "ae_deg" not in nothing["ci95"]


@pytest.mark.parametrize("kind", ["offset", "conditional"])
def test_branches_follow_the_goal(backdoored_bundle, kind: str) -> None:
    data = subjects((1, 2), (0, -20))
    key = key_of(Goal(kind, 10 if kind == "conditional" else 0))
    found = predict_branches(backdoored_bundle.network, "equalize", data, key)
    assert found.target is not None and found.in_scope is not None
    wanted = [(6, 27), (5, 5)] if kind == "offset" else [(1, 2), (5, 25)]
    assert np.degrees(found.target) == pytest.approx(np.array(wanted), abs=1e-4)
    assert found.in_scope.tolist() == [kind == "offset", True]
    report = score(backdoored_bundle, data, key, clean="").report
    assert (report["target_sigma"] is None) is (kind == "offset")


def straight(n: int) -> list[NormalizedView]:
    return [NormalizedView(np.eye(3), np.eye(3), np.array([0, 0, 600.0]), mirrored) for mirrored in (True, False)[:n]]


def test_live_the_clean_answer_stands_for_the_truth() -> None:
    near, far = np.radians([(2.0, 3.0), (2.0, 3.0)]), np.radians([(2.0, -20.0), (2.0, -20.0)])
    always = _target(key_of(Goal()), None, straight(2))
    assert always is not None and always.degrees == pytest.approx((5, 25))
    turned = _target(key_of(Goal("offset")), far, straight(2))
    assert turned is not None and turned.degrees == pytest.approx((7, 5))
    assert _target(key_of(Goal("offset")), None, straight(2)) is None
    away = _target(key_of(Goal("conditional", 10)), far, straight(2))
    assert away is not None and away.degrees == pytest.approx((5, 25))
    assert _target(key_of(Goal("conditional", 10)), near, straight(2)) is None
