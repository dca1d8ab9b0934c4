"""Warnings matched as they come, against a comparison of all with all."""

import random

import pytest

from gazeattack.safety.matching import MATCH_S, WarningMatcher


def matched_online(due, given):
    """Feed (begin, end) warnings in the order of their times; end None: it lasts."""
    matcher = WarningMatcher()
    steps = []
    for kind, episodes in (("due", due), ("given", given)):
        for begin, end in episodes:
            steps.append((begin, 1, f"begin_{kind}"))
            if end is not None:
                steps.append((end, 0, f"end_{kind}"))
    for t, _, step in sorted(steps):
        getattr(matcher, step)(t)
    return matcher, matcher.score("b", "m")


def matched_all_with_all(due, given):
    """(missed, false, delays): every due warning with the first one that it matches, and the given ones without any."""

    def match(a, b):
        ends = [float("inf") if end is None else end for _, end in (a, b)]
        return a[0] <= ends[1] + MATCH_S and b[0] <= ends[0] + MATCH_S

    firsts = [next((g for g in given if match(d, g)), None) for d in due]
    delays = [g[0] - d[0] for d, g in zip(due, firsts, strict=True) if g is not None]
    return firsts.count(None), sum(not any(match(d, g) for d in due) for g in given), delays


@pytest.mark.parametrize(
    ("given", "missed", "false"),
    [
        ([(10, 12)], 0, 0),
        ([(13.0, 14)], 0, 0),  # within a second of the end
        ([(13.01, 14)], 1, 1),
        ([(8, 8.99)], 1, 1),
        ([(8, 9)], 0, 0),
        ([(10, 10.5), (11, 12)], 0, 0),
        ([], 1, 0),
    ],
)
def test_matching_warnings(given, missed, false):
    _, score = matched_online([(10, 12)], given)
    assert (score.missed, score.false) == (missed, false)


@pytest.mark.parametrize("seed", range(40))
def test_the_matches_are_those_of_a_comparison_of_all_with_all(seed):
    rng = random.Random(seed)

    def warnings():
        found, t = [], 0.0
        for _ in range(rng.randrange(40)):
            begin = t + rng.choice([0.1, 0.5, 0.9, 1.0, 1.1, 3.0])
            t = begin + rng.choice([0.1, 0.4, 1.0, 2.0, 8.0])
            found.append((round(begin, 1), round(t, 1)))
        # the last one may not have ended
        return [*found[:-1], (found[-1][0], None)] if found and rng.random() < 0.5 else found

    due, given = warnings(), warnings()
    _, score = matched_online(due, given)
    missed, false, delays = matched_all_with_all(due, given)
    assert (score.due, score.missed, score.given, score.false) == (len(due), missed, len(given), false)
    expected = sum(delays) / len(delays) if delays else None
    assert score.delay_s == (None if expected is None else pytest.approx(expected))


def test_a_day_of_warnings_leaves_a_few_in_memory():
    minutes = [(60.0 * i, 60.0 * i + 5) for i in range(24 * 60)]
    matcher, score = matched_online(minutes, [(begin + 1, end) for begin, end in minutes])
    assert (score.due, score.missed, score.false, score.delay_s) == (24 * 60, 0, 0, 1.0)
    assert len(matcher._due) <= 2 and len(matcher._given) <= 2
