"""Checks of an ONNX file from its bytes, before any library reads it.

ONNX is a Protocol Buffers message (onnx.proto3 of the ONNX project has the field numbers).  Refused is what a gaze
network does not need and what reads files, runs for ever or calls other code: data outside the file, operators of
other domains, graphs within nodes, functions and training steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from gazeattack.errors import BundleError

MOST_NODES = 20_000
OWN_DOMAINS = (b"", b"ai.onnx")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# field numbers of the messages
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTION = 7, 20, 25
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_TENSOR_DIMS, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 13, 14

Field = tuple[int, int, "int | memoryview"]


def check_model(data: bytes) -> None:
    """Check an ONNX file.

    Args:
        data: the whole file.

    Raises:
        BundleError: it is damaged, or holds something that is refused.
    """
    try:
        _check_model(memoryview(data))
    except (ValueError, IndexError):
        raise BundleError("The network is no readable ONNX file: export it again.") from None


def _check_model(model: memoryview) -> None:
    graphs = nodes = 0
    for number, kind, value in _fields(model):
        if number in (_MODEL_FUNCTION, _MODEL_TRAINING):
            raise BundleError("The ONNX file holds functions or training steps: export the network without them.")
        if number == _MODEL_GRAPH:
            graphs += 1
            nodes += _check_graph(_message(kind, value), len(model))
    if graphs != 1 or not 0 < nodes <= MOST_NODES:
        raise ValueError("no graph, several, or an impossible number of nodes")


def _check_graph(graph: memoryview, size: int) -> int:
    """Returns the number of nodes."""
    nodes = 0
    for number, kind, value in _fields(graph):
        if number == _GRAPH_SPARSE:
            raise BundleError("The ONNX file holds sparse weights: export the network with dense ones.")
        if number == _GRAPH_TENSOR:
            _check_tensor(_message(kind, value), size)
        elif number == _GRAPH_NODE:
            nodes += 1
            _check_node(_message(kind, value), size)
    return nodes


def _check_node(node: memoryview, size: int) -> None:
    for number, kind, value in _fields(node):
        if number == _NODE_DOMAIN and bytes(_message(kind, value)) not in OWN_DOMAINS:
            raise BundleError(
                "The ONNX file uses operators that are not part of ONNX: export the network with standard operators."
            )
        if number != _NODE_ATTRIBUTE:
            continue
        for place, form, part in _fields(_message(kind, value)):
            if place in _ATTRIBUTE_GRAPHS:
                raise BundleError(
                    "The ONNX file has loops or branches: export the network without them, for example by tracing it."
                )
            if place in _ATTRIBUTE_SPARSE:
                raise BundleError("The ONNX file holds sparse weights: export the network with dense ones.")
            if place in _ATTRIBUTE_TENSORS:
                _check_tensor(_message(form, part), size)


def _check_tensor(tensor: memoryview, size: int) -> None:
    elements = 1
    for number, _, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0):
            raise BundleError(
                "The ONNX file keeps weights in another file, which is not read: export the network into one file."
            )
        if number == _TENSOR_DIMS:
            for length in [value] if isinstance(value, int) else _varints(value):
                elements *= length
                # at once: a product of all lengths takes minutes.  Two numbers of four bits fit into a byte
                if elements > 2 * size:
                    raise BundleError(
                        "The ONNX file names weights that are larger than the file: export the network again."
                    )


def _fields(message: memoryview) -> Iterator[Field]:
    """The fields (number, wire type, value) of a message.  Raises ValueError or IndexError for a damaged one."""
    place, end = 0, len(message)
    while place < end:
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, kind, value
            continue
        length = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if length is None:
            if kind != _BYTES:
                raise ValueError("an unknown wire type")
            length, place = _varint(message, place)
        if number == 0 or place + length > end:
            raise ValueError("a field ends behind its message")
        yield number, kind, message[place : place + length]
        place += length


def _message(kind: int, value: int | memoryview) -> memoryview:
    if kind != _BYTES or isinstance(value, int):
        raise ValueError("a field of another type")
    return value


def _varints(packed: memoryview) -> Iterator[int]:
    place = 0
    while place < len(packed):
        value, place = _varint(packed, place)
        yield value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number and the place behind it."""
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
