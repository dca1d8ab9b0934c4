"""The first run of an ONNX network, in a process of its own with limits of memory and time.

OpenVINO reads and compiles in C++: what a damaged file does there must end a child, not the window.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np

from gazeattack.errors import BundleError
from gazeattack.model.crop import CropSpec
from gazeattack.model.onnx.card import OnnxSpec, read_tables
from gazeattack.model.onnx.engine import OnnxEngine

SECONDS = 120
MEMORY = 8 * 2**30
CRASHED = "OpenVINO fails on the ONNX network, or takes too long or too much memory: export the network again."
NOT_FINITE = "The ONNX network gives no finite gaze for a crop: its weights are damaged."
_CROPS = 2
# by the digest of card and file: a network that is opened again is not run again, and not kept either
_problems: dict[str, str] = {}


def probe(data: bytes, spec: OnnxSpec) -> None:
    """Read, compile and run an ONNX network in a child.

    Args:
        data: the file, which check_model() accepts.
        spec: its card.

    Raises:
        BundleError: it does not fit the card, gives no finite gaze, or the child ended early.
    """
    card = json.dumps({"crop": asdict(spec.crop), **spec.as_tables()}).encode() + b"\n"
    digest = hashlib.sha256(card + data).hexdigest()
    if digest not in _problems:
        _problems[digest] = _probe(card + data)
    if _problems[digest]:
        raise BundleError(_problems[digest])


def _probe(card_and_data: bytes) -> str:
    """The problem; empty without one."""
    command = [sys.executable, "-m", "gazeattack.model.onnx.probe"]
    try:
        done = subprocess.run(command, input=card_and_data, capture_output=True, timeout=SECONDS)
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return CRASHED
    return CRASHED if done.returncode else str(found["problem"])


def main() -> int:
    """The child: the card's line and the file on stdin, one JSON object on stdout."""
    _limit()
    line, _, data = sys.stdin.buffer.read().partition(b"\n")
    tables = json.loads(line)
    spec = read_tables(CropSpec(**tables["crop"]), tables)
    try:
        problem = _run(data, spec)
    except BundleError as error:
        problem = str(error)
    except UnicodeDecodeError:
        problem = "The ONNX file has names that are no text: export the network again."
    print(json.dumps({"problem": problem}))
    return 0


def _run(data: bytes, spec: OnnxSpec) -> str:
    crop, engine = spec.crop, OnnxEngine(data, spec)
    shape = (_CROPS, crop.channels, crop.height, crop.width)
    inputs = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    outputs = [part for part in engine.run(inputs, np.zeros((_CROPS, 2))) if part is not None]
    return "" if all(np.isfinite(part).all() for part in outputs) else NOT_FINITE


def _limit() -> None:
    """Bound the memory and the processor time, where the system can."""
    if sys.platform.startswith("linux"):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
