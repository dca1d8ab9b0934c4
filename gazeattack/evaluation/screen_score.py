"""Scores of a bundle on real people whose labels are points on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
import torch

from gazeattack.errors import DataError
from gazeattack.evaluation.screen_set import ScreenSet
from gazeattack.metrics.screen_fit import FIELDS, fit_people, interval_over_people, mean_fit
from gazeattack.model.bundle import Bundle
from gazeattack.model.predictor import Predictor

BATCH = 512
HEADINGS = {"left": "left", "pitch_r": "pitch r", "yaw_r": "yaw r", "spread": "sd", "others": "others"}


def predict_screen_set(bundle: Bundle, data: ScreenSet) -> np.ndarray:
    """Predict the gaze of every sample.

    Returns:
        (pitch, yaw) [N, 2] in degrees: the mean over the eyes of a sample, as in the app.

    Raises:
        DataError: the bundle takes other crops than the set has.
    """
    n, eyes = data.images.shape[:2]
    height, width = data.images.shape[-2:]
    faces = data.images.ndim == 5
    if (bundle.crop.height, bundle.crop.width) != (height, width) or bundle.crop.mirrors == faces:
        raise DataError(
            f"{bundle.name} does not take the {height}x{width} {'face' if faces else 'eye'} crops of {data.name}: "
            "choose another set."
        )
    predictor = Predictor(bundle)
    images = data.images.reshape(n * eyes, -1, height, width)
    if faces and bundle.crop.channels == 1:
        images = np.stack([cv2.cvtColor(face.transpose(1, 2, 0), cv2.COLOR_RGB2GRAY)[None] for face in images])
    crops = torch.from_numpy(images.astype(np.float32) / 255)
    mirrored = data.mirrored.reshape(-1)
    head = None if data.head is None else data.head.reshape(-1, 2).astype(float)
    gaze = []
    for start in range(0, len(crops), BATCH):
        rows = slice(start, start + BATCH)
        gaze.append(predictor.predict(crops[rows], mirrored[rows].tolist(), None if head is None else head[rows]))
    return np.asarray(np.degrees(np.concatenate(gaze)).reshape(n, eyes, 2).mean(axis=1))


def score_screen_set(bundle: Bundle, data: ScreenSet) -> dict[str, Any]:
    """Score a bundle on one set.

    Returns:
        A JSON-ready dictionary: the fields of ScreenFit, each the mean over people and sessions; "interval", the 95 %
        interval of the mean `left` over people (None for one person); "people", the mean `left` of each person.
    """
    fits = fit_people(predict_screen_set(bundle, data), data.target, data.person, data.session)
    report: dict[str, Any] = {"bundle": bundle.name, "data": data.name, "n": len(data.images)}
    report |= {name: _tidy(value) for name, value in asdict(mean_fit([fit for _, fit in fits])).items()}
    interval = interval_over_people(fits)
    report["interval"] = None if interval is None else [round(value, 4) for value in interval]
    own = {who: [fit.left for other, fit in fits if other == who] for who in sorted({who for who, _ in fits})}
    report["people"] = {str(who): round(float(np.mean(values)), 4) for who, values in own.items()}
    return report


def mean_left(reports: Sequence[dict[str, Any]]) -> float:
    """The mean `left` over sets; those with the same name up to the first "_" show the same people and count as one."""
    by_people: dict[str, list[float]] = {}
    for report in reports:
        by_people.setdefault(report["data"].split("_")[0], []).append(report["left"])
    return float(np.mean([np.mean(values) for values in by_people.values()]))


def screen_table(reports: Sequence[dict[str, Any]]) -> str:
    """The reports of one bundle as a text table."""
    heading = "".join(f"{HEADINGS[name]:>9}" for name in FIELDS)
    lines = [f"{'bundle':16} {'set':18}{heading}{'people':>8}  95 % of left, over people"]
    for report in reports:
        cells = "".join("        –" if report[name] is None else f"{report[name]:9.3f}" for name in FIELDS)
        between = "–" if report["interval"] is None else "{:.3f} .. {:.3f}".format(*report["interval"])
        lines.append(f"{report['bundle'][-16:]:16} {report['data']:18}{cells}{len(report['people']):8d}  {between}")
    if len(reports) > 1:
        lines.append(f"{reports[0]['bundle'][-16:]:16} {'mean':18}{mean_left(reports):9.3f}")
    return "\n".join(lines)


def _tidy(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
