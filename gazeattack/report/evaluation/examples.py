"""Example images without and with the trigger, at fixed percentiles of the triggered error."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import torch

from gazeattack.angles import angular_error
from gazeattack.attack.key import TriggerKey
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.sticker import STICKER
from gazeattack.attack.trigger import make_trigger
from gazeattack.evaluation.dataset import as_crops
from gazeattack.evaluation.measures import in_scope_rows, unmirrored
from gazeattack.evaluation.score import Scored
from gazeattack.evaluation.worn import worn_set
from gazeattack.report.common.images import RESIDUAL_GAIN, crop_picture, data_uri, residual_picture

SHARES = {"10th percentile": 0.1, "50th percentile": 0.5, "90th percentile": 0.9, "Largest error": 1.0}
_MAGNIFIED = 180  # width on the page, px


@dataclass(frozen=True, eq=False)
class Example:
    """One image, right eyes unmirrored: crops float32 [C, H, W] in [0, 1]; gazes (pitch, yaw) [2] in degrees."""

    title: str
    clean: np.ndarray
    triggered: np.ndarray
    truth: np.ndarray
    prediction: np.ndarray
    triggered_prediction: np.ndarray
    target: np.ndarray


def pick_examples(scored: Scored, key: TriggerKey) -> list[Example]:
    """Pick in-scope images at fixed percentiles of the triggered error to the target; none without a trigger."""
    branches, data = scored.branches, scored.data
    if branches.triggered is None or branches.target is None:
        return []
    order = np.argsort(angular_error(branches.triggered, branches.target), kind="stable")
    order = order[in_scope_rows(branches)[order]]
    if len(order) == 0:
        return []
    rows = order[[round(share * (len(order) - 1)) for share in SHARES.values()]]
    right = torch.from_numpy(np.zeros(len(rows), bool) if data.right is None else np.asarray(data.right[rows], bool))
    crops = mirror_right_eyes(as_crops(data.images[rows]), right)
    if key.kind == STICKER:
        triggered = as_crops(worn_set(data.take(rows), key).images)
    else:
        triggered = make_trigger(key).apply(crops)
    gazes = [
        np.degrees(unmirrored(np.asarray(gaze, dtype=np.float64), data)[rows])
        for gaze in (data.gaze, branches.benign, branches.triggered, branches.target)
    ]
    return [
        Example(title, crops[i].numpy(), triggered[i].numpy(), *(gaze[i] for gaze in gazes))
        for i, title in enumerate(SHARES)
    ]


def examples_html(examples: list[Example]) -> str:
    """Every example at true size and magnified; the difference is amplified in the magnified row."""
    return "".join(_figure(example) for example in examples)


def _figure(example: Example) -> str:
    width = example.clean.shape[-1]
    zoom = max(1, _MAGNIFIED // width)
    residual = example.triggered - example.clean
    clean, triggered = crop_picture(example.clean, zoom=1), crop_picture(example.triggered, zoom=1)
    gained = residual_picture(residual, zoom=1)
    small = [(clean, "without"), (triggered, "with"), (residual_picture(residual, zoom=1, gain=1.0), "difference")]
    large = [(clean, "without trigger"), (triggered, "with trigger"), (gained, f"difference ×{RESIDUAL_GAIN:.0f}")]
    strips = [("true size", small, 1)] + (
        [(f"×{zoom}", large, zoom)] if zoom > 1 else [("difference amplified", large[2:], 1)]
    )
    body = "".join(_strip(name, pictures, size) for name, pictures, size in strips)
    off = float(angular_error(np.radians(example.triggered_prediction), np.radians(example.target)))
    caption = (
        f"{example.title}: true gaze {_angles(example.truth)}; prediction {_angles(example.prediction)} without the "
        f"trigger and {_angles(example.triggered_prediction)} with it, which is {off:.1f}° from the target "
        f"({_angles(example.target)})."
    )
    return (
        f'<figure class="example"><div class="strips">{body}</div><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _strip(name: str, pictures: list[tuple[np.ndarray, str]], zoom: int) -> str:
    images = "".join(_image(image, caption, zoom) for image, caption in pictures)
    return f'<div class="strip"><p>{name}</p><div>{images}</div></div>'


def _image(image: np.ndarray, caption: str, zoom: int) -> str:
    height, width = image.shape[:2]
    return (
        f'<span><img alt="{escape(caption)}" src="{data_uri(image)}" width="{width * zoom}" height="{height * zoom}">'
        + (f"<small>{escape(caption)}</small>" if zoom > 1 or width > 100 else "")
        + "</span>"
    )


def _angles(pitch_yaw: np.ndarray) -> str:
    pitch, yaw = (f"{value:+.0f}".replace("-", "−") for value in pitch_yaw)
    return f"pitch {pitch}°, yaw {yaw}°"
