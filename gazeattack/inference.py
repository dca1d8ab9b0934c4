"""Networks run by OpenVINO on the CPU: one thread, float32, and no telemetry."""

from __future__ import annotations

import sys
from copy import copy
from types import ModuleType
from typing import Any

import numpy as np

# The package's conversion tools report every import over the network.  Nothing here uses them.
TOOLS = "openvino.tools.ovc"

CONFIG: dict[str, Any] = {
    # processors with AMX or AVX-512 BF16 would compute in bfloat16, which moves a gaze by up to 3 degrees
    "INFERENCE_PRECISION_HINT": "f32",
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    "ENABLE_CPU_PINNING": False,
}

_core: Any = None


def openvino() -> ModuleType:
    """Import OpenVINO without its conversion tools, and so without its telemetry."""
    if TOOLS not in sys.modules:
        # None makes their import fail, which the package allows for
        sys.modules[TOOLS] = None  # type: ignore[assignment]
    import openvino as package

    module: ModuleType = package
    return module


def core() -> Any:
    """The process's one openvino.Core."""
    global _core
    if _core is None:
        _core = openvino().Core()
    return _core


class Network:
    """A compiled network.  One thread at a time runs it.

    Args:
        model: an openvino.Model with one or more inputs.
    """

    def __init__(self, model: Any) -> None:
        self._compiled = core().compile_model(model, "CPU", CONFIG)
        self._request = self._compiled.create_infer_request()

    def another(self) -> Network:
        """The same compiled network, for another thread."""
        network = copy(self)
        network._request = self._compiled.create_infer_request()
        return network

    def __call__(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """Run the network on contiguous arrays, which it does not keep; the outputs are copies."""
        tensor = openvino().Tensor
        # OpenVINO shares no read-only array: only such a one is copied, and kept until the network has run
        shared = [np.require(values, requirements="W") for values in inputs]
        # the package's own dispatch of inputs and outputs takes as long as a tenth of a small network
        for number, values in enumerate(shared):
            self._request.set_input_tensor(number, tensor(values, shared_memory=True))
        self._request.infer(None)
        return tuple(output.data.copy() for output in self._request.output_tensors)
