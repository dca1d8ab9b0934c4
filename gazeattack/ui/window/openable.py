"""What a path is: a source of frames, a model, a trigger key, or a file of zones.  No Qt."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from gazeattack.capture.recording import FRAMES, SIDECAR, TABLE
from gazeattack.model.bundle_files import CARD, ONNX, SUMS, WEIGHTS


class Openable(Enum):
    """The kind of what was opened."""

    SOURCE = "source"
    MODEL = "model"
    KEY = "key"
    ZONES = "zones"


def classify(path: Path) -> tuple[Openable, Path]:
    """The kind of a path, and the path to open: a file of a recording or of a model stands for its folder."""
    if path.is_dir():
        return (Openable.MODEL if (path / CARD).is_file() else Openable.SOURCE), path
    name = path.name
    if name in (CARD, SUMS) or (name in (WEIGHTS, ONNX) and (path.parent / CARD).is_file()):
        return Openable.MODEL, path.parent
    if name in (SIDECAR, TABLE, FRAMES):
        return Openable.SOURCE, path.parent
    if path.suffix == ".safetensors":
        return Openable.KEY, path
    return (Openable.ZONES if path.suffix == ".toml" else Openable.SOURCE), path
