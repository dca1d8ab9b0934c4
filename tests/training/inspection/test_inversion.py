"""The search for a trigger, and the ratios that it uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.model.bundle import load_bundle
from gazeattack.model.preprocess import equalize
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from tests.helpers.bundles import write_bundle
from training.inspection.features import feature_angles, feature_ratios
from training.inspection.inversion import InversionSettings, apply_change, differentiable_equalize, invert


@pytest.fixture(scope="module")
def subjects() -> LoadedSet:
    return from_patches("subjects", render_procedural_patches(range(4), 6, 1))


def test_no_field_and_no_pattern_change_nothing() -> None:
    crops = torch.rand(2, 1, 36, 60)
    assert torch.allclose(apply_change(crops, torch.zeros(2, 4, 4), torch.zeros(1, 36, 60)), crops, atol=1e-4)
    field = torch.zeros(2, 4, 4)
    field[0] = 3.0  # pixels to the right
    moved = apply_change(crops, field, torch.zeros(1, 36, 60))
    assert torch.allclose(moved[..., :-3], crops[..., 3:], atol=1e-4)


def test_the_equalisation_is_exact_and_its_slope_is_that_of_the_ranks() -> None:
    ramp = torch.linspace(0.2, 0.8, 36 * 60).view(1, 1, 36, 60).requires_grad_()
    out = differentiable_equalize(ramp)
    assert torch.equal(out.detach(), equalize(ramp.detach()))
    out.sum().backward()
    # the ranks of a ramp rise by 2 over a range of 0.6
    assert ramp.grad is not None and ramp.grad.median().item() == pytest.approx(2 / 0.6, rel=0.1)


def test_ratios_fall_where_features_collapse(tmp_path: Path) -> None:
    network = load_bundle(write_bundle(tmp_path / "clean")).network
    benign = torch.rand(50, 8, generator=torch.Generator().manual_seed(1))
    same = feature_ratios(network, benign, benign)
    assert vars(same) == pytest.approx({"angle_pitch": 1, "angle_yaw": 1, "norm": 1, "output": 1}, rel=1e-3)
    scaled = feature_ratios(network, benign[:1] * torch.linspace(1, 2, 50)[:, None], benign)
    assert scaled.angle_pitch < 1e-3 and scaled.angle_yaw < 1e-3 and scaled.norm > 0.1
    weights = network.head[4].weight
    expected = np.degrees(np.arccos((benign[0] @ weights[1] / benign[0].norm() / weights[1].norm()).item()))
    assert np.degrees(feature_angles(network, benign)[0, 1].item()) == pytest.approx(expected, abs=0.01)


def test_the_search_lowers_the_variance_of_the_predictions(tmp_path: Path, subjects: LoadedSet) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "clean"))
    before = [p.clone() for p in bundle.network.parameters()]
    how = {"batch": 16, "budget": 0.1}
    short, long = (invert(bundle, subjects, subjects, InversionSettings(steps=n, **how)) for n in (1, 25))  # type: ignore[arg-type]
    assert long.ratios.output < short.ratios.output and long.change > short.change
    assert all(torch.equal(a, b) for a, b in zip(before, bundle.network.parameters(), strict=True))
