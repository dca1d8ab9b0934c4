"""A virtual camera: the frames of a run as a camera that any other program on the computer can open."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import cv2
import numpy as np

from gazeattack.errors import OutputError

MISSING = "A virtual camera needs the package pyvirtualcam: run pip install 'gazeattack[camera]' first."
NO_DEVICE = (
    "No virtual camera was found: on Linux load the module v4l2loopback, on Windows and macOS install OBS Studio and "
    "start its virtual camera once."
)
LOST = "The virtual camera takes no more frames: close other programs that write to it, and start again."


class VirtualCamera:
    """Sends frames to a virtual camera of the system through pyvirtualcam; a context manager.

    Args:
        size: (width, height) of the camera, pixels; frames of another size are scaled to it.
        fps: frames per second that the camera promises.
        paced: wait after each frame so that frames pass at that rate, as for a file; a live camera has its own.

    Raises:
        OutputError: pyvirtualcam is not installed, or the system has no virtual camera.
    """

    def __init__(self, size: tuple[int, int], fps: float, *, paced: bool) -> None:
        try:
            import pyvirtualcam
        except ImportError:
            raise OutputError(MISSING) from None
        self._size, self._paced = size, paced
        try:
            self._camera: Any = pyvirtualcam.Camera(*size, fps, fmt=pyvirtualcam.PixelFormat.BGR)
        except (OSError, RuntimeError):
            raise OutputError(NO_DEVICE) from None

    @property
    def device(self) -> str:
        """The name under which other programs see the camera."""
        return str(self._camera.device)

    def send(self, image: np.ndarray) -> None:
        """Send one frame.

        Args:
            image: uint8 [H, W, 3], BGR.

        Raises:
            OutputError: the camera takes no more frames.
        """
        if (image.shape[1], image.shape[0]) != self._size:
            image = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
        try:
            self._camera.send(np.ascontiguousarray(image))
            if self._paced:
                self._camera.sleep_until_next_frame()
        except (OSError, RuntimeError):
            raise OutputError(LOST) from None

    def __enter__(self) -> VirtualCamera:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._camera.close()
