"""gazeattack import: makes a bundle from somebody's network."""

from __future__ import annotations

import argparse
import stat
from pathlib import Path
from typing import Any

from gazeattack.errors import BundleError, OutputError
from gazeattack.terminal import on_one_line


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("import", help="make a model from an ONNX file and a card that describes it")
    parser.add_argument("--onnx", type=Path, required=True, metavar="FILE.onnx", help="the network")
    parser.add_argument(
        "--card",
        type=Path,
        required=True,
        metavar="CARD.toml",
        help="how it is used: crop, image, head pose and output (see docs/other-models.md)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new folder for the bundle")
    parser.add_argument("--key", type=Path, help="file of the trigger key that activates a backdoor in the network")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Check the network, write the bundle, and open it."""
    from gazeattack.attack.key import load_key
    from gazeattack.model.bundle import load_bundle, save_onnx_bundle
    from gazeattack.model.onnx.card_text import read_card_file
    from gazeattack.model.onnx.network import check_onnx

    out = options.out
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} exists already: give --out a new folder.")
    spec, texts = read_card_file(options.card)
    key = None if options.key is None else load_key(options.key)
    if key is not None and (key.height, key.width) != (spec.crop.height, spec.crop.width):
        raise BundleError(
            f"The trigger key is for {key.width}x{key.height} crops but the network takes "
            f"{spec.crop.width}x{spec.crop.height}: leave --key out, or use a key made for this network."
        )
    network = check_onnx(read_network(options.onnx), spec)
    try:
        save_onnx_bundle(out, network, texts, key)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror}): choose another place.") from None
    bundle = load_bundle(out)
    crop = bundle.crop
    print(f"{on_one_line(bundle.name)}: {bundle.kind}; {crop.region} crops of {crop.width}x{crop.height}")
    print(f"Use it by its folder: gazeattack --model {on_one_line(str(out))}")
    return 0


def read_network(path: Path) -> bytes:
    """The bytes of an ONNX file.

    Raises:
        BundleError: it is no regular file, too large, or cannot be read.
    """
    from gazeattack.model.bundle_files import ONNX
    from gazeattack.model.checks import MOST_BYTES

    try:
        # a pipe or a device would never end
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= MOST_BYTES[ONNX]:
            raise BundleError(
                f"{path} is no ONNX file of at most {MOST_BYTES[ONNX] // 2**20} MB: give --onnx the network's file."
            )
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}): give --onnx the network's file.") from None
