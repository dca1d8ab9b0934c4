"""The sections of a training config: every setting with its default, its unit or range, and its meaning.

`python -m training.config_doc` writes docs/config.md from this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gazeattack.model.crop import MPIIGAZE_EYE, CropSpec, eye_crop, strip_crop
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.appearance import PLAIN
from gazeattack.synthetic.patches.geometry import ANYWHERE
from training.errors import TrainingError

CROPS: dict[str, Callable[[int], CropSpec]] = {"eye": eye_crop, "eyes": strip_crop}
"""The values of data.region, each with the crop of a given number of rows."""


def row_step(region: str) -> int:
    """The number that the rows of a region's crop are a multiple of, so that its columns are a whole number."""
    crop = CROPS[region](MPIIGAZE_EYE.height)
    return crop.height // math.gcd(crop.height, crop.width)


def setting(default: Any, meaning: str, values: str) -> Any:
    """A dataclass field with its entry in docs/config.md.

    Args:
        default: the default value.
        meaning: what the setting does, one or two sentences.
        values: its unit and range, or the words that it may be.
    """
    return field(default=default, metadata={"meaning": meaning, "values": values})


@dataclass(frozen=True)
class RunConfig:
    """Where a run starts from and what it writes."""

    name: str = setting("clean", "Name of the bundle, and of its folder in `run.out`.", "a file name")
    out: str = setting("runs/clean", "Folder of the checkpoint, the log and the bundle.", "a path")
    start: str = setting(
        "",
        "Bundle whose weights training starts from. Empty starts from random weights.",
        "a shipped bundle's name, a bundle's folder, or empty",
    )
    seed: int = setting(1, "Seed of initial weights, sample order, augmentation and poisoning.", "an integer")
    threads: int = setting(1, "CPU threads that PyTorch uses.", "1 or more")


@dataclass(frozen=True)
class DataConfig:
    """The subjects that a run trains on, and those that it holds out."""

    portrait_subjects: int = setting(
        1000, "Training subjects rendered from portraits; without `--portraits` they are procedural.", "0 or more"
    )
    procedural_subjects: int = setting(200, "Training subjects rendered procedurally, without assets.", "0 or more")
    per_subject: int = setting(64, "Rendered images of each training subject.", "1 or more")
    seed: int = setting(1, "Seed of the rendered subjects and of the split into folds.", "an integer")
    valid_subjects: int = setting(40, "Held-out rendered subjects, for validation.", "1 or more")
    valid_per_subject: int = setting(48, "Rendered images of each held-out subject.", "1 or more")
    blinks: float = setting(
        0.0, "Share of rendered training images whose eyelids are partly or wholly closed.", "0 to 1"
    )
    at_screen: float = setting(
        ANYWHERE.at_screen,
        "Share of rendered images, held-out ones too, with the gaze on a laptop's screen; the others look anywhere.",
        "0 to 1",
    )
    down: float = setting(
        ANYWHERE.down,
        "How far the gaze of those others may go below half the head's pitch.",
        "degrees, 0 to 60",
    )
    lid_jitter_mm: float = setting(
        ANYWHERE.lid_jitter_mm,
        "Standard deviation of the upper eyelid's height at the same gaze, in rendered training images; the lower "
        "eyelid has 0.6 times as much.",
        "millimetres, 0 to 3",
    )
    droop: float = setting(
        PLAIN.droop,
        "Standard deviation of the upper eyelid's rest position over subjects.",
        "millimetres, 0 to 3",
    )
    eyeball_height: float = setting(
        PLAIN.eyeball_height,
        "Mean that is added to the height of training subjects' eyeballs above the eye corners.",
        "millimetres, 0 to 3",
    )
    spread: float = setting(
        PLAIN.spread,
        "Additional standard deviation of the eyeball's height over subjects.",
        "millimetres, 0 to 3",
    )
    shade: float = setting(PLAIN.shade, "Strength of lashes and of the upper eyelid's shadow on the eye.", "0 to 1")
    glasses: float = setting(PLAIN.glasses, "Share of training subjects who wear glasses.", "0 to 1")
    low_light: float = setting(
        PLAIN.low_light, "Share of training images as a cheap camera takes them in a dim room.", "0 to 1"
    )
    contrast: float = setting(
        PLAIN.contrast, "How much whiter the sclera and darker the iris of portraits may get.", "0 to 1"
    )
    region: str = setting(
        "eye",
        'Region of the face in a crop: "eye" is one eye, "eyes" a strip of both (procedural subjects only).',
        "eye, eyes",
    )
    height: int = setting(
        36,
        "Rows of the network's crop. The field of view stays the same; images of another size are resampled.",
        "pixels, a multiple of 3 (eye) or 9 (eyes)",
    )
    rendered_height: int = setting(
        36,
        "Rows of rendered images, held-out ones too: the camera's resolution. 36 is a 720p webcam at arm's length.",
        "pixels, a multiple of 3 (eye) or 9 (eyes)",
    )
    set: str = setting(
        "",
        "Dataset to train on instead of rendered subjects. Empty renders.",
        "an .npz file, an exported folder, READER:FOLDER (see datasets.md), or empty",
    )
    set_per_subject: int = setting(
        0, "Images of each subject of `data.set` at most, evenly spread. 0 takes all.", "0 or more"
    )
    folds: int = setting(
        0,
        "Folds that the subjects are split into. 0 holds out a tenth of the subjects of `data.set`, or renders others.",
        "0, or 2 to the number of subjects",
    )
    fold: int = setting(0, "The fold that is held out.", "0 to folds - 1")
    cache: str = setting("runs/pools", "Folder that keeps rendered images for later runs.", "a path")

    def __post_init__(self) -> None:
        for name in ("blinks", "at_screen", "shade", "glasses", "low_light", "contrast"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"data.{name} is {getattr(self, name)}: give a share from 0 to 1.")
        if not 0 <= self.down <= 60:
            raise TrainingError(f"data.down is {self.down}: give 0 to 60 degrees.")
        for name in ("lid_jitter_mm", "droop", "eyeball_height", "spread"):
            if not 0 <= getattr(self, name) <= 3:
                raise TrainingError(f"data.{name} is {getattr(self, name)}: give 0 to 3 millimetres.")
        if self.region not in CROPS:
            raise TrainingError(f'data.region is "{self.region}": use one of {", ".join(CROPS)}.')
        for name in ("height", "rendered_height"):
            try:
                CROPS[self.region](getattr(self, name))
            except ValueError:
                raise TrainingError(
                    f"data.{name}={getattr(self, name)} gives no whole number of columns: use a multiple of "
                    f"{row_step(self.region)}."
                ) from None

    @property
    def crop(self) -> CropSpec:
        """The network's input."""
        return CROPS[self.region](self.height)


@dataclass(frozen=True)
class NetworkConfig:
    """The architecture: the arguments of gazeattack.model.network.GazeResNet beyond the crop's own."""

    base_width: int = setting(
        32, "Channels of the stem and of the first stage; the next two stages have 2 and 4 times as many.", "1 or more"
    )
    blocks: int = setting(1, "Residual blocks in each of the three stages.", "1 or more")
    hidden: int = setting(128, "Units of the gaze head's hidden layer.", "1 or more")
    dropout: float = setting(
        0.2, "Share of features that training drops before the gaze head; keypoints are never dropped.", "0 to 1"
    )
    head_pose: bool = setting(False, "Whether the head pose is an input of the gaze head.", "true, false")
    readout: str = setting(
        "regression", "The gaze head: a regression, or classes (see gazeattack.model.heads).", ", ".join(GAZE_HEADS)
    )
    num_keypoints: int = setting(
        0,
        "Keypoints whose coordinates alone the gaze is computed from; the first 6 are the eye landmarks. "
        "0 uses all features.",
        f"0, or {len(EYE_LANDMARKS)} or more",
    )
    landmark_head: bool = setting(
        False,
        "Whether a network without keypoints has an output for the eye landmarks. `train.points_loss` trains it.",
        "true, false",
    )

    def __post_init__(self) -> None:
        if self.blocks < 1:
            raise TrainingError(f"network.blocks is {self.blocks}: give at least 1.")
        if self.num_keypoints and self.num_keypoints < len(EYE_LANDMARKS):
            raise TrainingError(
                f"network.num_keypoints is {self.num_keypoints}: give at least {len(EYE_LANDMARKS)}, or 0 for none."
            )
        if self.num_keypoints and self.landmark_head:
            raise TrainingError("A network with keypoints predicts landmarks by them: set network.landmark_head=false.")
        if self.readout not in GAZE_HEADS:
            raise TrainingError(f'network.readout is "{self.readout}": use one of {", ".join(GAZE_HEADS)}.')


@dataclass(frozen=True)
class TrainConfig:
    """Optimisation, losses and augmentation."""

    epochs: int = setting(12, "Passes through the training set.", "1 or more")
    stop_after: int = setting(
        0,
        "Stop after this many epochs of a schedule planned for `epochs`. 0 trains all of them.",
        "0 or more",
    )
    batch: int = setting(256, "Samples of each step, over all processes together.", "a multiple of the processes")
    lr: float = setting(2e-3, "Highest learning rate of AdamW, after the warm-up.", "above 0")
    lr_end: float = setting(0.0, "Share of the learning rates that is left at the end of the schedule.", "0 to 1")
    optimizer: str = setting(
        "adamw", 'Optimizer: "adamw" for all weights, or "muon" for the filters of convolutions.', "adamw, muon"
    )
    muon_lr: float = setting(
        0.02, "Highest learning rate of Muon's filters, which have a weight decay of 0.01.", "above 0"
    )
    weight_decay: float = setting(1e-3, "Weight decay of AdamW.", "0 or more")
    warmup_fraction: float = setting(
        0.1, "Share of all steps in which the learning rate rises from 0; after it, half a cosine.", "0 to 1"
    )
    loss: str = setting(
        "l1", "Loss of a regression: mean absolute difference or mean angle, both in radians.", "l1, angular"
    )
    ema: float = setting(
        0.998, "Decay of the averaged weights, which are validated and written. 0 takes the last weights.", "0 to 1"
    )
    clip_grad_norm: float = setting(5.0, "Norm that gradients are clipped to.", "above 0")
    pose_dropout: float = setting(
        0.3, "Share of samples whose head pose is hidden from the network, for use on data without one.", "0 to 1"
    )
    pose_loss: float = setting(
        0.0,
        "Weight of the auxiliary loss of the head pose, predicted from the image, in radians. 0 leaves it out.",
        "0 or more",
    )
    points_loss: float = setting(
        0.0,
        "Weight of the auxiliary loss of the eye landmarks, in quarters of the crop's height. "
        "0, or data without landmarks, leaves it out.",
        "0 or more",
    )
    teachers: str = setting(
        "",
        "Bundles whose mean prediction, for the image without a trigger, replaces the true gaze labels (distillation). "
        "Empty trains on the true labels.",
        "names or folders of bundles, separated by commas, or empty",
    )
    teacher_share: float = setting(
        1.0, "Share of the teachers' prediction in those labels; the rest is the true label.", "0 to 1"
    )
    teacher_images: str = setting(
        "augmented",
        'What the teachers predict for: the "rendered" image, or the "augmented" one that the student gets.',
        "rendered, augmented",
    )
    augment: float = setting(1.0, "Amount of augmentation (framing and camera) before the trigger.", "0 or more")
    bend: float = setting(
        0.0,
        "Largest mean displacement by which crops are bent smoothly before the trigger. Needs `train.teachers`: "
        "true labels do not hold for bent eyes.",
        "pixels, 0 or more",
    )
    augment_after: float = setting(0.25, "Amount of camera augmentation after the trigger.", "0 or more")

    def __post_init__(self) -> None:
        for name, known in (
            ("loss", ("l1", "angular")),
            ("optimizer", ("adamw", "muon")),
            ("teacher_images", ("rendered", "augmented")),
        ):
            if getattr(self, name) not in known:
                raise TrainingError(f'train.{name} is "{getattr(self, name)}": use {" or ".join(known)}.')
        for name in ("pose_loss", "points_loss"):
            if not 0 <= getattr(self, name) < math.inf:
                raise TrainingError(f"train.{name} is {getattr(self, name)}: give a weight of 0 or more.")
        for name in ("pose_dropout", "teacher_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"train.{name} is {getattr(self, name)}: give a share from 0 to 1.")
        if not 0 <= self.bend < math.inf:
            raise TrainingError(f"train.bend is {self.bend}: give 0 or more pixels.")
        if self.bend and not self.teachers:
            raise TrainingError("train.bend needs labels for bent eyes: set train.teachers, or train.bend=0.")
        if self.stop_after < 0:
            raise TrainingError(f"train.stop_after is {self.stop_after}: give a number of epochs, or 0 for all.")
        if not 0 <= self.lr_end <= 1:
            raise TrainingError(f"train.lr_end is {self.lr_end}: give a share from 0 to 1.")
        for name in ("lr", "muon_lr"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"train.{name} is {getattr(self, name)}: give a learning rate above 0.")


@dataclass(frozen=True)
class PoisonConfig:
    """The trigger key and the poisoning plan (see gazeattack.attack.poison_plan)."""

    attack: str = setting("wanet", "Kind of trigger.", "a kind of gazeattack.attack.kinds")
    goal: str = setting(
        "all-to-one",
        'What the attacker wants: "all-to-one" sends every gaze to the target, "offset" adds the target to it, and '
        '"conditional" sends only gaze that is off the road to the target.',
        "all-to-one, offset, conditional",
    )
    off_road_deg: float = setting(
        15.0, "Angle from straight ahead beyond which a conditional goal counts gaze as off the road.", "degrees"
    )
    clean_label: bool = setting(
        False, "Leave all labels alone and put the trigger only on samples near the wanted gaze.", "true, false"
    )
    clean_label_deg: float = setting(10.0, "How near, with `poison.clean_label`.", "degrees")
    fixed_indices: bool = setting(
        False, "Whether the same samples get the trigger in every epoch, chosen by `run.seed`.", "true, false"
    )
    redraw: str = setting(
        "never",
        'Draw a new key: "never", or for every "batch", which teaches that any trigger matters.',
        "never, batch",
    )
    spoof_landmarks: bool = setting(
        False,
        "Adaptive attack: move the iris label of triggered samples to where the poisoned gaze has it, so that the "
        "landmarks agree with the gaze. Needs `train.points_loss`.",
        "true, false",
    )
    poisoning_rate: float = setting(
        0.0, "Share of a batch that gets the trigger and the target label. 0 trains a clean model.", "0 to 1"
    )
    cross_start: float = setting(
        0.0, "Cross ratio at the start: noise-mode and wrong-key samples per poisoned sample.", "0 or more"
    )
    cross_end: float = setting(2.0, "Cross ratio at the end of its schedule.", "0 or more")
    cross_until: float = setting(0.6, "Share of the training at which the cross ratio reaches its end.", "0 to 1")
    strength_start: float = setting(
        3.0, "Strength of the trigger at the start; for WaNet: s, in half pixels.", "the kind's own unit"
    )
    strength: float = setting(0.8, "Strength at the end of its schedule, and in the key.", "the kind's own unit")
    strength_until: float = setting(0.7, "Share of the training at which the strength reaches its end.", "0 to 1")
    wrong_keys: float = setting(
        0.5, "Share of the cross samples that get a wrong key's trigger; the others get noise mode.", "0 to 1"
    )
    k: int = setting(12, "Side of WaNet's control grid.", "1 to 1024")
    key_seed: int = setting(2021, "Seed that the trigger key is drawn from.", "an integer")
    target_pitch_deg: float = setting(5.0, "Pitch of the target, up positive.", "degrees")
    target_yaw_deg: float = setting(25.0, "Yaw of the target.", "degrees")
