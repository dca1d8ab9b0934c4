"""A WaNet that is trained to survive the camera's frame: how strong a warp does it need, and what does it cost?

    python -m training.studies.survive [--portraits DIR] [--strengths 0.8 1.2 1.6] [--sources synthetic synthetic:1 ...]
                                       [--frames 4] [--workers 2] [--jobs slurm] [--out runs/survive] [--quick]

For every strength s of the warp the shipped backdoored model is scored ("none"), and what more training at this
strength makes of it: "plain" as before; "survive" with crops that pass a camera's channel after the trigger, and wrong
keys as the only controls (training/configs/survive.toml); "coarse" with a noise mode of larger cells beside the wrong
keys, and twice as many epochs.  Each is scored on crops of held-out rendered subjects, and in the
frame as in training.studies.frame_trigger: the warp is put into the frame, which goes through a codec, rescaling or
noise, and a pipeline without a trigger finds the face again.  A row also says how visible the warp is.
Every row is a job; one that fails does not end the rest.  Writes models/ (the bundles), survive.csv and survive.md.
After an interruption the same command continues; files are named after the start model and the settings too, so another
start model is trained and scored again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gazeattack.attack.key import TriggerKey
from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, resize_to_crop
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.live.pipeline import one_thread
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle, load_bundle
from gazeattack.model.bundle_files import SUMS, verify_bundle
from gazeattack.model.catalogue import find_bundle, open_bundle
from training.arguments import count, strength
from training.cli import CONTINUES, exit_status
from training.config import Config, load_config
from training.data.subjects import load_splits
from training.errors import TrainingError
from training.jobs import Job, add_job_options, place_of, read_result, run_jobs
from training.short_hash import short_hash
from training.studies import frame_trigger, tables
from training.studies.held_out import PORTRAIT_SHARE, ScoredOn
from training.studies.run_paths import ROOT, weight_settings
from training.studies.script import QUICK_NOTE
from training.studies.source_jobs import file_stamp
from training.studies.survival_scores import THROUGH, in_frames, on_crops, visible
from training.train import train

CONFIG = ROOT / "training" / "configs" / "survive.toml"
TRAININGS: Mapping[str, tuple[str, ...] | None] = {
    "none": None,
    "plain": ("poison.survive=0", "poison.wrong_keys=0.4"),
    "survive": (),
    "coarse": ("poison.noise_cell_px=4", "poison.wrong_keys=0.4", "train.epochs=4"),
}
"""Overrides of the config for each kind of further training; None leaves the model as it is."""
STRENGTHS = (0.8, 1.2, 1.6)
SOURCES = ("synthetic", *(f"synthetic:{seed}" for seed in range(1, 6)))
QUICK = (
    "data.portrait_subjects=0",
    "data.procedural_subjects=12",
    "data.per_subject=8",
    "data.valid_subjects=2",
    "data.valid_per_subject=4",
    "train.batch=32",
    "train.epochs=1",
)
COLUMNS = (
    tables.Column("displacement_px", "mean displacement (px)"),
    tables.BENIGN,
    *tables.COST,
    tables.ASR2,
    tables.ASR5,
    tables.NOISE,
    tables.Column("coarse_noise_deg", "coarse noise (deg)"),
    tables.WRONG_KEY,
    tables.Column("frame_wrong_key", "frame, JPEG 80, wrong key: @5 (%)", 100, 0),
    *(tables.Column(f"frame {name}", f"frame, {name}: @5 (%)", 100, 0) for name in ("on the crops", *THROUGH)),
    tables.Column("lowest JPEG 80", "JPEG 80, worst source: @5 (%)", 100, 0),
    tables.Column("within_2 JPEG 80", "JPEG 80: @2 (%)", 100, 0),
    tables.Column("own_key_auc", "detector AUC, own key", digits=3),
    tables.Column("other_keys_auc", "detector AUC, other keys", digits=3),
    tables.Column("psnr_db", "PSNR (dB)", digits=1),
    tables.Column("ssim", "SSIM", digits=3),
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A row of the table: a kind of further training, one of TRAININGS, and WaNet's s in half pixels."""

    training: str
    strength: float

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"s{self.strength:g}-{self.training}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.survive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--strengths", type=strength, nargs="+", default=STRENGTHS, help="s of the warp, each")
    parser.add_argument("--trainings", choices=list(TRAININGS), nargs="+", default=list(TRAININGS), help="kinds (all)")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), help="videos, or synthetic:SEED")
    parser.add_argument("--frames", type=count, default=4, help="frames of each source (%(default)s)")
    parser.add_argument("--config", type=Path, default=CONFIG, help="settings of the further training")
    parser.add_argument("--portraits", type=Path, help="a folder of portraits; without it all subjects are procedural")
    parser.add_argument("--out", type=Path, default=Path("runs/survive"), help="the folder to write (%(default)s)")
    parser.add_argument(
        "--cache", type=Path, default=Path("runs/pools"), help="folder of rendered images (%(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="tiny runs that only show that everything works")
    parser.add_argument("--only", default="", metavar="NAME", help="one row and no table: one job, such as s1.2-plain")
    add_job_options(parser, "rows")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    return exit_status(lambda: study(options), CONTINUES)


def study(options: argparse.Namespace) -> None:
    """Train and score what is not done yet, then write the table."""
    one_thread()
    if options.quick:
        options.out, options.sources, options.frames = options.out / "quick", options.sources[:1], 2
    for name in options.sources:  # a wrong name ends the study before the first training
        frame_trigger.read(name, 1)
    cases = [Case(training, value) for value in options.strengths for training in options.trainings]
    if options.only:
        only = next((case for case in cases if case.name == options.only), None)
        if only is None:
            raise TrainingError(f"--only names no row: use one of {', '.join(case.name for case in cases)}.")
        score_case(only, options)
        return
    with lock_folder(options.out):
        run_cases(cases, options)


def run_cases(cases: Sequence[Case], options: argparse.Namespace) -> None:
    """Train and score the cases that are not done yet, then write and print the table."""
    waiting = {case.name: case for case in cases if found_row(case, options) is None}
    if waiting:
        config = settings(next(iter(waiting.values())), options)  # all cases have its start and its data
        wanet_key(open_bundle(config.run.start))
        # by one process, before several need the images
        if any(TRAININGS[case.training] is not None for case in waiting.values()):
            load_splits(config, options.portraits)
        held_out(options)

    def on_done(job: Job, succeeded: bool) -> None:
        print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)
        write(cases, options)

    run_jobs([row_job(case, options) for case in waiting.values()], place_of(options, options.out), on_done)
    rows = write(cases, options)
    if rows:
        print((options.out / "survive.md").read_text(encoding="utf-8"))
    if options.quick:
        print(QUICK_NOTE)
    if len(rows) < len(cases):
        raise TrainingError(f"{len(cases) - len(rows)} rows failed: run the same command again.")


def row_job(case: Case, options: argparse.Namespace) -> Job:
    """The process of one row."""
    # --quick names the folder itself
    out = options.out.parent if options.quick else options.out
    command = [sys.executable, "-m", "training.studies.survive", "--only", case.name]
    command += ["--strengths", repr(case.strength), "--trainings", case.training, "--frames", str(options.frames)]
    command += ["--sources", *options.sources, f"--config={options.config}", f"--out={out}", f"--cache={options.cache}"]
    command += [] if options.portraits is None else [f"--portraits={options.portraits}"]
    command += ["--quick"] if options.quick else []
    row = row_path(case, options)
    return Job(case.name, tuple(command), row.with_suffix(".txt"), row)


def write(cases: Sequence[Case], options: argparse.Namespace) -> list[Row]:
    """Write the table of the rows so far, and return them."""
    rows = [row for case in cases if (row := found_row(case, options)) is not None]
    if rows:
        tables.write_csv(options.out / "survive.csv", rows)
        summaries = tables.summarise(rows, ("strength", "training"))
        write_whole(options.out / "survive.md", tables.markdown(summaries, COLUMNS))
    return rows


def row_path(case: Case, options: argparse.Namespace) -> Path:
    """The file of a case's row, named after all that the row depends on."""
    files = [file_stamp(source) for source in options.sources]
    asked = f"{model_hash(settings(case, options), options)} {options.frames} {' '.join(options.sources)} {files}"
    path: Path = options.out / f"row-{case.name}-{short_hash(asked)}.json"
    return path


def model_hash(config: Config, options: argparse.Namespace) -> str:
    """Names the start model's weights, the settings of the further training, and the portraits.

    Raises:
        BundleError: There is no start model, or it is damaged.
    """
    start = find_bundle(config.run.start)
    verify_bundle(start)
    portraits = None if options.portraits is None else sorted(path.name for path in options.portraits.glob("*"))
    return short_hash(json.dumps([weight_settings(config), (start / SUMS).read_text(), portraits], sort_keys=True))


def found_row(case: Case, options: argparse.Namespace) -> Row | None:
    """The row of a case from its file; None where it is missing."""
    path = row_path(case, options)
    return read_result(path) if path.exists() else None


def held_out(options: argparse.Namespace) -> LoadedSet:
    """The subjects that all rows are scored on."""
    chosen = ScoredOn(8, 8) if options.quick else ScoredOn(portrait_share=PORTRAIT_SHARE)
    return chosen.load(options.portraits, options.cache)


def score_case(case: Case, options: argparse.Namespace) -> None:
    """Train and score a case, and write its row."""
    options.out.mkdir(parents=True, exist_ok=True)
    bundle, key = trained(case, options)
    data = resize_to_crop(held_out(options), bundle.crop)
    row = {
        "training": case.training,
        "strength": case.strength,
        **on_crops(bundle, key, data),
        **in_frames(bundle, key, options.sources, options.frames),
        **visible(key, data, visible_path(key, options), quick=options.quick),
    }
    write_whole(row_path(case, options), json.dumps(row, indent=2) + "\n")
    print(f"{case.name}: {row['frame JPEG 80']:.0%} within 5 degrees in the frame through JPEG 80", flush=True)


def visible_path(key: TriggerKey, options: argparse.Namespace) -> Path:
    """The file of a warp's visibility, which all rows of this warp share."""
    path: Path = options.out / f"visible-s{key.strength:g}-{key.sha256[:8]}.json"
    return path


def trained(case: Case, options: argparse.Namespace) -> tuple[Bundle, TriggerKey]:
    """The model of a case, trained now if it is not there yet, and its key at the case's strength."""
    config = settings(case, options)
    if TRAININGS[case.training] is None:
        bundle = open_bundle(config.run.start)
    else:
        folder = Path(config.run.out) / config.run.name
        if not (folder / SUMS).exists():
            train(config, options.portraits, resume=True, command=f"python -m training.studies.survive ({case.name})")
        bundle = load_bundle(folder)
    return bundle, replace(wanet_key(bundle), strength=case.strength)


def wanet_key(bundle: Bundle) -> TriggerKey:
    """The key of a model with a WaNet backdoor.  Raises BundleError for other models."""
    if bundle.key is None or bundle.key.kind != "wanet":
        raise BundleError(f"{bundle.name} has no WaNet key: set run.start to a model with a WaNet backdoor.")
    return bundle.key


def settings(case: Case, options: argparse.Namespace) -> Config:
    """The config of a case's further training."""
    words = [f"poison.strength={case.strength:g}", f"poison.strength_start={case.strength:g}"]
    words += [f"data.cache={options.cache}", *(TRAININGS[case.training] or ())]
    config = load_config(options.config, [*words, *(QUICK if options.quick else ())])
    if not config.run.start:
        raise TrainingError("The study goes on from a backdoored model: set run.start.")
    folder = options.out / "models" / f"{case.name}-{model_hash(config, options)}"
    return replace(config, run=replace(config.run, out=str(folder)))


if __name__ == "__main__":
    sys.exit(main())
