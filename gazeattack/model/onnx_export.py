"""A bundle's network as an ONNX file, with the card that imports it again."""

from __future__ import annotations

import importlib
import logging
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gazeattack.errors import BundleError
from gazeattack.model.bundle import Bundle
from gazeattack.model.landmarks import denormalize_landmarks
from gazeattack.model.network import GazeResNet
from gazeattack.model.onnx.card import GazeOutput, HeadPoseInput, ImageInput, OnnxSpec

OPSET = 18
NEEDED = ("onnx", "onnxscript")
IMAGE, HEAD_POSE, GAZE, LANDMARKS = "image", "head_pose", "gaze", "landmarks"


class ExportedNetwork(nn.Module):
    """What is exported: from preprocessed crops to the gaze in radians, and to the eye landmarks in pixels.

    Args:
        bundle: of a network with weights.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__()
        self.network: GazeResNet = bundle.network
        self.height, self.width = bundle.crop.height, bundle.crop.width
        self.has_landmarks = bool(bundle.has_landmarks)

    def forward(self, image: torch.Tensor, head_pose: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        """Crops [N, C, H, W] in [-1, 1], head poses [N, 2] -> gaze [N, 2] and, where trained, landmarks [N, 6, 2]."""
        gaze, features = self.network.forward_with_features(image, head_pose)
        if not self.has_landmarks:
            return (gaze,)
        places = self.network.predict_landmarks(features).clone()
        return gaze, denormalize_landmarks(places, self.height, self.width)


def export_spec(bundle: Bundle) -> OnnxSpec:
    """The card of a bundle's exported network."""
    network = bundle.network
    equalize = bundle.preprocess == "equalize"
    image = ImageInput(IMAGE, "grey" if bundle.crop.channels == 1 else "rgb", low=-1.0, high=1.0, equalize=equalize)
    pose = HeadPoseInput(HEAD_POSE, unknown="nan") if network.head_pose else None
    return OnnxSpec(bundle.crop, image, pose, GazeOutput(GAZE, landmarks=LANDMARKS if bundle.has_landmarks else ""))


def export_onnx(bundle: Bundle) -> bytes:
    """The ONNX file of a bundle's network, for any number of crops.

    Raises:
        BundleError: a package is missing, the network is an ONNX network already, or PyTorch cannot export it.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise BundleError(f"The export needs {' and '.join(missing)}: pip install 'gazeattack[onnx]'.")
    network, crop = ExportedNetwork(bundle).eval(), bundle.crop
    given = (torch.zeros(2, crop.channels, crop.height, crop.width), torch.zeros(2, 2))
    takes = 2 if network.network.head_pose else 1
    crops = torch.export.Dim("crops", min=1, max=4096)
    options: dict[str, Any] = {
        "input_names": [IMAGE, HEAD_POSE][:takes],
        "output_names": [GAZE, LANDMARKS][: 1 + network.has_landmarks],
        "dynamic_shapes": ({0: crops}, {0: crops})[:takes],
        "opset_version": OPSET,
        "external_data": False,
        "dynamo": True,
        "verbose": False,
    }
    log = logging.getLogger("torch.onnx")
    level = log.level
    # it lists the operators of packages that are not installed
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder, torch.no_grad():
            warnings.simplefilter("ignore")
            path = Path(folder) / "network.onnx"
            importlib.import_module("torch.onnx").export(network, given[:takes], str(path), **options)
            return path.read_bytes()
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise BundleError(f"PyTorch cannot export {bundle.name} ({reason}): use another model.") from None
    finally:
        log.setLevel(level)
