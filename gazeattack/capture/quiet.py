"""Silence OpenCV's and FFmpeg's own messages: users get one sentence of ours instead."""

from __future__ import annotations

import os

import cv2

AV_LOG_QUIET = "-8"


def hush_opencv() -> None:
    """Silence the logs of OpenCV and FFmpeg unless the environment sets their level.  Call it before opening a capture.

    FFmpeg reads its level once, when the first file is opened.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", AV_LOG_QUIET)
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
