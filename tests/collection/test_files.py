"""Collections on disk: private, read back as written, scored as a set of real people, erased, and refused."""

import json
import os
import stat

import numpy as np
import pytest

from gazeattack.collection.files import CARD, PAGE, SAMPLES, erase_collection, read_collection, write_collection
from gazeattack.errors import DataError, OutputError
from gazeattack.evaluation.screen_set import read_screen_sets
from tests.helpers.collection import made_up


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_collection_is_read_as_it_was_written(tmp_path):
    whole = made_up()
    write_collection(tmp_path / "me", whole)
    found = read_collection(tmp_path / "me")
    for name in ("images", "head", "rotation", "centre", "roll", "target", "t"):
        assert np.array_equal(getattr(found, name), getattr(whole, name))
    assert found.screen == whole.screen and found.card == whole.card


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_only_the_owner_can_read_it(tmp_path):
    write_collection(tmp_path / "me", made_up())
    assert mode(tmp_path / "me") == 0o700
    assert {path.name: mode(path) for path in (tmp_path / "me").iterdir()} == {SAMPLES: 0o600, CARD: 0o600}


def test_it_is_a_set_of_real_people(tmp_path):
    whole = made_up()
    write_collection(tmp_path / "me", whole)
    (data,) = read_screen_sets(tmp_path / "me")
    assert np.array_equal(data.images, whole.images) and np.allclose(data.target, whole.target)
    assert data.mirrored.tolist() == [[True, False]] * len(whole)


def test_a_folder_with_files_is_not_written_into(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_collection(tmp_path, made_up())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_erasing_leaves_other_files(tmp_path):
    for name in ("alone", "shared"):
        write_collection(tmp_path / name, made_up())
        (tmp_path / name / PAGE).write_text("page")
    (tmp_path / "shared" / "notes.txt").write_text("mine")
    for name in ("alone", "shared"):
        erase_collection(tmp_path / name)
    assert not (tmp_path / "alone").exists()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["notes.txt"]
    with pytest.raises(DataError, match="no collection"):
        erase_collection(tmp_path / "shared")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": np.full((300, 2), np.nan, np.float32)}, "targets that are not finite"),
        ({"head": np.full((300, 2, 2), np.nan, np.float32)}, "head poses that are not finite"),
        ({"centre": np.full((300, 2, 3), np.inf, np.float32)}, "face positions that are not finite"),
        ({"target": np.full((300, 2), 5000, np.float32)}, "300 of 300 targets outside the screen of 310 x 174 mm"),
        ({"target": np.full((300, 2), 50, np.float32)}, "single target"),
        ({"target": np.repeat([[9, 9], [90, 90]], 150, axis=0).astype(np.float32)}, "only 2 different targets"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_sentence(tmp_path, changes, said):
    with pytest.raises(DataError, match=said) as refused:
        write_collection(tmp_path / "me", made_up(**changes))
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
    assert not (tmp_path / "me").exists()


def test_few_samples_are_refused(tmp_path):
    with pytest.raises(DataError, match="12 usable samples"):
        write_collection(tmp_path / "me", made_up(12))


def spoil(folder, **arrays):
    with np.load(folder / SAMPLES) as file:
        columns = {**{name: file[name] for name in file.files}, **arrays}
    np.savez(folder / SAMPLES, **{name: column for name, column in columns.items() if column is not None})


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("target", None, "no labels"),
        ("rotation", None, "no rotation"),
        ("images", np.zeros((300, 2, 36, 60), np.float32), "has images of"),
        ("t", np.zeros(3), "has t of"),
    ],
)
def test_spoiled_samples_are_refused(tmp_path, name, array, said):
    write_collection(tmp_path / "me", made_up())
    spoil(tmp_path / "me", **{name: array})
    with pytest.raises(DataError, match=said):
        read_collection(tmp_path / "me")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1}', '{"format": 1, "screen": {}}'])
def test_spoiled_cards_are_refused(tmp_path, text):
    write_collection(tmp_path / "me", made_up())
    (tmp_path / "me" / CARD).write_text(text)
    with pytest.raises(DataError, match=r"damaged|version"):
        read_collection(tmp_path / "me")


def test_garbage_is_refused(tmp_path):
    write_collection(tmp_path / "me", made_up())
    (tmp_path / "me" / SAMPLES).write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(DataError, match="damaged"):
        read_collection(tmp_path / "me")


def test_the_card_says_what_was_agreed_to(tmp_path):
    write_collection(tmp_path / "me", made_up())
    card = json.loads((tmp_path / "me" / CARD).read_text())
    assert card["consent"] == "The subject is rendered: no person is shown." and card["samples"] == 300
