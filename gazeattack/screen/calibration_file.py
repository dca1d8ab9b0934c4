"""Calibration files: JSON, one per user and screen."""

from __future__ import annotations

import contextlib
import json
import math
import re
import zlib
from pathlib import Path
from typing import Any

import platformdirs

from gazeattack.errors import CalibrationError
from gazeattack.files import write_whole
from gazeattack.parsing import read_object
from gazeattack.screen.calibration import Calibration, HeldOutError
from gazeattack.screen.geometry import ScreenGeometry
from gazeattack.screen.samples import BASIS, FEATURES

FORMAT = 1


def calibrations_folder() -> Path:
    """Where calibrations are kept unless another folder is named."""
    return platformdirs.user_data_path("gazeattack", appauthor=False) / "calibrations"


def tighten(folder: Path) -> None:
    """Let only its owner read a folder of calibrations, and those in it that were made before they were private."""
    for path, mode in [(folder, 0o700), *((path, 0o600) for path in sorted(folder.glob("*.json")))]:
        # a folder of somebody else is as it is
        with contextlib.suppress(OSError):
            if path.stat().st_mode & 0o077:
                path.chmod(mode)


def calibration_path(user: str, geometry: ScreenGeometry, folder: Path | None = None) -> Path:
    """Path of a user's calibration for a screen."""
    root = folder or calibrations_folder()
    # the name may contain characters that a file system does not accept
    slug = re.sub(r"[^a-z0-9]+", "-", user.lower()).strip("-")[:40] or "user"
    code = zlib.crc32(user.encode("utf-8", "surrogatepass"))
    size = f"{geometry.width_px}x{geometry.height_px}-{geometry.width_mm:.0f}x{geometry.height_mm:.0f}mm"
    return root / f"{slug}-{code:08x}-{size}.json"


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write a calibration under another name and rename it.  Raises CalibrationError where it cannot be written."""
    record = {
        "format": FORMAT,
        "user": calibration.user,
        "screen": calibration.geometry.to_dict(),
        "features": list(FEATURES),
        "weights": calibration.weights,
        "low": calibration.low,
        "high": calibration.high,
        "ridge": calibration.ridge,
        "held_out": {"deg": calibration.held_out.deg, "cm": calibration.held_out.cm, "px": calibration.held_out.px},
        "point_deg": calibration.point_deg,
    }
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, (json.dumps(record, indent=2) + "\n").encode(), private=True)
    except OSError as error:
        raise CalibrationError(
            f"The calibration cannot be written to {path} ({error.strerror}): choose another folder or free some space."
        ) from None


def load_calibration(path: Path) -> Calibration:
    """Read a calibration.  Raises CalibrationError where the file is missing, damaged, or of another version."""
    try:
        record = read_object(path)
    except OSError:
        raise CalibrationError(f"There is no calibration at {path}: calibrate first, or correct the path.") from None
    except ValueError:
        raise _damaged(path) from None
    if record.get("format") != FORMAT or record.get("features") != list(FEATURES):
        raise CalibrationError(f"The calibration at {path} is of another version: calibrate again.")
    try:
        held_out, points = record["held_out"], record["point_deg"]
        first, second = record["weights"]
        return Calibration(
            user=str(record["user"]),
            geometry=ScreenGeometry.from_dict(record["screen"]),
            weights=(_numbers(first, len(FEATURES)), _numbers(second, len(FEATURES))),
            low=_numbers(record["low"], len(BASIS)),
            high=_numbers(record["high"], len(BASIS)),
            ridge=_numbers([record["ridge"]], 1)[0],
            held_out=HeldOutError(*_numbers([held_out[unit] for unit in ("deg", "cm", "px")], 3)),
            point_deg=tuple((int(number), _numbers([deg], 1)[0]) for number, deg in points),
        )
    except (KeyError, TypeError, ValueError, CalibrationError):
        raise _damaged(path) from None


def _damaged(path: Path) -> CalibrationError:
    return CalibrationError(f"The calibration at {path} is damaged: delete it and calibrate again.")


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != count or not all(map(math.isfinite, numbers)) or any(isinstance(v, bool | str) for v in values):
        raise ValueError("not the numbers expected")
    return numbers
