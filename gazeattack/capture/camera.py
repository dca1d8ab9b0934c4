"""Cameras: which are there, and frames from one of them."""

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
# Landmarkers count whole milliseconds and refuse a time they have already seen.
MIN_STEP_S = 1e-3
WARM_UP_READS = 5
MAX_BAD_FRAMES = 30


@dataclass(frozen=True)
class CameraInfo:
    """A camera as found: the index to open it by, its name, and the backend that lists it."""

    index: int
    name: str
    backend: str


class CaptureDevice(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def isOpened(self) -> bool:
        """Whether the device is open."""

    def read(self) -> tuple[bool, Any]:
        """(True, image), or (False, None) where no image came."""

    def get(self, prop: int) -> float:
        """A property's value."""

    def set(self, prop: int, value: float) -> bool:
        """Ask for a property; a device may refuse."""

    def release(self) -> None:
        """Close the device."""


def list_cameras() -> list[CameraInfo]:
    """The cameras found here, by index; empty where there are none or they cannot be listed."""
    try:
        from cv2_enumerate_cameras import enumerate_cameras

        backend = cv2.videoio_registry.getBackendName(NATIVE_BACKEND)
        found = [
            CameraInfo(int(c.index), str(c.name or f"Camera {c.index}"), backend)
            for c in enumerate_cameras(NATIVE_BACKEND)
        ]
    except Exception:  # a listing that fails must not cost the person the rest of the app
        log.debug("cameras cannot be listed", exc_info=True)
        return []
    return sorted(found, key=lambda camera: camera.index)


def open_device(index: int) -> CaptureDevice:
    """Camera `index` through this platform's own backend."""
    hush_opencv()
    return cv2.VideoCapture(index, NATIVE_BACKEND)


class CameraSource(Source):
    """A camera's frames as they come; t is seconds on `clock` since opening.

    size, fps: asked of the camera, which may give others; the attributes tell what it gives.
    device: opens camera `index` (cv2 by default).  Raises SourceError(retry=True) where the camera cannot be opened,
    gives no frame, or is pulled out: it may come back.
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
            given = float(self._device.get(cv2.CAP_PROP_FPS))
        except BaseException:
            self.close()
            raise
        self.name = next((c.name for c in list_cameras() if c.index == index), f"Camera {index}")
        self.size = (image.shape[1], image.shape[0])
        self.fps = given if 0 < given <= MAX_FPS else fps or DEFAULT_FPS
        self._start = clock()

    def read(self) -> Frame:
        """The next frame, when the camera has it; damaged images are passed over."""
        for _ in range(MAX_BAD_FRAMES):
            image = self._grab()
            if image is None:
                raise SourceError(
                    f"{self.name} stopped giving pictures; plug it in again and it will go on by itself.", retry=True
                )
            try:
                picture = as_bgr8(image)
            except ValueError:
                continue
            t = max(self._clock() - self._start, self._last_t + MIN_STEP_S)
            frame = Frame(picture, self._next_index, t)
            self._next_index, self._last_t = self._next_index + 1, t
            return frame
        raise SourceError(f"{self.name} gives only damaged pictures; unplug it and plug it in again.", retry=True)

    def close(self) -> None:
        """Let go of the camera."""
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
        # Many cameras fail their first reads while they wake up.
        for _ in range(WARM_UP_READS):
            image = self._grab()
            if image is not None:
                try:
                    return as_bgr8(image)
                except ValueError:
                    continue
        raise SourceError(
            f"Camera {self._index} opens but gives no picture; close any other program that uses it "
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
        return f"There is no camera {index}; plug it in, or choose one that is there: {names}."
    return f"Camera {index} cannot be opened; close any other program that uses it and allow access to it."


def _ask_for(device: CaptureDevice, size: tuple[int, int] | None, fps: float | None) -> None:
    if size is not None:
        # Uncompressed USB video above 640x480 often falls to 5-10 frames per second.
        device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    if fps is not None:
        device.set(cv2.CAP_PROP_FPS, fps)
