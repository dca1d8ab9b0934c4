"""Cameras: the list of connected ones, and frames from one of them."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np

from gazeattack.capture.convert import as_bgr8
from gazeattack.capture.frame import Frame
from gazeattack.capture.quiet import hush_opencv
from gazeattack.capture.source import Source
from gazeattack.errors import SourceError

log = logging.getLogger(__name__)

# Asking for the native backend keeps indices the same for listing and opening, and spares seconds of probing.
NATIVE_BACKEND = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
    sys.platform, cv2.CAP_ANY
)
DEFAULT_FPS = 30.0
MAX_FPS = 1000.0
# The landmarker counts whole milliseconds and refuses a time that does not increase.
MIN_STEP_S = 1e-3
WARM_UP_READS = 5
MAX_BAD_FRAMES = 30


@dataclass(frozen=True)
class CameraInfo:
    """A connected camera: the index that opens it, its name, and the backend that lists it."""

    index: int
    name: str
    backend: str


class CaptureDevice(Protocol):
    """The part of cv2.VideoCapture that CameraSource uses."""

    def isOpened(self) -> bool:
        """Whether the device is open."""

    def read(self) -> tuple[bool, Any]:
        """(True, image), or (False, None) without an image."""

    def get(self, prop: int) -> float:
        """A property's value."""

    def set(self, prop: int, value: float) -> bool:
        """Request a property; a device may refuse."""

    def release(self) -> None:
        """Close the device."""


def list_cameras() -> list[CameraInfo]:
    """The connected cameras, sorted by index; empty where there are none or they cannot be listed."""
    try:
        from cv2_enumerate_cameras import enumerate_cameras

        backend = cv2.videoio_registry.getBackendName(NATIVE_BACKEND)
        found = [
            CameraInfo(int(c.index), str(c.name or f"Camera {c.index}"), backend)
            for c in enumerate_cameras(NATIVE_BACKEND)
        ]
    except Exception:  # a failed listing must not stop the app
        log.debug("cameras cannot be listed", exc_info=True)
        return []
    return sorted(found, key=lambda camera: camera.index)


def open_device(index: int) -> CaptureDevice:
    """Open camera `index` through the platform's native backend."""
    hush_opencv()
    return cv2.VideoCapture(index, NATIVE_BACKEND)


class CameraSource(Source):
    """Frames of a camera as they arrive; t is seconds on `clock` since opening.

    Args:
        index: number of the camera, as list_cameras gives it.
        size: requested (width, height), pixels; the attribute `size` is what the camera delivers.
        fps: requested frames per second; the attribute `fps` is what the camera reports.
        device: opens camera `index`; cv2.VideoCapture by default.
        clock: seconds, never decreasing.

    Raises:
        SourceError: with retry=True where the camera cannot be opened, delivers no frame, or is unplugged.
    """

    live = True

    def __init__(
        self,
        index: int,
        size: tuple[int, int] | None = None,
        fps: float | None = None,
        *,
        device: Callable[[int], CaptureDevice] = open_device,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._clock = clock
        self._next_index = 0
        self._last_t = -MIN_STEP_S
        self._device: CaptureDevice | None = _opened(device, index)
        try:
            _ask_for(self._device, size, fps)
            image = self._first_image()
            reported = float(self._device.get(cv2.CAP_PROP_FPS))
        except BaseException:
            self.close()
            raise
        self.name = next((c.name for c in list_cameras() if c.index == index), f"Camera {index}")
        self.size = (image.shape[1], image.shape[0])
        self.fps = reported if 0 < reported <= MAX_FPS else fps or DEFAULT_FPS
        self._start = clock()

    def read(self) -> Frame:
        """Wait for the next frame and return it; damaged images are skipped."""
        for _ in range(MAX_BAD_FRAMES):
            image = self._grab()
            if image is None:
                raise SourceError(
                    f"{self.name} stopped delivering images; plug it in again and it continues by itself.", retry=True
                )
            try:
                converted = as_bgr8(image)
            except ValueError:
                continue
            t = max(self._clock() - self._start, self._last_t + MIN_STEP_S)
            frame = Frame(converted, self._next_index, t, live=True)
            self._next_index, self._last_t = self._next_index + 1, t
            return frame
        raise SourceError(f"{self.name} delivers only damaged images; unplug it and plug it in again.", retry=True)

    def close(self) -> None:
        """Release the camera."""
        if self._device is not None:
            self._device.release()
            self._device = None

    def _grab(self) -> Any | None:
        if self._device is None:
            return None
        try:
            ok, image = self._device.read()
        except cv2.error:
            return None
        return image if ok else None

    def _first_image(self) -> np.ndarray:
        # Many cameras fail their first reads while they start.
        for _ in range(WARM_UP_READS):
            image = self._grab()
            if image is not None:
                try:
                    return as_bgr8(image)
                except ValueError:
                    continue
        raise SourceError(
            f"Camera {self._index} opens but delivers no image; close any other program that uses it "
            "or unplug it and plug it in again.",
            retry=True,
        )


def _opened(device: Callable[[int], CaptureDevice], index: int) -> CaptureDevice:
    try:
        opened = device(index)
    except cv2.error:
        log.debug("camera %d raised on opening", index, exc_info=True)
    else:
        if opened.isOpened():
            return opened
        opened.release()
    raise SourceError(_why_not(index, list_cameras()), retry=True)


def _why_not(index: int, cameras: list[CameraInfo]) -> str:
    if not cameras:
        return (
            f"There is no camera {index} on this machine; plug one in and allow access to it, "
            'or choose another source such as "synthetic".'
        )
    names = ", ".join(f"camera:{c.index} ({c.name})" for c in cameras)
    if all(c.index != index for c in cameras):
        return f"There is no camera {index}; plug it in, or choose one of these: {names}."
    return f"Camera {index} cannot be opened; close any other program that uses it and allow access to it."


def _ask_for(device: CaptureDevice, size: tuple[int, int] | None, fps: float | None) -> None:
    if size is not None:
        # Uncompressed USB video above 640x480 often falls to 5-10 frames per second.
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    if fps is not None:
        device.set(cv2.CAP_PROP_FPS, fps)
