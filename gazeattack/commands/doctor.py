"""gazeattack doctor: what works on this machine, and how to fix what does not."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gazeattack.commands.environment import FIX_QT, has_display, qt_problem
from gazeattack.commands.models import describe
from gazeattack.errors import GazeAttackError

PACKAGES = (
    "torch",
    "openvino",
    "mediapipe",
    "opencv-python",
    "PySide6-Essentials",
    "pyqtgraph",
    "numpy",
    "safetensors",
)
# mediapipe 0.10.31 has wheels for these alone
SYSTEMS = (("Linux", "x86_64"), ("Windows", "AMD64"), ("Darwin", "arm64"))


@dataclass(frozen=True)
class Check:
    """One line of the output.  mend: how to fix it, as in --json.  FAIL: the program cannot run."""

    name: str
    state: Literal["OK", "WARN", "FAIL"]
    detail: str
    mend: str = ""


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("doctor", help="check what works on this machine, and print how to fix what does not")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Run all checks and return the exit code: 1 where a check fails."""
    checks = [result for check in CHECKS for result in check()]
    if options.json:
        print(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    else:
        for check in checks:
            fix = f"\n{'':<22}→ {check.mend}" if check.mend and check.state != "OK" else ""
            print(f"{check.state:<5} {check.name:<15} {check.detail}{fix}")
    return 1 if any(check.state == "FAIL" for check in checks) else 0


def check_python() -> list[Check]:
    """The interpreter and the system."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (platform.system(), platform.machine()) not in SYSTEMS:
        fix = "mediapipe 0.10.31 has wheels for Linux x86-64, Windows and Apple silicon: use one of these."
        return [Check("python", "WARN", detail, fix)]
    return [Check("python", "OK", detail)]


def check_packages() -> list[Check]:
    """Versions of the packages; only one OpenCV may be installed."""
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return [Check("packages", "FAIL", f"missing: {', '.join(missing)}", "pip install gazeattack again.")]
    checks = [Check("packages", "OK", ", ".join(found))]
    names = {str(d.metadata["Name"]).lower() for d in importlib.metadata.distributions()}
    others = sorted(n for n in names if n.startswith("opencv-") and n != "opencv-python")
    if others:
        fix = f"they share one folder and break each other: pip uninstall {' '.join(others)}, then install gazeattack."
        checks.append(Check("opencv", "WARN", f"also installed: {', '.join(others)}", fix))
    return checks


def check_torch() -> list[Check]:
    """Threads that the network uses."""
    import torch

    return [Check("torch threads", "OK", f"1 of {torch.get_num_threads()} used by the live app")]


def check_landmarker() -> list[Check]:
    """The face landmarker's model file; it is not downloaded here."""
    from gazeattack.face.landmarker_file import find_landmarker

    try:
        return [Check("landmarker", "OK", str(find_landmarker(fetch=False)))]
    except GazeAttackError as error:
        what, _, fix = str(error).partition(": ")
        return [Check("landmarker", "WARN", what, f"it is downloaded at the first start; {fix}")]


def check_models() -> list[Check]:
    """Every shipped model against its hashes."""
    from gazeattack.model.catalogue import bundle_paths

    paths = bundle_paths()
    if not paths:
        return [Check("models", "FAIL", "this installation contains no model", "install gazeattack again.")]
    checks = []
    for name, path in paths.items():
        about = describe(path)
        if about["verified"]:
            checks.append(Check(f"model {name}", "OK", f"{about['kind']}, verified: {about['origin']}"))
        else:
            checks.append(Check(f"model {name}", "FAIL", about["problem"], "install gazeattack again."))
    return checks


def check_camera() -> list[Check]:
    """The connected cameras; none is opened."""
    from gazeattack.capture.camera import list_cameras

    cameras = list_cameras()
    if not cameras:
        fix = "connect one, or use the synthetic subject or a video; on Linux, add the user to the group video."
        return [Check("camera", "WARN", "none found", fix)]
    return [Check("camera", "OK", ", ".join(f"camera:{camera.index} {camera.name}" for camera in cameras))]


def check_display() -> list[Check]:
    """Whether a window can be opened, and its picture drawn without a screen."""
    checks = []
    if has_display():
        problem = qt_problem()
        ok = Check("display", "OK", "a window can be opened")
        checks.append(ok if problem is None else Check("display", "WARN", problem, FIX_QT))
    else:
        checks.append(Check("display", "WARN", "none", "use gazeattack run, or start it in a desktop session."))
    if sys.platform.startswith("linux"):
        problem = qt_problem("offscreen")
        ok = Check("offscreen Qt", "OK", "pictures of the window can be drawn")
        checks.append(ok if problem is None else Check("offscreen Qt", "WARN", problem, FIX_QT))
    return checks


CHECKS: tuple[Callable[[], list[Check]], ...] = (
    check_python,
    check_packages,
    check_torch,
    check_landmarker,
    check_models,
    check_camera,
    check_display,
)
