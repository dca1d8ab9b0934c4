"""gazeattack collect: stores eye crops of one person with the points of a screen that the person looked at."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.errors import SourceError
from gazeattack.interrupt import STOPPING, Interrupt

if TYPE_CHECKING:
    from gazeattack.collection.collection import Collection, CollectionCard
    from gazeattack.live.pipeline import Pipeline
    from gazeattack.screen.geometry import ScreenGeometry

USUAL_SCREEN, USUAL_DIAGONAL = (1920, 1080), 14.0
_EVERY = 30  # frames between two lines of progress


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "collect", help="store eye crops of one person with the points of a screen that the person looked at"
    )
    parser.add_argument(
        "--source",
        required=True,
        help="a video, a recording, a folder of pictures, or synthetic: a rendered subject, which looks at dots where "
        "no targets are given",
    )
    parser.add_argument(
        "--targets",
        type=Path,
        metavar="FILE.csv",
        help="columns frame (from 0) or seconds, x, y; for pictures file, x, y (default: x and y in the pictures' "
        "names)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new folder for the collection")
    parser.add_argument(
        "--unit", choices=("px", "mm", "share"), default="px", help="of x and y (share: 0 to 1; default: %(default)s)"
    )
    parser.add_argument(
        "--screen", type=_size, metavar="WxH", help="resolution of the screen, pixels (default: 1920x1080, assumed)"
    )
    parser.add_argument(
        "--diagonal", type=_inches, metavar="INCHES", help="diagonal of the screen (default: 14 inches, assumed)"
    )
    parser.add_argument(
        "--model",
        default="clean",
        help="model whose predictions the lag is fitted with: a shipped name or a path (default: %(default)s)",
    )
    parser.add_argument(
        "--landmarker", type=Path, help="the face landmarker's model file (default: found or downloaded)"
    )
    parser.add_argument("--json", action="store_true", help="print what was stored as one JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Collect, write the folder, and print what it holds."""
    from gazeattack.collection.collection import NOBODY, STATED, SYNTHETIC, VIDEO, CollectionCard
    from gazeattack.collection.files import check_new_folder, write_collection
    from gazeattack.face.landmarker_file import find_landmarker
    from gazeattack.live.pipeline import Pipeline, one_thread
    from gazeattack.model.catalogue import open_bundle
    from gazeattack.screen.geometry import ScreenGeometry
    from gazeattack.sources.registry import SourceKind, parse

    one_thread()
    kind = parse(options.source).kind
    if kind is SourceKind.CAMERA:
        raise SourceError(
            'A camera is collected from in the window: choose "Measure on yourself" in its menu, or give --source a '
            "video with --targets."
        )
    check_new_folder(options.out)
    screen = ScreenGeometry.from_diagonal(options.diagonal or USUAL_DIAGONAL, *(options.screen or USUAL_SCREEN))
    rendered = kind is SourceKind.SYNTHETIC
    given = {"the screen's resolution": options.screen, "the screen's size": options.diagonal}
    assumed = [name for name, value in given.items() if value is None and not (rendered and options.targets is None)]
    bundle = open_bundle(options.model)
    card = CollectionCard(
        SYNTHETIC if rendered else VIDEO, NOBODY if rendered else STATED, model=bundle.name, assumed=tuple(assumed)
    )
    if not rendered:
        print(f"stored with the collection: {STATED}", file=sys.stderr)
    model = find_landmarker(options.landmarker, progress=lambda line: print(line, file=sys.stderr, flush=True))
    with (
        Interrupt(*STOPPING) as interrupt,
        Pipeline(bundle, landmarker_model=model) as pipeline,
    ):
        try:
            collection = _collect(options, pipeline, screen, card, interrupt)
        except KeyboardInterrupt:
            interrupt.check()
            raise
        # its files belong together
        write_collection(options.out, collection)
    facts = summary(options.out, collection)
    print(json.dumps(facts, indent=2, allow_nan=False) if options.json else table(facts))
    return 0


def _collect(
    options: argparse.Namespace, pipeline: Pipeline, screen: ScreenGeometry, card: CollectionCard, interrupt: Interrupt
) -> Collection:
    from gazeattack.capture.image_file import is_image_file
    from gazeattack.collection.target_files import FILE, FRAME, SECONDS, read_target_csv, targets_of_names
    from gazeattack.errors import DataError
    from gazeattack.live.collecting import collect_dots, collect_pictures, collect_video
    from gazeattack.sources.registry import SourceKind, open_source, parse

    def stop() -> bool:
        return interrupt.asked

    spec = parse(options.source)
    table = None if options.targets is None else read_target_csv(options.targets, screen, options.unit)
    if spec.kind is SourceKind.IMAGES and spec.path is not None and spec.path.is_dir():
        if table is not None and table.by != FILE:
            raise DataError(f"{options.targets} has no file column: name the picture of each row, as it has no time.")
        names = [path.name for path in spec.path.iterdir() if path.is_file() and is_image_file(path)]
        targets = targets_of_names(names, screen, options.unit) if table is None else table.by_name()
        if not set(targets) & set(names):
            raise DataError(f"{options.targets} names no picture of {spec.path}: correct its file column.")
        with open_source(options.source) as source:
            return collect_pictures(source, pipeline, targets, screen, card, progress=_count, stop=stop)
    if table is not None and table.by == FILE:
        raise DataError(f"{options.targets} names pictures: give it a {FRAME} or {SECONDS} column for this source.")
    with open_source(options.source) as source:
        if table is not None:
            last = None
            if spec.kind is SourceKind.SYNTHETIC:
                end = max((key for key in table.keys if not isinstance(key, str)), default=0.0)
                last = end if table.by == FRAME else end * source.fps
            return collect_video(source, pipeline, table, screen, card, last=last, progress=_count, stop=stop)
        if spec.kind is not SourceKind.SYNTHETIC or spec.drive:
            raise DataError(
                f"There are no labels for {options.source}: give --targets a CSV with the columns frame (or seconds), "
                "x and y."
            )
        return collect_dots(source, pipeline, screen, card, progress=_count, stop=stop)


def summary(folder: Path, collection: Collection) -> dict[str, Any]:
    """What was stored."""
    from gazeattack.collection.blocks import target_blocks

    card = collection.card
    return {
        "folder": str(folder),
        "source": card.source,
        "samples": len(collection),
        "targets": int(target_blocks(collection.target).max()) + 1,
        "left_out": dict(card.left_out),
        "lag_s": card.lag_s,
        "lag_left": card.lag_left,
        "model": card.model,
        "screen": collection.screen.to_dict(),
        "assumed": list(card.assumed),
        "consent": card.consent,
    }


def table(facts: dict[str, Any]) -> str:
    """What was stored, as text."""
    from gazeattack.collection.lag import lag_text

    screen = facts["screen"]
    size = f"{screen['width_px']}x{screen['height_px']} px, {screen['width_mm']:.0f} x {screen['height_mm']:.0f} mm"
    lag = "–, pictures have no times"
    if facts["lag_s"] is not None:
        left = f"an affine fit leaves {facts['lag_left']:.2f} of a constant's error"
        lag = f"{lag_text(facts['lag_s'])} the targets ({left})"
    rows = [
        ("stored in", facts["folder"]),
        ("samples", f"{facts['samples']} at {facts['targets']} targets or stretches of a moving one"),
        ("left out", ", ".join(f"{n} {why}" for why, n in facts["left_out"].items()) or "none"),
        ("gaze", lag),
        ("screen", size + (f" ({' and '.join(facts['assumed'])} assumed)" if facts["assumed"] else "")),
        ("evaluate it", f"gazeattack evaluate --data {facts['folder']}"),
    ]
    return "\n".join(f"{name:<14} {value}" for name, value in rows)


def _count(frames: int) -> None:
    if frames % _EVERY == 0 and sys.stderr.isatty():
        print(f"\r{frames} frames", end="\r", file=sys.stderr, flush=True)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", text)
    if match is None or "0" in (match[1].lstrip("0") or "0", match[2].lstrip("0") or "0"):
        raise argparse.ArgumentTypeError("write the resolution like 1920x1080")
    return int(match[1]), int(match[2])


def _inches(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 3 <= value <= 200):
        raise argparse.ArgumentTypeError("give inches from 3 to 200")
    return value
