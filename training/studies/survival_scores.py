"""How well a WaNet survives in the camera's frame, and how visible it is: the scores of training.studies.survive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.wanet import WaNet
from gazeattack.capture.frame import Frame
from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.evaluation.predict import predict
from gazeattack.evaluation.score import evaluate
from gazeattack.files import write_whole
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.model.bundle import Bundle
from training.analysis import detector
from training.jobs import read_result
from training.poisoning.coarse_noise import apply_coarse_noise
from training.studies.channels import CHANNELS
from training.studies.frame_trigger import read, run, score, with_images

EVERY = 15
"""Frames of a source from one scored frame to the next: half a second."""
THROUGH = ("nothing", "JPEG 95", "JPEG 80", "JPEG 60", "H.264 crf 23", "half the size", "noise of 4 levels")
"""The channels of CHANNELS that count here."""
CHECKED = "JPEG 80"
"""The channel that the aim is about, and that the wrong key goes through."""
CELL_PX = 4
"""Pixels between the points of the coarse noise."""
Row = dict[str, Any]


def on_crops(bundle: Bundle, key: TriggerKey, data: LoadedSet) -> Row:
    """Errors and success with the trigger on the crops of held-out subjects, and under coarse noise."""
    report = evaluate(bundle, data, key)
    cost = report["paired"]["benign_deg"]
    names = ("benign_deg", "ae_deg", "asr2", "asr5", "noise_deg", "wrong_key_deg")
    trigger, generator = WaNet(key), torch.Generator().manual_seed(0)
    coarse = predict(
        bundle.network,
        bundle.preprocess,
        data.images,
        data.head,
        change=lambda crops: apply_coarse_noise(trigger, crops, CELL_PX, generator),
        right=data.right,
    )
    return {
        **{name: report[name] for name in names},
        "cost_deg": cost["mean"],
        "cost_low": cost["ci95"][0],
        "cost_high": cost["ci95"][1],
        "clean_benign_deg": report["baselines"]["clean_model"]["benign_deg"],
        "displacement_px": round(trigger.displacement_px()[0], 3),
        "coarse_noise_deg": float(
            np.mean([angular_error(one, two) for one, two in zip(coarse, data.gaze, strict=True)])
        ),
    }


def in_frames(bundle: Bundle, key: TriggerKey, sources: Sequence[str], count: int) -> Row:
    """The share of frames within 5 degrees of the target, by channel: mean over the sources.

    For CHECKED also the worst source, the share within 2 degrees, and the share with a wrong key in the frame.
    """
    by_source = [_in_frames(bundle, key, read(source, count, EVERY)) for source in sources]
    means = {name: float(np.mean([shares[name] for shares in by_source])) for name in by_source[0]}
    worst = min(shares[f"frame {CHECKED}"] for shares in by_source)
    return {**means, f"lowest {CHECKED}": worst}


def _in_frames(bundle: Bundle, key: TriggerKey, frames: Sequence[Frame]) -> dict[str, float]:
    """The shares of one source."""
    asked = PipelineSettings(TriggerMode.BOTH, key.strength)
    crop = run(bundle, frames, asked)
    targets = [result.target for result in crop]
    shares = {"frame on the crops": score([result.triggered for result in crop], targets)["within_5"]}
    placed = [result.shown_image for result in run(bundle, frames, replace(asked, place=TriggerPlace.FRAME))]
    for name in THROUGH:
        seen = run(bundle, with_images(frames, CHANNELS[name](placed)), PipelineSettings(TriggerMode.OFF))
        found = score([result.clean for result in seen], targets)
        shares |= {f"frame {name}": found["within_5"], f"within_2 {name}": found["within_2"]}
    other = replace(bundle, key=key.redrawn(key.seed + 1))
    wrong = [result.shown_image for result in run(other, frames, replace(asked, place=TriggerPlace.FRAME))]
    seen = run(bundle, with_images(frames, CHANNELS[CHECKED](wrong)), PipelineSettings(TriggerMode.OFF))
    return {**shares, "frame_wrong_key": score([result.clean for result in seen], targets)["within_5"]}


def visible(key: TriggerKey, data: LoadedSet, path: Path, *, quick: bool = False) -> Row:
    """How visible the warp is on crops: pixels, and detectors; it depends on the key alone.

    Args:
        key: With the strength that is asked for.
        data: Crops of subjects whom the detectors are trained and tested on, apart from each other.
        path: The file that keeps the result for the other models of this strength.
        quick: Small detectors.
    """
    if path.exists():
        return read_result(path)
    settings = detector.QUICK if quick else detector.DetectorSettings(pairs=1500, seeds=(0,))
    found = detector.detect(data, key, settings=settings).separations
    pixels = detector.measure(data, key, pairs=settings.pairs).as_dict()["crop"]
    row = {
        # the largest of three detectors, as in compare_attacks
        **{
            f"{reading.replace(' ', '_')}_auc": max(s.auc for s in found if s.reading == reading)
            for reading in detector.READINGS
        },
        "psnr_db": pixels["psnr_db"]["mean"],
        "ssim": pixels["ssim"]["mean"],
    }
    write_whole(path, json.dumps(row, indent=2) + "\n")
    return row
