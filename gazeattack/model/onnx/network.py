"""An ONNX network of a bundle: its file and how it is used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazeattack.model.crop import CropSpec
from gazeattack.model.onnx.card import OnnxSpec, read_tables
from gazeattack.model.onnx.check import check_model
from gazeattack.model.onnx.probe import probe


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """A network in an ONNX file.  data: the file.  spec: how it is used."""

    data: bytes
    spec: OnnxSpec

    def as_table(self) -> dict[str, Any]:
        """The section "onnx" of a bundle's card; load_onnx() reads it."""
        return {"sha256": hashlib.sha256(self.data).hexdigest(), **self.spec.as_tables()}


def check_onnx(data: bytes, spec: OnnxSpec) -> OnnxNetwork:
    """A network from an ONNX file that anybody may have made, after its checks and a first run in a child.

    Raises:
        BundleError: it is refused, see check_model() and probe().
    """
    check_model(data)
    probe(data, spec)
    return OnnxNetwork(data, spec)


def load_onnx(path: Path, section: Mapping[str, Any], crop: CropSpec, preprocess: str) -> OnnxNetwork:
    """Read and check the ONNX file of a bundle.

    Args:
        path: the file, of a possible size.
        section: of the card, see OnnxNetwork.as_table().
        crop, preprocess: as the card names them elsewhere.

    Raises:
        BundleError: the file or the section is refused.
        KeyError, TypeError, ValueError: the card is about another file.
    """
    spec, data = read_tables(crop, section), path.read_bytes()
    if hashlib.sha256(data).hexdigest() != section["sha256"] or spec.preprocess != preprocess:
        raise ValueError("the card names another file")
    return check_onnx(data, spec)
