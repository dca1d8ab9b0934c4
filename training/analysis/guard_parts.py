"""The sources that the guard's checks are measured on: each is a part with a file of its own, and may be a job."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazeattack.attack.key import TriggerKey
from gazeattack.capture.source import Source
from gazeattack.face import iris_gaze
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import SUMS
from training.analysis.guard_frames import (
    DRIVE_FRAMES,
    SUBJECT_FRAMES,
    GuardFrames,
    measure,
    open_clip,
    open_drive,
    open_subject,
    watch,
)
from training.errors import TrainingError
from training.jobs import Job, place_of, run_jobs
from training.short_hash import short_hash

SUBJECT, DRIVE, CLIP = "subject", "drive", "clip"
QUICK_FRAMES, CLIP_FRAMES = 6, 150
GROUPS = {SUBJECT: "rendered held-out subjects", DRIVE: "varied drives"}


@dataclass(frozen=True)
class Part:
    """A source.  kind: SUBJECT, DRIVE or CLIP.  of: its seed, or the clip's path.  frames: the most that are read."""

    kind: str
    of: str
    frames: int

    @property
    def name(self) -> str:
        """Of the job, unique in a report."""
        return f"{self.kind} {self.of}"

    @property
    def group(self) -> str:
        """The row of the table that it belongs to."""
        return GROUPS.get(self.kind, Path(self.of).name)

    def open(self) -> Source:
        """Open the source.  Raises SourceError for a clip that cannot be read."""
        if self.kind == CLIP:
            return open_clip(self.of)
        return (open_subject if self.kind == SUBJECT else open_drive)(int(self.of))


def parts_of(subjects: Sequence[int], drives: Sequence[int], clips: Sequence[str], *, quick: bool) -> list[Part]:
    """The parts of subjects and drives with these seeds, and of clips."""
    asked = [(SUBJECT, str(seed), SUBJECT_FRAMES) for seed in subjects]
    asked += [(DRIVE, str(seed), DRIVE_FRAMES) for seed in drives]
    asked += [(CLIP, clip, CLIP_FRAMES) for clip in clips]
    return [Part(kind, of, QUICK_FRAMES if quick else frames) for kind, of, frames in asked]


def measured(
    parts: Sequence[Part], bundle: Bundle, key: TriggerKey | None, options: argparse.Namespace
) -> list[GuardFrames]:
    """The frames of every part; those of an earlier run are read from their files.

    Args:
        parts: what to measure.
        bundle: the model.
        key: of the trigger; None for the model's own.
        options: of training.guard; with `only`, that part alone is measured.

    Raises:
        TrainingError: `only` names no part, or a job failed.
    """
    files = {part: options.out / "parts" / f"{_digest(part, bundle, key)}.npz" for part in parts}
    place = place_of(options, options.out)
    if options.only:
        parts = [part for part in parts if part.name == options.only]
        if not parts:
            raise TrainingError(f'--only "{options.only}" names no part: use one such as "{next(iter(files)).name}".')
    waiting = [part for part in parts if not files[part].exists()]
    if place.single or options.only:
        for part in waiting:
            found = measure(part.name, watch(bundle, part.open(), part.frames, key=key))
            found.save(files[part])
            print(f"{part.name}: {len(found.gaze)} frames", flush=True)
    else:
        run_jobs([_job(part, files[part], options) for part in waiting], place, _on_done)
        missing = [part.name for part in waiting if not files[part].exists()]
        if missing:
            raise TrainingError(f"There are no frames of {', '.join(missing)}: run the same command again.")
    return [GuardFrames.load(files[part]) for part in parts]


def _digest(part: Part, bundle: Bundle, key: TriggerKey | None) -> str:
    """A name for the file of a part: it depends on all that its frames depend on."""
    trigger = bundle.key if key is None else key
    about = [part.name, part.frames, (bundle.path / SUMS).read_text(), None if trigger is None else trigger.sha256]
    about.append(iris_gaze.COEFFICIENTS.tolist())  # of the iris check, which training.guard fit may have changed
    if part.kind == CLIP and Path(part.of).is_file():
        of_file = Path(part.of).stat()
        about += [of_file.st_size, of_file.st_mtime_ns]
    return short_hash(json.dumps(about), 16)


def _job(part: Part, file: Path, options: argparse.Namespace) -> Job:
    """The process that measures one part."""
    # --quick names the folder itself
    out = options.out.parent if options.quick else options.out
    command = [sys.executable, "-m", "training.guard", options.what, "--only", part.name, f"--model={options.model}"]
    command += [f"--out={out}", f"--subjects={options.subjects}"]
    command += ["--quick"] if options.quick else []
    command += [] if options.key is None else [f"--key={options.key}"]
    command += ["--clips", part.of] if part.kind == CLIP else []
    return Job(part.name, tuple(command), file.with_suffix(".txt"), file)


def _on_done(job: Job, succeeded: bool) -> None:
    print(f"{job.name}: done" if succeeded else f"{job.name}: failed (more in {job.output})", flush=True)
