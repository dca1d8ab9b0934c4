"""Shared fixtures: no camera, no screen, no shared data; random-weight bundles where quality does not matter."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, make_key
from gazeattack.errors import LandmarkerError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.model.bundle import Bundle, load_bundle
from tests.helpers.bundles import write_bundle

torch.set_num_threads(1)
cv2.setNumThreads(1)


@pytest.fixture
def key() -> TriggerKey:
    return make_key(k=8, strength=1.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=11)


@pytest.fixture
def clean_bundle(tmp_path: Path) -> Bundle:
    return load_bundle(write_bundle(tmp_path / "clean"))


@pytest.fixture
def backdoored_bundle(tmp_path: Path, key: TriggerKey) -> Bundle:
    return load_bundle(write_bundle(tmp_path / "wanet", key=key))


@pytest.fixture(scope="session")
def landmarker_model() -> Path:
    """The landmarker's file; fetched once, skipped with the reason where it cannot be had."""
    try:
        return find_landmarker()
    except LandmarkerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A real face (NASA, public domain, from scikit-image): BGR uint8 [512, 512, 3], read-only."""
    from skimage import data

    image = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    image.setflags(write=False)
    return image
