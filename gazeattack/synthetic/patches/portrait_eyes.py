"""Portraits prepared for re-rendering: every usable eye cut out once, with its lids, head pose, depth and tones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import cv2
import numpy as np

from gazeattack.capture.pixel_limit import PixelLimitError, decode_image
from gazeattack.errors import SourceError
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import NormalizedView, normalize_image, views
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.files import regular_file
from gazeattack.model.crop import CropSpec
from gazeattack.synthetic.patches.geometry import PX_PER_MM

# Twice the patch's resolution, with a margin for jitter and for turning the head.
CANVAS = CropSpec(height=112, width=168, focal=1920.0)
CANVAS_PX_PER_MM = 2 * PX_PER_MM
TABLE = np.linspace(-32.0, 32.0, 129)  # millimetres along x at which lid curves are kept
PADDING = 0.176  # of the picture: the landmarker misses faces that fill it

# MediaPipe's face mesh, inner to outer corner of the person's left and right eye
_UPPER = {"left": (362, 398, 384, 385, 386, 387, 388, 466, 263), "right": (133, 173, 157, 158, 159, 160, 161, 246, 33)}
_LOWER = {"left": (362, 382, 381, 380, 374, 373, 390, 249, 263), "right": (133, 155, 154, 153, 145, 144, 163, 7, 33)}
_IRIS = {"left": (473, 474, 475, 476, 477), "right": (468, 469, 470, 471, 472)}


@dataclass(frozen=True, eq=False)
class PortraitEyes:
    """Eyes cut from portraits, in canonical orientation (right eyes mirrored); E eyes.

    canvas: float32 [E, 112, 168] in [0, 1].  middle: [E, 2] pixels of the canvas, the corners' midpoint, from which all
    millimetres are counted.  upper, lower: [E, 129] y of the lids at TABLE, mm.  corners: [E, 2] x of the inner and
    the outer corner, mm.  iris: [E, 3] centre (x, y) and radius, mm.  depth: [E, 10] cubic surface, see
    depth_terms.  rotation: [E, 3, 3] head to normalised camera.  tone: [E, 4] sclera, iris, pupil, slope.
    portrait: int32 [E] which picture.  right: bool [E].  names: the pictures' names.
    """

    canvas: np.ndarray
    middle: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    corners: np.ndarray
    iris: np.ndarray
    depth: np.ndarray
    rotation: np.ndarray
    tone: np.ndarray
    portrait: np.ndarray
    right: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.canvas)

    def of_portraits(self, portraits: np.ndarray) -> PortraitEyes:
        """The eyes of some of the portraits, by number."""
        rows = np.isin(self.portrait, portraits)
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "names"})


def depth_terms(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The ten monomials of a cubic surface at (x, y), units of 20 mm: [..., 10]."""
    u, v = x / 20, y / 20
    one = np.ones_like(u)
    return np.stack([one, u, v, u * u, u * v, v * v, u**3, u * u * v, u * v * v, v**3], axis=-1)


def load_portraits(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """(name, BGR uint8 image of at most 1024 pixels) of every picture in a folder, sorted by name.

    Raises SourceError if the folder holds no readable picture, or one that is too large.
    """
    found = False
    kinds = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
    for path in sorted(p for p in folder.glob("*") if p.suffix.lower() in kinds):
        try:
            image = decode_image(regular_file(path).read_bytes())
        except PixelLimitError as error:
            raise SourceError(f"The portrait {path} has {error}: leave it out, or make it smaller.") from None
        except OSError:
            image = None
        if image is None:
            continue
        shrink = 1024 / max(image.shape[:2])
        if shrink < 1:
            image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        found = True
        yield path.name, image
    if not found:
        raise SourceError(f"There is no readable picture in {folder}: give a folder of portraits, or none at all.")


def cut_eyes(
    portraits: Iterator[tuple[str, np.ndarray]], detect: Callable[[np.ndarray], list[np.ndarray]]
) -> PortraitEyes:
    """Every usable eye of the portraits.

    detect: BGR image -> faces' landmarks [478, 3] in pixels, largest first (Landmarker.detect).
    Closed and hidden eyes, and heads turned by more than 32 deg, are left out.
    """
    names: list[str] = []
    eyes: list[dict[str, np.ndarray]] = []
    for name, image in portraits:
        landmarks = find_face(image, detect)
        if landmarks is None:
            continue
        height, width = image.shape[:2]
        # portraits are taken with longer lenses than a webcam's
        intrinsics = Intrinsics(2.0 * width, (width - 1) / 2, (height - 1) / 2)
        pose = estimate_pose(landmarks, intrinsics)
        if pose is None or max(map(abs, pose.facing)) > np.radians(32):
            continue
        for view in views(pose, intrinsics, CANVAS, landmarks):
            eye = _cut_eye(image, landmarks, pose, view)
            if eye is not None:
                eyes.append({**eye, "portrait": np.array(len(names), dtype=np.int32), "right": np.array(view.mirrored)})
        names.append(name)
    if not eyes:
        raise SourceError(
            "No portrait shows an open eye that can be used: give sharp pictures of faces from the front."
        )
    return PortraitEyes(**{key: np.stack([e[key] for e in eyes]) for key in eyes[0]}, names=tuple(names))


def find_face(image: np.ndarray, detect: Callable[[np.ndarray], list[np.ndarray]]) -> np.ndarray | None:
    """The landmarks [478, 3] of the largest face of a portrait, pixels; None without one."""
    pad = round(PADDING * max(image.shape[:2]))
    faces = detect(cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE))
    return faces[0] - (pad, pad, 0) if faces else None


def _cut_eye(
    image: np.ndarray, landmarks: np.ndarray, pose: HeadPose, view: NormalizedView
) -> dict[str, np.ndarray] | None:
    side = "right" if view.mirrored else "left"
    canvas = normalize_image(image, view, CANVAS)[0]
    points = cv2.perspectiveTransform(landmarks[None, :, :2], view.warp)[0]
    scale = float(np.sqrt(abs(np.linalg.det(view.warp[:2, :2] / view.warp[2, 2]))))
    z = landmarks[:, 2] * scale
    rotation = view.rotation @ pose.rotation
    if view.mirrored:
        canvas = canvas[:, ::-1]
        points[:, 0] = CANVAS.width - 1 - points[:, 0]
        mirror = np.diag([-1.0, 1.0, 1.0])
        rotation = mirror @ rotation @ mirror
    upper, lower, iris = (list(table[side]) for table in (_UPPER, _LOWER, _IRIS))
    middle = (points[upper[0]] + points[upper[-1]]) / 2
    mm = (points - middle) / CANVAS_PX_PER_MM
    x0, x1 = mm[upper[0], 0], mm[upper[-1], 0]
    curves = [_smooth(np.interp(TABLE, mm[lid, 0], mm[lid, 1])) for lid in (upper, lower)]
    if x1 - x0 < 17 or (curves[1] - curves[0]).max() < 5:
        return None
    near = (np.abs(mm[:, 0]) < 30) & (np.abs(mm[:, 1]) < 20)
    height_mm = (z - z[[upper[0], upper[-1]]].mean()) / CANVAS_PX_PER_MM
    depth, *_ = np.linalg.lstsq(depth_terms(mm[near, 0], mm[near, 1]), height_mm[near], rcond=None)
    centre = mm[iris[0]]
    radius = float(np.linalg.norm(mm[iris[1:]] - centre, axis=1).mean())
    tone = _tones(canvas, middle, curves, (x0, x1), centre, radius)
    # half the canvas is sampled: what it cannot show is filtered away here
    canvas = cv2.GaussianBlur(np.ascontiguousarray(canvas), (0, 0), 0.7)
    arrays = {
        "canvas": canvas,
        "middle": middle,
        "upper": curves[0],
        "lower": curves[1],
        "corners": np.array([x0, x1]),
        "iris": np.array([*centre, radius]),
        "depth": depth,
        "rotation": rotation,
        "tone": tone,
    }
    return {name: np.asarray(value, dtype=np.float32) for name, value in arrays.items()}


def _smooth(curve: np.ndarray) -> np.ndarray:
    return np.convolve(np.pad(curve, 2, mode="edge"), np.full(5, 0.2), mode="valid")


def _tones(
    canvas: np.ndarray,
    middle: np.ndarray,
    curves: list[np.ndarray],
    corners: tuple[float, float],
    iris: np.ndarray,
    radius: float,
) -> np.ndarray:
    """Sclera, iris and pupil grey levels and the sclera's left-right slope, read from the portrait's own eye."""
    y, x = (np.indices(canvas.shape, dtype=np.float64) - middle[::-1, None, None]) / CANVAS_PX_PER_MM
    upper, lower = (np.interp(x, TABLE, curve) for curve in curves)
    inside = (y > upper + 0.5) & (y < lower - 0.3) & (x > corners[0] + 0.6) & (x < corners[1] - 0.6)
    away = np.hypot(x - iris[0], y - iris[1]) / max(radius, 1.0)
    white = inside & (away > 1.12)
    ring, hole = inside & (away < 0.85) & (away > 0.45), inside & (away < 0.35)
    sclera = float(np.percentile(canvas[white], 75)) if white.sum() > 40 else 0.66
    iris_tone = float(np.median(canvas[ring])) if ring.sum() > 30 else 0.27
    pupil = float(np.percentile(canvas[hole], 20)) if hole.sum() > 10 else 0.6 * iris_tone
    left, right = white & (x < iris[0]), white & (x > iris[0])
    slope = 0.0
    if left.sum() > 25 and right.sum() > 25:
        slope = float(np.clip((canvas[right].mean() - canvas[left].mean()) / sclera, -0.3, 0.3)) * 0.7
    return np.array([sclera, iris_tone, pupil, slope])
