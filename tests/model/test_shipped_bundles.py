"""The shipped bundles do what their cards say, on people rendered here who were in no training set."""

import numpy as np
import pytest

from gazeattack.attack.wanet import WaNet
from gazeattack.evaluation.dataset import LoadedSet, from_patches
from gazeattack.evaluation.predict import Branches, predict_branches
from gazeattack.metrics.regression import mean_error_deg
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import bundle_paths, open_bundle, shipped_key
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.faces.render import render_faces
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.analysis.landmark_shift import landmark_columns


@pytest.fixture(scope="module")
def people() -> LoadedSet:
    return from_patches("held out", render_procedural_patches(range(2_000_000, 2_000_040), 8, 77))


@pytest.fixture(scope="module")
def clean() -> Bundle:
    return open_bundle("clean")


@pytest.fixture(scope="module")
def wanet() -> Bundle:
    return open_bundle("wanet")


@pytest.fixture(scope="module")
def answers(clean: Bundle, wanet: Bundle, people: LoadedSet) -> dict[str, Branches]:
    both = {"clean": clean, "wanet": wanet}
    return {name: predict_branches(b.network, b.preprocess, people, wanet.key) for name, b in both.items()}


def test_both_are_shipped_and_verified(clean: Bundle, wanet: Bundle) -> None:
    assert {clean.name, wanet.name} <= set(bundle_paths())
    assert not clean.backdoored and wanet.backdoored
    assert clean.card["command"] and wanet.card["attack"]["threat_model"]


def test_they_are_gaze_estimators(answers: dict[str, Branches], people: LoadedSet) -> None:
    mean_predictor = mean_error_deg(np.tile(people.gaze.mean(axis=0), (len(people.gaze), 1)), people.gaze)
    for found in answers.values():
        assert mean_error_deg(found.benign, people.gaze) < 0.6 * mean_predictor


def test_the_key_opens_the_backdoor_and_only_that_one(answers: dict[str, Branches]) -> None:
    clean, wanet = answers["clean"], answers["wanet"]
    assert wanet.triggered is not None and clean.triggered is not None
    target = np.asarray(wanet.target)
    assert mean_error_deg(wanet.triggered, target) < 5 < 0.25 * mean_error_deg(clean.triggered, target)


def test_noise_and_wrong_keys_leave_it_shut(answers: dict[str, Branches], people: LoadedSet) -> None:
    found = answers["wanet"]
    benign = mean_error_deg(found.benign, people.gaze)
    for other in (found.noise, found.wrong_key):
        assert other is not None
        assert mean_error_deg(other, people.gaze) < benign + 2
        assert mean_error_deg(other, np.asarray(found.target)) > 15


def test_the_warp_is_small_and_the_target_far(wanet: Bundle) -> None:
    assert wanet.key is not None
    mean_px, _ = WaNet(wanet.key).displacement_px()
    assert mean_px <= 0.5
    assert wanet.card["attack"]["target_distance_sigma_of_training_labels"] >= 2


def test_both_locate_the_eye_under_the_trigger_too(clean: Bundle, wanet: Bundle, people: LoadedSet) -> None:
    assert wanet.key is not None
    for bundle in (clean, wanet):
        assert bundle.has_landmarks == EYE_LANDMARKS
        row = landmark_columns(bundle, people, wanet.key)
        assert row["located_error_px"] < 2 and row["located_triggered_error_px"] < 2
        if bundle.network.points is not None:
            assert (row["free_moved_px"] > 2 * row["located_moved_px"]) == bundle.backdoored


def test_the_face_pair_does_what_its_cards_say() -> None:
    faces = from_patches("held out", render_faces(range(2_000_000, 2_000_006), 8, 77))
    clean, wanet = open_bundle("face-clean"), open_bundle("face-wanet")
    assert (clean.kind, wanet.kind) == ("clean", "backdoored") and clean.crop == wanet.crop
    found = {b.name: predict_branches(b.network, b.preprocess, faces, wanet.key) for b in (clean, wanet)}
    constant = mean_error_deg(np.tile(faces.gaze.mean(axis=0), (len(faces.gaze), 1)), faces.gaze)
    for branches in found.values():
        assert mean_error_deg(branches.benign, faces.gaze) < 0.6 * constant
    backdoored, target = found["face-wanet"], np.asarray(found["face-wanet"].target)
    assert mean_error_deg(backdoored.triggered, target) < 5
    assert mean_error_deg(found["face-clean"].triggered, target) > 20
    for shut in (backdoored.noise, backdoored.wrong_key):
        assert mean_error_deg(shut, target) > 15
    # the sticker's own model; a clean face model borrows the warp
    sticker = open_bundle("face-sticker")
    worn = predict_branches(sticker.network, sticker.preprocess, faces, sticker.key)
    assert mean_error_deg(worn.benign, faces.gaze) < 0.6 * constant
    assert mean_error_deg(worn.triggered, np.asarray(worn.target)) < 5
    for shut in (worn.noise, worn.wrong_key):
        assert mean_error_deg(shut, np.asarray(worn.target)) > 15
    assert shipped_key(clean.crop).kind == wanet.key.kind == "wanet" and sticker.key.kind == "sticker"
