"""Is an eye model or a face model easier to backdoor, and which trigger is harder to see?

    python -m training.studies.eyes_and_face [--portraits DIR] [--seeds 1] [--face-rows 56] [--out runs/eyes_and_face]
                                             [--quick]

Both models train on the same subjects, with as many images and steps and the same network.  The eye model gets WaNet
with one strength.  The face model gets it with the same displacement in pixels, in degrees of view, and as a share of
the crop.  Degrees of view are the angle of the displacement as the virtual camera of the crop sees it, 600 mm away:
atan(displacement in pixels / focal length in pixels).  All are scored on the same held-out subjects.  Detectors train
on some of these and are scored on others: one with the attacker's key, and one that gets fresh keys in every batch.
Writes runs.csv (one row a run), regions.csv and regions.md (means over the seeds).  After an interruption the same
command continues.  See training.studies.script for the options.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gazeattack.attack.key import TriggerKey
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.measures import measure_all
from gazeattack.evaluation.predict import predict_branches
from gazeattack.model.bundle import Bundle
from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec, face_crop
from training.analysis import detector
from training.analysis.universal_detector import UniversalSettings, measure, train_detector
from training.arguments import whole
from training.data.split import fold_of
from training.errors import TrainingError
from training.jobs import place_of
from training.studies import tables
from training.studies.held_out import ScoredOn
from training.studies.run_paths import StudyRun
from training.studies.runner import QUICK, StudyResult, clean_run, run_study
from training.studies.script import run_script
from training.studies.tables import markdown, summarise, write_tables

OUT = "runs/eyes_and_face"
STRENGTH, ANNEALED_FROM = 1.0, 3.0
"""WaNet's s for the eye model, half pixels, and the multiple of it that every run is annealed from."""
ROWS = 56
"""Rows of a face by default.  Rendered faces have 112, which is four times as slow."""
RENDERED_ROWS = 112
COMMON = (
    "data.portrait_subjects=340",
    "data.procedural_subjects=0",
    "data.per_subject=48",
    "data.valid_per_subject=48",
    "data.at_screen=0.4",
    "data.down=36",
    "train.optimizer=muon",
    "train.lr=5e-3",
    "train.epochs=6",
)
"""98,000 images of animated portraits, or of procedural subjects without a folder of portraits."""
QUICK_FACES = ("data.portrait_subjects=6", "data.procedural_subjects=0", "data.valid_subjects=2")
"""Drawn heads take longer than eyes."""
INTERVALS = ("benign_deg", "ae_deg", "asr5")
COLUMNS = (
    tables.Column("displacement_mean_px", "mean displacement (px)"),
    tables.Column("displacement_mean_mm", "mean displacement (mm)"),
    tables.Column("displacement_mean_view_deg", "mean displacement (degrees of view)", digits=3),
    tables.Column("displacement_share", "mean displacement (% of the crop's rows)", 100),
    tables.BENIGN,
    tables.CLEAN_BENIGN,
    *tables.COST,
    tables.AE,
    tables.ASR2,
    tables.ASR5,
    tables.Column("asr5_low", "ASR@5 (%): lower end", 100, 1),
    tables.Column("asr5_high", "ASR@5 (%): upper end", 100, 1),
    tables.NOISE,
    tables.WRONG_KEY,
    tables.Column("own_key_auc", "detector AUC, own key", digits=3),
    tables.Column("universal_auc", "detector AUC, fresh keys", digits=3),
    tables.Column("psnr_db", "PSNR (dB)", digits=1),
    tables.Column("ssim", "SSIM", digits=3),
)


@dataclass(frozen=True)
class Case:
    """A row of the table.  strength: WaNet's s, half pixels."""

    name: str
    crop: CropSpec
    strength: float

    def overrides(self) -> tuple[str, ...]:
        """The settings of its run."""
        rows = self.crop.height
        rendered = RENDERED_ROWS if self.crop.region == "face" else rows
        return (
            f"data.region={self.crop.region}",
            f"data.height={rows}",
            f"data.rendered_height={max(rows, rendered)}",
            f"poison.strength={self.strength:g}",
            f"poison.strength_start={ANNEALED_FROM * self.strength:g}",
        )


def cases(rows: int = ROWS) -> tuple[Case, ...]:
    """The eye model, and the face model with the same displacement by three measures.

    Args:
        rows: Of a face.
    """
    eye, face = MPIIGAZE_EYE, face_crop(rows)
    return (
        Case("eye", eye, STRENGTH),
        Case("face, same pixels", face, STRENGTH),
        Case("face, same share of the crop", face, round(STRENGTH * face.height / eye.height, 3)),
        Case("face, same degrees of view", face, round(STRENGTH * face.focal / eye.focal, 3)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.studies.eyes_and_face",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--face-rows", type=whole(16, RENDERED_ROWS), default=ROWS, help="rows and columns of a face (%(default)s)"
    )
    parser.add_argument("overrides", nargs="*", help="section.key=value, for all runs")
    return run_script(parser, study, arguments, OUT)


def study(options: argparse.Namespace) -> StudyResult:
    """Train and score, then write the table.

    Raises:
        TrainingError: a dataset to score on is given.
    """
    if options.data or options.screen:
        raise TrainingError("Eyes and faces need the same subjects, which are rendered: leave --data and --screen out.")
    result = run_study(
        plan(options),
        options.out,
        place=place_of(options, options.out),
        portraits=options.portraits,
        held_out=ScoredOn(8, 8, portrait_share=1.0) if options.quick else ScoredOn(portrait_share=1.0),
        cache=options.cache,
        quick=options.quick,
    )
    if result.rows:
        summaries = summarise(result.rows, ("model",))
        write_tables(options.out, "regions", summaries, markdown(summaries, COLUMNS), quick=options.quick)
    return result


def plan(options: argparse.Namespace) -> list[StudyRun]:
    """The runs, seed by seed, so that a study that stops half-way holds complete comparisons."""
    extra = f"training.studies.eyes_and_face:{'quick_columns' if options.quick else 'columns'}"
    shrunk = (*QUICK, *QUICK_FACES) if options.quick else ()
    runs = []
    for seed in range(1, options.seeds + 1):
        for case in cases(options.face_rows):
            settings = (*COMMON, *shrunk, f"poison.key_seed={2020 + seed}", *case.overrides(), *options.overrides)
            run = StudyRun({"model": case.name}, settings, seed, extra=(extra,), config=options.config)
            runs.append(replace(run, after=clean_run(run)))
    return runs


def columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> Mapping[str, Any]:
    """Intervals over subjects, the displacement in four measures, and how visible the trigger is."""
    return _columns(
        bundle, data, detector.DetectorSettings(seeds=(0,)), UniversalSettings(samples=len(data.images), epochs=16)
    )


def quick_columns(bundle: Bundle, clean: Bundle | None, data: LoadedSet) -> Mapping[str, Any]:
    """The same from few crops."""
    return _columns(bundle, data, detector.QUICK, UniversalSettings(samples=64, epochs=1, keys=2))


def _columns(
    bundle: Bundle, data: LoadedSet, settings: detector.DetectorSettings, universal: UniversalSettings
) -> Mapping[str, Any]:
    key = bundle.key
    if key is None:
        return {}
    found = measure_all(predict_branches(bundle.network, bundle.preprocess, data, key), data, draws=500)["ci95"]
    row: dict[str, Any] = {}
    for name in INTERVALS:
        low, high = found.get(name, (None, None))
        row |= {f"{name.removesuffix('_deg')}_low": low, f"{name.removesuffix('_deg')}_high": high}
    row |= displacement(key, bundle.crop)
    visible = detector.measure(data, key).as_dict()["crop"]
    row |= {name: visible[name]["mean"] for name in ("psnr_db", "ssim", "linf")}
    separations = detector.detect(data, key, settings=settings).separations
    for reading in detector.READINGS:
        # the largest of three detectors, as in compare_attacks
        row[f"{reading.replace(' ', '_')}_auc"] = round(max(s.auc for s in separations if s.reading == reading), 4)
    half = fold_of(data.subject, 2, seed=0) == 0
    scores = measure(train_detector(data.take(half), key, universal), data.take(~half), key, universal)
    return row | {f"universal_{name}" if name != "auc" else "universal_auc": value for name, value in scores.items()}


def displacement(key: TriggerKey, crop: CropSpec) -> dict[str, float]:
    """Mean displacement by a WaNet key: mm at the eye or face, degrees of view, and share of the crop's rows.

    A pixel of the crop is `distance` / `focal` mm, and the camera sees it under atan(1 / `focal`).
    """
    mean, _ = make_trigger(key).displacement_px()
    return {
        "displacement_mean_mm": round(mean * crop.distance / crop.focal, 4),
        "displacement_mean_view_deg": round(math.degrees(math.atan(mean / crop.focal)), 5),
        "displacement_share": round(mean / crop.height, 5),
    }


if __name__ == "__main__":
    sys.exit(main())
