"""Bundles of ONNX networks: what export, import and a stranger's folder do."""

import hashlib
import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from gazeattack import cli
from gazeattack.errors import BundleError
from gazeattack.evaluation.open_data import open_data
from gazeattack.evaluation.predict import predict_branches
from gazeattack.model.bundle import IMPORTED, load_bundle, save_onnx_bundle
from gazeattack.model.bundle_files import ONNX
from gazeattack.model.catalogue import bundle_paths, kind_of, open_bundle
from gazeattack.model.onnx import probe as probes
from gazeattack.model.onnx.card import read_card_tables
from gazeattack.model.onnx.card_text import card_text
from gazeattack.model.onnx.network import OnnxNetwork, check_onnx
from gazeattack.model.onnx_export import export_onnx
from gazeattack.model.prediction_module import prediction_module
from gazeattack.model.predictor import Predictor
from tests.helpers.bundles import write_bundle
from tests.helpers.onnx_files import FLOAT, card, gaze_model

posix = pytest.mark.skipif(os.name != "posix", reason="needs named pipes")


@pytest.fixture
def files(tmp_path):
    """A network and its card on disk."""
    (tmp_path / "net.onnx").write_bytes(gaze_model().SerializeToString())
    (tmp_path / "card.toml").write_text(card_text(read_card_tables(card()), "theirs"))
    return tmp_path


def importing(folder, *more, out="bundle"):
    words = ["--onnx", str(folder / "net.onnx"), "--card", str(folder / "card.toml"), "--out", str(folder / out)]
    return cli.main(["import", *words, *more])


def refused(folder, words, capsys):
    """The import fails with one sentence and leaves no bundle."""
    assert importing(folder) == 1
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "Traceback" not in said
    assert not (folder / "bundle").exists()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """wanet as an ONNX file with its card, and imported with its key."""
    folder = tmp_path_factory.mktemp("wanet")
    assert cli.main(["export", "--onnx", "--model", "wanet", "--out", str(folder / "net.onnx")]) == 0
    shutil.copy(folder / "net.toml", folder / "card.toml")
    assert importing(folder, "--key", str(bundle_paths()["wanet"] / "trigger.safetensors")) == 0
    return folder


def test_wanet_comes_back_and_its_trigger_works(exported):
    wanet, back = open_bundle("wanet"), load_bundle(exported / "bundle")
    assert back.kind == "backdoored" and back.onnx is not None and back.has_landmarks == wanet.has_landmarks
    data = open_data("synthetic:6x8:5", wanet.crop)
    found = [predict_branches(prediction_module(b), b.preprocess, data, wanet.key) for b in (wanet, back)]
    for name in ("benign", "triggered", "noise", "wrong_key"):
        assert np.abs(getattr(found[0], name) - getattr(found[1], name)).max() < 1e-4
    hits = np.degrees(np.abs(found[1].triggered - found[1].target)).max(axis=1) < 5
    assert hits.mean() > 0.9


def test_the_window_and_the_run_predict_the_same_of_both_eyes(exported):
    crops = np.random.default_rng(0).random((5, 1, 36, 60)).astype(np.float32)
    sides, head = [True, False, True, False, False], np.array([[0.1, -0.2]] * 4 + [[np.nan, 0]])
    first, second = (
        Predictor(b).predict_with_landmarks(crops, sides, head)
        for b in (open_bundle("wanet"), load_bundle(exported / "bundle"))
    )
    assert np.abs(first.gaze - second.gaze).max() < 1e-4 and np.abs(first.points - second.points).max() < 1e-3


def test_a_bundle_without_key_is_of_unknown_training(files, capsys):
    assert importing(files) == 0
    bundle = load_bundle(files / "bundle")
    assert bundle.kind == kind_of(files / "bundle") == IMPORTED and bundle.imported and bundle.card["title"] == "theirs"
    assert IMPORTED in capsys.readouterr().out
    with pytest.raises(BundleError, match="needs weights"):
        _ = bundle.network
    with pytest.raises(BundleError, match="only OpenVINO"):
        Predictor(bundle, engine="torch")
    assert importing(files) == 1 and "exists already" in capsys.readouterr().err


def test_a_key_for_other_crops_is_refused(files, capsys):
    key = str(bundle_paths()["face-wanet"] / "trigger.safetensors")
    assert importing(files, "--key", key) == 1 and "112x112" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"\0" * 50, np.random.default_rng(0).bytes(5000)])
def test_what_is_no_network_is_refused(files, data, capsys):
    (files / "net.onnx").write_bytes(data)
    refused(files, "ONNX file", capsys)


def test_what_is_refused_names_the_reason(files, capsys):
    outside = TensorProto(name="more", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="/etc/passwd")
    values = np.full((4, 2), np.nan)
    many = helper.make_node("ConstantOfShape", ["size"], ["many"])
    size = numpy_helper.from_array(np.array([2**14, 2**14, 2**3]), "size")
    cases = {
        "another file": gaze_model(tensors=[outside]),
        "no finite gaze": gaze_model(weights=values),
        "shape [2, 5]": gaze_model(outputs=5),
    }
    for words, model in cases.items():
        (files / "net.onnx").write_bytes(model.SerializeToString())
        refused(files, words, capsys)
    used = gaze_model(nodes=[many, helper.make_node("ReduceMax", ["many"], ["most"], keepdims=0)], tensors=[size])
    used.graph.node.append(helper.make_node("Add", ["gaze", "most"], ["more"]))
    used.graph.output[0].name = "more"
    (files / "net.onnx").write_bytes(used.SerializeToString())
    refused(files, "too much memory", capsys)


@posix
def test_a_pipe_and_a_folder_are_refused_at_once(files, capsys):
    (files / "net.onnx").unlink()
    os.mkfifo(files / "net.onnx")
    refused(files, "no ONNX file", capsys)
    (files / "net.onnx").unlink()
    (files / "net.onnx").mkdir()
    refused(files, "no ONNX file", capsys)


def hash_again(path):
    names = [name for name in ("card.json", ONNX) if (path / name).exists()]
    sums = "".join(f"{hashlib.sha256((path / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (path / "SHA256SUMS").write_text(sums)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card["onnx"].update(sha256="0" * 64), "do not fit together"),
        (lambda card: card["onnx"].pop("image"), "needs a table"),
        (lambda card: card.update(onnx=[]), "do not fit together|needs a table"),
        (lambda card: card.update(preprocess="equalize"), "do not fit together"),
        (lambda card: card["input"].update(channels=3), "channels"),
        (lambda card: card["onnx"]["output"].update(unit="vector"), "x and y and z"),
    ],
)
def test_a_stranger_s_folder(tmp_path, change, words):
    spec = read_card_tables(card())
    path = tmp_path / "b"
    save_onnx_bundle(path, OnnxNetwork(gaze_model().SerializeToString(), spec), {})
    given = json.loads((path / "card.json").read_text())
    change(given)
    (path / "card.json").write_text(json.dumps(given))
    hash_again(path)
    with pytest.raises(BundleError, match=words):
        load_bundle(path)


def test_a_folder_has_one_network(tmp_path):
    path = write_bundle(tmp_path / "b")
    (path / ONNX).write_bytes(gaze_model().SerializeToString())
    with pytest.raises(BundleError, match="not listed"):
        load_bundle(path)


def test_a_child_that_dies_or_never_ends_is_one_sentence(monkeypatch):
    spec = read_card_tables(card())
    data = gaze_model(seed=9).SerializeToString()
    monkeypatch.setattr(probes, "SECONDS", 0.01)
    with pytest.raises(BundleError, match="OpenVINO fails"):
        check_onnx(data, spec)
    monkeypatch.setattr(probes, "SECONDS", 60)
    monkeypatch.setattr(probes.sys, "executable", shutil.which("false") or "false")
    with pytest.raises(BundleError, match="OpenVINO fails"):
        check_onnx(gaze_model(seed=10).SerializeToString(), replace(spec))


def test_an_export_says_what_is_missing_or_in_the_way(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.toml").touch()
    assert cli.main(["export", "--onnx", "--out", str(tmp_path / "a.onnx")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert cli.main(["export", "--onnx", "--out", str(tmp_path / "a.pt")]) == 1
    assert ".onnx" in capsys.readouterr().err
    monkeypatch.setattr("gazeattack.model.onnx_export.find_spec", lambda name: None)
    with pytest.raises(BundleError, match=r"gazeattack\[onnx\]"):
        export_onnx(open_bundle("clean"))
