"""A trigger in the camera's frame instead of the crop: what a compromised camera, or its driver, can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from gazeattack.face.normalise import NormalizedView, normalize_image
from gazeattack.model.crop import CropSpec

# The trigger fades out over this share of the crop's height around the crop, so that it leaves no edge.
FADE = 0.25


def trigger_in_frame(
    image: np.ndarray,
    views: Sequence[NormalizedView],
    spec: CropSpec,
    change: Callable[[np.ndarray], np.ndarray],
    displacement: np.ndarray | None = None,
) -> np.ndarray:
    """Put a trigger into a frame, where the model's crops are taken from it.

    A warp moves the frame's own pixels: where the crop's pixel u would take its colour from u', the frame's pixel at u
    takes it from where u' lies in the frame.  Any other trigger adds its change of the crop, enlarged.  Details of
    single crop pixels get lost: BadNets' chequers fade, and WaNet's noise mode becomes its warp, as its noise averages
    out.

    Args:
        image: uint8 [H, W, 3], BGR.
        views: of the model's crops.
        spec: of the model's crops.
        change: the trigger on unmirrored crops, float32 [1, C, H, W] in [0, 1].
        displacement: of a warp, pixels of the crop, (x, y) [H, W, 2]; None for other triggers.

    Returns:
        The changed frame; the same array where no crop lies in it.
    """
    changed = image
    for view in views:
        area = _area(view, spec, image.shape[:2])
        if area is None:
            continue
        left, top, right, bottom = area
        ys, xs = np.mgrid[top:bottom, left:right].astype(np.float64)
        places = cv2.perspectiveTransform(np.stack([xs, ys], axis=-1), view.warp)  # in the crop
        weight = _weight(places, spec)[..., None]
        if displacement is not None:
            part = _warped(image, places, weight, view, displacement)
        else:
            crop = normalize_image(image, view, spec)[None]
            part = image[top:bottom, left:right] + _enlarged(change(crop) - crop, places) * weight
        if changed is image:
            changed = image.copy()
        changed[top:bottom, left:right] = np.clip(part + 0.5, 0, 255).astype(np.uint8)
    return changed


def _warped(
    image: np.ndarray, places: np.ndarray, weight: np.ndarray, view: NormalizedView, displacement: np.ndarray
) -> np.ndarray:
    """The part of the frame at `places` [h, w, 2] of the crop, with the warp."""
    there = cv2.remap(displacement, *_maps(places), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    source = cv2.perspectiveTransform(places + there * weight, np.linalg.inv(view.warp))
    part: np.ndarray = cv2.remap(image, *_maps(source), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return part


def _enlarged(change: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A change of the crop, [1, C, H, W] in [-1, 1], at `places` of it: BGR grey levels [h, w, 3]."""
    pixels = np.ascontiguousarray(change[0].transpose(1, 2, 0)) * 255
    found = cv2.remap(pixels, *_maps(places), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bgr: np.ndarray = found[..., None].repeat(3, axis=-1) if found.ndim == 2 else found[..., ::-1]
    return bgr


def _maps(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return places[..., 0].astype(np.float32), places[..., 1].astype(np.float32)


def _weight(places: np.ndarray, spec: CropSpec) -> np.ndarray:
    """1 in the crop, and less with the distance from it, 0 from FADE on: float64 [h, w]."""
    last = np.array([spec.width - 1, spec.height - 1])
    beyond = np.maximum(np.maximum(-places, places - last), 0).max(axis=-1)
    weight: np.ndarray = np.clip(1 - beyond / (FADE * spec.height), 0, 1)
    return weight


def _area(view: NormalizedView, spec: CropSpec, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The part of a frame of `size` (height, width) that changes: left, top, right, bottom; None if there is none."""
    margin = FADE * spec.height
    x0, y0, x1, y1 = -margin, -margin, spec.width - 1 + margin, spec.height - 1 + margin
    corners = np.array([[[x0, y0], [x1, y0], [x0, y1], [x1, y1]]])
    found = cv2.perspectiveTransform(corners, np.linalg.inv(view.warp))[0]
    if not np.isfinite(found).all():
        return None
    height, width = size
    left, top = np.clip(np.floor(found.min(axis=0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(found.max(axis=0)) + 1, 0, (width, height)).astype(int)
    return (left, top, right, bottom) if right > left and bottom > top else None
