"""One person's scores: known gaze gives known errors, and no fit is tested on its own targets."""

from dataclasses import replace

import numpy as np
import pytest

from gazeattack.angles import to_angles, to_vector
from gazeattack.collection.blocks import target_blocks
from gazeattack.collection.correction import cross_validate, true_gaze
from gazeattack.collection.panel import panel_spread
from gazeattack.collection.score import both_eyes, eye_set, score_person, screen_errors
from gazeattack.errors import DataError
from gazeattack.model.bundle import load_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import FACE_224
from tests.helpers.bundles import write_bundle
from tests.helpers.collection import made_up
from tests.helpers.collection import true_gaze as eyes_gaze


def turned(whole, seed=1):
    """The same person with each crop's camera turned, as the normalisation does."""
    random = np.random.default_rng(seed)
    q, _ = np.linalg.qr(np.eye(3) + random.normal(0, 0.05, (len(whole), 2, 3, 3)))
    q *= np.sign(np.diagonal(q, axis1=-2, axis2=-1))[..., None, :]
    return replace(whole, rotation=q.astype(np.float32))


def test_labels_of_the_eyes_are_the_directions_to_the_target():
    whole = made_up()
    data = eye_set(whole)
    expected = eyes_gaze(whole)
    gaze = data.gaze.reshape(-1, 2, 2)
    assert np.allclose(gaze[:, 1], expected[:, 1], atol=1e-5)
    assert np.allclose(gaze[:, 0], expected[:, 0] * (1, -1), atol=1e-5)
    assert np.array_equal(data.images.reshape(-1, 2, 36, 60)[:, 0], whole.images[:, 0, :, ::-1])
    assert data.right.reshape(-1, 2).tolist() == [[True, False]] * len(whole)


def test_true_predictions_hit_the_targets_also_in_turned_crops():
    whole = turned(made_up())
    errors = screen_errors(whole, both_eyes(whole, eye_set(whole).gaze.astype(np.float64)))
    assert errors.deg.max() < 0.3 and errors.cm.max() < 0.3 and errors.missing == 0


def test_degrees_cm_and_pixels_agree():
    whole = made_up()
    off = true_gaze(whole) + np.radians((0, 2.0))
    errors = screen_errors(whole, off)
    middle = np.linalg.norm(whole.target - (155, 87), axis=1) < 60
    assert np.allclose(errors.deg[middle], 2.0, atol=0.1)
    assert np.allclose(errors.cm[middle], 2.1, atol=0.4)
    assert np.allclose(errors.px / errors.cm, 61.9, rtol=0.02)


def test_a_gaze_away_from_the_screen_has_no_point():
    whole = made_up()
    errors = screen_errors(whole, to_angles(-to_vector(true_gaze(whole))))
    assert errors.missing == len(whole) and np.isnan(errors.means()["cm"]) and errors.means()["deg"] > 90


def test_calibration_removes_an_offset_and_a_gain_but_not_noise_that_it_did_not_see():
    whole, random = made_up(), np.random.default_rng(2)
    blocks = target_blocks(whole.target)
    biased = true_gaze(whole) * (0.8, 1.2) + (0.06, -0.04)
    noisy = biased + random.normal(0, np.radians(1), biased.shape)
    raw = screen_errors(whole, noisy).deg.mean()
    after, shifted = cross_validate(whole, noisy, blocks, noisy + 0.01)
    assert raw > 4 and screen_errors(whole, after).deg.mean() < 1.8
    assert shifted.shape == after.shape and not np.allclose(shifted, after)
    # an error of its own at every target cannot be predicted from the others
    own = random.normal(0, np.radians(5), (blocks.max() + 1, 2))[blocks]
    after = cross_validate(whole, true_gaze(whole) + own, blocks)[0]
    assert screen_errors(whole, after).deg.mean() > 4


def test_a_person_is_scored_with_and_without_a_key(backdoored_bundle, clean_bundle):
    whole = made_up(120)
    score = score_person(backdoored_bundle, whole, backdoored_bundle.key, str(clean_bundle.path))
    figures = score.figures()
    assert figures["samples"] == 120 and figures["errors"]["triggered"]["deg"] > 0
    assert 0 <= figures["asr2"] <= figures["asr5"] <= 1 and figures["noise_shift_deg"] > 0
    assert figures["ci95"]["before"][0] <= figures["errors"]["before"]["deg"] <= figures["ci95"]["before"][1]
    assert figures["clean_model"] is not None
    without = score_person(clean_bundle, whole, None, str(clean_bundle.path)).figures()
    assert without["errors"]["triggered"] is None and without["ae_deg"] is None and without["key_sha256"] is None


def test_a_model_of_faces_is_refused(tmp_path):
    faces = load_bundle(write_bundle(tmp_path / "faces", crop=FACE_224))
    with pytest.raises(DataError, match="no crops of one eye"):
        score_person(faces, made_up(), None)


def test_the_panel_is_that_of_the_shipped_weights(backdoored_bundle, clean_bundle):
    for name in ("clean", "wanet"):
        spread = panel_spread(open_bundle(name))
        assert spread is not None and spread.people >= 15 and spread.p00_deg is not None
        assert all(low <= middle <= high for low, middle, high in spread.figures.values())
    # random weights under a shipped name
    assert not panel_spread(backdoored_bundle).current
