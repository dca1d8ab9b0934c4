"""ONNX files that are refused from their bytes alone, before OpenVINO reads them."""

import random
import time

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from gazeattack.errors import BundleError
from gazeattack.model.onnx.check import check_model
from tests.fuzz.mutate import damage_bytes
from tests.helpers.onnx_files import FLOAT, gaze_model


def refused(model, words):
    with pytest.raises(BundleError, match=words) as error:
        check_model(model if isinstance(model, bytes) else model.SerializeToString())
    assert "\n" not in str(error.value)


def test_a_plain_network_passes():
    check_model(gaze_model(pose=True).SerializeToString())


def test_data_outside_the_file_is_refused_wherever_it_is_named():
    outside = TensorProto(name="more", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value="/etc/passwd")
    refused(gaze_model(tensors=[outside]), "another file")
    refused(gaze_model(nodes=[helper.make_node("Constant", [], ["c"], value=outside)]), "another file")
    # without the flag, the entry alone
    outside.ClearField("data_location")
    refused(gaze_model(tensors=[outside]), "another file")


def test_weights_that_the_file_cannot_hold_are_refused():
    huge = TensorProto(name="huge", data_type=FLOAT, dims=[2**20, 2**20])
    refused(gaze_model(tensors=[huge]), "larger than the file")
    refused(gaze_model(tensors=[TensorProto(name="h", data_type=FLOAT, dims=[-1])]), "larger than the file")


def test_a_million_lengths_are_not_multiplied():
    """Each product of 64-bit lengths is longer than the one before it: 60,000 of them took a quarter of a minute."""
    start = time.process_time()
    refused(gaze_model(tensors=[TensorProto(name="h", data_type=FLOAT, dims=[2**62] * 60_000)]), "larger than the file")
    assert time.process_time() - start < 5


def test_other_operators_and_code_are_refused():
    refused(gaze_model(nodes=[helper.make_node("Run", ["gaze"], ["o"], domain="org.example")]), "not part of ONNX")
    body = gaze_model().graph
    refused(gaze_model(nodes=[helper.make_node("Loop", ["a", "b"], ["o"], body=body)]), "loops or branches")
    sparse = gaze_model()
    values = numpy_helper.from_array(np.ones(1, np.float32), "v")
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "i")
    sparse.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))
    refused(sparse, "sparse")
    trained = gaze_model()
    trained.training_info.add()
    refused(trained, "training steps")
    function = gaze_model()
    function.functions.add(name="f")
    refused(function, "functions")


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\xff" * 40])
def test_what_is_no_onnx_file(data):
    refused(data, "no readable ONNX file")


def test_truncated_files_and_two_graphs_are_refused():
    whole = gaze_model().SerializeToString()
    for length in (1, 10, len(whole) // 2, len(whole) - 1):
        refused(whole[:length], "no readable ONNX file")
    refused(whole + whole, "no readable ONNX file")


def test_damaged_files_are_passed_or_refused_at_once():
    whole, start = gaze_model(seed=3).SerializeToString(), time.monotonic()
    counts = {True: 0, False: 0}
    for seed in range(500):
        try:
            check_model(damage_bytes(whole, random.Random(seed)))
            counts[True] += 1
        except BundleError as error:
            assert "\n" not in str(error)
            counts[False] += 1
    assert all(counts.values()) and time.monotonic() - start < 20
