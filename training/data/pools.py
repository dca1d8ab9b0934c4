"""Pools of rendered patches: rendered once, then kept on disk."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from gazeattack.evaluation.dataset import LoadedSet, export_patches, read_dataset
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.landmarks import Landmarker
from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec
from gazeattack.model.setting_names import section_to_disk
from gazeattack.synthetic.faces.render import render_faces
from gazeattack.synthetic.faces.subject import PortraitFace, load_portrait_faces
from gazeattack.synthetic.patches.appearance import PLAIN, Appearance
from gazeattack.synthetic.patches.geometry import ANYWHERE, GazeSampling
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.portrait import render_portrait_patches
from gazeattack.synthetic.patches.portrait_eyes import PortraitEyes, cut_eyes, load_portraits
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips
from training.errors import TrainingError
from training.short_hash import short_hash

# Increase it whenever a renderer's images or labels change, so that old pools are not used for new ones.
RENDERERS = 5
HELD_OUT_EVERY = 10  # every tenth portrait is held out
HELD_OUT_OFFSET = 1_000_000  # first number of held-out subjects
PROCEDURAL_OFFSET = 100_000
# Settings that older pools do not have, with the values that those were rendered with: they do not enter the hash.
NEWER = {
    "region": MPIIGAZE_EYE.region,
    "at_screen": ANYWHERE.at_screen,
    "down": ANYWHERE.down,
    "lid_jitter_mm": ANYWHERE.lid_jitter_mm,
    "channels": MPIIGAZE_EYE.channels,
    **asdict(PLAIN),
}


@dataclass(frozen=True)
class PoolSpec:
    """What decides the patches of a pool; a hash of it names the pool's folder.

    portrait_subjects, procedural_subjects: of each renderer.  per_subject: patches of each.  held_out: subjects and
    portraits that no training uses.  blinks: share of patches whose eyelids are partly or wholly closed.  height: rows
    of the patches.  region: "eye", "eyes" for strips of both (procedural subjects only), or "face", whose
    eyelids follow the gaze alone.  channels: of faces, 1 or 3.  at_screen, down, lid_jitter_mm: those of GazeSampling.
    The others: those of Appearance, which strips and faces do not have.
    """

    portrait_subjects: int
    procedural_subjects: int
    per_subject: int
    seed: int
    held_out: bool = False
    blinks: float = 0.0
    height: int = MPIIGAZE_EYE.height
    region: str = MPIIGAZE_EYE.region
    at_screen: float = ANYWHERE.at_screen
    down: float = ANYWHERE.down
    lid_jitter_mm: float = ANYWHERE.lid_jitter_mm
    droop: float = PLAIN.droop
    eyeball_height: float = PLAIN.eyeball_height
    spread: float = PLAIN.spread
    shade: float = PLAIN.shade
    glasses: float = PLAIN.glasses
    low_light: float = PLAIN.low_light
    contrast: float = PLAIN.contrast
    channels: int = MPIIGAZE_EYE.channels

    @property
    def appearance(self) -> Appearance:
        """How much the subjects differ."""
        return Appearance(**{name: getattr(self, name) for name in asdict(PLAIN)})


HELD_OUT = PoolSpec(0, 60, 40, seed=99, held_out=True)
"""The subjects of docs/findings.md: training.data.render --subjects 60 --per-subject 40 --seed 99 --held-out."""
DEFENDER = PoolSpec(0, 200, 40, seed=501)
"""The clean samples that a defender has; no shipped model trained on this seed."""


def load_pool(spec: PoolSpec, portraits: Path | None, cache: Path) -> LoadedSet:
    """Load a pool from the cache, after rendering it there if it is missing.

    Args:
        spec: what the pool holds.
        portraits: a folder of faces; None renders the portrait subjects procedurally instead.
        cache: the folder of all pools.

    Raises:
        TrainingError: strips of both eyes are asked for, and portraits have none.
    """
    if portraits is not None and spec.region == "eyes":
        raise TrainingError("Only procedural subjects have strips of both eyes: leave --portraits out.")
    pictures = [] if portraits is None else sorted((p.name, p.stat().st_size) for p in portraits.glob("*"))
    wanted = section_to_disk("data", {name: value for name, value in asdict(spec).items() if NEWER.get(name) != value})
    asked = json.dumps([RENDERERS, wanted, pictures], sort_keys=True)
    folder = cache / short_hash(asked, 16)
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # a second training that shares the cache waits, and then finds the pool
        lock = cache / f".{folder.name}.lock"
        with FileLock(lock):
            if not folder.is_dir():
                _render_into(folder, spec, portraits)
            # only now, where whoever holds the old file finds the pool; Windows keeps an open file, which stays, empty
            with contextlib.suppress(OSError):
                lock.unlink()
    return read_dataset(folder)


def _render_into(folder: Path, spec: PoolSpec, portraits: Path | None) -> None:
    """Write a pool elsewhere and move it, so that an interrupted run leaves no incomplete one."""
    patches = render_pool(spec, portraits)
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    export_patches(patches, unfinished, data_card(spec, portraits))
    unfinished.rename(folder)


def load_rendered(
    spec: PoolSpec, crop: CropSpec, cache: Path, per_subject: int | None = None, portraits: Path | None = None
) -> LoadedSet:
    """Load rendered subjects for a model's crop: eyes, strips of both, or faces.

    Args:
        spec: procedural subjects; its region, height and channels become the crop's.
        crop: the model's input.
        cache: the folder of all pools.
        per_subject: largest number of images of each subject, evenly spread; None takes all.
        portraits: a folder of portraits that all subjects are from instead; None renders procedural ones.

    Raises:
        TrainingError: strips of both eyes are asked for, and portraits have none.
    """
    subjects = spec.procedural_subjects
    from_portraits = 0 if portraits is None else subjects
    spec = replace(spec, portrait_subjects=from_portraits, procedural_subjects=subjects - from_portraits)
    spec = replace(spec, region=crop.region, height=crop.height, channels=crop.channels)
    data = load_pool(spec, portraits, cache)
    kind = "held-out rendered subjects" if spec.held_out else "rendered subjects"
    data = replace(data, name=f"{subjects} {kind}, seed {spec.seed}")
    if per_subject is None or per_subject >= spec.per_subject:
        return data
    kept = np.linspace(0, spec.per_subject - 1, per_subject).round().astype(int)
    return data.take((np.arange(len(data.images)).reshape(-1, spec.per_subject)[:, kept]).ravel())


def open_portraits(folder: Path) -> PortraitEyes:
    """The usable eyes of a folder of portraits."""
    with Landmarker(find_landmarker(), video=False, max_faces=1) as landmarker:
        return cut_eyes(load_portraits(folder), landmarker.detect)


def open_portrait_faces(folder: Path) -> list[PortraitFace]:
    """The faces of a folder of portraits."""
    with Landmarker(find_landmarker(), video=False, max_faces=1) as landmarker:
        return load_portrait_faces(folder, landmarker.detect)


def render_pool(spec: PoolSpec, portraits: Path | None) -> PatchSet:
    """Render a pool; without a folder of portraits, all its subjects are procedural."""
    if spec.region == "face":
        return render_face_pool(spec, [] if portraits is None else open_portrait_faces(portraits))
    return render_eye_pool(spec, None if portraits is None else open_portraits(portraits))


def render_face_pool(spec: PoolSpec, portraits: Sequence[PortraitFace]) -> PatchSet:
    """Render a pool of faces; without portraits, all its subjects are drawn."""
    offset = HELD_OUT_OFFSET if spec.held_out else 0
    chosen = [
        face
        for number, face in enumerate(portraits)
        if (number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == spec.held_out
    ]
    from_portraits = spec.portrait_subjects if chosen else 0
    drawn = spec.procedural_subjects + spec.portrait_subjects - from_portraits
    how: dict[str, Any] = {
        "height": spec.height,
        "channels": spec.channels,
        "sampling": GazeSampling(spec.at_screen, spec.down),
    }
    parts = []
    if from_portraits:
        subjects = range(offset, offset + from_portraits)
        parts.append(render_faces(subjects, spec.per_subject, spec.seed, portraits=chosen, **how))
    if drawn:
        subjects = range(offset + PROCEDURAL_OFFSET, offset + PROCEDURAL_OFFSET + drawn)
        parts.append(render_faces(subjects, spec.per_subject, spec.seed, **how))
    return concatenate(parts)


def render_eye_pool(spec: PoolSpec, eyes: PortraitEyes | None) -> PatchSet:
    """Render a pool of eyes; without portrait `eyes`, all its subjects are procedural."""
    offset = HELD_OUT_OFFSET if spec.held_out else 0
    from_portraits = spec.portrait_subjects if eyes is not None else 0
    from_nothing = spec.procedural_subjects + spec.portrait_subjects - from_portraits
    sampling = GazeSampling(spec.at_screen, spec.down, spec.lid_jitter_mm)
    how: dict[str, Any] = {"blinks": spec.blinks, "height": spec.height, "sampling": sampling}
    parts = []
    if eyes is not None and from_portraits:
        numbers = np.unique(eyes.portrait)
        held_out = numbers % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
        chosen = eyes.of_portraits(numbers[held_out == spec.held_out])
        subjects = range(offset, offset + from_portraits)
        parts.append(
            render_portrait_patches(chosen, subjects, spec.per_subject, spec.seed, appearance=spec.appearance, **how)
        )
    if from_nothing:
        subjects = range(offset + PROCEDURAL_OFFSET, offset + PROCEDURAL_OFFSET + from_nothing)
        render = render_strips
        if spec.region == "eye":
            render = partial(render_procedural_patches, appearance=spec.appearance)
        parts.append(render(subjects, spec.per_subject, spec.seed, **how))
    return concatenate(parts)


def data_card(spec: PoolSpec, portraits: Path | None) -> dict[str, object]:
    """The origin of the patches, for the card of the export."""
    sources = []
    if spec.region == "face":
        animated = portraits is not None and spec.portrait_subjects
        name = "" if portraits is None else portraits.name
        sources = [f'portraits in a folder named "{name}", animated by gazeattack.synthetic.faces'] if animated else []
        if spec.procedural_subjects or not animated:
            sources.append("drawn heads, rendered by gazeattack.synthetic.faces (no assets)")
    elif portraits is not None and spec.portrait_subjects:
        sources.append(
            f'portraits in a folder named "{portraits.name}", eyes re-rendered by gazeattack.synthetic.patches.portrait'
        )
    if spec.region != "face" and (spec.procedural_subjects or portraits is None):
        renderer = "strip" if spec.region == "eyes" else "procedural"
        sources.append(f"procedural eyes, rendered by gazeattack.synthetic.patches.{renderer} (no assets)")
    return {"sources": sources, "renderers": RENDERERS, **section_to_disk("data", asdict(spec))}
