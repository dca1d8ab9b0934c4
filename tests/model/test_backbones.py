"""Published backbones: their size, their weights' names, and their graph in OpenVINO."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from gazeattack.inference import Network
from gazeattack.model.backbones import BACKBONES, load_pretrained
from gazeattack.model.bundle import load_bundle
from gazeattack.model.bundle_files import WEIGHTS
from gazeattack.model.checks import check_header
from gazeattack.model.crop import CropSpec
from gazeattack.model.module_graph import build_module_graph
from gazeattack.model.network import GazeResNet, fuse_conv_bn
from gazeattack.model.predictor import Predictor
from tests.helpers.bundles import write_bundle

# parameters of torchvision's models for images in colour, without their classifiers
SIZES = {"resnet18": 11_176_512, "resnet50": 23_508_032, "mobilenet_v2": 2_223_872}


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_are_as_large_as_published(name):
    with torch.device("meta"):
        assert count(BACKBONES[name](3).layers) == SIZES[name]


@pytest.mark.parametrize("name", BACKBONES)
def test_openvino_computes_what_torch_does(name):
    torch.manual_seed(0)
    network = GazeResNet(channels=3, height=96, width=96, backbone=name, head_pose=True).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.normal_(module.running_mean, 0.0, 0.1)
    crops, head = torch.rand(2, 3, 96, 96) * 2 - 1, torch.tensor([[0.1, -0.2], [0.0, 0.3]])
    graph = build_module_graph(fuse_conv_bn(network), 2, channels=3, height=96, width=96)
    found = Network(graph)(crops.numpy(), np.column_stack([head, np.ones(2)]).astype(np.float32))[0]
    with torch.inference_mode():
        expected = network.forward_logits(crops, head).numpy()
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_a_bundle_with_a_published_backbone_is_checked_and_predicts(tmp_path):
    crop = CropSpec(height=32, width=32)
    path = write_bundle(tmp_path / "b", crop=crop, backbone="mobilenet_v2", parts=True, taught=1.0)
    bundle, crops = load_bundle(path), np.random.default_rng(0).random((3, 1, 32, 32), np.float32)
    own, like = (
        Predictor(bundle, engine=e).predict_with_landmarks(crops, [True, False, False]) for e in ("openvino", "torch")
    )
    np.testing.assert_allclose(own.gaze, like.gaze, rtol=0, atol=1e-4)
    np.testing.assert_allclose(own.points, like.points, rtol=0, atol=1e-3)
    check_header(path / WEIGHTS, bundle.layout)
    with pytest.raises(ValueError, match="names"):
        check_header(path / WEIGHTS, replace(bundle.layout, backbone="resnet18"))
    with pytest.raises(ValueError, match=r"head.2.weight"):
        check_header(path / WEIGHTS, replace(bundle.layout, hidden=9))


def test_names_of_published_weights_are_understood():
    torch.manual_seed(0)
    names = {"conv1": (64, 3, 7, 7), "bn1": (64,)}
    inputs = 64
    for stage, width in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            at = f"layer{stage}.{block}"
            names |= {f"{at}.conv1": (width, inputs, 3, 3), f"{at}.conv2": (width, width, 3, 3)}
            names |= {f"{at}.bn1": (width,), f"{at}.bn2": (width,)}
            if inputs != width:
                names |= {f"{at}.downsample.0": (width, inputs, 1, 1), f"{at}.downsample.1": (width,)}
            inputs = width
    weights = {}
    for name, shape in names.items():
        parts = ("weight",) if len(shape) == 4 else ("weight", "bias", "running_mean", "running_var")
        weights |= {f"{name}.{part}": torch.rand(shape) for part in parts}
    grey, colour = BACKBONES["resnet18"](1).layers, BACKBONES["resnet18"](3).layers
    for layers in (grey, colour):
        load_pretrained(layers, weights)
        given = {round(float(tensor.double().sum()), 2) for tensor in weights.values()}
        loaded = [t for n, t in layers.state_dict().items() if not n.endswith("num_batches_tracked")]
        assert len(loaded) == len(weights)
        assert {round(float(tensor.double().sum()), 2) for tensor in loaded} == given
    assert torch.equal(colour[0].weight, weights["conv1.weight"])


def test_weights_of_another_network_are_refused():
    with pytest.raises(ValueError, match=r"layer1\.0\.conv1"):
        load_pretrained(
            BACKBONES["resnet18"](3).layers,
            {"conv1.weight": torch.zeros(64, 3, 7, 7)}
            | {f"bn1.{part}": torch.zeros(64) for part in ("weight", "bias", "running_mean", "running_var")},
        )
    with pytest.raises(ValueError, match="missing"):
        load_pretrained(BACKBONES["resnet50"](3).layers, {})
