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
    half_size: np.ndarray = cv2.resize(smooth, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return half_size


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
        self._height: np.ndarray | None = None
        if isinstance(height, np.ndarray):
            self._height = _continued(height.astype(np.float32), cover[..., 0], scale)
            self._middle = float(np.median(self._height))
            lows = [float(self._height.min()), float(self._height.max())]
        else:
            self._middle = height
            lows = [height]
        used = np.flatnonzero(cover.max(axis=(1, 2)) > 0), np.flatnonzero(cover.max(axis=(0, 2)) > 0)
        y, x = (np.array([line[0], line[-1]]) / scale for line in used)
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
        if self._height is None:
            seen = cv2.warpPerspective(
                self._picture, self._homography(x0, y0, rotation, place, camera), (x1 - x0, y1 - y0)
            )
        else:
            there = self._mapping(self._height, x0, y0, x1, y1, rotation, place, camera)
            seen = cv2.remap(self._picture, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        target = frame[y0:y1, x0:x1]
        clear = cv2.cvtColor(255 - seen[..., 3], cv2.COLOR_GRAY2BGR)
        target[:] = cv2.add(cv2.multiply(target, clear, scale=1 / 255), cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))

    def _homography(self, x0: int, y0: int, rotation: np.ndarray, place: np.ndarray, camera: Intrinsics) -> np.ndarray:
        """Picture pixels of a flat layer -> pixels of the box that starts at (x0, y0), [3, 3]."""
        plane = np.stack([rotation[:, 0], rotation[:, 1], place - self._middle * rotation[:, 2]], -1)
        onto = np.array([[1 / self._scale, 0, self._left], [0, 1 / self._scale, self._top], [0, 0, 1]])
        box = np.array([[1.0, 0, -x0], [0, 1, -y0], [0, 0, 1]])
        homography: np.ndarray = box @ camera.matrix @ plane @ onto
        return homography

    def _mapping(
        self,
        height: np.ndarray,
        x0: int,
        y0: int,
        x1: int,
        y1: int,
        rotation: np.ndarray,
        place: np.ndarray,
        camera: Intrinsics,
    ) -> np.ndarray:
        """The picture's coordinates of every pixel of the box, float32 [h, w, 2]."""
        columns = np.arange((x1 - x0 - 1) // _STEP + 2, dtype=np.float32) * _STEP
        rows = np.arange((y1 - y0 - 1) // _STEP + 2, dtype=np.float32) * _STEP
        dx = ((columns + x0 - camera.cx) / camera.focal)[None]
        dy = ((rows + y0 - camera.cy) / camera.focal)[:, None]
        # the camera and its rays in the head frame
        ox, oy, oz = rotation.T @ -place
        gx, gy, gz = (dx * r[0] + dy * r[1] + r[2] for r in rotation.T)
        gx, gy = gx / gz, gy / gz
        z = np.full(gx.shape, -self._middle, np.float32)
        for _ in range(_ROUNDS):
            u = ((ox + gx * (z - oz) - self._left) * self._scale).astype(np.float32)
            v = ((oy + gy * (z - oz) - self._top) * self._scale).astype(np.float32)
            z = -cv2.remap(height, u / 2 - 0.25, v / 2 - 0.25, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # bilinear from grid nodes to pixels: node k sits at pixel 4 k
        spread = np.array([[1 / _STEP, 0, 0], [0, 1 / _STEP, 0]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        mapping: np.ndarray = cv2.warpAffine(
            np.dstack([u, v]), spread, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return mapping
