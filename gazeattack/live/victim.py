"""The victim of a compromised camera: an untouched pipeline that gets the changed frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from gazeattack.angles import angle_between
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import CameraIntrinsics
from gazeattack.live.frame_result import CropPair, FrameResult
from gazeattack.live.settings import PipelineSettings


class AnyPipeline(Protocol):
    """What the victim needs of a Pipeline."""

    camera: CameraIntrinsics | None
    settings: PipelineSettings

    def step(self, frame: Frame, t: float | None = None) -> FrameResult:
        """Process one frame."""

    def close(self) -> None:
        """Release what is held open."""


class Victim:
    """Adds what an untouched pipeline computes from changed frames, as the triggered branch.

    Args:
        pipeline: without a trigger, with landmarks of its own; closed with the victim.
    """

    def __init__(self, pipeline: AnyPipeline) -> None:
        self._pipeline = pipeline

    def add_to(self, result: FrameResult, image: np.ndarray, camera: CameraIntrinsics | None) -> FrameResult:
        """Add the triggered branch to a result.

        Args:
            result: of the true frame, without a triggered branch.
            image: the changed frame, BGR uint8 [H, W, 3].
            camera: see Pipeline.

        Returns:
            The result.  Where the victim finds no face or gaze, it has no triggered branch.
        """
        self._pipeline.camera = camera
        self._pipeline.settings = PipelineSettings(checks=result.settings.checks)
        seen = self._pipeline.step(replace(result.frame, image=image), result.t)
        clean = result.clean if result.settings.mode.has_clean else None
        result = replace(
            result,
            clean=clean,
            triggered=seen.clean,
            crops=_pair(result.crops, seen.crops),
            changed_image=image,
            notice=result.notice or seen.notice,
        )
        if result.compared is not None and seen.compared is not None:
            first, second = result.compared, seen.compared.clean
            first = replace(first, clean=first.clean if result.settings.mode.has_clean else None, triggered=second)
            shift = None
            if first.clean is not None and second is not None:
                shift = float(angle_between(first.clean.vector, second.vector))
            result = replace(result, compared=replace(first, shift_deg=shift))
        if clean is None or seen.clean is None:
            return result
        return replace(result, shift_deg=float(angle_between(clean.vector, seen.clean.vector)))

    def close(self) -> None:
        """Close the pipeline."""
        self._pipeline.close()


def _pair(true: CropPair | None, changed: CropPair | None) -> CropPair | None:
    """The crops of the true frame beside those of the changed one."""
    if true is None or changed is None:
        return true
    return replace(
        true, altered=changed.clean, residual=changed.clean - true.clean, altered_points=changed.clean_points
    )
