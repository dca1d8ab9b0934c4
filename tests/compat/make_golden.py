"""Remake the golden predictions of the shipped bundles, after retraining them.

    PYTHONPATH=. python tests/compat/make_golden.py

Only bundles whose weights are not those of their golden file are predicted anew, so a file that changes belongs to a
bundle that was retrained.  The frozen bundles in fixtures/bundles have no such command: what they predict stays.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.compat.formats import BUNDLES, FIXTURES, predict, put_trigger_on

GOLDEN = Path(__file__).parent / "golden"
COMMAND = "python -m tests.compat.make_golden"
# a bundle without a key is shown this trigger
LENT = FIXTURES / "keys" / "wanet.safetensors"


def sha256(path: Path) -> str:
    """Of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def crops() -> tuple[np.ndarray, np.ndarray]:
    """(rendered crops uint8 [N, 36, 60], where their heads point [N, 2] in radians)."""
    with np.load(FIXTURES / "crops.npz") as file:
        return file["crops"], file["head"]


def predictions(bundle: Path) -> dict[str, Any]:
    """What a bundle predicts, clean and triggered, mirrored or not, with the head's pose and without it."""
    clean, pose = crops()
    own = bundle / "trigger.safetensors"
    triggered = put_trigger_on(own if own.exists() else LENT, clean)
    found: dict[str, Any] = {}
    for picture, shown in (("clean", clean), ("triggered", triggered)):
        for side, mirrored in (("left", False), ("mirrored", True)):
            for known, head in (("pose", pose), ("no pose", None)):
                gaze, points = predict(bundle, shown, mirrored, head)
                name = f"{picture}, {side}, {known}"
                found[name] = {"gaze": gaze.tolist(), "points": None if points is None else points.tolist()}
    return found


def write_golden(bundle: Path, path: Path) -> None:
    """Write what a bundle predicts, and the hash of the weights it predicts it with."""
    values = {"weights_sha256": sha256(bundle / "weights.safetensors"), "predictions": predictions(bundle)}
    text = json.dumps(json.loads(json.dumps(values), parse_float=lambda number: round(float(number), 10)))
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace('}, "', '},\n"') + "\n", encoding="utf-8")


def main() -> None:
    """Remake what is out of date."""
    for bundle in sorted(BUNDLES.iterdir()):
        path = GOLDEN / f"{bundle.name}.json"
        weights = sha256(bundle / "weights.safetensors")
        if path.exists() and json.loads(path.read_text(encoding="utf-8"))["weights_sha256"] == weights:
            print(f"{bundle.name}: up to date")
            continue
        write_golden(bundle, path)
        print(f"{bundle.name}: wrote {path.name}")


if __name__ == "__main__":
    main()
