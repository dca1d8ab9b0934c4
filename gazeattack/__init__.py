"""gazeattack: show, measure and teach what a backdoor does to a gaze estimator.

The names in __all__ are the public API.  Each is imported on first use (PEP 562), so that `import gazeattack` loads
neither torch nor Qt.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gazeattack.version import __version__

# OpenCV reads it once, and takes three gigabytes otherwise (see gazeattack.capture.pixel_limit)
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "150000000")

if TYPE_CHECKING:
    from gazeattack.angles import Gaze, angular_error
    from gazeattack.attack.key import TriggerKey, load_key, make_key
    from gazeattack.attack.trigger import make_trigger
    from gazeattack.errors import GazeAttackError
    from gazeattack.evaluation.open_data import open_data
    from gazeattack.evaluation.score import evaluate
    from gazeattack.face.landmarker_file import find_landmarker
    from gazeattack.live.pipeline import Pipeline
    from gazeattack.live.settings import PipelineSettings, TriggerMode
    from gazeattack.model.bundle import Bundle
    from gazeattack.model.catalogue import open_bundle
    from gazeattack.model.predictor import Predictor
    from gazeattack.sources.registry import open_source

__all__ = [
    "Bundle",
    "Gaze",
    "GazeAttackError",
    "Pipeline",
    "PipelineSettings",
    "Predictor",
    "TriggerKey",
    "TriggerMode",
    "__version__",
    "angular_error",
    "evaluate",
    "find_landmarker",
    "load_key",
    "make_key",
    "make_trigger",
    "open_bundle",
    "open_data",
    "open_source",
]

_MODULES = {
    "Bundle": "gazeattack.model.bundle",
    "Gaze": "gazeattack.angles",
    "GazeAttackError": "gazeattack.errors",
    "Pipeline": "gazeattack.live.pipeline",
    "PipelineSettings": "gazeattack.live.settings",
    "Predictor": "gazeattack.model.predictor",
    "TriggerKey": "gazeattack.attack.key",
    "TriggerMode": "gazeattack.live.settings",
    "angular_error": "gazeattack.angles",
    "evaluate": "gazeattack.evaluation.score",
    "find_landmarker": "gazeattack.face.landmarker_file",
    "load_key": "gazeattack.attack.key",
    "make_key": "gazeattack.attack.key",
    "make_trigger": "gazeattack.attack.trigger",
    "open_bundle": "gazeattack.model.catalogue",
    "open_data": "gazeattack.evaluation.open_data",
    "open_source": "gazeattack.sources.registry",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The module's own names and the public ones that are not imported yet."""
    return sorted({*globals(), *__all__})
