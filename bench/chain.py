"""The gaze chain of OpenVINO's Open Model Zoo, where its files are given: face, landmarks, head pose, gaze.

It takes the four networks of the zoo's gaze demo, float32, as NAME.xml beside NAME.bin in one folder or below it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gazeattack.inference import Network, core

NAMES = ("face-detection", "landmarks-regression", "head-pose-estimation", "gaze-estimation")
EYE = 60  # pixels of the gaze network's square inputs
MIN_SCORE = 0.5


class MissingFiles(Exception):
    """A network of the chain is not there."""


class Chain:
    """The four networks, run one after the other on the largest face.

    Args:
        folder: holds one .xml file for each of NAMES.

    Raises:
        MissingFiles: one is missing.
    """

    def __init__(self, folder: Path) -> None:
        files = {name: sorted(folder.rglob(f"{name}-*.xml")) for name in NAMES}
        missing = [name for name, found in files.items() if not found]
        if missing:
            raise MissingFiles(f"{folder} has no {missing[0]}-*.xml: give the folder of the chain's four networks.")
        models = {name: core().read_model(str(found[0])) for name, found in files.items()}
        self._sizes = {name: tuple(model.inputs[0].shape[2:]) for name, model in models.items()}
        self._networks = {name: Network(model) for name, model in models.items()}
        # in the order of the outputs, whatever that is
        self._angles = [output.any_name for output in models["head-pose-estimation"].outputs]
        self._inputs = [port.any_name for port in models["gaze-estimation"].inputs]

    def __call__(self, image: np.ndarray) -> np.ndarray | None:
        """The gaze vector [3] of the largest face in a BGR image; None without one."""
        height, width = image.shape[:2]
        found = self._run("face-detection", image)[0].reshape(-1, 7)
        found = found[found[:, 2] >= MIN_SCORE]
        if not len(found):
            return None
        box = max(found[:, 3:], key=lambda b: float((b[2] - b[0]) * (b[3] - b[1])))
        left, top, right, bottom = (box.clip(0, 1) * (width, height, width, height)).astype(int).tolist()
        face = image[top : max(bottom, top + 1), left : max(right, left + 1)]
        points = self._run("landmarks-regression", face)[0].reshape(5, 2) * face.shape[1::-1] + (left, top)
        angles = dict(zip(self._angles, self._run("head-pose-estimation", face), strict=True))
        pose = [angles[name].item() for name in ("angle_y_fc", "angle_p_fc", "angle_r_fc")]
        side = float(np.linalg.norm(points[0] - points[1])) / 2
        eyes = [_planes(_square(image, points[number], side), (EYE, EYE)) for number in (0, 1)]
        given = {
            "left_eye_image": eyes[0],
            "right_eye_image": eyes[1],
            "head_pose_angles": np.array([pose], np.float32),
        }
        gaze: np.ndarray = self._networks["gaze-estimation"](*(given[name] for name in self._inputs))[0].reshape(3)
        return gaze

    def _run(self, name: str, image: np.ndarray) -> tuple[np.ndarray, ...]:
        return self._networks[name](_planes(image, self._sizes[name]))


def _planes(image: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """An image as the networks take it: float32 [1, 3, rows, columns], BGR, 0 to 255."""
    resized = cv2.resize(image, (size[1], size[0]))
    return np.ascontiguousarray(resized.transpose(2, 0, 1)[None], dtype=np.float32)


def _square(image: np.ndarray, middle: np.ndarray, side: float) -> np.ndarray:
    low = np.clip(middle - side / 2, 0, np.array(image.shape[1::-1]) - 2).astype(int)
    high = np.maximum(low + 2, (middle + side / 2).astype(int))
    return image[low[1] : high[1], low[0] : high[0]]
