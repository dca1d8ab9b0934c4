"""An imported ONNX network is inspected as far as predictions go; the rest says plainly that it cannot."""

import numpy as np
import pytest

from gazeattack.errors import BundleError
from gazeattack.evaluation.open_data import open_data
from gazeattack.model.bundle import load_bundle, save_onnx_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.onnx.card import read_card_tables
from gazeattack.model.onnx.network import OnnxNetwork
from tests.helpers.onnx_files import card, gaze_model
from training import defend
from training.inspection.inspection import inspect


@pytest.fixture
def bundle(tmp_path):
    network = OnnxNetwork(gaze_model().SerializeToString(), read_card_tables(card()))
    save_onnx_bundle(tmp_path / "theirs", network, {}, open_bundle("wanet").key)
    return load_bundle(tmp_path / "theirs")


def test_predictions_are_inspected_and_weights_are_not(bundle):
    data = open_data("synthetic:6x4:3", bundle.crop)
    found = inspect(bundle, data, steps=1)
    assert found.model == () and "need weights" in found.untested and "need weights" in found.as_text()
    assert [each.test for each in found.inputs] == ["shift check", "STRIP (made for patches)"]
    assert all(np.isfinite([each.threshold, each.auc]).all() for each in found.inputs)
    assert "benign_deg" in found.with_key and "angle_pitch_ratio" not in found.with_key


def test_a_defence_needs_weights(bundle, tmp_path, capsys):
    words = ["--bundle", str(bundle.path), "--quick", "--methods", "int8"]
    assert defend.main([*words, "--out", str(tmp_path / "o"), "--cache", str(tmp_path / "c")]) == 1
    said = capsys.readouterr().err
    assert "needs weights" in said and "Traceback" not in said
    with pytest.raises(BundleError):
        _ = bundle.network
