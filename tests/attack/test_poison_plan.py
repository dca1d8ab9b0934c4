import pytest

from gazeattack.angles import Gaze
from gazeattack.attack.poison_plan import BatchSplit, PoisonPlan, Schedule

TARGET = Gaze.from_degrees(5, 25)


def plan(**changes) -> PoisonPlan:
    values = {
        "poisoning_rate": 0.1,
        "cross": Schedule(0.0, 2.0, 0.5),
        "strength": Schedule(3.0, 1.0, 0.5),
        "wrong_keys": 0.5,
        "target": TARGET,
    }
    return PoisonPlan(**{**values, **changes})


def test_schedule_is_a_straight_line_then_flat() -> None:
    schedule = Schedule(3.0, 1.0, 0.5)
    assert [schedule.at(p) for p in (-1, 0.0, 0.25, 0.5, 1.0)] == [3.0, 3.0, 2.0, 1.0, 1.0]
    assert Schedule(3.0, 1.0, 0.0).at(0.0) == 1.0


def test_shares_are_exact() -> None:
    assert plan().shares(100, 0.0) == BatchSplit(poisoned=10, noise=0, wrong_key=0)
    assert plan().shares(100, 0.25) == BatchSplit(poisoned=10, noise=5, wrong_key=5)
    assert plan().shares(100, 1.0) == BatchSplit(poisoned=10, noise=10, wrong_key=10)
    assert plan(wrong_keys=0.0).shares(256, 1.0) == BatchSplit(poisoned=26, noise=51, wrong_key=0)


def test_a_clean_plan_poisons_nothing() -> None:
    assert plan(poisoning_rate=0.0).shares(256, 1.0) == BatchSplit(0, 0, 0)


@pytest.mark.parametrize(
    "wrong", [{"poisoning_rate": -0.1}, {"poisoning_rate": 0.5}, {"wrong_keys": 1.5}, {"cross": Schedule(12.0, 0.0)}]
)
def test_impossible_plans_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        plan(**wrong)
