"""The shape of a GazeResNet: what its arguments decide, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.model.heads import GAZE_HEADS
from gazeattack.model.landmarks import EYE_LANDMARKS, MAP_WIDTH

STAGES = 3
STEM = 3  # layers: convolution, normalisation, ReLU
FACE_GRID = 7  # rows and columns of the features of a square crop
SMALL = "small"
"""The backbone that a Layout describes."""
PUBLISHED = ("resnet18", "resnet50", "mobilenet_v2")
"""The names in BACKBONES, which needs torch."""
RELU = "relu"
ACTIVATIONS = (RELU, "leaky_relu", "gelu")
"""What follows a layer of the small backbone and of the gaze head; see gazeattack.model.blocks.make_activation."""
LEAK = 0.1  # slope of the leaky ReLU below 0
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """One residual block: channels in and out, and its stride."""

    inputs: int
    outputs: int
    stride: int

    @property
    def projects(self) -> bool:
        """Whether its shortcut is a convolution."""
        return self.stride != 1 or self.inputs != self.outputs


@dataclass(frozen=True)
class Layout:
    """The arguments of GazeResNet, which describes them, and what follows from them.

    What follows holds for the small backbone; for a published one only has_parts and has_landmarks have a meaning.

    Raises:
        ValueError: the readout, the backbone or the activation is unknown, or there are fewer keypoints than
            EYE_LANDMARKS, or any, or another activation than ReLU, with a published backbone.
    """

    channels: int = 1
    height: int = 36
    width: int = 60
    base_width: int = 32
    blocks: int = 1
    hidden: int = 128
    dropout: float = 0.2
    head_pose: bool = False
    readout: str = "regression"
    num_keypoints: int = 0
    landmark_head: bool = False
    backbone: str = SMALL
    activation: str = RELU

    def __post_init__(self) -> None:
        if self.readout not in GAZE_HEADS:
            raise ValueError(f"no such readout: {self.readout!r}")
        if self.num_keypoints and self.num_keypoints < len(EYE_LANDMARKS):
            raise ValueError(f"{self.num_keypoints} keypoints are fewer than the {len(EYE_LANDMARKS)} eye landmarks")
        if self.backbone != SMALL and (self.backbone not in PUBLISHED or self.num_keypoints):
            raise ValueError(f"no such backbone, or none with keypoints: {self.backbone!r}")
        if self.activation not in ACTIVATIONS or (self.backbone != SMALL and self.activation != RELU):
            raise ValueError(f"no such activation, or not with a published backbone: {self.activation!r}")

    @property
    def residual_blocks(self) -> tuple[Block, ...]:
        """The blocks of all stages, in order."""
        inputs, found = self.base_width, []
        for stage in range(STAGES):
            outputs = self.base_width * 2**stage
            for block in range(self.blocks):
                found.append(Block(inputs, outputs, 2 if block == 0 and stage > 0 else 1))
                inputs = outputs
        return tuple(found)

    @property
    def fine(self) -> int:
        """Layers up to the end of the first stage."""
        return STEM + self.blocks

    @property
    def map_size(self) -> tuple[int, int]:
        """Rows and columns of the features up to there: half the crop's."""
        return (self.height + 1) // 2, (self.width + 1) // 2

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns that the gaze head takes."""
        if self.height == self.width:
            # a face's eyes take a sixth of its height
            return (min(FACE_GRID, self.height),) * 2
        # larger crops are pooled to the grid of a 36x60 crop, so that the head stays small; wider crops, such as strips
        # of both eyes, keep proportionally more columns
        return min(5, self.height), min(round(7.5 * max(1.0, 0.6 * self.width / self.height)), self.width)

    @property
    def pools(self) -> bool:
        """Whether the last features have another size than `grid`."""
        rows, columns = self.map_size
        for block in self.residual_blocks:
            rows, columns = -(-rows // block.stride), -(-columns // block.stride)
        return (rows, columns) != self.grid

    @property
    def num_features(self) -> int:
        """Numbers that the gaze head takes, without the head pose."""
        if self.num_keypoints:
            return 2 * self.num_keypoints
        return self.residual_blocks[-1].outputs * self.grid[0] * self.grid[1]

    @property
    def has_parts(self) -> bool:
        """Whether there is a layer for EYE_LANDMARKS alone."""
        return self.landmark_head and not self.num_keypoints

    @property
    def has_landmarks(self) -> bool:
        """Whether there is an output for EYE_LANDMARKS, trained or not."""
        return bool(self.num_keypoints) or self.has_parts

    def weights(self) -> dict[str, Shape]:
        """Names and shapes of the weights, as in GazeResNet.state_dict()."""
        found = {"features.0.weight": (self.base_width, self.channels, 5, 5), **_norm("features.1", self.base_width)}
        for number, block in enumerate(self.residual_blocks, STEM):
            inputs, outputs, at = block.inputs, block.outputs, f"features.{number}"
            found |= {f"{at}.body.0.weight": (outputs, inputs, 3, 3), **_norm(f"{at}.body.1", outputs)}
            found |= {f"{at}.body.3.weight": (outputs, outputs, 3, 3), **_norm(f"{at}.body.4", outputs)}
            if block.projects:
                found |= {f"{at}.shortcut.0.weight": (outputs, inputs, 1, 1), **_norm(f"{at}.shortcut.1", outputs)}
        first = "head.2"
        if self.num_keypoints:
            first = "head.2.0"
            found |= _layer("points.fine", (MAP_WIDTH, self.base_width, 1, 1))
            found |= _layer("points.coarse", (MAP_WIDTH, self.residual_blocks[-1].outputs, 1, 1))
            found |= {**_norm("points.maps.0", MAP_WIDTH), "points.maps.2.weight": (MAP_WIDTH, MAP_WIDTH, 3, 3)}
            found |= {
                **_norm("points.maps.3", MAP_WIDTH),
                **_layer("points.maps.5", (self.num_keypoints, MAP_WIDTH, 1, 1)),
            }
            found |= _layer("head.2.2", (self.hidden, self.hidden))
        if self.has_parts:
            found |= _layer("parts", (2 * len(EYE_LANDMARKS), self.num_features))
        found |= _layer(first, (self.hidden, self.num_features + (3 if self.head_pose else 0)))
        return found | _layer("head.4", (GAZE_HEADS[self.readout].outputs, self.hidden))


COUNTER = "num_batches_tracked"
"""The one weight of a batch normalisation that is a whole number."""


def _norm(at: str, channels: int) -> dict[str, Shape]:
    vectors = ("weight", "bias", "running_mean", "running_var")
    return {**{f"{at}.{name}": (channels,) for name in vectors}, f"{at}.{COUNTER}": ()}


def _layer(at: str, weight: Shape) -> dict[str, Shape]:
    return {f"{at}.weight": weight, f"{at}.bias": weight[:1]}
