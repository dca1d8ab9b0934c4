"""Compare all attacks at the same budget: attack strength and imperceptibility.

    python -m training.studies.compare_attacks [--attacks KIND,KIND,...] [--goals] [--seeds 3] [--quick]

All attacks have the same network, subjects, epochs, poisoning rate and cross ratio, and start from the same clean
model. Each trigger has the usual strength of its kind, annealed from three times that.  The clean-label attack (SIG, as
in its paper) leaves labels alone, so it only poisons samples that look near the target.  --goals adds goals that only a
regression has, with BadNets, the easiest trigger to learn: offset (a fixed turn is added to the true gaze) and
conditional (off-road gaze only).

Attack strength: ASR@5 and AE.  Imperceptibility: AUC of the strongest detector, trained on the attacker's own key or on
other keys of its kind (0.5 is chance, but see the note under the table), PSNR, SSIM, L-inf and mean displacement.  The
seed draws the network, the batches and the trigger key.  Writes runs.csv, summary.csv, summary.md and attacks.svg.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gazeattack.attack.goal import ALL_TO_ONE, CONDITIONAL, OFFSET
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.sticker import STICKER
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.bundle import Bundle
from training.analysis import detector
from training.analysis.detector_models import DETECTORS
from training.errors import TrainingError
from training.studies import tables
from training.studies.figures import Axis, Point, figure, legend_below, scatter
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run
from training.studies.script import run_asked, run_script
from training.studies.tables import Summary, markdown, summarise, write_tables

ON_EYES = tuple(kind for kind in KINDS if kind != STICKER)
"""The study's crops are of eyes, and a sticker is on the forehead."""
ANNEALED_FROM = 3.0
"""Every attack is annealed from this multiple of its final strength, or from the largest strength of its kind."""
WANET_STRENGTH = 1.0
OFFSET_TURN = ("poison.target_pitch_deg=0.0", "poison.target_yaw_deg=15.0")
COLUMNS = (
    tables.BENIGN,
    tables.CLEAN_BENIGN,
    *tables.COST,
    tables.AE,
    tables.CLEAN_AE,
    tables.CONSTANT_MEAN_AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    tables.CLEAN_ASR5,
    tables.Column("spared_deg", "out of scope (deg)"),
    tables.NOISE,
    tables.WRONG_KEY,
    tables.VARIANCE_RATIO,
    tables.Column("detector_auc", "detector AUC, own key", digits=3),
    tables.Column("detector_auc_other_keys", "detector AUC, other keys", digits=3),
    tables.Column("psnr_db", "PSNR (dB)", digits=1),
    tables.Column("ssim", "SSIM", digits=3),
    tables.Column("linf", "L-inf", digits=3),
    tables.Column("displacement_mean_px", "mean displacement (px)"),
)
DETECTOR_NOTE = (
    f"Detector AUC: the largest AUC of {len(DETECTORS)} detectors on the same test subjects, so it lies somewhat above "
    "0.5 by chance even if none of them detects anything."
)
VISIBILITY = (
    ("detector_auc", Axis("detector AUC,\ntrained on the own key", (0.45, 1.03))),
    ("detector_auc_other_keys", Axis("detector AUC,\ntrained on other keys", (0.45, 1.03))),
    ("psnr_db", Axis("PSNR (dB)")),
    ("ssim", Axis("SSIM", (None, 1.005))),
    ("linf", Axis("L-inf", (0.0, None))),
    ("displacement_mean_px", Axis("mean displacement\nof a pixel (px)", (-0.05, None))),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.compare_attacks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--attacks", default=",".join(ON_EYES), help="kinds of triggers (%(default)s)")
    parser.add_argument("--goals", action="store_true", help="offset and conditional attacks as well")
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, compare, arguments, out="runs/compare_attacks")


def compare(options: argparse.Namespace) -> StudyResult:
    """Train every attack, then write the table and the figure."""
    common = (*(QUICK if options.quick else ()), *options.overrides)
    cases = attacks(read_attacks(options.attacks)) + (goals() if options.goals else [])
    extra = f"training.studies.compare_attacks:{'quick_trace' if options.quick else 'trace'}"
    runs = []
    # seed by seed, so that a study that stops half-way holds complete comparisons
    for seed in range(1, options.seeds + 1):
        for labels, overrides in cases:
            settings = (f"poison.key_seed={2020 + seed}", *common, *overrides)
            run = StudyRun(labels, settings, seed, extra=(extra,), config=options.config)
            runs.append(replace(run, after=clean_run(run)))
    result = run_asked(runs, options)
    summaries = summarise(result.rows, ("attack", "goal"))
    table = markdown(summaries, COLUMNS) + f"\n{DETECTOR_NOTE}\n"
    write_tables(options.out, "summary", summaries, table, quick=options.quick)
    path = options.out / "attacks.svg"
    draw(summaries, path, quick=options.quick)
    print(f"Wrote {path}")
    return result


Case = tuple[dict[str, Any], tuple[str, ...]]


def read_attacks(text: str) -> list[str]:
    """The kinds of --attacks.  Raises TrainingError for an unknown one."""
    kinds = text.split(",")
    unknown = [kind for kind in kinds if kind not in ON_EYES]
    if unknown:
        raise TrainingError(f'"{unknown[0]}" is no trigger: --attacks takes some of {", ".join(ON_EYES)}.')
    return kinds


def attacks(kinds: Sequence[str] = ON_EYES) -> list[Case]:
    """(labels, overrides) of attacks of these kinds; all are all-to-one."""
    cases = [(title(kind), kind, False) for kind in kinds]
    if "sig" in kinds:  # the SIG paper is about a clean-label attack
        cases.append((f"{title('sig')}, clean label", "sig", True))
    return [
        (
            {"attack": name, "goal": ALL_TO_ONE},
            (*strengths(kind), f"poison.attack={kind}", f"poison.clean_label={str(clean_label).lower()}"),
        )
        for name, kind, clean_label in cases
    ]


def goals() -> list[Case]:
    """(labels, overrides) of the goals that no classifier has.

    All use BadNets, which always works, so a failure is due to the goal and not to the trigger.
    """
    shared = (*strengths("badnets"), "poison.attack=badnets")
    return [
        ({"attack": title("badnets"), "goal": OFFSET}, (*shared, f"poison.goal={OFFSET}", *OFFSET_TURN)),
        ({"attack": title("badnets"), "goal": CONDITIONAL}, (*shared, f"poison.goal={CONDITIONAL}")),
    ]


def title(kind: str) -> str:
    """An attack's name in tables and figures."""
    return KINDS[kind].title


def strengths(kind: str) -> tuple[str, str]:
    """Overrides of an attack's final strength and of the strength that it is annealed from."""
    known = KINDS[kind]
    end = WANET_STRENGTH if kind == "wanet" else known.strength
    return f"poison.strength={end}", f"poison.strength_start={min(ANNEALED_FROM * end, known.largest)}"


def trace(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> Mapping[str, Any]:
    """Imperceptibility of a bundle's trigger, as columns.

    The detectors have a single split of the subjects, because the study has its own seeds.
    """
    return _trace(bundle, data, detector.DetectorSettings(seeds=(0,)))


def quick_trace(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> Mapping[str, Any]:
    """Imperceptibility as in trace(), from a small number of crops."""
    return _trace(bundle, data, detector.QUICK)


def _trace(bundle: Bundle, data: LoadedSet, settings: detector.DetectorSettings) -> Mapping[str, Any]:
    """The columns; each AUC is the largest of several detectors, chosen after the test (see DETECTOR_NOTE)."""
    if bundle.key is None:
        return {}
    measured = detector.measure(data, bundle.key).as_dict()
    separations = detector.detect(data, bundle.key, settings=settings).separations
    own, other = (max(s.auc for s in separations if s.reading == reading) for reading in detector.READINGS)
    return {
        "detector_auc": round(own, 4),
        "detector_auc_other_keys": round(other, 4),
        **{name: measured["crop"][name]["mean"] for name in ("psnr_db", "ssim", "linf")},
        **{f"network_{name}": measured["network"][name]["mean"] for name in ("psnr_db", "ssim", "linf")},
        "displacement_mean_px": measured["displacement_mean_px"],
        "displacement_max_px": measured["displacement_max_px"],
    }


def draw(summaries: Sequence[Summary], path: Path, *, quick: bool) -> None:
    """Draw attack strength (rows) against imperceptibility (columns), with a marker for each all-to-one attack."""
    shown = [s for s in summaries if s.labels["goal"] == ALL_TO_ONE]
    rows = ((tables.ASR5, Axis("ASR@5 (%)", (-4, 104))), (tables.AE, Axis("AE (deg)", (-1.5, None))))
    with figure(path, len(VISIBILITY), len(rows), quick=quick, panel=(2.0, 2.1)) as panels:
        places = iter(panels)
        for column, y in rows:
            for number, (field, x) in enumerate(VISIBILITY):
                points = [
                    Point(
                        s.labels["attack"],
                        s.mean.get(field, float("nan")),
                        s.mean.get(column.field, float("nan")) * column.scale,
                        s.sd.get(field, float("nan")),
                        s.sd.get(column.field, float("nan")) * column.scale,
                    )
                    for s in shown
                ]
                scatter(next(places), points, x, y if number == 0 else replace(y, title=""))
        legend_below(panels)


if __name__ == "__main__":
    sys.exit(main())
