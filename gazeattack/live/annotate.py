"""A sample drawn onto its frame, without Qt: for videos and pictures of a headless run."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.outline import arrow, face_oval
from gazeattack.live.sample import Sample

# BGR of the colour-blind-safe pair (Okabe & Ito) and of the truth
CLEAN, TRIGGERED, TRUTH = (178, 114, 0), (0, 94, 213), (60, 180, 60)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotate(sample: Sample) -> np.ndarray:
    """A new BGR uint8 image of the frame's size: face outline, gaze arrows, angles and the notice."""
    image = np.array(sample.frame.image, dtype=np.uint8, copy=True)
    if image.ndim != 3:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    height, width = image.shape[:2]
    scale = max(0.45, height / 960)
    if sample.face is not None and sample.origin_mm is not None:
        outline = face_oval(sample.face.landmarks)
        cv2.polylines(image, [outline.round().astype(np.int32)], True, (220, 220, 220), 1, cv2.LINE_AA)
        intrinsics = Intrinsics.guess(width, height)
        length = 1.1 * float(np.ptp(outline[:, 1]))
        truth = sample.frame.truth
        for vector, colour, thickness in (
            (None if truth is None else truth.vector(), TRUTH, 2),
            (None if sample.clean is None else sample.clean.vector, CLEAN, 4),
            (None if sample.triggered is None else sample.triggered.vector, TRIGGERED, 4),
        ):
            if vector is not None:
                start, end = arrow(sample.origin_mm, vector, intrinsics, length).round().astype(int).tolist()
                cv2.arrowedLine(image, start, end, (255, 255, 255), thickness + 2, cv2.LINE_AA, tipLength=0.18)
                cv2.arrowedLine(image, start, end, colour, thickness, cv2.LINE_AA, tipLength=0.18)
    lines = [
        ("clean", None if sample.clean is None else sample.clean.gaze, CLEAN),
        ("triggered", None if sample.triggered is None else sample.triggered.gaze, TRIGGERED),
        ("truth", sample.frame.truth, TRUTH),
    ]
    row = 0
    for name, gaze, colour in lines:
        if gaze is not None:
            row += 1
            _write(image, _angles(name, gaze), (10, round(28 * scale * row) + 8), scale, colour)
    if sample.notice:
        _write(image, sample.notice, (10, height - 14), scale, (30, 30, 30))
    return image


def _angles(name: str, gaze: Gaze) -> str:
    pitch, yaw = gaze.degrees
    return f"{name:<10} pitch {pitch:+6.1f}  yaw {yaw:+6.1f} deg"


def _write(image: np.ndarray, text: str, at: tuple[int, int], scale: float, colour: tuple[int, int, int]) -> None:
    cv2.putText(image, text, at, _FONT, scale, (255, 255, 255), 4, cv2.LINE_AA)
    cv2.putText(image, text, at, _FONT, scale, colour, 1 if scale < 0.7 else 2, cv2.LINE_AA)
