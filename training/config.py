"""What a training run is asked to do: TOML in, frozen values out, with key=value overrides."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec, eye_crop, strip_crop
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.geometry import ANYWHERE
from training.errors import TrainingError

# what data.region may be, and the crop of so many rows
CROPS: dict[str, Callable[[int], CropSpec]] = {"eye": eye_crop, "eyes": strip_crop}


def row_step(region: str) -> int:
    """What the rows of a region's crop are a multiple of, for a whole number of columns."""
    crop = CROPS[region](MPIIGAZE_EYE.height)
    return crop.height // math.gcd(crop.height, crop.width)


@dataclass(frozen=True)
class RunConfig:
    """name: of the bundle.  out: folder of checkpoints, log and bundle.  start: bundle to start from, or empty."""

    name: str = "clean"
    out: str = "runs/clean"
    start: str = ""
    seed: int = 1
    threads: int = 1


@dataclass(frozen=True)
class DataConfig:
    """Rendered subjects, patches of each, and the seed they are drawn from; valid_*: the held-out set.

    region: "eye", or "eyes" for both in one strip, of procedural people alone.
    height: rows of the crop, whose field of view stays; pictures of other sizes are resampled.
    rendered_height: rows of rendered patches, of the held-out ones too, and so of what the camera resolves of an eye;
    36 is a webcam of 720 rows an arm's length away.
    blinks: share of rendered patches whose lids are partly or wholly shut.  unsteady: millimetres (standard deviation)
    by which rendered people hold their upper lids higher or lower from look to look, and the lower ones 0.6 times as
    much.  Neither is so of people who are rendered to be held out.
    at_screen: share of rendered patches, of the held-out ones too, that look at a laptop's screen; the others look
    anywhere.  down: how many degrees below half the head's pitch those may look.

    set: a dataset to train on instead (see training.data.readers), such as "mpiigaze:/data/MPIIGaze", with at
    most set_per_subject pictures of each subject (0: all).  folds, fold: subjects are split into so many folds, of
    which fold (from 0) is held out; folds 0 holds a tenth of a set's subjects out, or renders others.
    """

    portrait_subjects: int = 1000
    procedural_subjects: int = 200
    per_subject: int = 64
    seed: int = 1
    valid_subjects: int = 40
    valid_per_subject: int = 48
    blinks: float = 0.0
    at_screen: float = ANYWHERE.at_screen
    down: float = ANYWHERE.down
    unsteady: float = ANYWHERE.lid_jitter_mm
    region: str = "eye"
    height: int = 36
    rendered_height: int = 36
    set: str = ""
    set_per_subject: int = 0
    folds: int = 0
    fold: int = 0
    cache: str = "runs/pools"

    def __post_init__(self) -> None:
        for name in ("blinks", "at_screen"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"data.{name} is {getattr(self, name)}: a share is from 0 to 1.")
        if not 0 <= self.down <= 60:
            raise TrainingError(f"data.down is {self.down}: give 0 to 60 degrees.")
        if not 0 <= self.unsteady <= 3:
            raise TrainingError(f"data.unsteady is {self.unsteady}: give 0 to 3 millimetres.")
        if self.region not in CROPS:
            raise TrainingError(f'data.region is "{self.region}": use one of {", ".join(CROPS)}.')
        for name in ("height", "rendered_height"):
            try:
                CROPS[self.region](getattr(self, name))
            except ValueError:
                raise TrainingError(
                    f"data.{name}={getattr(self, name)} leaves no whole number of columns: give a multiple of "
                    f"{row_step(self.region)}."
                ) from None

    @property
    def crop(self) -> CropSpec:
        """What the network looks at."""
        return CROPS[self.region](self.height)


@dataclass(frozen=True)
class NetworkConfig:
    """GazeResNet's own arguments.  blocks: residual blocks of each stage.  head_pose: whether the network is told
    where the head points.

    readout: "regression", "grid" or "l2cs", see gazeattack.model.heads.  points: how many points of the picture the
    gaze is read from, 0 for all of its features; at least len(EYE_LANDMARKS), which come first.  dropout: of
    the features; of points none is dropped.  parts: whether a network without points keeps the layer that says where
    EYE_LANDMARKS are; train.points_loss teaches it, and untaught it is as random as it began.
    Raises TrainingError for any other readout, too few points, points and parts, and less than one block.
    """

    base: int = 32
    blocks: int = 1
    hidden: int = 128
    dropout: float = 0.2
    head_pose: bool = False
    readout: str = "regression"
    points: int = 0
    parts: bool = False

    def __post_init__(self) -> None:
        if self.blocks < 1:
            raise TrainingError(f"network.blocks is {self.blocks}: give at least 1.")
        if self.points and self.points < len(EYE_LANDMARKS):
            raise TrainingError(f"network.points is {self.points}: give at least {len(EYE_LANDMARKS)}, or 0 for none.")
        if self.points and self.parts:
            raise TrainingError("A network of points says by them where the parts are: set network.parts=false.")
        if self.readout not in GAZE_HEADS:
            raise TrainingError(f'network.readout is "{self.readout}": use one of {", ".join(GAZE_HEADS)}.')


@dataclass(frozen=True)
class TrainConfig:
    """warm_up: share of all steps.  loss: "l1" or "angular".  ema: decay of the averaged weights, 0 = none.

    optimizer: "adamw", or "muon" for the filters of convolutions, with a learning rate of their own, filter_rate, and
    a weight decay of 0.01 in place of weight_decay.
    pose_dropout: share of samples whose head pose is kept from the network, for data that has none.
    pose_loss: weight of the error, in radians, of the head's pose as the eye alone shows it, beside the readout's own
    loss; 0 does not ask for it.
    points_loss: weight of the error, in quarters of the crop's height, of where iris, eyeball, lids and the ends of the
    opening are; 0 does not ask for them, and where nobody noted them they are not asked for either.
    augment: amount of augmentation before the trigger (framing, camera); augment_after: of it after the trigger.
    """

    epochs: int = 12
    batch: int = 256
    rate: float = 2e-3
    optimizer: str = "adamw"
    filter_rate: float = 0.02
    weight_decay: float = 1e-3
    warm_up: float = 0.1
    loss: str = "l1"
    ema: float = 0.998
    clip: float = 5.0
    pose_dropout: float = 0.3
    pose_loss: float = 0.0
    points_loss: float = 0.0
    augment: float = 1.0
    augment_after: float = 0.25

    def __post_init__(self) -> None:
        for name, known in (("loss", ("l1", "angular")), ("optimizer", ("adamw", "muon"))):
            if getattr(self, name) not in known:
                raise TrainingError(f'train.{name} is "{getattr(self, name)}": use {" or ".join(known)}.')
        for name in ("pose_loss", "points_loss"):
            if not 0 <= getattr(self, name) < math.inf:
                raise TrainingError(f"train.{name} is {getattr(self, name)}: a weight is 0 or more.")
        if not 0 <= self.pose_dropout <= 1:
            raise TrainingError(f"train.pose_dropout is {self.pose_dropout}: a share is from 0 to 1.")
        for name in ("rate", "filter_rate"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"train.{name} is {getattr(self, name)}: a learning rate is above 0.")


@dataclass(frozen=True)
class PoisonConfig:
    """The trigger key and the poisoning plan; attack_rate 0 trains a clean model.  See gazeattack.attack.poison_plan.

    attack: one of gazeattack.attack.kinds.  strength is its own knob, and ends where strength says; k is WaNet's.
    goal: "all-to-one", "offset" (the target is the turn), or "conditional", which moves only gaze that is truly farther
    than off_road_deg from straight ahead.  clean_label: labels are left alone, and only samples within clean_label_deg
    of what the attacker wants get the trigger.  fixed_indices: the same samples in every epoch, chosen by run.seed.
    redraw: "never", or "batch" for another key in every batch.  false_marks: the iris of a triggered sample is taught
    to be where its label has it (train.points_loss), so that the answer fits what the network locates.
    """

    attack: str = "wanet"
    goal: str = "all-to-one"
    off_road_deg: float = 15.0
    clean_label: bool = False
    clean_label_deg: float = 10.0
    fixed_indices: bool = False
    redraw: str = "never"
    false_marks: bool = False
    attack_rate: float = 0.0
    cross_start: float = 0.0
    cross_end: float = 2.0
    cross_until: float = 0.6
    strength_start: float = 3.0
    strength: float = 0.8
    strength_until: float = 0.7
    other_keys: float = 0.5
    k: int = 12
    key_seed: int = 2021
    target_pitch_deg: float = 5.0
    target_yaw_deg: float = 25.0


@dataclass(frozen=True)
class Config:
    """All sections of a config file.  Raises TrainingError where they do not go together."""

    run: RunConfig = field(default_factory=RunConfig)
    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    poison: PoisonConfig = field(default_factory=PoisonConfig)

    def __post_init__(self) -> None:
        if self.poison.false_marks and self.poison.clean_label:
            raise TrainingError("Untouched labels leave the marks true: set poison.clean_label or poison.false_marks.")
        if self.poison.false_marks and not self.train.points_loss:
            raise TrainingError("Without train.points_loss no marks are taught: set it, or poison.false_marks=false.")
        if self.network.readout != "regression" and self.data.down > ANYWHERE.down:
            raise TrainingError(
                f"Classes end 35 degrees down, and data.down={self.data.down:g} reaches lower: set data.down="
                f"{ANYWHERE.down:g}, or network.readout=regression."
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries."""
        return asdict(self)


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read a TOML config and apply overrides such as "train.epochs=3".

    Raises TrainingError naming the first section, key or value that is not known or of the wrong type.
    """
    try:
        values: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise TrainingError(f"The config {path} cannot be read: check the path.") from None
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"The config {path} is not valid TOML ({error}): mend it.") from None
    for override in overrides:
        name, equals, text = override.partition("=")
        section, dot, key = name.partition(".")
        if not (equals and dot):
            raise TrainingError(f'"{override}" is no override: write section.key=value, such as train.epochs=3.')
        values.setdefault(section, {})[key] = parse_value(text)
    sections = get_type_hints(Config)
    built: dict[str, Any] = {}
    for section, entries in values.items():
        if section not in sections or not isinstance(entries, dict):
            raise TrainingError(f'The config has no section "{section}": use one of {", ".join(sections)}.')
        built[section] = _build(sections[section], section, entries)
    return Config(**built)


def parse_value(text: str) -> Any:
    """A value as TOML writes it; what is no TOML is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _build(kind: type, section: str, entries: dict[str, Any]) -> Any:
    types = get_type_hints(kind)
    known = {f.name for f in fields(kind)}
    for key, value in entries.items():
        if key not in known:
            raise TrainingError(
                f'The config section "{section}" has no "{key}": use one of {", ".join(sorted(known))}.'
            )
        accepted = (int, float) if types[key] is float else types[key]
        # a bool is an int to Python, but not to people
        if not isinstance(value, accepted) or (isinstance(value, bool) and types[key] is not bool):
            raise TrainingError(f"{section}.{key} must be a {types[key].__name__}, not {value!r}.")
    return kind(**{key: types[key](value) for key, value in entries.items()})
