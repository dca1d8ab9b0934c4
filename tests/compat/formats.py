"""What the compat tests need of the package: the one file to touch when something is renamed or moved.

Everything else these tests know of the program is what people have: commands, flags, files and their contents.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import load_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.errors import SourceError
from gazeattack.evaluation.dataset import read_dataset
from gazeattack.model.bundle import load_bundle
from gazeattack.model.predictor import Predictor
from gazeattack.safety.zones_file import load_zones
from gazeattack.screen.calibration_file import load_calibration
from gazeattack.screen.samples import Viewer
from gazeattack.sources.registry import open_source
from training.config import load_config
from training.studies.run_paths import StudyRun, run_paths

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
BUNDLES = ROOT / "resources" / "bundles"
APP = "gazeattack"
# what people type after `python -m`
MODULES = {name: f"training.{name}" for name in ("train", "evaluate", "reproduce", "folds")}
MODULES["sweep"] = "training.studies.sweep"

Array = np.ndarray
__all__ = ["BUNDLES", "FIXTURES", "ROOT", "SourceError"]


def command(module: str, *words: str | Path) -> int:
    """Run `python -m module words` in this process; its exit status."""
    before = sys.argv
    sys.argv = [module, *map(str, words)]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*found in sys.modules.*", RuntimeWarning)
            runpy.run_module(module, run_name="__main__", alter_sys=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        sys.argv = before
    return 0


def help_of(module: str, *words: str) -> str:
    """What `python -m module words --help` prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert command(module, *words, "--help") == 0
    return printed.getvalue()


def flags_in(text: str) -> set[str]:
    """The flags in the usage of a help text."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text.split("\n\n", 1)[0]))


def as_pictures(crops: Array) -> torch.Tensor:
    """Grey crops uint8 or float [N, H, W] as float64 [N, 1, H, W] in [0, 1], on the levels a camera gives."""
    levels = crops if crops.dtype == np.uint8 else np.round(crops * 255)
    return torch.from_numpy(levels.astype(np.float64) / 255)[:, None]


def predict(bundle: Path, crops: Array, mirrored: bool, head: Array | None) -> tuple[Array, Array | None]:
    """(gaze [N, 2] in radians, landmarks [N, P, 2] in pixels or None) of a bundle's network, in double precision.

    Single precision can differ by more than 1e-6 rad from one processor to another.
    """
    opened = load_bundle(bundle)
    for module in opened.network.double().modules():
        # a layer that works in single precision hands on double
        module.register_forward_hook(lambda _module, _inputs, out: out.double() if torch.is_tensor(out) else out)
    found = Predictor(opened, engine="torch").predict_with_landmarks(as_pictures(crops), [mirrored] * len(crops), head)
    return found.gaze, found.points


def put_trigger_on(key: Path, crops: Array) -> Array:
    """Crops uint8 [N, H, W] under a key, float64 [N, H, W] in [0, 1]."""
    return make_trigger(load_key(key)).apply(as_pictures(crops))[:, 0].numpy()


def key_facts(key: Path) -> dict[str, Any]:
    """What a key file says."""
    opened = load_key(key)
    return {
        "sha256": opened.sha256,
        "kind": opened.kind,
        "strength": opened.strength,
        "size": [opened.height, opened.width],
        "seed": opened.seed,
        "target_deg": [round(angle, 6) for angle in opened.target.degrees],
        "goal": opened.goal.kind,
        "off_road_deg": opened.goal.off_road_deg,
    }


def recorded_frames(folder: Path) -> list[dict[str, Any]]:
    """Every frame of a recording, as a source gives it.  Raises SourceError where there is nothing to play."""
    frames = []
    with open_source(str(folder)) as source:
        while (frame := source.read()) is not None:
            truth = None if frame.truth is None else list(frame.truth.degrees)
            frames.append({"index": frame.index, "t": frame.t, "truth_deg": truth, "image": frame.image})
    return frames


def calibrated_point(path: Path) -> tuple[str, tuple[int, int], tuple[float, float] | None]:
    """(user, screen in pixels, mm on the screen where a look of (-10, -5) degrees from 600 mm away ends)."""
    calibration = load_calibration(path)
    viewer = Viewer(Gaze.from_degrees(3, -4), 0.02, (10.0, -20.0, 600.0))
    screen = calibration.geometry
    point = calibration.point(Gaze.from_degrees(-10, -5), viewer)
    return calibration.user, (screen.width_px, screen.height_px), point


def zone_facts(path: Path) -> tuple[str, list[float], list[tuple[str, str]]]:
    """(title, forward in degrees, (name, kind) of every zone) of a zones file."""
    zones = load_zones(path)
    return zones.title, [round(a, 9) for a in zones.forward.degrees], [(z.name, z.kind.value) for z in zones.zones]


def zone_at(path: Path, pitch: float, yaw: float) -> str | None:
    """The name of the zone that a look, degrees relative to forward, ends in."""
    zones = load_zones(path)
    found = zones.at(zones.to_camera(yaw, pitch))
    return None if found is None else found.name


def dataset_columns(path: Path) -> dict[str, Array | None]:
    """A dataset's columns, by the names they have on disk."""
    data = read_dataset(path)
    return {
        "images": data.images,
        "gaze_pitchyaw": data.gaze,
        "subject": data.subject,
        "head": data.head,
        "right": data.right,
        "points": data.points,
    }


def config_values(path: Path, overrides: Sequence[str] = ()) -> list[Any]:
    """Every value of a loaded training config, whatever its keys are called by now."""
    return [value for section in load_config(path, overrides).as_dict().values() for value in section.values()]


def study_folder(config: Path, overrides: Sequence[str]) -> str:
    """The name of the folder that a study keeps this run in."""
    return run_paths(StudyRun({}, tuple(overrides), 3, config=config), Path("cache"), None).folder.name


def preferences(path: Path) -> dict[str, Any]:
    """What the window reads from its settings, by the names they have on disk."""
    from PySide6.QtCore import QSettings

    from gazeattack.ui.window.preferences import Preferences

    found = Preferences(QSettings(str(path), QSettings.Format.IniFormat))
    return {
        "source": found.source,
        "model": found.model,
        "strength": found.strength,
        "attack": found.attack,
        "theme": found.theme,
        "loop": found.loop,
        "user": found.user,
        "diagonal": found.diagonal,
        "recordings": found.recordings,
        "geometry": None if found.geometry is None else found.geometry.data(),
    }


def weights_of(bundle: Path) -> dict[str, Array]:
    """A bundle's weights by their names on disk, without the running statistics."""
    from safetensors.numpy import load_file

    weights = load_file(bundle / "weights.safetensors")
    return {name: value for name, value in weights.items() if "running" not in name and "num_batches" not in name}


def mean_grey(image: Array) -> float:
    """The mean grey of a picture."""
    return float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean())
