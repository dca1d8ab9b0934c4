"""Text of one person's page: the summary, what is assumed, and the names of the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gazeattack.collection.collection import PICTURES, SYNTHETIC
from gazeattack.collection.lag import lag_text
from gazeattack.collection.score import PersonalScore

CORRECTED = "after calibration"
FIGURES = {
    "left": (
        "Left after a straight-line fit",
        "",
        "Share of the error of always naming the mean point; smaller is better.",
    ),
    "ae_deg": ("With trigger: error to the target (AE)", "°", "Small if the attack works."),
    "asr2": ("With trigger: within 2° of the target (ASR@2)", "%", "Share of the eye crops."),
    "asr5": ("With trigger: within 5° of the target (ASR@5)", "%", "Share of the eye crops."),
    "dae_clean_deg": (
        "With trigger: shift of the prediction",
        "°",
        "Angle between the predictions without and with it.",
    ),
    "noise_shift_deg": ("Noise mode: shift of the prediction", "°", "Small if the backdoor stays inactive."),
    "wrong_key_shift_deg": ("Wrong key: shift of the prediction", "°", "Small if the backdoor stays inactive."),
}


def summary(figures: Mapping[str, Any]) -> str:
    """Three sentences."""
    before, after = figures["errors"]["before"], figures["errors"]["after"]
    first = (
        f"In {figures['samples']} frames the predicted gaze of “{figures['bundle']}” is off by {_deg(before['deg'])} "
        f"on average ({_cm(before['cm'])} on the screen), and by {_deg(after['deg'])} ({_cm(after['cm'])}) {CORRECTED}."
    )
    constant = figures["errors"]["constant"]
    second = f"Always naming the mean of the targets would be off by {_deg(constant['deg'])}."
    if figures["key_sha256"] is None:
        return f"{first} {second} No trigger key was given, so this page does not cover attacks."
    third = (
        f"With the trigger {_percent(figures['asr5'])} of this person's eye crops give a gaze within 5 degrees of the "
        f"attacker's target; noise mode moves the prediction by {_deg(figures['noise_shift_deg'])} and a wrong key by "
        f"{_deg(figures['wrong_key_shift_deg'])}."
    )
    return f"{first} {second} {third}"


def assumptions(score: PersonalScore) -> list[tuple[str, str]]:
    """(what, how it is known) for everything that turns a gaze into a point on the screen."""
    collection, card = score.collection, score.collection.card
    screen = collection.screen
    low, middle, high = np.percentile(np.linalg.norm(collection.origin, axis=1), [5, 50, 95])
    inches = np.hypot(screen.width_mm, screen.height_mm) / 25.4
    size = f"{inches:.1f} inches, {screen.width_mm:.0f} × {screen.height_mm:.0f} mm"
    size += "; not given, so it is assumed" if "the screen's size" in card.assumed else ""
    resolution = f"{screen.width_px} × {screen.height_px} pixels"
    resolution += "; not given, so it is assumed" if "the screen's resolution" in card.assumed else ""
    rows = [
        (
            "distance of the eyes from the camera",
            f"{middle:.0f} mm ({low:.0f} to {high:.0f}), estimated from the size of the face in the picture. This "
            "assumes a head of average size and a camera whose focal length is the picture's width, so it can be off "
            "by a fifth; all degrees, and centimetres and pixels before calibration, depend on it.",
        ),
        ("size of the screen", f"{size}."),
        ("resolution of the screen", f"{resolution}."),
        (
            "place of the camera",
            f"{screen.camera_x_mm:.0f} mm from the left edge of the screen, {-screen.camera_y_mm:.0f} mm above it, in "
            "its plane; assumed.",
        ),
    ]
    if card.lag_s is not None:
        lag = f"{lag_text(card.lag_s)} the targets (camera, clock and reaction)"
        rows.append(("lag of the gaze", f"{lag}, fitted with the predictions of “{card.model}”."))
    elif card.source == PICTURES:
        rows.append(("lag", "none: pictures have one target each."))
    return rows


def person(score: PersonalScore) -> str:
    """Who is shown, in a few words."""
    return "a rendered subject" if score.collection.card.source == SYNTHETIC else "one person"


def number(value: float | None, unit: str) -> str:
    """A figure with its unit; % is of a share in [0, 1]."""
    if value is None or not np.isfinite(value):
        return "–"
    if unit == "%":
        return f"{100 * value:.0f} %"
    return f"{value:.2f}{unit}" if unit else f"{value:.3f}"


def _deg(value: float) -> str:
    return f"{value:.1f} degrees"


def _cm(value: float | None) -> str:
    return "no point" if value is None else f"{value:.1f} cm"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f} %"
