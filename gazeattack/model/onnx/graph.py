"""An ONNX network in OpenVINO: chosen inputs and outputs, its own preprocessing, and a fixed number of crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazeattack.errors import BundleError
from gazeattack.inference import core, openvino
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.onnx.card import OnnxSpec

MOST_ELEMENTS = 2**28
"""Of all tensors of a network for one crop."""

# models and ports of OpenVINO, which has no types
Model = Any
Port = Any


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """A network that was read from an ONNX file; see read_onnx.

    model: of OpenVINO, with the sizes of the file.  spec: its card.  single: it takes one crop at a time.
    """

    model: Model
    spec: OnnxSpec
    single: bool

    def build(self, count: int) -> Model:
        """The network for `count` crops.

        Returns:
            An openvino.Model.  Inputs: crops float32 [N, C, H, W] in [-1, 1]; with a head pose also float32 [N, 2], in
            the network's order and unit.  Outputs: the gaze as the network gives it [N, 2 or 3], and with landmarks
            these, [N, 12].

        Raises:
            BundleError: the file does not fit the card.
        """
        spec, crop, model = self.spec, self.spec.crop, self.model.clone()
        image = _port(model.inputs, spec.image.name, "input", _wanted_inputs(spec))
        shape = [count, crop.channels, crop.height, crop.width]
        if spec.image.layout == "nhwc":
            shape = [count, crop.height, crop.width, crop.channels]
        sizes = {image: shape}
        inputs = [image]
        if spec.head_pose is not None:
            pose = _other_port(model.inputs, image, spec.head_pose.name)
            sizes[pose] = [count, 2]
            inputs.append(pose)
        gaze = _port(model.outputs, spec.output.name, "output", 2 if spec.output.landmarks else 1)
        outputs = [gaze]
        if spec.output.landmarks:
            outputs.append(_port(model.outputs, spec.output.landmarks, "output", 2))
        for port in inputs:
            if port.get_element_type() != openvino().Type.f32:
                raise BundleError("The network's input is not float32: export it with float32 inputs.")
        try:
            if not image.get_partial_shape().compatible(openvino().PartialShape(shape)):
                raise RuntimeError("the file names another size")
            model.reshape(sizes)
        except RuntimeError:
            raise BundleError(
                f"The network does not take an image of {crop.width}x{crop.height} with {crop.channels} "
                f"channel{'s' * (crop.channels > 1)} as {spec.image.layout.upper()}: correct the card's size, colour "
                "or layout."
            ) from None
        _check_sizes(model, count)
        _check_output(outputs[0], (count, 3 if spec.output.unit == "vector" else 2), "gaze")
        if len(outputs) > 1:
            _check_output(outputs[1], (count, 2 * len(EYE_LANDMARKS)), "landmarks")
        return _finish(model, inputs, outputs, spec, count)


def read_onnx(data: bytes, spec: OnnxSpec) -> OnnxGraph:
    """Read a network from an ONNX file that check_model() accepts.

    Raises:
        BundleError: OpenVINO cannot read it.
    """
    try:
        model = core().read_model(data)
    except RuntimeError:
        raise BundleError(
            "OpenVINO cannot read the ONNX file: export the network again, with standard operators."
        ) from None
    image = _port(model.inputs, spec.image.name, "input", _wanted_inputs(spec))
    first = image.get_partial_shape()
    single = first.rank.is_static and len(first) > 0 and first[0].is_static
    if single and first[0].get_length() != 1:
        raise BundleError("The network takes a fixed number of images: export it for one image or for any number.")
    return OnnxGraph(model, spec, single)


def _wanted_inputs(spec: OnnxSpec) -> int:
    return 1 if spec.head_pose is None else 2


def _port(ports: Sequence[Port], name: str, what: str, most: int) -> Port:
    """The port of this name, or the first of them."""
    names = [sorted(port.get_names()) for port in ports]
    listed = ", ".join(str(each[0])[:40] for each in names[:8] if each) or "none"
    if what == "input" and len(ports) != most:
        raise BundleError(
            f"The network has {len(ports)} inputs ({listed}), but its card names {most}: "
            "only an image and a head pose can be given."
        )
    if not name and len(ports) == most:
        return ports[0]
    for port, each in zip(ports, names, strict=True):
        if name and name in each:
            return port
    raise BundleError(f"The card names no {what} of the network: set its name to one of {listed}.")


def _other_port(ports: Sequence[Port], image: Port, name: str) -> Port:
    rest = [port for port in ports if port != image]
    return _port(rest, name, "head pose", 1)


def _check_sizes(model: Model, count: int) -> None:
    """Check that every size is known before the network runs, and bounded."""
    total = 0
    for node in model.get_ops():
        for port in node.outputs():
            shape = port.get_partial_shape()
            if shape.is_dynamic:
                raise BundleError(
                    "The network has sizes that depend on what it is given: export it for a fixed size of image."
                )
            total += int(np.prod([int(length) for length in port.get_shape()], dtype=object))
    if total > MOST_ELEMENTS * count:
        raise BundleError("The network needs too much memory for a gaze estimator: use a smaller one.")


def _check_output(port: Port, wanted: tuple[int, int], what: str) -> None:
    shape = [int(length) for length in port.get_shape()]
    if (
        port.get_element_type() != openvino().Type.f32
        or not shape
        or shape[0] != wanted[0]
        or np.prod(shape) != (wanted[0] * wanted[1])
    ):
        raise BundleError(
            f"The network's {what} output has the shape {shape[:6]}, not {list(wanted)}: choose its name and unit in "
            "the card's [output]."
        )


def _finish(model: Model, inputs: list[Port], outputs: list[Port], spec: OnnxSpec, count: int) -> Model:
    """The network with its preprocessing in front, and flat outputs."""
    ov = openvino()
    op, crop, image = ov.opset13, spec.crop, spec.image
    crops = op.parameter([count, crop.channels, crop.height, crop.width], ov.Type.f32)
    parameters = [crops]
    x: Any = crops
    if image.colour == "bgr":
        x = op.gather(x, np.array([2, 1, 0]), np.int64(1))
    # from [-1, 1] to the network's range, less its mean, by its standard deviation
    mean, std = (np.array(values)[:, None, None] for values in (image.mean, image.std))
    half = (image.high - image.low) / 2
    scale, shift = half / std, (half + image.low - mean) / std
    x = op.add(op.multiply(x, scale.astype(np.float32)[None]), shift.astype(np.float32)[None])
    if image.layout == "nhwc":
        x = op.transpose(x, np.array([0, 2, 3, 1]))
    inputs[0].replace(x.output(0))
    if len(inputs) > 1:
        pose = op.parameter([count, 2], ov.Type.f32)
        parameters.append(pose)
        inputs[1].replace(pose.output(0))
    flat = [op.reshape(port.get_node().input_value(0), np.array([count, -1]), special_zero=False) for port in outputs]
    return ov.Model(flat, parameters, "gaze")
