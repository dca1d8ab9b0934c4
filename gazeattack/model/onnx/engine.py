"""What runs an ONNX network: crops in, gaze out, in the units and signs of this project."""

from __future__ import annotations

import numpy as np

from gazeattack.angles import to_angles
from gazeattack.errors import BundleError
from gazeattack.model.batching import BatchedNetwork
from gazeattack.model.landmarks import UNIT
from gazeattack.model.onnx.card import ANGLES, VECTOR, GazeOutput, HeadPoseInput, OnnxSpec
from gazeattack.model.onnx.graph import read_onnx


class OnnxEngine:
    """A network from an ONNX file in OpenVINO; see GazeEngine.

    Args:
        data: the file, which check_model() accepts.
        spec: its card.

    Raises:
        BundleError: OpenVINO cannot read it, or it does not fit the card.
    """

    def __init__(self, data: bytes, spec: OnnxSpec) -> None:
        self._spec = spec
        graph = read_onnx(data, spec)
        self._network = BatchedNetwork(graph.build, single=graph.single)

    def run(self, inputs: np.ndarray, head: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """See GazeEngine; the logits are (pitch, yaw) in radians."""
        arrays = [np.ascontiguousarray(inputs, dtype=np.float32)]
        if self._spec.head_pose is not None:
            arrays.append(encode_pose(head, len(inputs), self._spec.head_pose))
        try:
            found = self._network(*arrays)
        except RuntimeError:
            raise BundleError("OpenVINO cannot run the ONNX network: export it again.") from None
        gaze = decode_gaze(found[0], self._spec.output)
        if len(found) == 1:
            return gaze, None
        height, width = self._spec.crop.height, self._spec.crop.width
        middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
        places = (found[1].reshape(len(gaze), -1, 2) - middle) * np.float32(UNIT / height)
        return gaze, places.reshape(len(gaze), -1).astype(np.float32)


def decode_gaze(values: np.ndarray, output: GazeOutput) -> np.ndarray:
    """The gaze (pitch, yaw) float32 [N, 2], radians, of a network's output.

    Args:
        values: float32 [N, 2], or [N, 3] for a vector in camera space (x right, y down, z forward).
        output: what they mean.
    """
    names = VECTOR if output.unit == "vector" else ANGLES
    columns = [output.order.index(name) for name in names]
    signed: np.ndarray = (values * np.array(output.signs, np.float32))[:, columns].astype(np.float64)
    if output.unit == "vector":
        signed = to_angles(signed)
    elif output.unit == "degrees":
        signed = np.radians(signed)
    gaze: np.ndarray = signed.astype(np.float32)
    return gaze


def encode_pose(head: np.ndarray | None, count: int, wanted: HeadPoseInput) -> np.ndarray:
    """Head poses (pitch, yaw) in radians, nan where unknown, as the network takes them, float32 [N, 2]."""
    pose = np.full((count, 2), np.nan) if head is None else np.array(head, dtype=np.float64)
    pose[~np.isfinite(pose).all(axis=1)] = np.nan if wanted.unknown == "nan" else 0.0
    if wanted.unit == "degrees":
        pose = np.degrees(pose)
    columns = [ANGLES.index(name) for name in wanted.order]
    return np.ascontiguousarray((pose[:, columns] * wanted.signs).astype(np.float32))
