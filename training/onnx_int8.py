"""Does the backdoor survive an export to ONNX with 8-bit weights and activations?

    python -m training.onnx_int8 --bundle wanet [--per-subject 10] [--out runs/onnx_int8] [--quick]

Exports the network, quantises the ONNX file with onnxruntime (static, one scale per channel of the weights, ranges of
the activations from clean samples; Jacob et al., CVPR 2018), imports both files, and scores them in OpenVINO beside
the network in torch.  Writes the two bundles, onnx_int8.csv and onnx_int8.md.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gazeattack.evaluation.dataset import LoadedSet, as_crops, resize_to_crop
from gazeattack.live.folder_lock import lock_folder
from gazeattack.log_level import add_log_level
from gazeattack.model.bundle import Bundle, load_bundle, save_onnx_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.onnx.network import check_onnx
from gazeattack.model.onnx_export import HEAD_POSE, IMAGE, export_onnx, export_spec
from gazeattack.model.prediction_module import prediction_module
from gazeattack.model.preprocess import PREPROCESS
from training.arguments import count
from training.cli import NOTHING_WRITTEN, exit_status
from training.data.pools import DEFENDER, HELD_OUT, load_rendered
from training.defences.repair import Repair
from training.defences.report import COLUMNS
from training.errors import TrainingError
from training.studies import tables

CALIBRATION = 256
BATCH = 64
QUICK_SPECS = (
    replace(DEFENDER, procedural_subjects=4, per_subject=8),
    replace(HELD_OUT, procedural_subjects=6, per_subject=6),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="training.onnx_int8", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", required=True, help="a shipped bundle's name, or a bundle's folder")
    parser.add_argument(
        "--per-subject", type=count, help="largest number of test images of each subject, evenly spread"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/onnx_int8"), help="folder of the results (%(default)s)")
    parser.add_argument("--cache", type=Path, default=Path("runs/pools"), help="folder of rendered pools (%(default)s)")
    parser.add_argument(
        "--quick", action="store_true", help="seconds, to see that everything works; its figures mean nothing"
    )
    add_log_level(parser)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    return exit_status(lambda: compare(options), NOTHING_WRITTEN)


def compare(options: argparse.Namespace) -> None:
    """Export, quantise, import, score and write the table."""
    if find_spec("onnxruntime") is None:
        raise TrainingError("This needs onnxruntime: pip install 'gazeattack[onnx]'.")
    bundle = open_bundle(options.bundle)
    with lock_folder(options.out):
        compare_exports(bundle, options)


def compare_exports(bundle: Bundle, options: argparse.Namespace) -> None:
    """The same for an open bundle, in a folder that is locked."""
    specs = QUICK_SPECS if options.quick else (DEFENDER, HELD_OUT)
    thin = (None, options.per_subject)
    data, test = (
        resize_to_crop(load_rendered(spec, bundle.crop, options.cache, each), bundle.crop)
        for spec, each in zip(specs, thin, strict=True)
    )
    exported = export_onnx(bundle)
    files = {"onnx": exported, "onnx-int8": quantize(exported, bundle, data)}
    repair = Repair(bundle, bundle.key, data, test, options.out, options.quick)
    networks: dict[str, nn.Module] = {"torch": prediction_module(bundle)}
    for name, file in files.items():
        folder = options.out / f"{bundle.name}-{name}"
        save_onnx_bundle(folder, check_onnx(file, export_spec(bundle)), {"title": folder.name}, bundle.key)
        networks[name] = prediction_module(load_bundle(folder))
    titles = {
        "torch": "nothing (torch)",
        "onnx": "ONNX, float32",
        "onnx-int8": "ONNX, int8 weights and activations",
    }
    rows: list[dict[str, Any]] = [{"title": titles[name]} | repair.score(each) for name, each in networks.items()]
    summaries = tables.summarise(rows, ("title",))
    heading = (
        f"{bundle.name} on {len(test.images)} samples of {test.name}; {len(files['onnx-int8']) / 1e3:.0f} kB, not "
    )
    heading += f"{len(exported) / 1e3:.0f}."
    text = f"{heading}\n\n{tables.markdown(summaries, COLUMNS, {'title': 'network'})}\n"
    tables.write_csv(options.out / "rows.csv", rows)
    tables.write_tables(options.out, "onnx_int8", summaries, text, quick=options.quick)


def quantize(exported: bytes, bundle: Bundle, data: LoadedSet) -> bytes:
    """An exported network with 8-bit weights and activations.

    Args:
        exported: the ONNX file.
        bundle: that it was exported from.
        data: clean samples, for the ranges of the activations.
    """
    tools = importlib.import_module("onnxruntime.quantization")
    log = logging.getLogger()
    level = log.level
    # it advises to optimise the network first, which the export did
    log.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
            source.write_bytes(exported)
            tools.quantize_static(
                str(source),
                str(target),
                CalibrationBatches(bundle, data),
                quant_format=tools.QuantFormat.QDQ,
                per_channel=True,
                weight_type=tools.QuantType.QInt8,
                activation_type=tools.QuantType.QUInt8,
            )
            return target.read_bytes()
    finally:
        log.setLevel(level)


class CalibrationBatches:
    """Gives one batch of clean samples after the other, as onnxruntime asks for them."""

    def __init__(self, bundle: Bundle, data: LoadedSet) -> None:
        self._batches = iter(_batches(bundle, data))

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch by the names of the inputs; None at the end."""
        return next(self._batches, None)


def _batches(bundle: Bundle, data: LoadedSet) -> list[dict[str, np.ndarray]]:
    rows = np.linspace(0, len(data.images) - 1, min(CALIBRATION, len(data.images))).astype(int)
    found = []
    for at in range(0, len(rows), BATCH):
        some = data.take(rows[at : at + BATCH])
        batch = {IMAGE: PREPROCESS[bundle.preprocess](as_crops(some.images)).numpy()}
        if bundle.network.head_pose:
            unknown = np.full((len(some.images), 2), np.nan, np.float32)
            batch[HEAD_POSE] = unknown if some.head is None else some.head.astype(np.float32)
        found.append(batch)
    return found


if __name__ == "__main__":
    sys.exit(main())
