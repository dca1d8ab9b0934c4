"""A painted picture with a depth, seen from a turned head: parallax by inverse mapping."""

from __future__ import annotations

import cv2
import numpy as np

from gazeattack.face.intrinsics import Intrinsics

_STEP = 4  # the mapping is solved on every fourth pixel and interpolated between
_ROUNDS = 4
_DEEPEST = -50.0  # mm


def _continued(height: np.ndarray, cover: np.ndarray, scale: float) -> np.ndarray:
    """The height at half resolution, gentle enough to invert, and carried on past the layer's edge."""
    # the fixed point converges where slope * tan(turn) < 1: steep sides are cut off and smoothed
    weight = cv2.erode((cover > 0.5).astype(np.float32), np.ones((5, 5), np.uint8), iterations=int(scale))
    height = np.maximum(height, _DEEPEST)
    near = cv2.GaussianBlur(weight, (0, 0), 2.0 * scale)
    far = cv2.GaussianBlur(weight, (0, 0), 12.0 * scale) + 1e-4
    wide = (cv2.GaussianBlur(weight * height, (0, 0), 12.0 * scale) + 1e-4 * _DEEPEST) / far
    smooth = cv2.GaussianBlur(weight * height, (0, 0), 2.0 * scale) + (1 - near) * wide
    return cv2.resize(smooth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


class Layer:
    """A cut-out in the head frame that is drawn under any head pose.

    colour: BGR uint8 [h, w, 3]; alpha: float [h, w] in 0..1; height: float [h, w], mm towards the viewer, or one
    number for a flat layer; left, top: head-frame mm of pixel (0, 0); scale: pixels per mm.
    """

    def __init__(
        self,
        colour: np.ndarray,
        alpha: np.ndarray,
        height: np.ndarray | float,
        left: float,
        top: float,
        scale: float,
    ) -> None:
        cover = np.clip(alpha, 0, 1).astype(np.float32)[..., None]
        premultiplied = np.dstack([colour * cover, cover * 255])
        self._picture = np.clip(premultiplied + 0.5, 0, 255).astype(np.uint8)
        self._left, self._top, self._scale = left, top, scale
        if isinstance(height, np.ndarray):
            # the fixed point converges where slope * tan(turn) < 1: steep sides are smoothed away
            self._height = _continued(height.astype(np.float32), cover[..., 0], scale)
        else:
            self._height = np.full((2, 2), height, np.float32)
        self._flat = not isinstance(height, np.ndarray)
        used = np.flatnonzero(cover.max(axis=(1, 2)) > 0), np.flatnonzero(cover.max(axis=(0, 2)) > 0)
        y, x = (np.array([line[0], line[-1]]) / scale for line in used)
        middle = float(np.median(self._height))
        lows = [middle] if self._flat else [float(self._height.min()), float(self._height.max())]
        self._box = np.array([[left + u, top + v, -h] for u in x for v in y for h in lows])

    def draw(self, frame: np.ndarray, rotation: np.ndarray, place: np.ndarray, camera: Intrinsics) -> None:
        """Lay the layer over a BGR uint8 frame in place; rotation [3, 3] and place [3] take head mm to camera mm."""
        height, width = frame.shape[:2]
        corners = self._box @ rotation.T + place
        pixels = corners[:, :2] / corners[:, 2:] * camera.focal + (camera.cx, camera.cy)
        x0, y0 = np.clip(np.floor(pixels.min(0)).astype(int), 0, (width, height))
        x1, y1 = np.clip(np.ceil(pixels.max(0)).astype(int) + 1, 0, (width, height))
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        u, v = self._mapping(x0, y0, x1, y1, rotation, place, camera)
        seen = cv2.remap(self._picture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        target = frame[y0:y1, x0:x1]
        clear = cv2.cvtColor(255 - seen[..., 3], cv2.COLOR_GRAY2BGR)
        target[:] = cv2.add(cv2.multiply(target, clear, scale=1 / 255), cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))

    def _mapping(
        self, x0: int, y0: int, x1: int, y1: int, rotation: np.ndarray, place: np.ndarray, camera: Intrinsics
    ) -> tuple[np.ndarray, np.ndarray]:
        """The picture's coordinates of every pixel of the box, two float32 [h, w]."""
        columns = np.arange((x1 - x0 - 1) // _STEP + 2, dtype=np.float32) * _STEP
        rows = np.arange((y1 - y0 - 1) // _STEP + 2, dtype=np.float32) * _STEP
        dx = ((columns + x0 - camera.cx) / camera.focal)[None]
        dy = ((rows + y0 - camera.cy) / camera.focal)[:, None]
        # the camera and its rays in the head frame
        ox, oy, oz = rotation.T @ -place
        gx, gy, gz = (dx * r[0] + dy * r[1] + r[2] for r in rotation.T)
        gx, gy = (gx / gz).astype(np.float32), (gy / gz).astype(np.float32)
        z = np.full(gx.shape, -float(np.median(self._height)), np.float32)
        for _ in range(1 if self._flat else _ROUNDS):
            u = (ox + gx * (z - oz) - self._left) * self._scale
            v = (oy + gy * (z - oz) - self._top) * self._scale
            if not self._flat:
                u, v = u.astype(np.float32), v.astype(np.float32)
                z = -cv2.remap(
                    self._height, u / 2 - 0.25, v / 2 - 0.25, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
                )
        grid = np.dstack([u, v]).astype(np.float32)
        # bilinear from grid nodes to pixels: node k sits at pixel 4 k
        wide, high = len(columns), len(rows)
        place_x = np.array([[1 / _STEP, 0, 0], [0, 1 / _STEP, 0]])
        full = cv2.warpAffine(
            grid, place_x, (min(x1 - x0, wide * _STEP), min(y1 - y0, high * _STEP)),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return full[..., 0].copy(), full[..., 1].copy()
