"""The safety monitors of a headless run: options, events.csv, and their part of the summary."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.commands.arguments import decimal
from gazeattack.errors import CalibrationError, MonitorError
from gazeattack.live.guard import Guard, GuardCheck

if TYPE_CHECKING:
    from gazeattack.capture.source import Source
    from gazeattack.live.monitoring import PairedMonitoring
    from gazeattack.model.bundle import Bundle
    from gazeattack.report.run.safety import SafetyReport

SCRIPT = "script"
# Options that need --monitor.
_MONITORS_ONLY = ("zones", "speed", "guard")
OWN_LIMIT = 0.0  # --guard without DEG; argparse would convert a word
_OWNERS = ("user", "screen")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the monitors' options to `gazeattack run`."""
    group = parser.add_argument_group("safety monitors (a demonstration, not a certified driver monitor)")
    group.add_argument(
        "--monitor",
        metavar="NAMES",
        help="monitors of both branches, separated by commas: addw, ncap, nhtsa, attend, keypad, or all",
    )
    group.add_argument("--zones", metavar="FILE", help="zones of the car: a shipped layout, or the path of a TOML file")
    group.add_argument(
        "--speed", type=decimal, metavar="KMH", help="speed of the car (default: that of the source's script, else 100)"
    )
    group.add_argument(
        "--calibration", type=Path, metavar="FILE", help="compute points on the screen with this calibration"
    )
    group.add_argument(
        "--guard",
        type=_angle,
        nargs="?",
        const=OWN_LIMIT,
        metavar="DEG",
        help="where a prediction is more than DEG degrees from the gaze of --guard-check, give the monitors that gaze "
        "instead, and the keypad none; samples.csv keeps the predictions; no key is needed; without DEG: the "
        "check's own limit",
    )
    group.add_argument(
        "--guard-check",
        choices=[check.value for check in GuardCheck],
        help="what --guard compares a prediction with: the gaze of the predicted eye landmarks (default), the median "
        "prediction for four shifted crops, or the gaze of the face landmarker's iris landmarks",
    )
    group.add_argument("--user", help="refuse a calibration of another user")
    group.add_argument("--screen", type=_size, metavar="WxH", help="refuse a calibration of another screen, in pixels")


def guard_of(options: argparse.Namespace) -> Guard | None:
    """The guard that the options request; None without --guard.  Raises MonitorError for a check without --guard."""
    if options.guard is None:
        if options.guard_check is not None:
            raise MonitorError("--guard-check needs a guard: add --guard, or leave it out.")
        return None
    check = GuardCheck(options.guard_check or GuardCheck.LANDMARKS.value)
    return Guard.of(check, None if options.guard == OWN_LIMIT else options.guard)


def make_monitoring(options: argparse.Namespace, source: Source, bundle: Bundle) -> PairedMonitoring | None:
    """The monitoring that the options request; None without monitors and calibration.

    Raises MonitorError, ZonesError or CalibrationError for options that do not fit.
    """
    from gazeattack.live.monitoring import PairedMonitoring, check_calibration
    from gazeattack.screen.calibration_file import load_calibration

    drive = getattr(source, "drive", None)
    if options.trigger == SCRIPT and drive is None:
        raise MonitorError(f"{source.name} has no script to follow: use --source synthetic:drive, or --trigger both.")
    if options.monitor is None:
        for name in _MONITORS_ONLY:
            if getattr(options, name) is not None:
                raise MonitorError(f"--{name} needs a monitor: add --monitor addw,ncap,attend, or leave it out.")
    if options.calibration is None:
        for name in _OWNERS:
            if getattr(options, name) is not None:
                raise CalibrationError(f"--{name} needs a calibration: add --calibration FILE, or leave it out.")
        calibration = None
    else:
        calibration = check_calibration(load_calibration(options.calibration), user=options.user, screen=options.screen)
    if options.monitor is None and calibration is None:
        return None
    if options.monitor is not None and options.trigger == "on":
        raise MonitorError(
            "Monitors compare the branches without and with trigger: use --trigger both, or --trigger off."
        )
    guard = guard_of(options)
    if guard is not None and guard.check is GuardCheck.LANDMARKS and not bundle.has_landmarks:
        raise MonitorError(
            f"{bundle.name} predicts no eye landmarks, which --guard needs: leave --guard out, or add "
            "--guard-check shifts."
        )
    speed = options.speed if options.speed is not None else getattr(drive, "speed_kmh", 100.0)
    return PairedMonitoring(
        options.monitor or (),
        options.zones,
        speed,
        calibration,
        trigger_on=drive.trigger_on if drive is not None and options.trigger == SCRIPT else None,
        guard=guard,
    )


def safety_report(options: argparse.Namespace, monitoring: PairedMonitoring | None) -> SafetyReport | None:
    """The safety section of the run's report; None without monitors."""
    from gazeattack.report.run.page import BRANCH
    from gazeattack.report.run.safety import SafetyReport

    if monitoring is None or not monitoring.names:
        return None
    return SafetyReport(
        monitoring.summary(),
        monitoring.titles(),
        triggered=BRANCH.get(options.trigger, "with trigger"),
        zones=monitoring.zones.title,
        speed_kmh=monitoring.speed_kmh,
        guard=monitoring.guard,
        short={"noise": "noise mode", "wrong-key": "wrong key"}.get(options.trigger, "with trigger"),
        scripted=options.trigger == SCRIPT,
    )


def safety_summary(report: SafetyReport | None) -> dict[str, Any] | None:
    """The part "safety" of summary.json."""
    if report is None:
        return None
    switched = [[round(e.t, 3), e.text] for e in report.summary.events if e.kind == "trigger"]
    return {
        "monitors": list(report.titles),
        "zones": report.zones,
        "speed_kmh": report.speed_kmh,
        "guard_deg": None if report.guard is None else report.guard.limit_deg,
        "guard_check": None if report.guard is None else report.guard.check.value,
        "trigger_switched": switched,
        **report.summary.to_dict(),
    }


def calibration_summary(monitoring: PairedMonitoring | None) -> dict[str, Any] | None:
    """The part "calibration" of summary.json."""
    calibration = None if monitoring is None else monitoring.calibration
    if calibration is None:
        return None
    screen, error = calibration.geometry, calibration.held_out
    return {
        "user": calibration.user,
        "screen_px": [screen.width_px, screen.height_px],
        "held_out_deg": round(error.deg, 3),
        "held_out_cm": round(error.cm, 3),
    }


def safety_rows(safety: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The safety part of the summary as text, one line per branch."""
    if safety is None:
        return []
    rows = [("safety reference", f"the {safety['reference']}; {safety['statement']}")]
    for name, branch in safety["branches"].items():
        figures = (
            f"{branch['missed']} of {branch['due']} warnings missed, {branch['false']} of {branch['given']} false, "
        )
        figures += f"{branch['shown_on_road_s']:.1f} of {branch['off_road_s']:.1f} s off the road predicted on it"
        rows.append((f"{name} branch", figures))
    return rows


def _angle(text: str) -> float:
    wanted = "give degrees above 0 and at most 180, such as 10"
    value = decimal(text, wanted)
    if not 0 < value <= 180:
        raise argparse.ArgumentTypeError(wanted)
    return value


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})", text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError("give a screen's size in pixels like 1920x1080")
    return int(match[1]), int(match[2])
