"""Sweep training settings, to find the weakest warp that still works: k, s, poisoning rate, cross ratio, input size.

    python -m training.studies.sweep [--seeds 3] [--workers 2] [--quick]              the default plan
    python -m training.studies.sweep poison.strength=0.25,0.5,1 train.epochs=20       one axis; epochs for all runs
    python -m training.studies.sweep data.portrait_subjects+data.procedural_subjects=0+600,300+300,600+0 --portraits DIR

A setting with several values is an axis; settings joined by "+" change together.  One axis is swept at a time, and the
others keep the values of the config; --product takes every combination.  The seed draws the network, the batches and
the trigger key, so the spread covers all three.  "redraw" draws a new field for every batch, as earlier work did; such
a network learns "any warp".

Writes runs.csv, summary.csv and summary.md (means over the seeds), and one figure for each axis.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gazeattack.model.crop import MPIIGAZE_EYE
from training.config import load_config, parse_value
from training.errors import TrainingError
from training.studies import tables
from training.studies.figures import Axis as Scale
from training.studies.figures import Series, curves, dot_plot, figure, legend_above
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.score_run import Row
from training.studies.script import run_asked, run_script
from training.studies.tables import Summary, markdown, summarise, write_tables

PLAN = (
    "poison.strength=0.5,1.0,1.5",
    "poison.k=4,12,20",
    "poison.attack_rate=0.05,0.1,0.2",
    "poison.cross_end=0.0,1.0,2.0",
    "data.height=18,36",
    # wrong keys and noise mode with true labels both contradict a field that is redrawn
    "poison.redraw+poison.other_keys+poison.cross_end=never+0.5+2.0,never+0.0+2.0,batch+0.0+2.0,batch+0.0+0.0",
)
QUICK_PLAN = ("poison.strength=0.5,1.0", "poison.redraw+poison.other_keys=never+0.0,batch+0.0")
TITLES = {
    "poison.strength": "strength s of the warp",
    "poison.k": "control grid k",
    "poison.attack_rate": "poisoning rate",
    "poison.cross_end": "cross ratio",
    "data.height": "rows of the crop",
    "data.height+data.rendered_height": "rows of the crop + rows of the camera image",
    "poison.redraw+poison.other_keys": "field redrawn + share of wrong keys",
    "poison.redraw+poison.other_keys+poison.cross_end": "field redrawn + share of wrong keys + cross ratio",
}
COLUMNS = (
    tables.Column("displacement_mean_px", "mean displacement (px)"),
    tables.Column("displacement_mean_px_of_36", "mean displacement (px per 36 rows)"),
    tables.BENIGN,
    tables.CLEAN_BENIGN,
    *tables.COST,
    tables.AE,
    tables.ASR2,
    tables.ASR5,
    tables.CLEAN_ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    tables.VARIANCE_RATIO,
    tables.SCREEN_LEFT,
)
WORKS = 0.9
"""ASR@5 from which on a warp counts as working."""


@dataclass(frozen=True)
class Axis:
    """A setting and its values.  name: section.key, or several joined by "+"; values: strings, joined alike."""

    name: str
    values: tuple[str, ...]

    def overrides(self, value: str) -> tuple[str, ...]:
        """The overrides that give a run this value."""
        names = self.name.split("+")
        parts = value.split("+") if len(names) > 1 else [value]
        if len(parts) != len(names):
            raise TrainingError(f'"{value}" does not have one part for each of {self.name}: write it as 1+2.')
        return tuple(f"{name}={part}" for name, part in zip(names, parts, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--product", action="store_true", help="every combination of the axes' values")
    parser.add_argument("settings", nargs="*", help="section.key=value for all runs, section.key=v1,v2,... for an axis")
    return run_script(parser, sweep, arguments, out="runs/sweep")


def sweep(options: argparse.Namespace) -> StudyResult:
    """Train the runs of all axes, then write the table and the figures."""
    axes, fixed = read_settings(options.settings)
    if not axes:
        axes, _ = read_settings(QUICK_PLAN if options.quick else PLAN)
    common = (*(QUICK if options.quick else ()), *fixed)
    combine = product if options.product else one_at_a_time
    cases = combine(axes)
    runs = [
        study_run(labels, (*common, *overrides), seed, options.config)
        for seed in range(1, options.seeds + 1)
        for labels, overrides in cases
    ]
    result = run_asked(runs, options)
    by = tuple(cases[0][0])
    heights = {tuple(run.labels.values()): load_config(run.config, run.overrides).data.height for run in runs}
    summaries = summarise([in_common_px(row, heights[tuple(row[name] for name in by)]) for row in result.rows], by)
    text = markdown(summaries, COLUMNS) + "\n" + weakest(summaries) + "\n"
    write_tables(options.out, "summary", summaries, text, quick=options.quick)
    for path in draw(summaries, axes, options.out, product=options.product, quick=options.quick):
        print(f"Wrote {path}")
    return result


def read_settings(settings: Sequence[str]) -> tuple[list[Axis], tuple[str, ...]]:
    """Parse settings into (axes, overrides for all runs).  Raises TrainingError for anything else."""
    axes, fixed = [], []
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or "." not in name:
            raise TrainingError(f'"{setting}" is no setting: write section.key=v1,v2, such as poison.k=4,8,12.')
        values = tuple(dict.fromkeys(value.strip() for value in text.split(",") if value.strip()))
        if len(values) > 1:
            axes.append(Axis(name, values))
        else:
            fixed.append(setting)
    return axes, tuple(fixed)


Case = tuple[dict[str, Any], tuple[str, ...]]


def one_at_a_time(axes: Sequence[Axis]) -> list[Case]:
    """(labels, overrides) of every value of every axis, one axis at a time."""
    return [({"axis": axis.name, "value": value}, axis.overrides(value)) for axis in axes for value in axis.values]


def product(axes: Sequence[Axis]) -> list[Case]:
    """(labels, overrides) of every combination of values."""
    return [
        (
            dict(zip([axis.name for axis in axes], values, strict=True)),
            tuple(o for axis, value in zip(axes, values, strict=True) for o in axis.overrides(value)),
        )
        for values in itertools.product(*(axis.values for axis in axes))
    ]


def study_run(labels: dict[str, Any], overrides: tuple[str, ...], seed: int, config: Path) -> StudyRun:
    """One case at one seed, started from the clean run of the same settings; a clean case is trained from scratch."""
    run = StudyRun(labels, (f"poison.key_seed={2020 + seed}", *overrides), seed, config=config)
    attacked = load_config(run.config, run.overrides).poison.poisoning_rate > 0
    return replace(run, after=clean_run(run)) if attacked else run


def in_common_px(row: Row, height: int) -> Row:
    """Add the mean displacement in pixels of a crop of 36 rows.

    All crops have the same field of view, so one pixel of a crop of 18 rows is two pixels of a crop of 36.
    """
    if not tables.is_number(row.get("displacement_mean_px")):
        return row
    return {**row, "displacement_mean_px_of_36": row["displacement_mean_px"] * MPIIGAZE_EYE.height / height}


def weakest(summaries: Sequence[Summary]) -> str:
    """One sentence about the working warp with the smallest mean displacement; "" if no run has an attack."""
    if not any("asr5" in s.mean for s in summaries):
        return ""
    # with a redrawn field there is no key and so no displacement of its own
    working = [s for s in summaries if s.mean.get("asr5", 0) >= WORKS and "batch" not in str(s.labels)]
    if not working:
        return f"No warp here gets {WORKS:.0%} of the samples within 5 degrees of the target."
    least = min(working, key=lambda s: s.mean["displacement_mean_px_of_36"])
    case = "=".join(map(str, least.labels.values())) if "axis" in least.labels else str(dict(least.labels))
    return (
        f"The weakest warp here that gets {WORKS:.0%} of the samples within 5 degrees of the target moves pixels by "
        f"{least.mean['displacement_mean_px_of_36']:.2f} px per 36 rows on average ({case}, {least.n} seeds)."
    )


def draw(summaries: Sequence[Summary], axes: Sequence[Axis], out: Path, *, product: bool, quick: bool) -> list[Path]:
    """Draw one figure for each axis: success rate, AE, and errors to the truth.

    For a product, only the first axis gets a figure, with one curve for each combination of the others.
    """
    written = []
    for axis in axes[:1] if product else axes:
        if product:
            groups: dict[str, list[Summary]] = {}
            for s in summaries:
                groups.setdefault(", ".join(f"{n}={v}" for n, v in s.labels.items() if n != axis.name), []).append(s)
        else:
            groups = {"": [s for s in summaries if s.labels["axis"] == axis.name]}
        groups = {name: members for name, members in groups.items() if members}
        if groups:
            path = out / f"{axis.name.replace('.', '-')}.svg"
            draw_axis(groups, axis, path, quick=quick)
            written.append(path)
    return written


def draw_axis(groups: dict[str, list[Summary]], axis: Axis, path: Path, *, quick: bool) -> None:
    """Draw three panels over the values of one axis.

    If only [poison] settings change, all cases share one clean model, drawn as a horizontal line.  Else each case has
    its own, and the clean models are curves too.
    """
    members = [s for group in groups.values() for s in group]
    own_clean = not only_poison(members[0], axis)
    panels_of = (
        ((tables.ASR5, tables.ASR2), {"clean model, same key": "clean_asr5"}, (0.0, 102.0), "success (%)"),
        (
            (tables.AE,),
            {"clean model, same key": "clean_ae_deg", "constant mean": "mean_predictor_ae_deg"},
            (0.0, None),
            "AE (deg)",
        ),
        (
            (tables.BENIGN, tables.NOISE, tables.WRONG_KEY),
            {"clean model": "clean_benign_deg"},
            (0.0, None),
            "error to truth (deg)",
        ),
    )
    value_of = {text: parse_value(text) for text in axis.values}
    numeric = all(tables.is_number(value) for value in value_of.values())
    shown = [p for p in panels_of if any(c.field in s.mean for c in p[0] for s in members)]
    with figure(path, len(shown) or 1, quick=quick, panel=(3.0, 3.1)) as panels:
        for panel, (columns, lines, limits, title) in zip(panels, shown, strict=False):
            y = Scale(title, limits)
            scale = columns[0].scale
            baselines = {
                label: scale * sum(s.mean[name] for s in members) / len(members)
                for label, name in lines.items()
                if all(name in s.mean for s in members) and not (own_clean and name.startswith("clean_"))
            }
            titles = {column.field: column.title.partition(" (")[0] for column in columns}
            if own_clean:
                titles |= {name: label for label, name in lines.items() if name.startswith("clean_")}
            series = []
            for label, group in groups.items():
                for field, heading in titles.items():
                    there = [s for s in group if field in s.mean]
                    if not there:
                        continue
                    label_of = s_label(axis, there)
                    series.append(
                        Series(
                            ", ".join(filter(None, (heading, label))),
                            [value_of[text] if numeric else axis.values.index(text) for text in label_of],
                            [s.mean[field] * scale for s in there],
                            [s.sd[field] * scale for s in there],
                        )
                    )
            x = Scale(TITLES.get(axis.name, axis.name))
            if numeric:
                curves(panel, series, x, y, baselines=baselines)
            else:
                dot_plot(panel, axis.values, series, x, y, baselines=baselines)
            legend_above(panel)


def only_poison(of: Summary, axis: Axis) -> bool:
    """Whether the cases of a figure differ only in [poison] settings; see clean_run."""
    names = [axis.name] if "axis" in of.labels else list(of.labels)
    return all(part.startswith("poison.") for name in names for part in name.split("+"))


def s_label(axis: Axis, group: Sequence[Summary]) -> list[str]:
    """The value of the axis for each summary, as a string."""
    return [str(s.labels["value"] if "axis" in s.labels else s.labels[axis.name]) for s in group]


if __name__ == "__main__":
    sys.exit(main())
