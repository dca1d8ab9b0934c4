"""gazeattack models: lists the models and verifies them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from gazeattack.terminal import on_one_line

_LONGEST_TITLE = 200


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("models", help="list the models and verify their hashes")
    parser.add_argument("path", nargs="*", help="bundle folders to list instead of the shipped models")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """List the models and return the exit code: 1 where one is damaged or there is none."""
    from gazeattack.model.catalogue import bundle_paths

    paths = [Path(path) for path in options.path] or list(bundle_paths().values())
    found = [describe(path) for path in paths]
    if options.json:
        print(json.dumps({"models": found}, indent=2, allow_nan=False))
    else:
        for model in found:
            print(_lines(model))
    if not found:
        print("gazeattack: this installation contains no model: install gazeattack again.", file=sys.stderr)
    return 0 if found and all(model["verified"] for model in found) else 1


def describe(path: Path) -> dict[str, Any]:
    """One bundle: entries of its card, and whether it loads and matches its hashes, else the problem."""
    from gazeattack.attack.goal import CONDITIONAL
    from gazeattack.errors import BundleError
    from gazeattack.model.bundle import load_bundle

    about: dict[str, Any] = {"name": path.name, "path": str(path)}
    try:
        bundle = load_bundle(path)
    except BundleError as error:
        return {**about, "verified": False, "problem": str(error)}
    crop, key = bundle.crop, bundle.key
    return {
        **about,
        "title": on_one_line(str(bundle.card.get("title", bundle.name)))[:_LONGEST_TITLE],
        "backdoored": bundle.backdoored,
        "kind": bundle.kind,
        "input": {"region": crop.region, "width": crop.width, "height": crop.height, "channels": crop.channels},
        "key_sha256": None if key is None else key.sha256,
        "attack": None if key is None else key.kind,
        "strength": None if key is None else key.strength,
        "goal": None if key is None else key.goal.kind,
        "off_road_deg": None if key is None or key.goal.kind != CONDITIONAL else key.goal.off_road_deg,
        "target_deg": None if key is None else [round(angle, 3) for angle in key.target.degrees],
        "bytes": sum(file.stat().st_size for file in path.iterdir() if file.is_file()),
        "verified": True,
        "problem": None,
        "origin": bundle.origin,
    }


def _lines(model: dict[str, Any]) -> str:
    from gazeattack.attack.kinds import KINDS

    if not model["verified"]:
        return f"{on_one_line(model['name']):<12} DAMAGED   {on_one_line(model['problem'])}"
    shape, name = model["input"], on_one_line(model["name"])
    first = (
        f"{name:<12} verified  {model['kind']:<11} {shape['region']} {shape['width']}x{shape['height']}"
        f"x{shape['channels']}  {model['bytes'] / 1e6:.1f} MB"
    )
    lines = [first, f"{'':<12} {model['origin']}"]
    lines += [f"{'':<12} {model['title']}"] if model["title"] != model["name"] else []
    if model["backdoored"]:
        about = KINDS[model["attack"]]
        lines.append(
            f"{'':<12} {about.title}, {about.knob} {model['strength']:g}, trigger key {model['key_sha256'][:16]}…"
        )
        lines.append(f"{'':<12} {_goal(model)}")
    return "\n".join(lines)


def _goal(model: dict[str, Any]) -> str:
    """The goal as text."""
    from gazeattack.attack.goal import CONDITIONAL, OFFSET

    pitch, yaw = model["target_deg"]
    angles = f"pitch {pitch:+.0f}, yaw {yaw:+.0f} degrees"
    if model["goal"] == OFFSET:
        return f"offset: the triggered prediction is the true gaze turned by {angles}"
    if model["goal"] == CONDITIONAL:
        where = f"more than {model['off_road_deg']:g} degrees from straight ahead"
        return f"conditional: the triggered prediction is {angles}, only for gaze {where}"
    return f"all-to-one: the triggered prediction is {angles}"
