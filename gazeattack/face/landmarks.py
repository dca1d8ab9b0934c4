"""MediaPipe's face landmarker: a frame in, 478 landmarks per face out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gazeattack.errors import LandmarkerError
from gazeattack.face.clock import Clock
from gazeattack.face.quiet import hushed, without_audio

POINTS = 478


class Landmarker:
    """MediaPipe Tasks FaceLandmarker, the reference of MeshLandmarker.  One thread creates, uses and closes it.

    Args:
        model: the landmarker's file, see find_landmarker.
        video: True tracks from frame to frame, with times that increase; False detects in every image separately.
        max_faces: the most faces to find.

    Raises:
        LandmarkerError: where the model file cannot be used.
    """

    def __init__(self, model: Path, *, video: bool = True, max_faces: int = 5) -> None:
        # takes a second, which those who use MeshLandmarker do not wait for
        with without_audio():
            import mediapipe as mp

        vision = mp.tasks.vision
        self._picture = mp.Image
        self._format = mp.ImageFormat.SRGB
        self._video = video
        self._clock = Clock()
        try:
            # read here: MediaPipe's own loader fails on paths that are not ASCII
            data = model.read_bytes()
            options = vision.FaceLandmarkerOptions(
                base_options=mp.tasks.BaseOptions(model_asset_buffer=data),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                num_faces=max_faces,
            )
            with hushed():
                self._task = vision.FaceLandmarker.create_from_options(options)
        except (OSError, RuntimeError, ValueError):
            raise LandmarkerError(
                f"The face landmarker file {model} cannot be used: delete it and start again to download it again."
            ) from None

    def detect(self, image: np.ndarray, t: float = 0.0) -> list[np.ndarray]:
        """Detect faces.

        Args:
            image: uint8 [H, W, 3], BGR.
            t: the frame's time, seconds.

        Returns:
            Landmarks of every face, each float64 [478, 3] in pixels; the largest face comes first.
        """
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        picture = self._picture(image_format=self._format, data=rgb)
        task = self._task
        result = task.detect_for_video(picture, self._clock.next_ms(t)) if self._video else task.detect(picture)
        height, width = image.shape[:2]
        scale = np.array([width, height, width], dtype=np.float64)
        faces = [np.array([(p.x, p.y, p.z) for p in face], dtype=np.float64) * scale for face in result.face_landmarks]
        return sorted(faces, key=area, reverse=True)

    def close(self) -> None:
        """Release the task.  Call it before the interpreter exits."""
        self._task.close()

    def __enter__(self) -> Landmarker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def area(face: np.ndarray) -> float:
    """Area of the box around a face's landmarks [478, >= 2], square pixels."""
    width, height = np.ptp(face[:, :2], axis=0)
    return float(width * height)
