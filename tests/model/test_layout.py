"""The layout describes the network that torch makes."""

from __future__ import annotations

import pytest
import torch

from gazeattack.model.backbones import BACKBONES
from gazeattack.model.layout import PUBLISHED, Layout
from gazeattack.model.network import GazeResNet

CASES = [
    {},
    {"base_width": 8, "blocks": 2, "hidden": 16},
    {"head_pose": True, "landmark_head": True},
    {"num_keypoints": 8, "landmark_head": True, "head_pose": True},
    {"readout": "grid", "channels": 3, "height": 224, "width": 224, "base_width": 4},
    {"readout": "l2cs", "height": 36, "width": 160},
    {"height": 17, "width": 31},
    {"height": 3, "width": 5},
    {"height": 96, "width": 96},
    {"height": 48, "width": 48, "num_keypoints": 8},
    {"height": 5, "width": 5},
    {"activation": "gelu", "num_keypoints": 8},
    {"activation": "leaky_relu"},
]


@pytest.mark.parametrize("options", CASES, ids=str)
def test_names_and_shapes_are_those_of_the_network(options):
    layout, network = Layout(**options), GazeResNet(**options)
    assert layout.weights() == {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert layout.has_landmarks == network.has_landmarks
    x = torch.zeros(1, layout.channels, layout.height, layout.width)
    assert network.features[: layout.fine](x).shape[2:] == layout.map_size
    assert network.eval().forward_features(x).shape[1] == layout.num_features


@pytest.mark.parametrize(
    "options",
    [
        {"readout": "guess"},
        {"num_keypoints": 3},
        {"backbone": "resnet19"},
        {"backbone": "resnet18", "num_keypoints": 8},
        {"activation": "swish"},
        {"activation": "gelu", "backbone": "resnet18"},
    ],
)
def test_impossible_layouts_are_refused(options):
    with pytest.raises(ValueError, match=r"readout|keypoints|backbone|activation"):
        Layout(**options)


def test_published_backbones_are_those_that_torch_has():
    assert set(PUBLISHED) == set(BACKBONES)
