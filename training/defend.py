"""Try to remove a backdoor, and say what is left of it and what that costs.

    python -m training.defend --bundle wanet [--data D] [--test T] [--methods fine-tune,prune] [--seeds 3] [--quick]

B: a shipped bundle's name or a bundle's folder.  D: the defender's clean samples, as training.evaluate takes them; by
default rendered subjects that no test uses.  T: samples to score on; by default the held-out subjects of the findings.

The defender knows neither trigger nor target; the bundle's key only scores the result.  Writes defences.csv, one row
for each method and seed; summary.md with means over the seeds; defences.png; and every repaired model as a bundle,
which the window opens.  The same command continues where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gazeattack.attack.key import TriggerKey, load_key
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from training.arguments import count, number, whole
from training.cli import CONTINUES, exit_status, need
from training.data.pools import DEFENDER, HELD_OUT, load_rendered
from training.data.readers import READERS, open_dataset
from training.defences.methods import DEFENCES
from training.defences.repair import NOTHING, Repair, RepairTask
from training.defences.report import write_report
from training.defences.tuning import TuningSettings
from training.errors import NotApplicableError, TrainingError
from training.jobs import Job, add_job_options, place_of, run_jobs
from training.progress import PhasePrinter, add_progress

QUICK_SPECS = (
    replace(DEFENDER, procedural_subjects=8, per_subject=8),
    replace(HELD_OUT, procedural_subjects=6, per_subject=6),
)
QUICK_STEPS = 4
SAMPLES = "samples"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.defend", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a bundle's folder")
    parser.add_argument(
        "--data",
        default="",
        help=f"the defender's clean samples: an .npz, an exported folder, or READER:FOLDER ({', '.join(READERS)})",
    )
    parser.add_argument("--test", default="", help="samples to score on, in the same forms")
    parser.add_argument(
        "--per-subject", type=count, help="largest number of test images of each subject, evenly spread"
    )
    parser.add_argument(
        "--portraits", type=Path, help="a folder of portraits that the default subjects are from (default: procedural)"
    )
    parser.add_argument("--key", type=Path, help="a trigger key to score with, for a bundle without one")
    parser.add_argument(
        "--methods",
        type=names,
        default=[name for name, defence in DEFENCES.items() if not defence.slow],
        metavar="NAME,NAME",
        help=f"of {', '.join(DEFENCES)} (default: all that are quick)",
    )
    parser.add_argument(
        "--seeds", type=whole(1, 1000), default=1, help="runs of each method that has a seed (%(default)s)"
    )
    parser.add_argument("--steps", type=count, default=TuningSettings.steps, help="training steps (%(default)s)")
    parser.add_argument(
        "--lr", type=number(0, 1, above=True), default=TuningSettings.lr, help="AdamW's learning rate (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/defend"), help="folder of the results (%(default)s)")
    parser.add_argument("--cache", type=Path, default=Path("runs/pools"), help="folder of rendered pools (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="seconds, to see that everything works; its figures mean nothing"
    )
    parser.add_argument("--only", default="", metavar="NAME-SEED", help="one repair and no report: one job")
    add_job_options(parser, "repairs")
    add_progress(parser)
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.out, options.seeds, options.steps = options.out / "quick", 1, QUICK_STEPS
    torch.set_num_threads(1)
    return exit_status(lambda: defend(options), CONTINUES)


def names(text: str) -> list[str]:
    """Parse --methods."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in found if name not in DEFENCES]
    if unknown or not found:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown) or 'method'}: use {', '.join(DEFENCES)}")
    return found


def defend(options: argparse.Namespace) -> None:
    """Run the methods that are not done yet, and write the report."""
    need(("matplotlib",))
    bundle = open_bundle(options.bundle)
    key = score_key(bundle, options.key)
    tasks = tasks_of(options)
    weights = {task.name: 0.2 if task.method == NOTHING else 1.0 for task in tasks}
    phases = PhasePrinter({SAMPLES: 1.0, **weights}, shown=options.progress)
    phases.begin(SAMPLES)
    data, test = load_both(options, bundle)
    if options.only:
        only = next((task for task in tasks if task.name == options.only), None)
        if only is None:
            raise TrainingError(f"--only names no repair: use one of {', '.join(task.name for task in tasks)}.")
        Repair(bundle, key, data, test, options.out, options.quick, phases.within).row(only)
        return
    with lock_folder(options.out):
        settings = tasks[0].settings
        repair = Repair(bundle, key, data, test, options.out, options.quick, phases.within)
        tasks, failed = run_repairs(repair, tasks, options)
        rows: list[Mapping[str, Any]] = []
        for number, task in enumerate(tasks, start=1):
            phases.begin(task.name)
            try:
                row = repair.row(task)
            except NotApplicableError as error:
                print(f"[{number}/{len(tasks)}] {task.method}: left out. {error}", flush=True)
                continue
            rows.append(row)
            print(f"[{number}/{len(tasks)}] {sentence(row)}", flush=True)
        heading = (
            f"{bundle.name}; the defender has {len(data.images)} samples of {data.name} and takes {settings.steps} "
            f"steps of {settings.batch}, lr {settings.lr:g}; scored on {len(test.images)} samples of {test.name}."
        )
        write_report(rows, options.out, heading, quick=options.quick)
    if failed:
        raise TrainingError(f"{failed} repairs failed: run the same command again.")


def run_repairs(repair: Repair, tasks: list[RepairTask], options: argparse.Namespace) -> tuple[list[RepairTask], int]:
    """Run the repairs that are not done as jobs, where --jobs or --workers ask for it.

    Returns:
        The repairs without those that failed, and how many these are.
    """
    place = place_of(options, options.out)
    if place.single:
        return tasks, 0
    jobs = {task.name: repair_job(repair, task, options) for task in tasks if not repair.done(task)}

    def on_done(job: Job, succeeded: bool) -> None:
        print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)

    run_jobs(list(jobs.values()), place, on_done)
    kept = [task for task in tasks if repair.done(task)]
    return kept, len(tasks) - len(kept)


def repair_job(repair: Repair, task: RepairTask, options: argparse.Namespace) -> Job:
    """The process of one repair."""
    # --quick names the folder itself
    out = options.out.parent if options.quick else options.out
    command = [sys.executable, "-m", "training.defend", "--bundle", options.bundle, "--only", task.name]
    command += ["--methods", ",".join(options.methods), "--seeds", str(options.seeds), "--steps", str(options.steps)]
    command += ["--lr", repr(options.lr), "--out", str(out), "--cache", str(options.cache)]
    command += [f"--data={options.data}", f"--test={options.test}"]
    command += [] if options.per_subject is None else ["--per-subject", str(options.per_subject)]
    command += [] if options.key is None else [f"--key={options.key}"]
    command += [] if options.portraits is None else [f"--portraits={options.portraits}"]
    command += ["--quick"] if options.quick else []
    row = repair.row_path(task)
    return Job(task.name, tuple(command), row.with_suffix(".txt"), row)


def tasks_of(options: argparse.Namespace) -> list[RepairTask]:
    """What is asked for, in its order; the model as it is comes first."""
    settings = TuningSettings(steps=options.steps, lr=options.lr, batch=8 if options.quick else 64)
    return [
        RepairTask(method, replace(settings, seed=seed))
        for method in (NOTHING, *options.methods)
        for seed in range(1, 1 + (options.seeds if method in DEFENCES and DEFENCES[method].random else 1))
    ]


def score_key(bundle: Bundle, path: Path | None) -> TriggerKey | None:
    """The key that the results are scored with; None scores the benign branch alone."""
    return bundle.key if path is None else bundle.accept_key(load_key(path), foreign=True)


def load_both(options: argparse.Namespace, bundle: Bundle) -> tuple[LoadedSet, LoadedSet]:
    """The defender's samples and the test samples, at the size of the model's crop.

    Raises:
        TrainingError: they are the same.
    """
    if options.data and options.data == options.test:
        raise TrainingError("--data and --test are the same samples: give other subjects to score on.")
    loaded = []
    for given, spec, usual, thin in (
        (options.data, DEFENDER, QUICK_SPECS[0], None),
        (options.test, HELD_OUT, QUICK_SPECS[1], options.per_subject),
    ):
        if given:
            found = open_dataset(given, crop=bundle.crop, per_subject=thin)
        else:
            chosen = usual if options.quick else spec
            found = load_rendered(chosen, bundle.crop, options.cache, thin, options.portraits)
        loaded.append(resize_to_crop(found, bundle.crop))
    return loaded[0], loaded[1]


def sentence(row: Mapping[str, Any]) -> str:
    """A finished row in one line."""
    attack = "" if row.get("asr5") is None else f", AE {row['ae_deg']:.1f} deg, ASR@5 {100 * row['asr5']:.1f} %"
    return f"{row['title']}, seed {row['seed']}: benign {row['benign_deg']:.2f} deg{attack}"


if __name__ == "__main__":
    sys.exit(main())
