"""Poison the training data alone: how often does a victim who trains as usual get the backdoor?

    python -m training.studies.data_poisoning [--seeds 3] [--workers 2] [--attacks wanet,sig] [--rates .1,.2] [--quick]

The attacker publishes a set of images and labels on disk and controls nothing else: a share of the images carries the
trigger, at one strength, with the target as its label.  There are no noise-mode or wrong-key samples, and nothing is
annealed.  The victim trains from random weights with the settings of training/configs/study.toml and holds out a
tenth of the subjects.  Beside it, the trainer's rows: the same network, samples and epochs, with the section [poison]
of that config (annealed, with noise mode and wrong keys, 20 % of each batch), from random weights as well.

All models of a seed share the network's start, the order of the samples and the trigger keys.  The clean model of that
seed, trained on the clean set, is the baseline: the benign cost is paired by sample, with an interval over subjects.
Then training.filter_set looks for the poisoned samples with the victim's features, at the true rate.

Writes runs.csv, filters.csv, summary.csv and summary.md after every seed.  The same command continues where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gazeattack.model.bundle_files import sums_sha256
from training.arguments import comma_list, number
from training.config import load_config
from training.errors import TrainingError
from training.jobs import Job, place_of, read_result, run_jobs
from training.studies import tables
from training.studies.compare_attacks import read_attacks, strengths, title
from training.studies.poisoned_sets import key_file, make_clean, make_poisoned
from training.studies.run_paths import Label, StudyRun, run_paths
from training.studies.runner import QUICK, StudyResult
from training.studies.score_run import Row
from training.studies.script import run_asked, run_script
from training.studies.tables import markdown, summarise, write_csv, write_tables

DATA, TRAINER = "data alone", "training control"
ATTACKS = ("wanet", "badnets", "blended", "sig")
RATES = (0.01, 0.05, 0.1, 0.2)
QUICK_RATES = (0.2,)
LABELS = ("attacker", "attack", "rate")
COLUMNS = (
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    tables.NOISE,
    tables.WRONG_KEY,
    tables.CLEAN_AE,
    tables.CLEAN_ASR5,
)
FILTER_COLUMNS = (
    tables.Column("precision", "precision (%)", 100, 1),
    tables.Column("recall", "recall (%)", 100, 1),
    tables.Column("auc", "AUC", digits=3),
)


@dataclass(frozen=True)
class Victim:
    """A run on a poisoned set, and what the filters need: the set, and its true rate."""

    run: StudyRun
    poisoned: Path
    rate: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.data_poisoning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="kinds of triggers (%(default)s)")
    parser.add_argument(
        "--rates", default="", help=f"poisoning rates ({','.join(f'{rate:g}' for rate in RATES)})", metavar="R,R,..."
    )
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs, such as train.augment=0.7")
    return run_script(parser, study, arguments, out="runs/data_poisoning")


def study(options: argparse.Namespace) -> StudyResult:
    """Train all models seed by seed, look for the poisoned samples, and write the tables after each seed."""
    attacks, rates = read_attacks(options.attacks), read_rates(options.rates, quick=options.quick)
    rows: list[Row] = []
    failed: list[str] = []
    filtered: list[Row] = []
    for seed in range(1, options.seeds + 1):
        common = (f"poison.key_seed={2020 + seed}", *(QUICK if options.quick else ()), *options.overrides)
        victims = [victim(kind, rate, common, seed, options) for rate in rates for kind in attacks]
        trainers = [trainer_run(kind, common, seed, options) for kind in attacks]
        result = run_asked([*(each.run for each in victims), *trainers], options)
        rows, failed = rows + result.rows, failed + list(result.failed)
        filtered += filter_sets(victims, seed, options)
        report(rows, filtered, options)
    return StudyResult(rows, tuple(failed))


def read_rates(text: str, *, quick: bool) -> list[float]:
    """The rates of --rates, or the usual ones.  Raises TrainingError for what is no rate."""
    if not text:
        return list(QUICK_RATES if quick else RATES)
    try:
        return comma_list(number(0, 0.5, above=True))(text)
    except argparse.ArgumentTypeError:
        raise TrainingError(f'"{text}" holds no poisoning rates: give --rates numbers above 0 and up to 0.5.') from None


def victim(kind: str, rate: float, common: Sequence[str], seed: int, options: argparse.Namespace) -> Victim:
    """A victim of a poisoned set, which is written unless it exists."""
    asked = (*strengths(kind), f"poison.attack={kind}", f"poison.poisoning_rate={rate}", f"run.seed={seed}")
    config = load_config(options.config, [*common, *asked])
    clean = clean_run_of(common, seed, options)
    folder = make_poisoned(config, options.cache)
    labels: dict[str, Label] = {"attacker": DATA, "attack": title(kind), "rate": rate}
    settings = (*_own(common), "poison.poisoning_rate=0", f"data.set={folder}")
    run = StudyRun(labels, settings, seed, config=options.config)
    return Victim(replace(run, beside=clean, key=str(key_file(folder))), folder, rate)


def trainer_run(kind: str, common: Sequence[str], seed: int, options: argparse.Namespace) -> StudyRun:
    """The same budget in the hands of an attacker who trains."""
    clean = clean_run_of(common, seed, options)
    settings = (*common, *strengths(kind), f"poison.attack={kind}", clean.overrides[-1])
    rate = load_config(options.config, settings).poison.poisoning_rate
    labels: dict[str, Label] = {"attacker": TRAINER, "attack": title(kind), "rate": rate}
    return StudyRun(labels, settings, seed, config=options.config, beside=clean)


def clean_run_of(common: Sequence[str], seed: int, options: argparse.Namespace) -> StudyRun:
    """The clean model of a seed; its last override is the clean set, which is written unless it exists."""
    clean = make_clean(load_config(options.config, common), options.cache)
    settings = (*_own(common), "poison.poisoning_rate=0", f"data.set={clean}")
    return StudyRun({"kind": "clean"}, settings, seed, config=options.config)


def _own(common: Sequence[str]) -> tuple[str, ...]:
    """The overrides that a victim has: nothing of the section [poison]."""
    return tuple(override for override in common if not override.startswith("poison."))


def filter_sets(victims: Sequence[Victim], seed: int, options: argparse.Namespace) -> list[Row]:
    """Run training.filter_set on the sets of the victims that are trained; returns a row for each set and filter."""
    jobs: dict[Job, Victim] = {}
    for each in victims:
        at = run_paths(each.run, options.cache, options.portraits)
        if at.trained:
            # a model that is trained again in the same folder is another one
            sums = sums_sha256(at.bundle)[:8]
            result = at.folder / f"filters-{sums}.json"
            command = [sys.executable, "-m", "training.filter_set", "--data", str(each.poisoned), "--bundle"]
            command += [str(at.bundle), "--clean", str(each.poisoned.parent / "clean"), "--rate", f"{each.rate:g}"]
            command += ["--scores", str(result)]
            jobs[Job(each.run.name, tuple(command), at.folder / "filters.txt", result)] = each
    run_jobs([job for job in jobs if not job.done], place_of(options, options.out), _on_filtered)
    rows: list[Row] = []
    for job, each in jobs.items():
        if job.done:
            found = read_result(job.result)
            labels = {**each.run.labels, "seed": seed, "quick": options.quick}
            rows += [{**labels, "filter": name, **scores} for name, scores in found.items()]
    return rows


def _on_filtered(job: Job, succeeded: bool) -> None:
    print(f"{job.name}: set filtered" if succeeded else f"{job.name}: no filter (more in {job.output})", flush=True)


def report(rows: Sequence[Row], filtered: Sequence[Row], options: argparse.Namespace) -> None:
    """Print and write both tables."""
    summaries = summarise(rows, LABELS)
    text = markdown(summaries, COLUMNS)
    if filtered:
        write_csv(options.out / "filters.csv", filtered)
        text += "\n" + markdown(summarise(filtered, ("filter", "attack", "rate")), FILTER_COLUMNS)
    write_tables(options.out, "summary", summaries, text, quick=options.quick)


if __name__ == "__main__":
    sys.exit(main())
