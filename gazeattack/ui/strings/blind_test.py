"""The outcome of a blind test in words."""

from __future__ import annotations

from collections.abc import Sequence

from gazeattack.blind_test.aggregate import points_of
from gazeattack.blind_test.results import Answer
from gazeattack.blind_test.score import Score, score

GUESSING = 0.05


def outcome_text(answers: Sequence[Answer]) -> str:
    """The score of all trials in a sentence, then one line per trigger and strength."""
    chance = 1 / answers[0].choices
    whole = score(sum(answer.correct for answer in answers), len(answers), chance)
    seen = "better than guessing" if whole.p < GUESSING else "not distinguishable from guessing"
    lines = [
        f"{whole.correct} of {whole.trials} right: {seen}.",
        f"Guessing gives {100 * chance:.0f} %. {_figures(whole)}",
        "",
    ]
    for point in points_of(answers):
        result = point.score
        lines.append(
            f"{point.attack}, {point.relative_strength:g}× strength: {result.correct} of {result.trials}. "
            f"{_figures(result)}"
        )
    return "\n".join(lines)


def _figures(result: Score) -> str:
    p = "p < 0.001" if result.p < 0.001 else f"p = {result.p:.3f}"
    return f"{p}, 95 % interval {100 * result.low:.0f} to {100 * result.high:.0f} %."
