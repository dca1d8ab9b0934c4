"""What an ONNX network is given and how its output is read: every entry of the card counts."""

import numpy as np
import pytest

from gazeattack.angles import Gaze, to_vector
from gazeattack.errors import BundleError
from gazeattack.model.onnx.card import GazeOutput, HeadPoseInput, read_card_tables
from gazeattack.model.onnx.engine import OnnxEngine, decode_gaze, encode_pose
from tests.helpers.onnx_files import card, gaze_model


def run(model, inputs, head=None, **tables):
    return OnnxEngine(model.SerializeToString(), read_card_tables(card(**tables))).run(inputs, head)[0]


@pytest.fixture
def crops():
    return np.random.default_rng(1).uniform(-1, 1, (5, 1, 36, 60)).astype(np.float32)


def test_order_signs_and_unit():
    values = np.float32([[10, -20]])
    assert np.allclose(decode_gaze(values, GazeOutput(unit="degrees")), np.radians(values))
    swapped = decode_gaze(values, GazeOutput(order=("yaw", "pitch"), signs=(-1.0, 1.0)))
    assert swapped.tolist() == [[-20, -10]]


def test_a_vector_of_any_length_is_a_gaze():
    gaze = Gaze.from_degrees(12, -33)
    vector = 3 * np.float32([to_vector(gaze)])
    assert np.allclose(decode_gaze(vector, GazeOutput(order=("x", "y", "z"), signs=(1.0,) * 3, unit="vector")), gaze)
    flipped = GazeOutput(order=("z", "y", "x"), signs=(-1.0, 1.0, 1.0), unit="vector")
    assert np.allclose(decode_gaze(vector[:, ::-1] * [-1, 1, 1], flipped), gaze, atol=1e-6)


def test_the_head_pose_as_the_network_takes_it():
    head = np.array([[0.1, 0.2], [np.nan, 0.3]])
    assert np.allclose(encode_pose(head, 2, HeadPoseInput()), [[0.1, 0.2], [0, 0]])
    wanted = HeadPoseInput(order=("yaw", "pitch"), signs=(-1.0, 1.0), unit="degrees", unknown="nan")
    found = encode_pose(head, 2, wanted)
    assert np.allclose(found[0], np.degrees([-0.2, 0.1])) and np.isnan(found[1]).all()
    assert encode_pose(None, 3, HeadPoseInput()).tolist() == [[0, 0]] * 3


def test_range_mean_and_std_change_what_the_network_is_given(crops):
    model = gaze_model()
    plain = run(model, crops, image={"range": [-1, 1]})
    # the same numbers from 0 to 255, brought back by mean and std
    assert np.allclose(run(model, crops, image={"range": [0, 255], "mean": 127.5, "std": 127.5}), plain, atol=1e-5)
    assert not np.allclose(run(model, crops), plain, atol=1e-3)
    assert np.allclose(run(model, crops), run(model, (crops + 1) / 2, image={"range": [-1, 1]}), atol=1e-5)


def test_colours_and_layout(crops):
    colours = np.concatenate([crops, crops * 0.5, crops * 0.1], axis=1)
    model = gaze_model(shape=("n", 3, 36, 60))
    rgb, bgr = (run(model, colours, image={"colour": each}) for each in ("rgb", "bgr"))
    assert np.allclose(bgr, run(model, colours[:, ::-1], image={"colour": "rgb"}), atol=1e-6)
    assert not np.allclose(bgr, rgb, atol=1e-3)
    means = {"colour": "rgb", "mean": [0.1, 0.2, 0.3], "std": [1, 2, 4]}
    given = ((colours + 1) / 2 - np.reshape([0.1, 0.2, 0.3], (3, 1, 1))) / np.reshape([1, 2, 4], (3, 1, 1))
    wanted = run(model, given.astype(np.float32), image={"colour": "rgb", "range": [-1, 1]})
    assert np.allclose(run(model, colours, image=means), wanted, atol=1e-5)


@pytest.mark.parametrize("count", [1, 3, 70])
def test_any_number_of_crops_also_for_a_network_of_one(crops, count):
    many = np.resize(crops, (count, 1, 36, 60))
    any_number, one = gaze_model(), gaze_model(shape=(1, 1, 36, 60))
    assert np.allclose(run(one, many), run(any_number, many), atol=1e-6)


def test_the_head_pose_goes_in(crops):
    model, head = gaze_model(pose=True), np.full((5, 2), 0.3)
    with_pose = run(model, crops, head, head_pose={"name": "head_pose"})
    assert not np.allclose(with_pose, run(model, crops, None, head_pose={}), atol=1e-3)


@pytest.mark.parametrize(
    ("model", "tables", "words"),
    [
        (gaze_model(outputs=5), {}, r"shape \[2, 5\]"),
        (gaze_model(), {"output": {"unit": "vector"}}, r"not \[2, 3\]"),
        (gaze_model(), {"output": {"name": "pose"}}, "names no output"),
        (gaze_model(), {"image": {"name": "pixels"}}, "names no input"),
        (gaze_model(), {"head_pose": {}}, "1 inputs"),
        (gaze_model(pose=True), {}, "2 inputs"),
        (gaze_model(), {"output": {"landmarks": "points"}}, "names no output"),
        (gaze_model(shape=(4, 1, 36, 60)), {}, "fixed number"),
        (gaze_model(shape=("n", 1, 20, 60)), {}, "does not take an image"),
        (gaze_model(), {"image": {"layout": "nhwc"}}, "does not take an image"),
    ],
)
def test_a_network_that_does_not_fit_its_card(model, tables, words, crops):
    with pytest.raises(BundleError, match=words) as error:
        run(model, crops[:2], **tables)
    assert "\n" not in str(error.value)
