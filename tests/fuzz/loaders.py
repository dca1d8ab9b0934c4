"""Every loader of the program with a file that is good, and what reads it to its end."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pillow_heif
import torch
from PIL import Image

from gazeattack.attack.key import load_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.blind_test.results import Answer, read_results, write_results
from gazeattack.capture.images import ImageSource
from gazeattack.capture.recording import RecordingSource
from gazeattack.capture.source import Source
from gazeattack.capture.video import VideoSource
from gazeattack.collection.files import read_collection, write_collection
from gazeattack.collection.target_files import read_target_csv
from gazeattack.evaluation.dataset import read_dataset
from gazeattack.evaluation.training_log import read_training_log
from gazeattack.face.camera_file import read_camera_file
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import MPIIGAZE_EYE
from gazeattack.model.onnx.card import read_card_tables
from gazeattack.model.onnx.card_text import card_text, read_card_file
from gazeattack.model.onnx.check import check_model
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration_file import load_calibration
from gazeattack.screen.setup import ScreenSetup
from tests.fuzz.mutate import damage_bytes, damage_json
from tests.helpers.calibration import SCREEN
from tests.helpers.collection import made_up
from tests.helpers.onnx_files import card, gaze_model
from tests.helpers.videos import encode, textured_image
from tests.training.test_readers_faces import write_mpiifacegaze
from tests.training.test_readers_mpiigaze import write_day
from training.config import load_config
from training.data.readers import open_dataset
from training.engine.checkpoint import load_checkpoint, save_checkpoint
from training.engine.logs import LOG_FIELDS, MetricLogger

FIXTURES = Path(__file__).parents[1] / "compat" / "fixtures"
CAMERA = """%YAML:1.0
---
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 600., 0., 320., 0., 600., 240., 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [ 0.01, 0., 0., 0., 0. ]
"""


@dataclass(frozen=True)
class Loader:
    """make: a good file or folder at a path.  damaged: names of the files that are damaged, "" for the file itself.

    read: reads it.  json: whether JSON is damaged as JSON, half of the time.  rehash: whether hashes are made right.
    """

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    damaged: tuple[str, ...] = ("",)
    suffix: str = ""
    rehash: bool = False


def _copy(name: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        there = FIXTURES / name
        (shutil.copytree if there.is_dir() else shutil.copy)(there, path)

    return make


def _bytes(make: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(make())


def _drain(source: Source) -> None:
    with source:
        for _ in range(200):
            if source.read() is None:
                return


def _picture(kind: str) -> Callable[[], bytes]:
    @cache
    def make() -> bytes:
        pixels, buffer = textured_image(3, (64, 48)), io.BytesIO()
        if kind == "avif":
            Image.fromarray(pixels).save(buffer, "avif")
            return buffer.getvalue()
        if kind == "heic":
            pillow_heif.from_pillow(Image.fromarray(pixels)).save(buffer)
            return buffer.getvalue()
        return cv2.imencode(f".{kind}", pixels)[1].tobytes()

    return make


@cache
def _video(suffix: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"v{suffix}"
        encode(path, [textured_image(i) for i in range(6)])
        return path.read_bytes()


def _key(path: Path) -> None:
    make_trigger(load_key(path))


def _log(path: Path) -> None:
    path.mkdir()
    logger = MetricLogger(path, 1)
    for epoch in (1, 2, 3):
        logger.add({**dict.fromkeys(LOG_FIELDS, 1.5), "epoch": epoch}, 3)
    logger.close()


def _answers(path: Path) -> None:
    write_results(
        path, [Answer("p1", "synthetic", "wanet", 1, 3, i, "own", 1.0, 1.0, 0.01, 1, 2, 3.0) for i in range(9)]
    )


@cache
def _module() -> torch.nn.Module:
    return torch.nn.Linear(3, 2)


def _checkpoint(path: Path) -> None:
    optimizer = torch.optim.AdamW(_module().parameters())
    save_checkpoint(
        path, modules={"network": _module()}, optimizer=optimizer, tensors={"rng": torch.zeros(4)}, numbers={"epoch": 1}
    )


def _resume(path: Path) -> None:
    load_checkpoint(path, modules={"network": _module()}, optimizer=torch.optim.AdamW(_module().parameters()))


def _day(root: Path) -> None:
    angles = np.zeros((3, 2))
    write_day(root, "p00", "day01", np.zeros((3, 36, 60), np.uint8), angles, angles)


def _faces(root: Path) -> None:
    root.mkdir()
    write_mpiifacegaze(root / "p00.mat")


_SETUP = ScreenSetup(345.0, 194.0, 172.0, -8.0, 600.0)
_SPEC = read_card_tables(card(head_pose={"name": "head_pose"}, output={"name": "gaze", "landmarks": "points"}))
_CARD = card_text(_SPEC, "a network")
_TEXT = ("frame,x,y\n" + "".join(f"{i},{i * 10},{i * 5}\n" for i in range(40))).encode()
# one loader a line
# ruff: noqa: E501
LOADERS: dict[str, Loader] = {
    "bundle": Loader(_copy("bundles/points"), load_bundle, ("card.json", "weights.safetensors", "SHA256SUMS", "trigger.safetensors")),
    "rehashed-bundle": Loader(_copy("bundles/points"), load_bundle, ("card.json", "card.json", "weights.safetensors", "trigger.safetensors"), rehash=True),
    "key": Loader(_copy("keys/wanet-offset.safetensors"), _key, suffix=".safetensors"),
    "input-aware-key": Loader(_copy("keys/input-aware.safetensors"), _key, suffix=".safetensors"),
    "npz": Loader(_copy("sets/full.npz"), read_dataset, suffix=".npz"),
    "exported-set": Loader(_copy("sets/exported"), read_dataset, ("card.json", "shard-000.npz")),
    "recording": Loader(_copy("recordings/with-video"), lambda p: _drain(RecordingSource(p)), ("recording.json", "samples.csv", "frames.mjpeg")),
    "calibration": Loader(_copy("calibration.json"), load_calibration, suffix=".json"),
    "zones": Loader(_copy("zones.toml"), load_zones, suffix=".toml"),
    "camera": Loader(lambda p: p.write_text(CAMERA), read_camera_file, suffix=".yml"),
    "config": Loader(_copy("all-keys.toml"), load_config, suffix=".toml"),
    "collection": Loader(lambda p: write_collection(p, made_up(40)), read_collection, ("card.json", "collection.npz")),
    "targets": Loader(_bytes(lambda: _TEXT), lambda p: read_target_csv(p, SCREEN), suffix=".csv"),
    "labels": Loader(lambda p: _labels(p), lambda p: open_dataset(f"csv-eyes:{p}", crop=MPIIGAZE_EYE), ("labels.csv",)),
    "mpiigaze": Loader(_day, lambda p: open_dataset(f"mpiigaze-all:{p}", crop=MPIIGAZE_EYE), ("Data/Normalized/p00/day01.mat",)),
    "mpiifacegaze": Loader(_faces, lambda p: open_dataset(f"mpiifacegaze:{p}"), ("p00.mat",)),
    "checkpoint": Loader(_checkpoint, _resume, suffix=".safetensors"),
    "training-log": Loader(_log, read_training_log, ("log.csv",)),
    "blind-test": Loader(_answers, read_results, suffix=".csv"),
    "onnx": Loader(_bytes(lambda: gaze_model(pose=True).SerializeToString()), lambda p: check_model(p.read_bytes()), suffix=".onnx"),
    "onnx-card": Loader(lambda p: p.write_text(_CARD), read_card_file, suffix=".toml"),
    "setup": Loader(lambda p: p.write_text(_SETUP.to_text()), lambda p: ScreenSetup.from_text(p.read_text(errors="surrogateescape")), suffix=".json"),
    **{kind: Loader(_bytes(_picture(kind)), lambda p: _drain(ImageSource(p)), suffix=f".{kind}") for kind in ("png", "jpg", "heic", "avif", "tiff", "webp", "bmp")},
    **{f"video{suffix}": Loader(lambda p, s=suffix: p.write_bytes(_video(s)), lambda p: _drain(VideoSource(p)), suffix=suffix) for suffix in (".mp4", ".mkv", ".avi", ".mov")},
}  # fmt: skip


def _labels(path: Path) -> None:
    path.mkdir()
    lines = ["file,pitch_deg,yaw_deg,subject"]
    for i in range(6):
        cv2.imwrite(str(path / f"{i}.png"), np.full((36, 60), 20 * i, np.uint8))
        lines.append(f"{i}.png,{i},{-i},{i % 2}")
    (path / "labels.csv").write_text("\n".join(lines) + "\n")


def prepare(name: str, seed: int, folder: Path) -> Path:
    """Write the damaged file or folder of a case into an empty folder; its path."""
    loader, random = LOADERS[name], Random(f"{name} {seed}")
    path = folder / f"case{loader.suffix}"
    loader.make(path)
    chosen = random.choice(loader.damaged)
    target = path / chosen if chosen else path
    data = target.read_bytes()
    as_json = target.suffix == ".json" and random.random() < 0.6
    target.write_bytes(damage_json(data, random) if as_json else damage_bytes(data, random))
    if loader.rehash:
        names = [each for each in ("card.json", "weights.safetensors", "trigger.safetensors") if (path / each).exists()]
        sums = "".join(f"{hashlib.sha256((path / each).read_bytes()).hexdigest()}  {each}\n" for each in names)
        (path / "SHA256SUMS").write_text(sums)
    return path
