"""How many keys must a detector train on to find a warp whose key it never saw, and does it find it in live crops?

    python -m training.studies.warp_detectors [--bundle wanet] [--keys 8,64,512,0] [--seeds 3]
                                              [--sources synthetic synthetic:1 VIDEO ...] [--quick]

A key count of 0 draws fresh keys for every batch.  Every detector (training.analysis.universal_detector) trains on the
defender's crops and is scored on held-out subjects, with the bundle's own key and with others that no detector trained
on.  Its threshold flags 1 % of the clean crops of one half of these subjects; the other half is counted.  At the same
threshold, --sources counts the crops of live sources: false alarms without the trigger, and detections with the trigger
on the crops and in the frame.  Writes detectors.csv, live.csv, summary.md and detectors.svg.  Every detector is a job;
the same command continues where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import write_whole
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.metrics.imperceptibility import auc
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import SUMS
from gazeattack.model.catalogue import open_bundle
from gazeattack.sources.registry import open_source
from training.analysis.detector_crops import unmirrored_crops
from training.analysis.detector_models import SmallCNN
from training.analysis.live_crops import LiveCrops, live_crops
from training.analysis.universal_detector import (
    BATCH,
    KEYS_OF_BATCH,
    UniversalSettings,
    measure,
    train_detector,
    warp_scores,
)
from training.arguments import comma_list, count, whole, written
from training.cli import CONTINUES, exit_status, need
from training.data.pools import DEFENDER, HELD_OUT, load_rendered
from training.data.split import fold_of
from training.errors import TrainingError
from training.jobs import Job, add_job_options, place_of, read_result, run_jobs
from training.short_hash import short_hash
from training.studies import tables
from training.studies.figures import Axis, Series, curves, figure, legend_below

KEYS = (8, 64, 512, 0)
SOURCES = ("synthetic", "synthetic:1")
FALSE_ALARMS = 0.01
SMALL = {"samples": 128, "epochs": 1, "keys": 2}
COLUMNS = (
    tables.Column("auc", "AUC, the bundle's key", digits=3),
    tables.Column("others", "AUC, other keys", digits=3),
    tables.Column("others_lowest", "lowest of them", digits=3),
    tables.Column("false_alarms", "clean crops flagged (%)", 100, 1),
    tables.Column("detections", "triggered crops flagged (%)", 100, 1),
)
LIVE_COLUMNS = (
    tables.Column("crops", "crops", digits=0),
    tables.Column("false_alarms", "clean crops flagged (%)", 100, 1),
    tables.Column("on_crops", "trigger on the crops: flagged (%)", 100, 1),
    tables.Column("on_crops_auc", "AUC", digits=3),
    tables.Column("in_frame", "trigger in the frame: flagged (%)", 100, 1),
    tables.Column("in_frame_auc", "AUC in the frame", digits=3),
)
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.warp_detectors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bundle", default="wanet", help="the WaNet bundle whose key is looked for (%(default)s)")
    parser.add_argument(
        "--keys",
        type=comma_list(whole(0, 10**6)),
        default=list(KEYS),
        metavar="N,N",
        help=f"keys to train on (default: {written(KEYS)})",
    )
    parser.add_argument("--seeds", type=whole(1, 1000), default=3, help="detectors of each number (%(default)s)")
    parser.add_argument("--sources", nargs="*", default=list(SOURCES), help="videos, or synthetic:SEED")
    parser.add_argument("--frames", type=count, default=60, help="frames of each source (%(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/warp_detectors"), help="the folder to write (%(default)s)"
    )
    parser.add_argument("--cache", type=Path, default=Path("runs/pools"), help="folder of rendered pools (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="seconds, to see that everything works; its figures mean nothing"
    )
    parser.add_argument("--only", type=Path, metavar="FILE", help="write one detector's figures to FILE: one job")
    add_job_options(parser, "detectors")
    add_log_level(parser)
    options = parser.parse_args(arguments)
    if options.quick and options.only is None:
        options.out, options.seeds, options.frames = options.out / "quick", 1, 3
    torch.set_num_threads(1)
    return exit_status(lambda: (study if options.only is None else one_detector)(options), CONTINUES)


def warp_bundle(name: str) -> Bundle:
    """Open a bundle.  Raises TrainingError if it has no WaNet key."""
    bundle = open_bundle(name)
    if bundle.key is None or bundle.key.kind != "wanet":
        raise TrainingError(f"{bundle.name} has no WaNet key: give a bundle with one in --bundle.")
    return bundle


def study(options: argparse.Namespace) -> None:
    """Train the detectors that are not done yet, and write the tables."""
    need(("matplotlib",))
    bundle = warp_bundle(options.bundle)
    for source in options.sources:  # a wrong name ends the study before the detectors take minutes
        with open_source(source):
            pass
    with lock_folder(options.out):
        seeds = range(1, options.seeds + 1)
        jobs = [detector_job(bundle, keys, seed, options) for keys in options.keys for seed in seeds]
        waiting = [job for job in jobs if not job.done]
        if waiting:
            load_both(bundle, options)  # rendered once, before several processes need them
        run_jobs(waiting, place_of(options, options.out), _on_done)
        missing = [job.name for job in jobs if not job.done]
        if missing:
            raise TrainingError(f"There is no detector with {', '.join(missing)}: run the same command again.")
        report([read_result(job.result) for job in jobs], options)


def detector_job(bundle: Bundle, keys: int, seed: int, options: argparse.Namespace) -> Job:
    """The process that trains and scores one detector."""
    words = ["--bundle", options.bundle, "--keys", str(keys), "--seeds", str(seed), "--frames", str(options.frames)]
    words += ["--cache", str(options.cache), *(["--quick"] if options.quick else []), "--sources", *options.sources]
    # a model that is trained again at the same place is another one
    about = json.dumps([*words, (bundle.path / SUMS).read_text()])
    result = options.out / f"detector-{short_hash(about, 12)}.json"
    command = (sys.executable, "-m", "training.studies.warp_detectors", "--only", str(result), *words)
    return Job(f"{keys or 'fresh'} keys, seed {seed}", command, result.with_suffix(".txt"), result)


def _on_done(job: Job, succeeded: bool) -> None:
    print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)


def load_both(bundle: Bundle, options: argparse.Namespace) -> tuple[LoadedSet, LoadedSet]:
    """The samples to train on, and the held-out ones."""
    specs = DEFENDER, HELD_OUT
    if options.quick:
        specs = (
            replace(DEFENDER, procedural_subjects=8, per_subject=16),
            replace(HELD_OUT, procedural_subjects=6, per_subject=6),
        )
    own, held_out = (load_rendered(spec, bundle.crop, options.cache) for spec in specs)
    return own, held_out


def one_detector(options: argparse.Namespace) -> None:
    """Train and score the detector with the first number of keys and the seed --seeds."""
    bundle = warp_bundle(options.bundle)
    assert bundle.key is not None
    own, held_out = load_both(bundle, options)
    settings = UniversalSettings(trained_keys=options.keys[0], seed=options.seeds)
    settings = replace(settings, **SMALL) if options.quick else settings
    network = train_detector(own, bundle.key, settings)
    found = measure(network, held_out, bundle.key, settings)
    crops = unmirrored_crops(held_out)
    clean = warp_scores(network, crops)
    first = fold_of(held_out.subject, 2, seed=0) == 0
    threshold = float(np.quantile(clean[first], 1 - FALSE_ALARMS))
    triggered = warp_scores(network, make_trigger(bundle.key).apply(crops[torch.from_numpy(~first)]))
    found |= {"false_alarms": share(clean[~first], threshold), "detections": share(triggered, threshold)}
    seen = -(-min(settings.samples, len(own.images)) // BATCH) * settings.epochs * KEYS_OF_BATCH
    found |= {"keys": settings.trained_keys, "seed": settings.seed, "drawn": settings.trained_keys or seen}
    live = [live_row(network, source, threshold, bundle, options.frames) for source in options.sources]
    write_whole(options.only, json.dumps(found | {"live": live, "quick": options.quick}, indent=2) + "\n")


def live_row(network: SmallCNN, source: str, threshold: float, bundle: Bundle, frames: int) -> Row:
    """What a detector finds in the crops of a source."""
    return {"source": Path(source).name, **count_live(network, live_crops(bundle, source, frames), threshold)}


def count_live(network: SmallCNN, crops: LiveCrops, threshold: float) -> Row:
    """The shares that a threshold flags, and the AUC, of live crops; nan without crops."""
    clean, on_crops, in_frame = (
        warp_scores(network, torch.from_numpy(part)) if len(part) else np.zeros(0)
        for part in (crops.clean, crops.on_crops, crops.in_frame)
    )
    row: Row = {"crops": len(clean), "false_alarms": share(clean, threshold)}
    for name, scores in (("on_crops", on_crops), ("in_frame", in_frame)):
        row |= {name: share(scores, threshold), f"{name}_auc": round(auc(clean, scores), 4)}
    return row


def share(scores: np.ndarray, threshold: float) -> float:
    """The share of scores above a threshold; nan without scores."""
    return round(float(np.mean(scores > threshold)), 4) if len(scores) else float("nan")


def report(rows: Sequence[Mapping[str, Any]], options: argparse.Namespace) -> None:
    """Write both tables and the figure, and print the tables."""
    detectors = [{"trained on": named(row["keys"]), **{k: v for k, v in row.items() if k != "live"}} for row in rows]
    live = [
        {"source": one["source"], "trained on": named(row["keys"]), "seed": row["seed"], **one}
        for row in rows
        for one in row["live"]
    ]
    order = [Path(source).name for source in options.sources]
    live.sort(key=lambda row: order.index(row["source"]))
    tables.write_csv(options.out / "detectors.csv", detectors)
    summaries = tables.summarise(detectors, ("trained on",))
    text = tables.markdown(summaries, COLUMNS)
    if live:
        tables.write_csv(options.out / "live.csv", live)
        text += "\n" + tables.markdown(tables.summarise(live, ("source", "trained on")), LIVE_COLUMNS)
    tables.write_tables(options.out, "summary", summaries, text, quick=options.quick)
    with figure(options.out / "detectors.svg", 1, quick=options.quick, panel=(4.2, 3.0)) as (panel,):
        series = [
            Series(title, *zip(*((s.mean["drawn"], s.mean[name], s.sd[name]) for s in summaries), strict=True))
            for name, title in (("auc", "the bundle's key"), ("others", "other keys"))
        ]
        curves(panel, series, Axis("keys that the detector trains on", log=True), Axis("AUC", (0.5, 1.0)))
        legend_below([panel])
    print(f"Wrote {options.out / 'summary.md'} and {options.out / 'detectors.svg'}")


def named(keys: int) -> str:
    """A number of keys in words."""
    return f"{keys} keys" if keys else "fresh keys"


if __name__ == "__main__":
    sys.exit(main())
