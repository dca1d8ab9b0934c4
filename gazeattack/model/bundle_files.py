"""The files of a bundle's folder: their names, and whether they are as their maker hashed them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gazeattack.errors import BundleError
from gazeattack.model.checks import check_file
from gazeattack.model.shipped import SHIPPED
from gazeattack.terminal import on_one_line

CARD, WEIGHTS, KEY, SUMS = "card.json", "weights.safetensors", "trigger.safetensors", "SHA256SUMS"
ONNX = "network.onnx"
SHIPPED_HERE, UNCHANGED = "shipped with this version", "unchanged since its maker hashed it"


def verify_bundle(path: Path) -> None:
    """Check every file of a bundle against SHA256SUMS.  Raises BundleError naming the first that is wrong."""
    try:
        check_file(path / SUMS)
        lines = (path / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BundleError(
            f"{path} is not a model bundle (no readable {SUMS} in it): choose a bundle's folder."
        ) from None
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines if line)}
    present = {name for name in (CARD, WEIGHTS, ONNX, KEY) if (path / name).exists()}
    network = ONNX if ONNX in listed and WEIGHTS not in listed else WEIGHTS
    for name in sorted({CARD, network} | set(listed) | present):
        if name not in listed or name not in present:
            raise BundleError(f"{path.name}: {on_one_line(name)} is missing or not listed: restore the bundle.")
        try:
            check_file(path / name)
            found = file_sha256(path / name)
        except OSError as error:
            raise BundleError(
                f"{path.name}: {name} cannot be read ({error.strerror or error}): restore the bundle."
            ) from None
        if found != listed[name]:
            raise BundleError(
                f"{path.name}: {name} does not match its SHA-256, so it was damaged or changed: restore the bundle."
            )


def origin_of(path: Path) -> str:
    """SHIPPED_HERE or UNCHANGED, for a bundle's folder that verify_bundle() accepts."""
    return SHIPPED_HERE if sums_sha256(path) in SHIPPED.values() else UNCHANGED


def sums_sha256(path: Path) -> str:
    """The SHA-256 of a bundle's SHA256SUMS: one digest of all its files.  path: the folder.

    Raises:
        OSError: there is no such file.
    """
    return file_sha256(path / SUMS)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex.  Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
