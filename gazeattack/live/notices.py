"""Sentences for the user about the face in a frame: what to do at a camera, or with a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazeattack.capture.frame import Frame

# MediaPipe's landmarks jitter on smaller faces.
SMALL_FACE_PX = 100
NO_FACE = "No face in view: sit in front of the camera, in even light."
NO_FACE_IN_FILE = "No face in this frame: use frames that show a face from the front, in even light."


def no_face(frame: Frame) -> str:
    """The notice for a frame without a face."""
    return NO_FACE if frame.live else NO_FACE_IN_FILE


def no_pose(frame: Frame) -> str:
    """The notice for a face whose head pose cannot be estimated."""
    do = "turn towards the camera" if frame.live else "use frames that show the face from the front"
    return f"The head pose cannot be estimated: {do}."


def face_notice(faces: Sequence[np.ndarray], frame: Frame) -> str | None:
    """The notice for the faces [478, 3] in pixels of a frame, the used one first; None where all is well."""
    height, width = frame.image.shape[:2]
    if len(faces) > 1:
        return f"{len(faces)} faces in view: the largest one is used."
    left, top = faces[0][:, :2].min(axis=0)
    right, bottom = faces[0][:, :2].max(axis=0)
    if right - left < SMALL_FACE_PX:
        do = "move closer to the camera" if frame.live else "use frames with a larger face"
        return f"The face is small and the gaze inaccurate: {do}."
    if left < 0 or top < 0 or right > width or bottom > height:
        do = "move to the middle of the image" if frame.live else "use frames that show the whole face"
        return f"The face is partly out of view: {do}."
    return None
