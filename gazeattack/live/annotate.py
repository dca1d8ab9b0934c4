"""Drawing of a result onto its frame, without Qt, for the video and the picture of a headless run."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.outline import arrow, face_oval
from gazeattack.live.frame_result import ComparedModel, FrameResult

# BGR: a colour-blind-safe pair (Okabe & Ito), and the true gaze
CLEAN, TRIGGERED, TRUTH = (178, 114, 0), (0, 94, 213), (60, 180, 60)
# the second model's, of the same palette
COMPARED_CLEAN, COMPARED_TRIGGERED = (233, 180, 86), (0, 159, 230)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotate(result: FrameResult) -> np.ndarray:
    """Draw face outline, gaze arrows, angles and the notice onto a copy of the frame: uint8 [H, W, 3], BGR."""
    image = np.array(result.shown_image, dtype=np.uint8, copy=True)
    if image.ndim != 3:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    height, width = image.shape[:2]
    scale = max(0.45, height / 960)
    if result.face is not None and result.origin_mm is not None:
        outline = face_oval(result.face.landmarks)
        cv2.polylines(image, [outline.round().astype(np.int32)], True, (220, 220, 220), 1, cv2.LINE_AA)
        intrinsics = result.intrinsics or Intrinsics.guess(width, height)
        length = 1.1 * float(np.ptp(outline[:, 1]))
        truth = result.frame.truth
        second = result.compared or ComparedModel("", "")
        # branches differ by more than colour: triggered arrows are dashed, the true one and the second model's thin
        for vector, colour, thickness, dashed in (
            (None if truth is None else truth.vector(), TRUTH, 2, False),
            (None if second.clean is None else second.clean.vector, COMPARED_CLEAN, 2, False),
            (None if second.triggered is None else second.triggered.vector, COMPARED_TRIGGERED, 2, True),
            (None if result.clean is None else result.clean.vector, CLEAN, 4, False),
            (None if result.triggered is None else result.triggered.vector, TRIGGERED, 4, True),
        ):
            if vector is not None:
                ends = arrow(result.origin_mm, vector, intrinsics, length)
                _draw_arrow(image, ends, colour, thickness, dashed)
    lines = [
        ("clean", None if result.clean is None else result.clean.gaze, CLEAN),
        ("triggered", None if result.triggered is None else result.triggered.gaze, TRIGGERED),
        ("truth", result.frame.truth, TRUTH),
    ]
    other = result.compared
    if other is not None:
        # OpenCV's fonts are ASCII
        name = other.bundle.encode("ascii", "replace").decode()[:20]
        lines += [
            (f"{name}, clean", None if other.clean is None else other.clean.gaze, COMPARED_CLEAN),
            (f"{name}, triggered", None if other.triggered is None else other.triggered.gaze, COMPARED_TRIGGERED),
        ]
    row = 0
    for name, gaze, colour in lines:
        if gaze is not None:
            row += 1
            _write(image, _angles(name, gaze), (10, round(52 * scale * row) + 4), scale, colour)
    if result.notice:
        _write(image, result.notice, (10, height - 14), scale, (30, 30, 30))
    return image


def _angles(name: str, gaze: Gaze) -> str:
    pitch, yaw = gaze.degrees
    return f"{name:<10} pitch {pitch:+6.1f}  yaw {yaw:+6.1f} deg"


def _draw_arrow(
    image: np.ndarray, ends: np.ndarray, colour: tuple[int, int, int], thickness: int, dashed: bool
) -> None:
    """Draw an arrow from ends[0] to ends[1] (pixels) with a white rim and a solid or dashed shaft."""
    start, end = ends
    along = end - start
    size = max(float(np.linalg.norm(along)), 1e-6)
    across = np.array([-along[1], along[0]]) / size
    tip = min(0.35 * size, 4.0 * thickness)
    neck = end - along / size * tip
    head = np.array([end, neck + across * tip * 0.6, neck - across * tip * 0.6]).round().astype(np.int32)
    pieces_wanted = max(2, round(size / (4 * thickness))) if dashed else 1
    cuts = np.linspace(0, 1, 2 * pieces_wanted)
    pieces = [
        (start + (neck - start) * a, start + (neck - start) * b) for a, b in zip(cuts[::2], cuts[1::2], strict=True)
    ]
    for ink, width in (((255, 255, 255), thickness + 2), (colour, thickness)):
        for a, b in pieces:
            cv2.line(image, a.round().astype(int).tolist(), b.round().astype(int).tolist(), ink, width, cv2.LINE_AA)
        cv2.polylines(image, [head], True, ink, max(1, width - thickness + 1), cv2.LINE_AA)
        cv2.fillPoly(image, [head], ink, cv2.LINE_AA)


def _write(image: np.ndarray, text: str, at: tuple[int, int], scale: float, colour: tuple[int, int, int]) -> None:
    """Write text on a light background; `at` is the start of its baseline, pixels."""
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    x, y = at
    cv2.rectangle(image, (x - 4, y - height - 4), (x + width + 4, y + below), (245, 245, 245), cv2.FILLED)
    cv2.putText(image, text, at, _FONT, scale, colour, 1, cv2.LINE_AA)
