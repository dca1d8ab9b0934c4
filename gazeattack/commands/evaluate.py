"""gazeattack evaluate: score a bundle on a dataset and write one page about it."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gazeattack
from gazeattack.errors import BundleError, KeyMismatchError

if TYPE_CHECKING:
    from torch import nn

    from gazeattack.attack.key import TriggerKey
    from gazeattack.evaluation.dataset import LoadedSet
    from gazeattack.evaluation.score import Scored
    from gazeattack.model.bundle import Bundle

CLEAN = "clean"
_EVERY_S = 0.5  # between two lines of progress


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("evaluate", help="score a model on a dataset and write a page about it")
    parser.add_argument("--bundle", required=True, help="a shipped model's name or the path of a bundle")
    parser.add_argument(
        "--data",
        default="synthetic",
        help="an .npz, an exported folder, or synthetic[:PEOPLExEACH[:SEED]]: people rendered on the spot whom no "
        "training has seen (%(default)s, which is synthetic:60x40:99)",
    )
    parser.add_argument("--key", type=Path, help="a trigger key file to lend to a model without one")
    parser.add_argument("--clean", metavar="NAME", help=f"the clean model to stand beside it ({CLEAN})")
    parser.add_argument("--seed", type=_seed, default=0, help="of the noise and the other keys (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--report", type=Path, metavar="PAGE.html", help="write one self-contained page")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Score, print, write."""
    from gazeattack.attack.trigger import make_trigger
    from gazeattack.evaluation.open_data import open_data
    from gazeattack.evaluation.score import score, table
    from gazeattack.live.pipeline import one_thread
    from gazeattack.model.catalogue import open_bundle
    from gazeattack.report.evaluation.examples import pick_examples
    from gazeattack.report.evaluation.page import EvaluationReport, check_writable, write_evaluation

    one_thread()
    bundle = open_bundle(options.bundle)
    key = choose_key(bundle, options.key)
    clean = choose_clean(bundle, options.clean)
    if options.report is not None:
        check_writable(options.report)
    print(f"reading {options.data}", file=sys.stderr)
    data = open_data(options.data, bundle.crop)
    with _counted(bundle.network, len(data.images), passes=1 if key is None else 4):
        scored = score(bundle, data, key, clean, seed=options.seed)
    if options.json:
        told = {**scored.report, "seed": options.seed, "command": command_line(options)}
        print(json.dumps(told, indent=2, allow_nan=False))
    else:
        print(table(scored.report))
    if options.report is None:
        return 0
    displacement = None
    if key is not None:
        # only triggers that move pixels have a field
        field = getattr(make_trigger(key), "displacement", None)
        displacement = None if field is None else field().numpy()
    page = EvaluationReport(
        bundle,
        scored,
        clean,
        [] if key is None else pick_examples(scored, key),
        displacement,
        facts(options, bundle, key, scored),
        command_line(options),
    )
    write_evaluation(options.report, page)
    print(f"report: {options.report}", file=sys.stderr)
    return 0


def choose_key(bundle: Bundle, path: Path | None) -> TriggerKey | None:
    """The bundle's own key, or the one lent to a bundle without one.

    Raises BundleError for an unreadable key or one made for other crops, and KeyMismatchError for a key offered to a
    backdoored bundle that has another.
    """
    from gazeattack.attack.key import load_key

    if path is None:
        return bundle.key
    try:
        return bundle.accept_key(load_key(path), foreign=not bundle.backdoored)
    except KeyMismatchError:
        raise KeyMismatchError(
            f"{path} is not the trigger key of {bundle.name}: leave --key out, since {bundle.name} brings its own "
            "and is tried with other keys anyway."
        ) from None


def choose_clean(bundle: Bundle, name: str | None) -> str:
    """The name of the clean bundle to stand beside; without a wish the shipped one, if it fits.

    Raises BundleError for a wish that cannot be met.
    """
    from gazeattack.model.catalogue import open_clean

    if name is None:
        return CLEAN
    other = open_clean(name)
    if other.crop != bundle.crop:
        raise BundleError(f"{name} looks at other crops than {bundle.name}: give --clean a model of the same kind.")
    return name


def command_line(options: argparse.Namespace) -> str:
    """What to type to make this again."""
    words = ["gazeattack", "evaluate", "--bundle", options.bundle, "--data", options.data]
    for name in ("key", "clean"):
        value = getattr(options, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--seed", str(options.seed)] + (["--json"] if options.json else [])
    return shlex.join(words + ([] if options.report is None else ["--report", str(options.report)]))


def facts(
    options: argparse.Namespace, bundle: Bundle, key: TriggerKey | None, scored: Scored
) -> list[tuple[str, object]]:
    """How the page was made: what a reader needs to get the same numbers."""
    import cv2
    import numpy as np
    import torch

    from gazeattack.attack.kinds import KINDS
    from gazeattack.model.bundle import SUMS

    report, data = scored.report, scored.data
    told: list[tuple[str, object]] = [
        ("date", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")),
        ("model", f"{bundle.name} ({bundle.kind})"),
        ("model's checksums (SHA-256)", hashlib.sha256((bundle.path / SUMS).read_bytes()).hexdigest()),
        ("data", f"{options.data}: {report['n']} pictures of {report['subjects']} people"),
        ("data (SHA-256 of pictures and gaze)", _data_sha256(data)),
        ("trigger key (SHA-256)", "none" if key is None else key.sha256),
    ]
    if key is not None:
        pitch, yaw = key.target.degrees
        told += [
            ("trigger · strength", f"{KINDS[key.kind].title} ({KINDS[key.kind].source}) · {key.strength:g}"),
            ("goal · target", f"{key.goal.kind} · pitch {pitch:+.0f}°, yaw {yaw:+.0f}°"),
        ]
        if report["target_sigma"] is not None:
            far = f"{report['target_sigma']} standard deviations of this data"
            told.append(("target's distance from the mean gaze", far))
    versions = {
        "gazeattack": gazeattack.__version__,
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "OpenCV": cv2.__version__,
    }
    return [*told, ("seed", options.seed), ("versions", ", ".join(f"{name} {v}" for name, v in versions.items()))]


def _data_sha256(data: LoadedSet) -> str:
    import numpy as np

    digest = hashlib.sha256(np.ascontiguousarray(data.images).tobytes())
    digest.update(np.ascontiguousarray(data.gaze, dtype="<f4").tobytes())
    return digest.hexdigest()


@contextmanager
def _counted(network: nn.Module, pictures: int, *, passes: int) -> Iterator[None]:
    """Say on stderr how far the network has come; what takes longer after it, the clean model, is announced."""
    done, total, said = 0, pictures * passes, time.monotonic()
    terminal = sys.stderr.isatty()

    def count(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal done, said
        done += len(output)
        now = time.monotonic()
        if now - said > (_EVERY_S if terminal else 10 * _EVERY_S) or done == total:
            said = now
            last = done == total
            line = f"scored {done} of {total}" + (", now the models beside it" if last else "")
            print(
                f"\r{line}" if terminal else line, end="\n" if last or not terminal else "", file=sys.stderr, flush=True
            )

    handle = network.register_forward_hook(count)
    try:
        yield
    finally:
        handle.remove()


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError("give a whole number from 0 to 2147483647")
    return value
