"""Bundles and keys whose hashes are right and whose content is hostile: one sentence, at once, and little memory."""

import hashlib
import json
import math
import os
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file
from safetensors.torch import save_file as save_tensors

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.attack.key import check_strength, load_key, make_key, save_key
from gazeattack.errors import BundleError
from gazeattack.model import bundle as bundles
from gazeattack.model.bundle import load_bundle
from gazeattack.model.bundle_files import SHIPPED_HERE, UNCHANGED, origin_of
from gazeattack.model.catalogue import bundle_paths, kind_of, open_bundle
from gazeattack.model.shipped import SHIPPED
from tests.helpers.bundles import write_bundle
from tools import shipped_digests

posix = pytest.mark.skipif(os.name != "posix", reason="needs named pipes and devices")


def hash_again(path):
    names = [name for name in ("card.json", "weights.safetensors", "trigger.safetensors") if (path / name).exists()]
    sums = "".join(f"{hashlib.sha256((path / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (path / "SHA256SUMS").write_text(sums)


def hostile(path, change):
    """A bundle with a changed card and right hashes."""
    write_bundle(path)
    card = json.loads((path / "card.json").read_text())
    change(card)
    (path / "card.json").write_text(json.dumps(card))
    hash_again(path)
    return path


@pytest.fixture
def nothing_is_built(monkeypatch):
    """The weights are read only after their header fits the network."""

    def load(path):
        pytest.fail(f"read {path}")

    monkeypatch.setattr(bundles, "load_file", load)


@pytest.mark.parametrize(
    "network",
    [
        {"blocks": 10**9},
        {"blocks": 16},
        {"blocks": 0},
        {"blocks": True},
        {"base": 2000},
        {"base": 256},
        {"hidden": 10**400},
        {"hidden": 8.0},
        {"points": -1},
        {"points": 10**9},
        {"dropout": math.nan},
        {"dropout": 1e308},
        {"dropout": "0"},
        {"head_pose": "yes"},
        {"readout": "regression\x1b[2J"},
        {"readout": []},
        {"no_such": 1},
    ],
)
def test_a_hostile_network_is_refused_before_it_is_built(tmp_path, network, nothing_is_built):
    path = hostile(tmp_path / "b", lambda card: card["network"].update(network))
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)


@pytest.mark.parametrize(
    "crop",
    [{"height": 10**400}, {"height": 30_000, "width": 30_000}, {"width": True}, {"focal": 1e300}, {"distance": 1e9}],
)
def test_a_hostile_crop_is_refused_before_anything_is_built(tmp_path, crop, nothing_is_built):
    path = hostile(tmp_path / "b", lambda card: card["input"].update(crop))
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": ' + "[" * 100_000, "[]", "3", "null", '{"format": 1}'])
def test_a_card_that_is_no_card(tmp_path, text):
    path = write_bundle(tmp_path / "b")
    (path / "card.json").write_text(text)
    hash_again(path)
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)
    assert kind_of(path) in (None, "clean")


@pytest.mark.parametrize("field", ["input", "network", "preprocess", "format"])
@pytest.mark.parametrize("value", [None, [], {"a": 1}, "x", 10**30])
def test_a_section_of_another_type(tmp_path, field, value):
    path = hostile(tmp_path / "b", lambda card: card.update({field: value}))
    with pytest.raises(BundleError) as error:
        load_bundle(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path, value):
    path = write_bundle(tmp_path / "b")
    weights = load_file(path / "weights.safetensors")
    weights["features.0.weight"].view(-1)[0] = value
    save_tensors(weights, path / "weights.safetensors")
    hash_again(path)
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)


@pytest.mark.parametrize("change", ["variance", "type", "extra", "missing"])
def test_weights_of_another_network_are_refused(tmp_path, change):
    path = write_bundle(tmp_path / "b")
    weights = load_file(path / "weights.safetensors")
    if change == "variance":
        weights["features.1.running_var"][0] = -1.0
    elif change == "type":
        weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    elif change == "extra":
        weights["more"] = torch.zeros(1)
    else:
        del weights["features.0.weight"]
    save_tensors(weights, path / "weights.safetensors")
    hash_again(path)
    with pytest.raises(BundleError, match="do not fit together"):
        load_bundle(path)


def within(seconds, work):
    """The error of `work`, which must come within some seconds."""
    found = []

    def run():
        try:
            work()
        except BundleError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "no error in time"
    return str(found[0])


@posix
@pytest.mark.parametrize("name", ["card.json", "weights.safetensors", "trigger.safetensors", "SHA256SUMS"])
@pytest.mark.parametrize("device", ["/dev/zero", None])
def test_only_regular_files_are_read(tmp_path, key, name, device):
    path = write_bundle(tmp_path / "b", key=key)
    (path / name).unlink()
    if device is None:
        os.mkfifo(path / name)
    else:
        (path / name).symlink_to(device)
    assert "restore the bundle" in within(10, lambda: load_bundle(path))
    if name == "card.json":
        assert kind_of(path) is None
    if name == "trigger.safetensors":
        assert "not a readable trigger key" in within(10, lambda: load_key(path / name))


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = write_bundle(tmp_path / "b")
    with (path / "card.json").open("r+b") as card:
        card.truncate(2**21)
    with pytest.raises(BundleError, match="too large"):
        load_bundle(path)


@pytest.mark.parametrize(
    "change",
    [
        {"strength": -1.0},
        {"strength": 1e308},
        {"target": Gaze(1e30, 0.0)},
        {"height": 10**400},
        {"width": 10**6},
        {"seed": -1},
    ],
)
def test_a_hostile_key_is_refused(tmp_path, key, change):
    made = replace(key, **change)
    metadata = {"key": json.dumps(made._numbers(), sort_keys=True), "sha256": made.sha256}
    save_file({name: np.ascontiguousarray(t) for name, t in made.tensors.items()}, tmp_path / "k", metadata=metadata)
    with pytest.raises(BundleError, match="not a readable trigger key"):
        load_key(tmp_path / "k")


def test_a_key_with_deep_numbers_is_refused(tmp_path):
    save_file({"field": np.zeros(1, np.float32)}, tmp_path / "k", metadata={"key": "[" * 100_000, "sha256": "0"})
    with pytest.raises(BundleError, match="not a readable trigger key"):
        load_key(tmp_path / "k")


def test_a_strength_is_bounded():
    assert check_strength(3.0) == 3.0
    for strength in (-1.0, 1e308, math.nan, math.inf):
        with pytest.raises(BundleError, match="give 0 to 1000"):
            check_strength(strength)
    save = make_key(height=36, width=60, target=Gaze(0, 0), seed=1, k=4)
    assert save.strength > 0


def test_a_card_writes_no_escape_codes(tmp_path, capsys):
    title = "quiet\x1b[2J\x1b]0;owned\x07\nverified \u202eevil \ud800"
    path = hostile(tmp_path / "b", lambda card: card.update(title=title))
    assert cli.main(["models", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out and "quiet" in out
    assert UNCHANGED in out and SHIPPED_HERE not in out and len(out.splitlines()) == 3


def test_the_digests_of_the_shipped_bundles_are_current():
    assert shipped_digests.TARGET.read_text(encoding="utf-8") == shipped_digests.content()
    assert set(SHIPPED) == set(bundle_paths())
    assert shipped_digests.main(["--check"]) == 0


def test_verified_says_whose_it_is(tmp_path, key):
    assert open_bundle("wanet").origin == SHIPPED_HERE
    path = write_bundle(tmp_path / "wanet", key=key)
    assert origin_of(path) == UNCHANGED == load_bundle(path).origin
    save_key(key, tmp_path / "k")
