"""The card of an ONNX network: what it may say, and one sentence where it is wrong."""

import math
import re
import tomllib
from pathlib import Path

import pytest

from gazeattack.errors import BundleError
from gazeattack.model.crop import FACE_224, CropSpec
from gazeattack.model.onnx.card import OnnxSpec, read_card_tables, read_tables
from gazeattack.model.onnx.card_text import card_text, read_card_file
from tests.helpers.onnx_files import card

FULL = card(
    crop={"region": "face", "height": 64, "width": 64, "focal": 300.0, "distance": 500},
    image={
        "name": "x",
        "colour": "bgr",
        "layout": "nhwc",
        "range": [0, 255],
        "mean": [103.5, 116.3, 123.7],
        "std": [57, 57, 58],
    },
    head_pose={"name": "h", "order": ["yaw", "pitch"], "signs": [-1, 1], "unit": "degrees", "unknown": "nan"},
    output={"name": "g", "unit": "vector", "signs": [1, 1, -1], "landmarks": "l"},
)


def test_a_card_needs_a_crop_a_colour_and_an_output_only():
    spec = read_card_tables(card())
    assert spec == OnnxSpec(CropSpec()) and spec.preprocess == "center"
    face = read_card_tables(card(crop={"region": "face", "height": 448, "width": 448}, image={"colour": "rgb"}))
    assert face.crop.channels == 3 and face.crop.focal == 1920


@pytest.mark.parametrize("given", [card(), FULL, card(image={"equalize": True, "range": [-1, 1]})])
def test_what_is_written_is_read_again(given, tmp_path):
    spec = read_card_tables(given)
    assert read_tables(spec.crop, spec.as_tables()) == spec
    path = tmp_path / "card.toml"
    path.write_text(card_text(spec, 'A "name"\x7f\n[image]'), encoding="utf-8")
    assert read_card_file(path) == (spec, {"title": 'A "name"\x7f\n[image]'})


@pytest.mark.parametrize(
    ("table", "entries", "words"),
    [
        ("crop", {"region": "nose"}, "eye, eyes, face"),
        ("crop", {"height": 36.0}, "height and width"),
        ("crop", {"height": 10**400}, "cannot be used"),
        ("crop", {"focal": math.nan}, "focal"),
        ("crop", {"focal": -1}, "cannot be used"),
        ("crop", {"depth": 3}, "no entry"),
        ("image", {"colour": "cmyk"}, "grey, rgb, bgr"),
        ("image", {"colour": []}, "grey, rgb, bgr"),
        ("image", {"range": [1, 0]}, "must rise"),
        ("image", {"range": [0, 10**400]}, "finite"),
        ("image", {"std": 0}, "above 0"),
        ("image", {"mean": [1, 2, 3]}, "mean"),
        ("image", {"mean": True}, "mean"),
        ("image", {"layout": "chwn"}, "nchw, nhwc"),
        ("image", {"colour": "rgb", "equalize": True}, "equalize"),
        ("image", {"name": "n" * 300}, "name"),
        ("output", {"unit": "furlongs"}, "radians, degrees, vector"),
        ("output", {"order": ["yaw"]}, "pitch and yaw"),
        ("output", {"order": "pitch"}, "pitch and yaw"),
        ("output", {"unit": "vector", "order": ["x", "y"]}, "x and y and z"),
        ("output", {"signs": [0, 1]}, "1 or -1"),
        ("output", {"signs": [1]}, "signs"),
        ("head_pose", {"unit": "vector"}, "radians, degrees"),
        ("head_pose", {"unknown": "mean"}, "zero, nan"),
    ],
)
def test_a_wrong_entry_is_named_in_one_sentence(table, entries, words):
    with pytest.raises(BundleError, match=words) as error:
        read_card_tables(card(**{table: entries}))
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize("given", [{}, {"crop": 3}, {"crop": {}, "image": [], "output": {}}, card() | {"weights": "x"}])
def test_a_card_without_its_tables(given):
    with pytest.raises(BundleError):
        read_card_tables(given)


def test_the_card_in_the_documentation_is_one():
    text = (Path(__file__).parents[3] / "docs" / "other-models.md").read_text(encoding="utf-8")
    first, pose = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    spec = read_card_tables(tomllib.loads(first + pose))
    assert spec.crop == FACE_224 and spec.head_pose is not None and len(spec.image.mean) == 3


@pytest.mark.parametrize("text", ["[crop", "a = " + "[" * 10_000, "\x00", "crop = 3"])
def test_a_file_that_is_no_card(text, tmp_path):
    path = tmp_path / "card.toml"
    path.write_text(text)
    with pytest.raises(BundleError, match="card"):
        read_card_file(path)
    with pytest.raises(BundleError, match="cannot be read"):
        read_card_file(tmp_path / "none.toml")
