"""The section [network] of a training config."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.model.checks import NETWORK_BOUNDS
from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.layout import ACTIVATIONS, PUBLISHED, RELU, SMALL
from training.errors import TrainingError
from training.settings import Bounds, Section, setting


@dataclass(frozen=True)
class NetworkConfig(Section):
    """The architecture: the arguments of gazeattack.model.network.GazeResNet beyond the crop's own."""

    base_width: int = setting(
        32,
        "Channels of the stem and of the first stage; the next two stages have 2 and 4 times as many.",
        "1 to 256",
        Bounds(*NETWORK_BOUNDS["base_width"]),
    )
    blocks: int = setting(
        1, "Residual blocks in each of the three stages.", "1 to 16", Bounds(*NETWORK_BOUNDS["blocks"])
    )
    hidden: int = setting(128, "Units of the gaze head's hidden layer.", "1 to 2048", Bounds(*NETWORK_BOUNDS["hidden"]))
    dropout: float = setting(
        0.2,
        "Share of features that training drops before the gaze head; keypoints are never dropped.",
        "0 or more, and below 1",
        Bounds(0, 1, below=True),
    )
    head_pose: bool = setting(False, "Whether the head pose is an input of the gaze head.", "true, false")
    readout: str = setting(
        "regression",
        "The gaze head: a regression, or classes (see gazeattack.model.heads).",
        ", ".join(GAZE_HEADS),
        choices=tuple(GAZE_HEADS),
    )
    num_keypoints: int = setting(
        0,
        "Keypoints whose coordinates alone the gaze is computed from; the first 6 are the eye landmarks. "
        "0 uses all features.",
        f"0, or {len(EYE_LANDMARKS)} to 512",
        Bounds(*NETWORK_BOUNDS["num_keypoints"]),
    )
    landmark_head: bool = setting(
        False,
        "Whether a network without keypoints has an output for the eye landmarks. `train.points_loss` trains it.",
        "true, false",
    )
    backbone: str = setting(
        SMALL,
        "What the image goes through first: a small residual network, or a published one, for which `base_width` and "
        "`blocks` have no meaning.",
        ", ".join((SMALL, *PUBLISHED)),
        choices=(SMALL, *PUBLISHED),
    )

    activation: str = setting(
        RELU,
        "What follows each layer of the small backbone and of the gaze head; a published backbone needs relu.",
        ", ".join(ACTIVATIONS),
        choices=ACTIVATIONS,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_keypoints and self.num_keypoints < len(EYE_LANDMARKS):
            raise TrainingError(
                f"network.num_keypoints is {self.num_keypoints}: give at least {len(EYE_LANDMARKS)}, or 0 for none."
            )
        if self.backbone != SMALL and self.num_keypoints:
            raise TrainingError(f"The backbone {self.backbone} has no keypoints: set network.num_keypoints=0.")
        if self.backbone != SMALL and self.activation != RELU:
            raise TrainingError(f"The backbone {self.backbone} has its own activation: set network.activation=relu.")
        if self.num_keypoints and self.landmark_head:
            raise TrainingError("A network with keypoints predicts landmarks by them: set network.landmark_head=false.")
