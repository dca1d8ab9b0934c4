"""gazeattack export: writes the network of a bundle in a format that other programs read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.errors import BundleError, OutputError
from gazeattack.files import write_whole

if TYPE_CHECKING:
    from gazeattack.evaluation.dataset import LoadedSet
    from gazeattack.model.bundle import Bundle
    from gazeattack.model.onnx.network import OnnxNetwork

ALLOWED = 1e-4
"""Largest difference from torch, radians and pixels."""
CROPS = "synthetic:12x8:7"


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("export", help="write a model's network as an ONNX file, checked against torch")
    parser.add_argument("--onnx", action="store_true", required=True, help="the format: ONNX")
    parser.add_argument(
        "--model", default="wanet", help="name of a shipped model, or path of a bundle (default: %(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.onnx",
        help="a new file; its card, which gazeattack import reads, is written beside it as FILE.toml",
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Export, compare with torch on rendered crops, and write both files."""
    from gazeattack.evaluation.dataset import resize_to_crop
    from gazeattack.evaluation.open_data import open_data
    from gazeattack.live.pipeline import one_thread
    from gazeattack.model.catalogue import open_bundle
    from gazeattack.model.onnx.card_text import card_text
    from gazeattack.model.onnx.network import check_onnx
    from gazeattack.model.onnx_export import export_onnx, export_spec

    file, card = options.out, options.out.with_suffix(".toml")
    if file.suffix != ".onnx":
        raise OutputError(f"{file} does not end in .onnx: give --out a name such as wanet.onnx.")
    for path in (file, card):
        if path.exists():
            raise OutputError(f"{path} exists already: give --out another name.")
    one_thread()
    bundle = open_bundle(options.model)
    print("exporting (this takes up to a minute)", file=sys.stderr)
    network = check_onnx(export_onnx(bundle), export_spec(bundle))
    data = resize_to_crop(open_data(CROPS, bundle.crop), bundle.crop)
    gaze, landmarks = differences(bundle, network, data)
    if not max(gaze, landmarks) <= ALLOWED:
        raise BundleError(
            f"The exported network differs from torch by {max(gaze, landmarks):.2g}, more than {ALLOWED:g}, and was "
            "not written: install another version of torch or onnxscript."
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, network.data)
        write_whole(card, card_text(network.spec, str(bundle.card.get("title", bundle.name))))
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror}): choose another place.") from None
    points = f", landmarks {landmarks:.1e} pixels" if bundle.has_landmarks else ""
    print(f"{file}: {len(network.data) / 1e6:.2f} MB; card: {card}")
    print(f"largest difference from torch on {len(data.images)} rendered crops: gaze {gaze:.1e} radians{points}")
    return 0


def differences(bundle: Bundle, network: OnnxNetwork, data: LoadedSet) -> tuple[float, float]:
    """The largest differences between the ONNX network in OpenVINO and the network in torch.

    Args:
        bundle: of the network in torch.
        network: its export.
        data: crops of the bundle's size; every second one goes without its head pose.

    Returns:
        Of the gaze, radians, and of the landmarks, pixels; 0 without landmarks.
    """
    import numpy as np
    import torch

    from gazeattack.evaluation.dataset import as_crops
    from gazeattack.model.landmarks import denormalize_landmarks
    from gazeattack.model.onnx.engine import OnnxEngine
    from gazeattack.model.onnx_export import ExportedNetwork
    from gazeattack.model.preprocess import PREPROCESS

    inputs = PREPROCESS[bundle.preprocess](as_crops(data.images))
    head = np.full((len(inputs), 2), np.nan) if data.head is None else np.array(data.head, dtype=np.float32)
    head[1::2] = np.nan
    with torch.inference_mode():
        expected = [part.numpy() for part in ExportedNetwork(bundle).eval()(inputs, torch.from_numpy(head).float())]
    gaze, places = OnnxEngine(network.data, network.spec).run(inputs.numpy(), head)
    off = float(np.abs(gaze - expected[0]).max())
    if places is None:
        return off, 0.0
    found = denormalize_landmarks(places.reshape(expected[1].shape), bundle.crop.height, bundle.crop.width)
    return off, float(np.abs(found - expected[1]).max())
