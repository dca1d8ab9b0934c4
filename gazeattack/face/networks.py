"""MediaPipe's face networks, out of the landmarker's file, in OpenVINO."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gazeattack.errors import LandmarkerError
from gazeattack.inference import Network, core, openvino

DETECTOR, MESH = "face_detector.tflite", "face_landmarks_detector.tflite"


# so that a second thread waits for the first one's networks instead of compiling them again
_compiling = threading.Lock()


@dataclass(frozen=True, eq=False)
class FaceNetworks:
    """Both networks.

    detector: uint8 [1, 128, 128, 3] BGR -> boxes [1, 896, 16], scores [1, 896, 1] (logits).
    mesh: uint8 [1, 256, 256, 3] BGR -> landmarks [1, 1, 1, 1434] in pixels of its input, presence [1, 1, 1, 1] (logit).
    """

    detector: Network
    mesh: Network


def load_networks(model: Path) -> FaceNetworks:
    """Read both networks, compiled once for each file.

    Args:
        model: the landmarker's file, see find_landmarker.

    Returns:
        Networks of the caller's own: one thread at a time runs them.

    Raises:
        LandmarkerError: where the file cannot be used.
    """
    try:
        with _compiling:
            networks = _compile(model, model.stat().st_mtime_ns)
        return FaceNetworks(networks.detector.another(), networks.mesh.another())
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile):
        raise LandmarkerError(
            f"The face landmarker file {model} cannot be used: delete it and start again to download it again."
        ) from None


@lru_cache(maxsize=1)
def _compile(model: Path, written_ns: int) -> FaceNetworks:
    """Both networks of a file that was written at that time."""
    # read here: OpenVINO takes this format from a file of its own only
    with zipfile.ZipFile(io.BytesIO(model.read_bytes())) as archive:
        files = {name: archive.read(name) for name in (DETECTOR, MESH)}
    # ignored errors: Windows keeps a file that is still mapped
    with tempfile.TemporaryDirectory(prefix="gazeattack-", ignore_cleanup_errors=True) as folder:
        _unpack(files, Path(folder))
        return FaceNetworks(
            _read(Path(folder) / DETECTOR, ("regressors", "classificators"), mean=127.5, scale=127.5),
            _read(Path(folder) / MESH, ("Identity", "Identity_1"), mean=0.0, scale=255.0),
        )


def _unpack(files: Mapping[str, bytes], folder: Path) -> None:
    try:
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise LandmarkerError(
            f"The temporary folder {folder.parent} cannot be written ({error.strerror or error}): free some space."
        ) from None


def _read(path: Path, outputs: Sequence[str], *, mean: float, scale: float) -> Network:
    """A network that takes one uint8 BGR image, from one that takes float RGB, (pixel - mean) / scale."""
    ov = openvino()
    whole = core().read_model(path)
    model = ov.Model([whole.output(name) for name in outputs], whole.get_parameters(), path.stem)
    model.reshape([1, *(size.get_length() for size in list(model.input().partial_shape)[1:])])
    steps = ov.preprocess.PrePostProcessor(model)
    colours = ov.preprocess.ColorFormat
    tensor = steps.input().tensor()
    tensor.set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(colours.BGR)
    steps.input().model().set_layout(ov.Layout("NHWC"))
    convert = steps.input().preprocess()
    convert.convert_element_type(ov.Type.f32).convert_color(colours.RGB).mean(mean).scale(scale)
    return Network(steps.build())
