"""The findings of training.inspect as an HTML page: one verdict per test, its false positives, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from gazeattack.report.common.template import fill
from gazeattack.terminal import on_one_line, printable
from gazeattack.version import __version__
from training.inspection.findings import FPR, InputFinding, ModelFinding, in_short
from training.inspection.key_tables import KeyTable, key_tables

SPACE = "\N{NO-BREAK SPACE}"
MEANINGS = {
    "inversion in feature space": "Searches for a small rise of the network's inner features that gives every crop one "
    "prediction. In a backdoored model a smaller rise suffices; a low score means that it was found.",
    "inversion, output variance": "Searches for one small change of the crop that gives every crop one prediction. "
    "A backdoored model has such a change; a low score means that it was found.",
    "inversion, output variance and feature angle": "The same search, which also asks for features that point one way "
    "(DRMGuard's ratio of angles).",
    "shift check": "Compares the prediction with the median for four crops that are moved by one to three pixels. A "
    "trigger that is tied to its pixels loses its effect, so the prediction jumps.",
    "landmark check": "Compares the predicted gaze with the gaze computed from the predicted eye landmarks. The "
    "trigger moves one and not the other.",
    "STRIP (made for patches)": "Blends other crops over the crop. It is made for patches, which survive that; "
    "a warp does not.",
    "universal warp detector": "A network trained on many other warps judges the crop alone, without the model.",
}
"""What each test does, in a sentence or two."""


def render_inspection(
    bundle: str,
    data: str,
    model: Sequence[ModelFinding],
    inputs: Sequence[InputFinding],
    with_key: Mapping[str, float],
    command: str,
    *,
    left_out: Sequence[str] = (),
    quick: bool,
    untested: str = "",
    no_control: str = "",
) -> str:
    """The page as text.

    Args:
        bundle: Name of the model.
        data: Name of the samples.
        model: Findings about the model.
        inputs: Findings about single crops.
        with_key: What the key adds; empty without a key.
        command: The command line.
        left_out: A sentence for each test that the model does not allow.
        quick: Whether the figures are too few to quote.
        untested: Why there is no test of the model; empty where there is.
        no_control: Why there are no ratios of a clean model; empty where none are missing.
    """
    page = fill(
        "inspection",
        title=escape(f"{on_one_line(bundle)} inspected · gazeattack"),
        heading=escape(f"Is {on_one_line(bundle)} backdoored?"),
        lead=escape(f"Tests that are not given the trigger key, on {on_one_line(data)}."),
        short=escape(in_short(model, inputs)),
        quick='<p class="notice">--quick: these figures mean nothing.</p>' if quick else "",
        model=_table((f.test, f.verdict, _model_fpr(f)) for f in model)
        if model
        else f'<p class="none">{escape(f"None: {untested}")}</p>',
        inputs=_table((f.test, f.verdict, _input_fpr(f)) for f in inputs)
        + "".join(f'<p class="none">{escape(_capital(reason))}</p>' for reason in left_out),
        key=_key(key_tables(on_one_line(bundle), with_key), no_control),
        command=escape(command),
        version=escape(__version__),
    )
    return printable(page)


def _model_fpr(finding: ModelFinding) -> str:
    known = len(finding.clean)
    return f"expected 1 in {known + 1}, from {known} clean models" if known else "unknown without a zoo"


def _input_fpr(finding: InputFinding) -> str:
    return f"{100 * finding.fpr:.1f}{SPACE}% (aim{SPACE}{100 * FPR:.0f}{SPACE}%)"


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("test", "verdict", "false positives"))
    lines = [f"<tr>{heads}</tr>"]
    for test, verdict, fpr in rows:
        meaning = escape(MEANINGS.get(test, ""))
        said = verdict.removeprefix(f"{test}: ")
        lines.append(
            f'<tr><th scope="row">{escape(test)}</th><td>{escape(_capital(said))}<br>'
            f"<small>{meaning}</small></td><td>{escape(fpr)}</td></tr>"
        )
    return f'<div class="card"><table class="inspection">{"".join(lines)}</table></div>'


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _key(tables: Sequence[KeyTable], no_control: str) -> str:
    if not tables:
        return ""
    reason = f'<p class="none">{escape(no_control)}</p>' if no_control else ""
    return "<h2>With the key, for comparison</h2>" + "".join(_figures(table) for table in tables) + reason


def _figures(table: KeyTable) -> str:
    heads = "".join(f'<th scope="col" class="num">{escape(head)}</th>' for head in table.heads)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f'<td class="num">{escape(figure)}</td>' for figure in figures)
        + "</tr>"
        for label, *figures in table.rows
    )
    title = f'<th scope="col">{escape(table.title)}</th>'
    return f'<div class="card"><table class="figures"><tr>{title}{heads}</tr>{rows}</table></div>'
