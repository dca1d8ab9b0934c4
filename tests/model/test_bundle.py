import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from gazeattack.angles import Gaze
from gazeattack.attack.key import load_key, make_key, save_key
from gazeattack.errors import BundleError, KeyMismatchError
from gazeattack.model.bundle import load_bundle
from gazeattack.model.bundle_files import verify_bundle
from gazeattack.model.catalogue import bundle_paths, find_bundle, shipped_key
from gazeattack.model.crop import FACE_224, CropSpec
from gazeattack.model.network import fuse_conv_bn
from gazeattack.model.predictor import Predictor
from tests.helpers.bundles import write_bundle


def flip_byte(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x01
    path.write_bytes(data)


def rewrite_card(path, change):
    """Change a bundle's card as its maker could: the hashes are right again."""
    card = json.loads((path / "card.json").read_text())
    change(card)
    (path / "card.json").write_text(json.dumps(card))
    digest = hashlib.sha256((path / "card.json").read_bytes()).hexdigest()
    sums = (path / "SHA256SUMS").read_text().splitlines()
    (path / "SHA256SUMS").write_text("\n".join([f"{digest}  card.json", *sums[1:]]) + "\n")


def test_key_survives_the_disk(tmp_path, key):
    save_key(key, tmp_path / "k.safetensors")
    again = load_key(tmp_path / "k.safetensors")
    assert again.sha256 == key.sha256
    assert (again.tensors["field"] == key.tensors["field"]).all() and again.target == key.target


def test_every_number_of_a_key_is_in_its_hash(key):
    changes = [
        {"strength": 1.5},
        {"height": 37},
        {"width": 61},
        {"target": Gaze(0, 0)},
        {"seed": 12},
        {"tensors": {"field": key.tensors["field"] + 1e-3}},
    ]
    hashes = {replace(key, **change).sha256 for change in changes}
    assert len(hashes) == len(changes) and key.sha256 not in hashes


def test_a_key_with_a_flipped_byte_is_refused(tmp_path, key):
    path = tmp_path / "k.safetensors"
    save_key(key, path)
    flip_byte(path, path.stat().st_size - 3)
    with pytest.raises(BundleError, match="hash"):
        load_key(path)


@pytest.mark.parametrize("content", [b"", b"not a key at all"])
def test_something_else_is_no_key(tmp_path, content):
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(BundleError, match="not a readable trigger key"):
        load_key(tmp_path / "k")


def test_bundle_round_trip(clean_bundle, backdoored_bundle):
    assert not clean_bundle.backdoored and backdoored_bundle.backdoored
    assert clean_bundle.crop == CropSpec()
    x = torch.rand(2, 1, 36, 60)
    assert torch.equal(clean_bundle.network(x), backdoored_bundle.network(x))


@pytest.mark.parametrize("name", ["weights.safetensors", "card.json", "trigger.safetensors", "SHA256SUMS"])
def test_a_flipped_byte_anywhere_is_noticed(tmp_path, key, name):
    path = write_bundle(tmp_path / "b", key=key)
    flip_byte(path / name, (path / name).stat().st_size // 2)
    with pytest.raises(BundleError) as error:
        load_bundle(path)
    assert str(error.value).count("\n") == 0


def test_a_missing_or_an_added_file_is_noticed(tmp_path, key):
    path = write_bundle(tmp_path / "b", key=key)
    (path / "trigger.safetensors").unlink()
    with pytest.raises(BundleError, match=r"trigger\.safetensors"):
        verify_bundle(path)
    clean = write_bundle(tmp_path / "c")
    save_key(key, clean / "trigger.safetensors")
    with pytest.raises(BundleError, match=r"trigger\.safetensors"):
        verify_bundle(clean)


def test_a_bundle_refuses_a_foreign_key_unless_asked(backdoored_bundle, clean_bundle, key):
    other = key.redrawn(99)
    with pytest.raises(KeyMismatchError, match="does not belong"):
        backdoored_bundle.accept_key(other)
    with pytest.raises(KeyMismatchError):
        clean_bundle.accept_key(key)
    assert backdoored_bundle.accept_key(other, foreign=True) is other
    assert backdoored_bundle.accept_key(key) is key


def test_a_bundle_of_another_input_size_refuses_the_key(tmp_path, key):
    large = load_bundle(write_bundle(tmp_path / "large", crop=CropSpec(height=72, width=120, focal=1920)))
    with pytest.raises(BundleError, match="60x36 crops but large takes 120x72"):
        large.accept_key(key, foreign=True)


def test_a_card_that_does_not_fit_its_weights(tmp_path):
    path = write_bundle(tmp_path / "b")
    rewrite_card(path, lambda card: card["network"].update(hidden=9))
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)


def test_unknown_model_name_lists_what_there_is():
    with pytest.raises(BundleError, match='no model "nobody"'):
        find_bundle("nobody")


def test_a_folder_without_a_bundle(tmp_path):
    with pytest.raises(BundleError, match="not a model bundle"):
        load_bundle(tmp_path)


def test_shipped_bundles_verify_and_lend_a_key():
    shipped = bundle_paths()
    assert {"clean", "wanet"} <= set(shipped)
    for path in shipped.values():
        assert load_bundle(path).card["title"]
    assert shipped_key(CropSpec()) is not None
    assert shipped_key(FACE_224) is None


def test_fusing_does_not_change_the_answer(clean_bundle):
    x = torch.rand(3, 1, 36, 60) * 2 - 1
    with torch.inference_mode():
        assert torch.allclose(fuse_conv_bn(clean_bundle.network)(x), clean_bundle.network(x), atol=1e-5)


def test_a_mirrored_eye_gives_the_mirrored_gaze(clean_bundle):
    x = torch.rand(1, 1, 36, 60)
    plain, turned = Predictor(clean_bundle).predict(torch.cat([x, x.flip(3)]), [False, True])
    assert turned == pytest.approx([plain[0], -plain[1]], abs=1e-6)


def test_a_face_bundle_fits_in(tmp_path):
    bundle = load_bundle(write_bundle(tmp_path / "face", crop=FACE_224))
    answer = Predictor(bundle).predict(torch.rand(1, 3, 224, 224), [False])
    assert answer.shape == (1, 2)


def test_key_for_any_size_can_be_made():
    key = make_key(k=28, strength=1.0, height=224, width=224, target=Gaze(0, 0), seed=1)
    assert key.k == 28


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    path = write_bundle(tmp_path / "b")
    (path / "weights.safetensors").unlink()
    (path / "weights.safetensors").mkdir()
    with pytest.raises(BundleError, match=r"weights\.safetensors cannot be read"):
        load_bundle(path)


def test_a_damaged_bundle_lends_no_key_and_is_in_nobodys_way(tmp_path, key, monkeypatch):
    damaged, whole = write_bundle(tmp_path / "a", key=key), write_bundle(tmp_path / "b", key=key.redrawn(5))
    flip_byte(damaged / "weights.safetensors", -3)
    monkeypatch.setattr("gazeattack.model.catalogue.bundle_paths", lambda: {"a": damaged, "b": whole})
    assert shipped_key(CropSpec()).sha256 == key.redrawn(5).sha256


@pytest.mark.parametrize(
    "change",
    [
        {"tensors": {"field": np.zeros((2, 8, 8), np.float64)}},
        {"tensors": {"field": np.full((2, 8, 8), np.nan, np.float32)}},
        {"height": 0},
        {"strength": float("nan")},
        {"target": Gaze(0.0, float("inf"))},
    ],
)
def test_a_key_that_could_not_be_used_is_refused_though_its_hash_is_right(tmp_path, key, change):
    made = replace(key, **change)
    numbers = json.dumps(made._numbers(), sort_keys=True)
    save_file(dict(made.tensors), tmp_path / "k", metadata={"key": numbers, "sha256": made.sha256})
    with pytest.raises(BundleError, match="not a readable trigger key"):
        load_key(tmp_path / "k")


@pytest.mark.parametrize(
    "change",
    [{"region": "nose"}, {"channels": 2}, {"height": 0}, {"width": 60.0}, {"focal": float("nan")}, {"distance": -1}],
)
def test_a_crop_that_cannot_be_is_refused(change):
    with pytest.raises(ValueError, match="crop"):
        CropSpec(**change)


def test_a_card_with_a_crop_that_cannot_be_is_refused_before_it_is_used(tmp_path):
    path = write_bundle(tmp_path / "b")
    rewrite_card(path, lambda card: card["input"].update(focal="960"))
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)
