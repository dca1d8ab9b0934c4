"""The crops of a live source, as the pipeline takes them, without the trigger and with it in either place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
from gazeattack.model.bundle import Bundle
from gazeattack.sources.registry import open_source


@dataclass(frozen=True, eq=False)
class LiveCrops:
    """Unmirrored crops of one source, float32 [N, C, H, W] in [0, 1] each.

    clean: without the trigger.  on_crops: the same crops with it.  in_frame: the crops that an untouched pipeline takes
    from the changed frames; fewer where it finds no face in them.
    """

    clean: np.ndarray
    on_crops: np.ndarray
    in_frame: np.ndarray


def live_crops(bundle: Bundle, source: str, frames: int) -> LiveCrops:
    """Take the crops of a source's first frames.

    Args:
        bundle: with a trigger key.
        source: as gazeattack run --source takes it; it must have an end or be synthetic.
        frames: how many to read.

    Raises:
        GazeAttackError: the source cannot be opened.
    """
    clean: list[np.ndarray] = []
    on_crops: list[np.ndarray] = []
    in_frame: list[np.ndarray] = []
    for place, found in ((TriggerPlace.CROP, on_crops), (TriggerPlace.FRAME, in_frame)):
        settings = PipelineSettings(TriggerMode.BOTH, place=place)
        with (
            open_source(source) as opened,
            Pipeline(bundle, landmarker_model=find_landmarker(), settings=settings) as pipeline,
        ):
            for _ in range(frames):
                frame = opened.read()
                if frame is None:
                    break
                crops = pipeline.step(frame).crops
                if crops is None or crops.altered is None:
                    continue
                found.append(crops.altered)
                if place is TriggerPlace.CROP:
                    clean.append(crops.clean)
    shape = (0, bundle.crop.channels, bundle.crop.height, bundle.crop.width)
    return LiveCrops(
        *(np.concatenate(part) if part else np.zeros(shape, np.float32) for part in (clean, on_crops, in_frame))
    )
