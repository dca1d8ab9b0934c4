"""The section [train] of a training config."""

from __future__ import annotations

from dataclasses import dataclass

from training.config_sections.limits import COUNT, MOST, SHARE
from training.errors import TrainingError
from training.settings import Bounds, Section, setting

RATE = Bounds(0, 1000, above=True)


@dataclass(frozen=True)
class TrainConfig(Section):
    """Optimisation, losses and augmentation."""

    epochs: int = setting(12, "Passes through the training set.", "1 or more", Bounds(1, MOST))
    stop_after: int = setting(
        0,
        "Stop after this many epochs of a schedule planned for `epochs`. 0 trains all of them.",
        "0 or more",
        COUNT,
    )
    batch: int = setting(
        256,
        "Samples of each step, over all processes together.",
        "1 or more, a multiple of the processes",
        Bounds(1, MOST),
    )
    lr: float = setting(
        2e-3, "Highest learning rate of AdamW, after the warm-up.", "a number above 0, at most 1000", RATE
    )
    lr_end: float = setting(
        0.0, "Share of the learning rates that is left at the end of the schedule.", "a share from 0 to 1", SHARE
    )
    optimizer: str = setting(
        "adamw",
        'Optimizer: "adamw" for all weights, or "muon" for the filters of convolutions.',
        "adamw, muon",
        choices=("adamw", "muon"),
    )
    muon_lr: float = setting(
        0.02,
        "Highest learning rate of Muon's filters, which have a weight decay of 0.01.",
        "a number above 0, at most 1000",
        RATE,
    )
    weight_decay: float = setting(1e-3, "Weight decay of AdamW.", "0 to 100", Bounds(0, 100))
    warmup_fraction: float = setting(
        0.1,
        "Share of all steps in which the learning rate rises from 0; after it, half a cosine.",
        "a share from 0 to 1",
        SHARE,
    )
    loss: str = setting(
        "l1",
        "Loss of a regression: mean absolute difference or mean angle, both in radians.",
        "l1, angular",
        choices=("l1", "angular"),
    )
    ema: float = setting(
        0.998,
        "Decay of the averaged weights, which are validated and written. 0 takes the last weights.",
        "a share from 0 to 1",
        SHARE,
    )
    clip_grad_norm: float = setting(
        5.0, "Norm that gradients are clipped to.", "a number above 0", Bounds(0, MOST, above=True)
    )
    pose_dropout: float = setting(
        0.3,
        "Share of samples whose head pose is hidden from the network, for use on data without one.",
        "a share from 0 to 1",
        SHARE,
    )
    pose_loss: float = setting(
        0.0,
        "Weight of the auxiliary loss of the head pose, predicted from the image, in radians. 0 leaves it out.",
        "0 to 1000",
        Bounds(0, 1000),
    )
    points_loss: float = setting(
        0.0,
        "Weight of the auxiliary loss of the eye landmarks, in quarters of the crop's height. "
        "0, or data without landmarks, leaves it out.",
        "0 to 1000",
        Bounds(0, 1000),
    )
    teachers: str = setting(
        "",
        "Bundles whose mean prediction, for the image without a trigger, replaces the true gaze labels (distillation). "
        "Empty trains on the true labels.",
        "names or folders of bundles, separated by commas, or empty",
    )
    teacher_share: float = setting(
        1.0,
        "Share of the teachers' prediction in those labels; the rest is the true label.",
        "a share from 0 to 1",
        SHARE,
    )
    teacher_images: str = setting(
        "augmented",
        'What the teachers predict for: the "rendered" image, or the "augmented" one that the student gets.',
        "rendered, augmented",
        choices=("rendered", "augmented"),
    )
    augment: float = setting(
        1.0, "Amount of augmentation (framing and camera) before the trigger.", "0 to 10", Bounds(0, 10)
    )
    bend: float = setting(
        0.0,
        "Largest mean displacement by which crops are bent smoothly before the trigger. Needs `train.teachers`: "
        "true labels do not hold for bent eyes.",
        "0 to 10 pixels",
        Bounds(0, 10),
    )
    augment_after: float = setting(0.25, "Amount of camera augmentation after the trigger.", "0 to 10", Bounds(0, 10))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bend and not self.teachers:
            raise TrainingError("train.bend needs labels for bent eyes: set train.teachers, or train.bend=0.")
