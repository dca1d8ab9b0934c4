"""The mirrored key: the same trigger seen in a mirror, and a second target of a model of single eyes."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.arrays import make_array_trigger
from gazeattack.attack.key import make_key
from gazeattack.attack.kinds import KINDS
from gazeattack.attack.mirrored_key import mirrored_key
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import open_bundle
from gazeattack.sources.registry import open_source
from tests.helpers.kinds import crop_size

NOT_MIRRORED = ("input-aware", "bppattack", "input-aware-trained", "lira")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOT_MIRRORED])
def test_its_trigger_is_the_triggers_mirror_image(kind) -> None:
    height, width = crop_size(kind)
    key = make_key(kind, height=height, width=width, target=Gaze(0.1, 0.5), seed=3)
    mirrored = mirrored_key(key)
    crops = np.random.default_rng(0).random((2, 1, height, width), np.float32) * 0.5 + 0.25
    expected = np.flip(make_array_trigger(key).apply(np.flip(crops, axis=3).copy()), axis=3)
    got = make_array_trigger(mirrored).apply(crops)
    assert np.abs(got - expected).max() < 2e-5
    assert np.abs(got - make_array_trigger(key).apply(crops)).max() > 0.01
    assert mirrored.target == Gaze(0.1, -0.5) and mirrored.sha256 != key.sha256
    again = mirrored_key(mirrored)
    assert again.target == key.target
    assert all(np.allclose(again.tensors[name], key.tensors[name], atol=1e-5) for name in key.tensors)


@pytest.mark.parametrize("kind", NOT_MIRRORED)
def test_a_generator_and_a_dithering_have_none(kind) -> None:
    assert mirrored_key(make_key(kind, height=36, width=60, target=Gaze(0.1, 0.5), seed=3)) is None


@pytest.mark.parametrize(("model", "reached"), [("wanet", True), ("face-wanet", False)])
def test_only_a_model_of_single_eyes_has_the_second_target(landmarker_model, model, reached) -> None:
    bundle = open_bundle(model)
    key = mirrored_key(bundle.key)
    assert bundle.crop.mirrors is reached
    settings = PipelineSettings(TriggerMode.BOTH)
    with (
        open_source("synthetic") as source,
        Pipeline(bundle, landmarker_model=landmarker_model, key=key, foreign_key=True, settings=settings) as pipeline,
    ):
        results = [pipeline.step(replace(source.read(), index=index)) for index in range(8)]
    off = [float(angular_error(r.triggered.gaze, r.target)) for r in results if r.triggered is not None]
    assert len(off) >= 6
    assert (median(off) < 3) if reached else (median(off) > 15)
