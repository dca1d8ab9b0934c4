"""The outcome of blind tests in words."""

from __future__ import annotations

from collections.abc import Sequence

from gazeattack.blind_test.aggregate import points_of
from gazeattack.blind_test.results import Answer
from gazeattack.blind_test.score import Score, score

GUESSING = 0.05


def outcome_text(answers: Sequence[Answer]) -> str:
    """The score of all trials in a sentence, then one line per trigger and strength."""
    lines = [*_whole(answers), ""]
    several = len({answer.choices for answer in answers}) > 1
    for point in points_of(answers):
        result, choices = point.score, f", {point.choices} crops" if several else ""
        lines.append(
            f"{point.attack}, {point.relative_strength:g}× strength{choices}: {result.correct} of {result.trials}. "
            f"{_figures(result)}"
        )
    return "\n".join(lines)


def _whole(answers: Sequence[Answer]) -> list[str]:
    """All trials together; pairs and triples have no common share of guessing, so they are only counted."""
    right, people = sum(answer.correct for answer in answers), len({answer.person for answer in answers})
    by = f" by {people} people" if people > 1 else ""
    if len({answer.choices for answer in answers}) > 1:
        return [f"{right} of {len(answers)} right{by}."]
    chance = 1 / answers[0].choices
    whole = score(right, len(answers), chance)
    seen = "better than guessing" if whole.p < GUESSING else "not distinguishable from guessing"
    return [
        f"{whole.correct} of {whole.trials} right{by}: {seen}.",
        f"Guessing gives {100 * chance:.0f} %. {_figures(whole)}",
    ]


def _figures(result: Score) -> str:
    p = "p < 0.001" if result.p < 0.001 else f"p = {result.p:.3f}"
    return f"{p}, 95 % interval {100 * result.low:.0f} to {100 * result.high:.0f} %."
