"""The trigger of a key on one face: on its crops, or in the camera's frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from gazeattack.attack.arrays import ArrayTrigger, make_array_trigger
from gazeattack.attack.key import TriggerKey, wrong_seed
from gazeattack.attack.sticker import StickerArrays
from gazeattack.face.normalise import NormalizedView
from gazeattack.live.frame_result import FrameResult
from gazeattack.live.frame_trigger import trigger_in_frame
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.live.worn_sticker import WornSticker, sticker_place
from gazeattack.model.crop import CropSpec

Change = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class FaceTrigger:
    """What a trigger does to one face.

    on_crops: returns its unmirrored crops, float32 [N, C, H, W] in [0, 1], with the trigger.
    on_frame: returns the frame, BGR uint8 [H, W, 3], with the trigger.
    """

    on_crops: Change
    on_frame: Change


class TriggerMaker:
    """Makes the trigger of a key for each frame; the key's tensors are prepared again only where the settings change.

    Args:
        key: the trigger key.
    """

    def __init__(self, key: TriggerKey) -> None:
        self._key = key
        self._trigger: ArrayTrigger | None = None
        # seed of the wrong key (None: the own key) and strength of the trigger above
        self._made_for: tuple[int | None, float | None] = (None, None)

    def for_face(
        self,
        result: FrameResult,
        crop_views: Sequence[NormalizedView],
        spec: CropSpec,
        others: Iterable[TriggerKey | None] = (),
    ) -> FaceTrigger | None:
        """The trigger of a result's settings on its face.

        Args:
            result: with a face and intrinsics.
            crop_views: of the model's crops.
            spec: of the model's crops.
            others: keys that a wrong key must differ from, beside this one.

        Returns:
            The trigger; None where the settings have none.
        """
        settings = result.settings
        if not settings.mode.has_triggered:
            return None
        trigger = self.prepared(settings, others)
        noise = settings.mode is TriggerMode.NOISE
        if isinstance(trigger, StickerArrays):
            assert result.face is not None and result.intrinsics is not None
            place = sticker_place(noise=noise, seed=settings.seed)
            sticker = WornSticker(trigger, place, result.face.pose, result.intrinsics)
            return FaceTrigger(partial(sticker.on_crops, views=crop_views), sticker.on_frame)
        # noise differs from frame to frame, but not between replays
        change = trigger.noise(settings.seed * 1_000_003 + result.frame.index) if noise else trigger.apply
        displacement = None if noise else trigger.displacement()
        on_frame = partial(trigger_in_frame, views=crop_views, spec=spec, change=change, displacement=displacement)
        return FaceTrigger(change, on_frame)

    def prepared(self, settings: PipelineSettings, others: Iterable[TriggerKey | None] = ()) -> ArrayTrigger:
        """The trigger at the settings' strength, of the key or of a wrong one; see for_face()."""
        wrong = None
        if settings.mode is TriggerMode.WRONG_KEY:
            wrong = wrong_seed(self._key.kind, settings.seed + self._key.seed + 1, self._key, *others)
        if self._trigger is None or self._made_for != (wrong, settings.strength):
            key = self._key if wrong is None else self._key.redrawn(wrong)
            self._trigger = make_array_trigger(key, settings.strength)
            self._made_for = (wrong, settings.strength)
        return self._trigger
