"""The section [data] of a training config."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from gazeattack.model.crop import MOST_PIXELS, MPIIGAZE_EYE, CropSpec, eye_crop, face_crop, strip_crop
from gazeattack.synthetic.patches.appearance import PLAIN
from gazeattack.synthetic.patches.geometry import ANYWHERE
from training.config_sections.limits import COUNT, SEED, SHARE
from training.errors import TrainingError
from training.settings import Bounds, Section, setting

CROPS: dict[str, Callable[[int], CropSpec]] = {"eye": eye_crop, "eyes": strip_crop, "face": face_crop}
"""The values of data.region, each with the crop of a given number of rows."""

BY_SUBJECT, BY_FRAME = "subjects", "frames"
"""The values of data.split."""

SUBJECTS, IMAGES = Bounds(0, 100_000), Bounds(1, 100_000)
"""Beyond them, the numbers of held-out subjects begin."""
MILLIMETRES = Bounds(0, 3)
ROWS = Bounds(1, 600)


def row_step(region: str) -> int:
    """The number that the rows of a region's crop are a multiple of, so that its columns are a whole number."""
    crop = CROPS[region](MPIIGAZE_EYE.height)
    return crop.height // math.gcd(crop.height, crop.width)


@dataclass(frozen=True)
class DataConfig(Section):
    """The subjects that a run trains on, and those that it holds out."""

    portrait_subjects: int = setting(
        1000,
        "Training subjects rendered from portraits; without `--portraits` they are procedural.",
        "0 to 100000",
        SUBJECTS,
    )
    procedural_subjects: int = setting(
        200, "Training subjects rendered procedurally, without assets.", "0 to 100000", SUBJECTS
    )
    per_subject: int = setting(64, "Rendered images of each training subject.", "1 to 100000", IMAGES)
    seed: int = setting(
        1, "Seed of the rendered subjects and of the split into folds.", "a whole number from 0 to 4294967295", SEED
    )
    valid_subjects: int = setting(40, "Held-out rendered subjects, for validation.", "1 to 100000", IMAGES)
    valid_per_subject: int = setting(48, "Rendered images of each held-out subject.", "1 to 100000", IMAGES)
    blinks: float = setting(
        0.0,
        "Share of rendered training images whose eyelids are partly or wholly closed.",
        "a share from 0 to 1",
        SHARE,
    )
    at_screen: float = setting(
        ANYWHERE.at_screen,
        "Share of rendered images, held-out ones too, with the gaze on a laptop's screen; the others look anywhere.",
        "a share from 0 to 1",
        SHARE,
    )
    down: float = setting(
        ANYWHERE.down,
        "How far the gaze of those others may go below half the head's pitch.",
        "0 to 60 degrees",
        Bounds(0, 60),
    )
    lid_jitter_mm: float = setting(
        ANYWHERE.lid_jitter_mm,
        "Standard deviation of the upper eyelid's height at the same gaze, in rendered training images; the lower "
        "eyelid has 0.6 times as much.",
        "0 to 3 millimetres",
        MILLIMETRES,
    )
    droop: float = setting(
        PLAIN.droop,
        "Standard deviation of the upper eyelid's rest position over subjects.",
        "0 to 3 millimetres",
        MILLIMETRES,
    )
    eyeball_height: float = setting(
        PLAIN.eyeball_height,
        "Mean that is added to the height of training subjects' eyeballs above the eye corners.",
        "0 to 3 millimetres",
        MILLIMETRES,
    )
    spread: float = setting(
        PLAIN.spread,
        "Additional standard deviation of the eyeball's height over subjects.",
        "0 to 3 millimetres",
        MILLIMETRES,
    )
    shade: float = setting(
        PLAIN.shade, "Strength of lashes and of the upper eyelid's shadow on the eye.", "a share from 0 to 1", SHARE
    )
    glasses: float = setting(
        PLAIN.glasses, "Share of training subjects who wear glasses.", "a share from 0 to 1", SHARE
    )
    low_light: float = setting(
        PLAIN.low_light,
        "Share of training images as a cheap camera takes them in a dim room.",
        "a share from 0 to 1",
        SHARE,
    )
    contrast: float = setting(
        PLAIN.contrast,
        "How much whiter the sclera and darker the iris of portraits may get.",
        "a share from 0 to 1",
        SHARE,
    )
    region: str = setting(
        "eye",
        'Region of the face in a crop: "eye" is one eye, "eyes" a strip of both (procedural subjects only), "face" the '
        "whole face.",
        "eye, eyes, face",
        choices=tuple(CROPS),
    )
    channels: int = setting(1, "Colours of a face: 1 is grey, 3 is RGB. Eyes are grey.", "1, or 3 for faces", COUNT)
    height: int = setting(
        36,
        "Rows of the network's crop. The field of view stays the same; images of another size are resampled.",
        "pixels, a multiple of 3 (eye) or 9 (eyes), any number (face), at most 600",
        ROWS,
    )
    rendered_height: int = setting(
        36,
        "Rows of rendered images, held-out ones too: the camera's resolution. 36 is a 720p webcam at arm's length.",
        "pixels, a multiple of 3 (eye) or 9 (eyes), any number (face), at most 600",
        ROWS,
    )
    set: str = setting(
        "",
        "Dataset to train on instead of rendered subjects. Empty renders.",
        "an .npz file, an exported folder, READER:FOLDER (see datasets.md), or empty",
    )
    set_per_subject: int = setting(
        0, "Images of each subject of `data.set` at most, evenly spread. 0 takes all.", "0 or more", COUNT
    )
    folds: int = setting(
        0,
        "Folds that the subjects are split into. 0 holds out a tenth of the subjects of `data.set`, or renders others.",
        "0, or 2 to the number of subjects",
        COUNT,
    )
    fold: int = setting(0, "The fold that is held out.", "0 to folds - 1", COUNT)
    split: str = setting(
        BY_SUBJECT,
        "What the folds are of: subjects, so that nobody is in both parts, or frames at random, as some papers do.",
        f"{BY_SUBJECT}, {BY_FRAME}",
        choices=(BY_SUBJECT, BY_FRAME),
    )
    cache: str = setting("runs/pools", "Folder that keeps rendered images for later runs.", "a path")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.set and not self.portrait_subjects + self.procedural_subjects:
            raise TrainingError("There are no training subjects: set data.procedural_subjects, or data.set.")
        if self.channels not in (1, 3) or (self.channels == 3 and self.region != "face"):
            raise TrainingError(f"data.channels is {self.channels}: give 1, or 3 for faces in colour.")
        for name in ("height", "rendered_height"):
            try:
                CROPS[self.region](getattr(self, name))
            except ValueError:
                raise TrainingError(
                    f"data.{name}={getattr(self, name)} gives no whole number of columns up to {MOST_PIXELS}: use a "
                    f"multiple of {row_step(self.region)}."
                ) from None

    @property
    def crop(self) -> CropSpec:
        """The network's input."""
        return replace(CROPS[self.region](self.height), channels=self.channels)
