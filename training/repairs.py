"""Does a repair work on another backdoored model?  One model for each attack and seed, each repaired by every method.

    python -m training.repairs [--seeds 3] [--attacks badnets,sig] [--methods prune,nad] [--quick]

The models are the trainer's models of training.studies.data_poisoning: with the same --cache they are trained once.
training.defend repairs each model with one seed, so the spread in the tables is that over backdoored models and not
over repairs of one model.  The defender's samples and those that the repaired models are scored on are the defaults of
training.defend, whatever --data, --screen and --portrait-share say.  Writes runs.csv (the models), repairs.csv (one row
a model and method), summary.csv and summary.md after every seed.  The same command continues where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from gazeattack.model.bundle_files import SUMS
from training.arguments import count
from training.defences.methods import DEFENCES
from training.defences.repair import NOTHING
from training.defend import names
from training.jobs import Job, place_of, read_result, run_jobs
from training.short_hash import short_hash
from training.studies import tables
from training.studies.compare_attacks import read_attacks
from training.studies.data_poisoning import ATTACKS, trainer_run
from training.studies.run_paths import StudyRun, run_paths
from training.studies.runner import QUICK, StudyResult
from training.studies.score_run import Row
from training.studies.script import run_asked, run_script
from training.studies.tables import markdown, summarise, write_csv, write_tables

METHODS = ("prune", "fine-prune", "fine-tune", "nad", "ft-sam")
COLUMNS = (
    tables.BENIGN,
    *tables.COST,
    tables.AE,
    tables.DAE,
    tables.ASR2,
    tables.ASR5,
    tables.NOISE,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.repairs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="kinds of triggers (%(default)s)")
    parser.add_argument(
        "--methods",
        type=names,
        default=list(METHODS),
        metavar="NAME,NAME",
        help=f"of {', '.join(DEFENCES)} (default: {', '.join(METHODS)})",
    )
    parser.add_argument(
        "--per-subject", type=count, help="largest number of test images of each subject for the repaired models"
    )
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs, such as train.epochs=8")
    return run_script(parser, study, arguments, out="runs/repairs")


def study(options: argparse.Namespace) -> StudyResult:
    """Train and repair seed by seed, and write the tables after each seed."""
    attacks = read_attacks(options.attacks)
    rows: list[Row] = []
    repaired: list[Row] = []
    failed: list[str] = []
    for seed in range(1, options.seeds + 1):
        common = (f"poison.key_seed={2020 + seed}", *(QUICK if options.quick else ()), *options.overrides)
        runs = [trainer_run(kind, common, seed, options) for kind in attacks]
        result = run_asked(runs, options)
        found, lost = repair(runs, options)
        rows, repaired, failed = rows + result.rows, repaired + found, [*failed, *result.failed, *lost]
        if repaired:
            report(repaired, options)
    return StudyResult(rows, tuple(failed))


def repair(runs: Sequence[StudyRun], options: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """Run training.defend on the models of runs that are trained; returns a row a repair, and the names that failed."""
    asked = {repair_job(run, options): run for run in runs if run_paths(run, options.cache, options.portraits).trained}
    run_jobs([job for job in asked if not job.done], place_of(options, options.out), _on_repaired)
    order = [NOTHING, *options.methods]
    rows: list[Row] = []
    for job, run in asked.items():
        if job.done:
            found = [read_result(path) for path in job.result.parent.glob("*.json")]
            found.sort(key=lambda row: order.index(row["method"]))
            rows += [{"attack": run.labels["attack"], **row, "seed": run.seed} for row in found]
    return rows, [job.name for job in asked if not job.done]


def repair_job(run: StudyRun, options: argparse.Namespace) -> Job:
    """The process that repairs a run's model by all methods, with one seed of the repair."""
    at = run_paths(run, options.cache, options.portraits)
    words = ["--methods", ",".join(options.methods)]
    words += [] if options.per_subject is None else ["--per-subject", str(options.per_subject)]
    words += ["--quick"] if options.quick else []
    words += [] if options.portraits is None else [f"--portraits={options.portraits}"]
    # a model that is trained again in the same folder is another one
    sums = (at.bundle / SUMS).read_text() if at.trained else ""
    out = at.folder / f"repairs-{short_hash(' '.join([*words, sums]))}"
    command = (sys.executable, "-m", "training.defend", "--bundle", str(at.bundle), *words)
    command += ("--out", str(out), "--cache", str(options.cache / "pools"))
    result = (out / "quick" if options.quick else out) / "summary.md"
    return Job(f"{run.name}: repairs", command, at.folder / "repairs.txt", result)


def _on_repaired(job: Job, succeeded: bool) -> None:
    print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)


def report(repaired: Sequence[Row], options: argparse.Namespace) -> None:
    """Print and write the table over seeds."""
    write_csv(options.out / "repairs.csv", repaired)
    summaries = summarise(repaired, ("attack", "title"))
    text = markdown(summaries, COLUMNS, {"title": "what is done"})
    write_tables(options.out, "summary", summaries, text, quick=options.quick)


if __name__ == "__main__":
    sys.exit(main())
