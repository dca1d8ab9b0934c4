"""Keep OpenCV's and FFmpeg's own complaints off the terminal: people get our one sentence instead."""

from __future__ import annotations

import os

import cv2

AV_LOG_QUIET = "-8"


def hush_opencv() -> None:
    """Silence OpenCV's log and FFmpeg's, unless the environment asks for them.  Call before opening a capture.

    FFmpeg reads its level once, when the first file is opened.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", AV_LOG_QUIET)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
