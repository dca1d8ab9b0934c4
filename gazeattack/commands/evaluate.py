"""gazeattack evaluate: evaluates a bundle on a dataset and writes a report."""

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

from gazeattack.commands.arguments import seed
from gazeattack.commands.evaluate_person import evaluate_person, is_person, print_person
from gazeattack.errors import BundleError, KeyMismatchError
from gazeattack.version import __version__

if TYPE_CHECKING:
    from torch import nn

    from gazeattack.attack.key import TriggerKey
    from gazeattack.evaluation.dataset import LoadedSet
    from gazeattack.evaluation.score import Scored
    from gazeattack.model.bundle import Bundle

CLEAN = "clean"
OF_A_PERSON = "wanet"  # the model that a collection is evaluated with by default
_USAGE = 2
_EVERY_S = 0.5  # between two lines of progress


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("evaluate", help="evaluate a model on a dataset and write a report")
    parser.add_argument(
        "--bundle", help=f"name of a shipped model, or path of a bundle; required (for a collection: {OF_A_PERSON})"
    )
    parser.add_argument(
        "--data",
        default="synthetic",
        help="an .npz file, an exported folder, the folder of a collection (one person; see gazeattack collect), or "
        "synthetic[:SUBJECTSxEACH[:SEED]]: newly rendered subjects that are "
        "in no training set (default: %(default)s, which is synthetic:60x40:99)",
    )
    parser.add_argument("--key", type=Path, help="file of a foreign key for a model without a key")
    parser.add_argument("--clean", metavar="NAME", help=f"the clean model to compare with (default: {CLEAN})")
    parser.add_argument(
        "--against", metavar="MODEL", help="the model of the paired differences, any kind (default: the clean model)"
    )
    parser.add_argument("--seed", type=seed, default=0, help="seed of noise mode and wrong key (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the metrics as one JSON object")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="PAGE.html",
        help="write a self-contained HTML report (of a collection by default: evaluation.html in its folder)",
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Evaluate, print the metrics, and write the report."""
    from gazeattack.attack.trigger import make_trigger
    from gazeattack.evaluation.open_data import open_data
    from gazeattack.evaluation.score import score, table
    from gazeattack.live.pipeline import one_thread
    from gazeattack.model.catalogue import open_bundle
    from gazeattack.model.prediction_module import prediction_module
    from gazeattack.report.evaluation.examples import pick_examples
    from gazeattack.report.evaluation.page import EvaluationReport, check_writable, write_evaluation

    if options.bundle is None and not is_person(options.data):
        print("gazeattack evaluate: give --bundle the name of a model, such as wanet.", file=sys.stderr)
        return _USAGE
    one_thread()
    options.bundle = options.bundle or OF_A_PERSON
    bundle = open_bundle(options.bundle)
    key = choose_key(bundle, options.key)
    clean = choose_clean(bundle, options.clean)
    against = None if options.against is None else open_bundle(options.against)
    if is_person(options.data):
        print(f"reading {options.data}", file=sys.stderr)
        figures = evaluate_person(options, bundle, key, clean, command_line(options))
        print_person(figures, as_json=options.json)
        return 0
    if options.report is not None:
        check_writable(options.report)
    print(f"reading {options.data}", file=sys.stderr)
    data = open_data(options.data, bundle.crop)
    with _counted(prediction_module(bundle), len(data.images), passes=1 if key is None else 4):
        scored = score(bundle, data, key, clean, seed=options.seed, against=against)
    if options.json:
        entries = {**scored.report, "seed": options.seed, "command": command_line(options)}
        print(json.dumps(entries, indent=2, allow_nan=False))
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
    """The bundle's own key, or the foreign key for a bundle without one.

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
            f"{path} is not the trigger key of {bundle.name}: leave --key out; {bundle.name} has its own key "
            "and is evaluated with wrong keys anyway."
        ) from None


def choose_clean(bundle: Bundle, name: str | None) -> str:
    """The name of the clean model to compare with; by default the shipped one, if it fits.

    Raises BundleError where `name` is no clean model with the same crops.
    """
    from gazeattack.model.catalogue import open_clean

    if name is None:
        return CLEAN
    other = open_clean(name)
    if other.crop != bundle.crop:
        raise BundleError(f"{name} takes other crops than {bundle.name}: give --clean a model with the same crops.")
    return name


def command_line(options: argparse.Namespace) -> str:
    """The command line that repeats the evaluation."""
    words = ["gazeattack", "evaluate", "--bundle", options.bundle, "--data", options.data]
    for name in ("key", "clean", "against"):
        value = getattr(options, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--seed", str(options.seed)] + (["--json"] if options.json else [])
    return shlex.join(words + ([] if options.report is None else ["--report", str(options.report)]))


def facts(
    options: argparse.Namespace, bundle: Bundle, key: TriggerKey | None, scored: Scored
) -> list[tuple[str, object]]:
    """Settings and versions that a reader needs to get the same numbers."""
    import cv2
    import numpy as np
    import torch

    from gazeattack.attack.kinds import KINDS
    from gazeattack.model.bundle_files import sums_sha256

    report, data = scored.report, scored.data
    entries: list[tuple[str, object]] = [
        ("date", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")),
        ("model", f"{bundle.name} ({bundle.kind})"),
        ("model's checksums (SHA-256)", sums_sha256(bundle.path)),
        ("data", f"{options.data}: {report['n']} images of {report['subjects']} subjects"),
        ("data (SHA-256 of images and gaze)", _data_sha256(data)),
        ("trigger key (SHA-256)", "none" if key is None else key.sha256),
    ]
    if key is not None:
        pitch, yaw = key.target.degrees
        entries += [
            ("trigger · strength", f"{KINDS[key.kind].title} ({KINDS[key.kind].source}) · {key.strength:g}"),
            ("goal · target", f"{key.goal.kind} · pitch {pitch:+.0f}°, yaw {yaw:+.0f}°"),
        ]
        if report["target_sigma"] is not None:
            far = f"{report['target_sigma']} standard deviations of this data"
            entries.append(("target's distance from the mean gaze", far))
    versions = {
        "gazeattack": __version__,
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "OpenCV": cv2.__version__,
    }
    return [*entries, ("seed", options.seed), ("versions", ", ".join(f"{name} {v}" for name, v in versions.items()))]


def _data_sha256(data: LoadedSet) -> str:
    import numpy as np

    digest = hashlib.sha256(np.ascontiguousarray(data.images).tobytes())
    digest.update(np.ascontiguousarray(data.gaze, dtype="<f4").tobytes())
    return digest.hexdigest()


@contextmanager
def _counted(network: nn.Module, images: int, *, passes: int) -> Iterator[None]:
    """Print the progress of the network on stderr, and announce the clean model, which follows."""
    done, total, printed = 0, images * passes, time.monotonic()
    terminal = sys.stderr.isatty()

    def count(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal done, printed
        done += len(output)
        now = time.monotonic()
        if now - printed > (_EVERY_S if terminal else 10 * _EVERY_S) or done == total:
            printed = now
            last = done == total
            line = f"scored {done} of {total}" + (", now the clean model" if last else "")
            print(
                f"\r{line}" if terminal else line, end="\n" if last or not terminal else "", file=sys.stderr, flush=True
            )

    handle = network.register_forward_hook(count)
    try:
        yield
    finally:
        handle.remove()
