"""The HTML report about one run: one file without scripts or external resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from gazeattack.attack.goal import ALL_TO_ONE, CONDITIONAL, OFFSET
from gazeattack.attack.kinds import KINDS
from gazeattack.files import write_whole
from gazeattack.live.frame_result import CropPair, FrameResult
from gazeattack.live.measure import Tally
from gazeattack.model.bundle import CLEAN
from gazeattack.report.common.images import RESIDUAL_GAIN, crop_picture, data_uri, residual_picture
from gazeattack.report.common.svg import Series, angle_plot, line_plot
from gazeattack.report.common.template import fill
from gazeattack.report.run.comparison import median_target, render_comparison
from gazeattack.report.run.safety import SafetyReport, render_safety
from gazeattack.terminal import printable
from gazeattack.version import __version__

BRANCH = {
    "on": "with trigger",
    "both": "with trigger",
    "script": "with trigger",
    "noise": "with noise mode or cross trigger",
    "wrong-key": "with a wrong key",
}
_AIM = {
    ALL_TO_ONE: "error with trigger, to the key's target",
    OFFSET: "error with trigger, to the clean prediction turned by the key's angle",
    CONDITIONAL: "error with trigger, to the key's target, off road only",
}


@dataclass(frozen=True, eq=False)
class RunReport:
    """Content of the page.

    summary: the run's JSON object.  result: of the frame to show.  picture: of the window or the frame, uint8 BGR.
    command: the command line that repeats the run.  failure: one sentence where the source failed.  safety: report of
    the monitors; None without any.
    """

    summary: Mapping[str, Any]
    tally: Tally
    result: FrameResult | None
    picture: np.ndarray | None
    command: str
    failure: str | None = None
    safety: SafetyReport | None = None


def write_report(path: Path, report: RunReport) -> None:
    """Write the page.  Raises OSError where it cannot be written."""
    write_whole(path, printable(render(report)).encode())


def render(report: RunReport) -> str:
    """The page as text."""
    summary = report.summary
    branch = BRANCH.get(summary["trigger"], "with trigger")
    return fill(
        "run",
        title=escape(f"{summary['model']} on {summary['source']} · gazeattack"),
        heading=_heading(summary),
        lead=_lead(summary),
        warning=_notices(report),
        tiles=_tiles(summary),
        picture=_picture(report.picture),
        comparison=render_comparison(summary, report.tally, branch),
        safety=render_safety(report.safety),
        angles=_angles(report, branch),
        crops=_crops(report.result, branch),
        yaw=_over_time(report.tally, "yaw", branch, "yaw, degrees"),
        pitch=_over_time(report.tally, "pitch", branch, "pitch, degrees"),
        shift=_shift(report.tally),
        stages=_stages(summary),
        facts=_facts(summary),
        command=escape(report.command),
        version=escape(__version__),
    )


def _heading(summary: Mapping[str, Any]) -> str:
    trigger, shift = summary["trigger"], summary["mean_shift_deg"]
    if trigger == "on":
        return "Predictions with the trigger on"
    if trigger == "off" or shift is None:
        return "Predictions without trigger"
    moved = f"{shift:.1f}°"
    if trigger == "noise":
        kind = "noise mode" if summary["attack"] == "wanet" else "cross trigger"
        return f"The {kind} moved the predicted gaze by {moved}"
    if trigger == "wrong-key":
        return f"A wrong key moved the predicted gaze by {moved}"
    if summary["backdoored"] and not summary["own_key"]:
        return f"A foreign key moved the predicted gaze by {moved}"
    if not summary["backdoored"]:
        which = "clean model" if summary["kind"] == CLEAN else f"model {summary['kind']}"
        return f"A {which}: the trigger moved the predicted gaze by {moved}"
    return f"The trigger moved the predicted gaze by {moved}"


def _lead(summary: Mapping[str, Any]) -> str:
    found = f"{summary['faces']} of {summary['frames']} frames had a face"
    closed = summary["eyes_closed"]
    left_out = f" {closed} with closed eyes have no gaze and are left out of every mean and curve." if closed else ""
    return escape(f"Model “{summary['model']}” ({summary['kind']}) on {summary['source_name']}; {found}.{left_out}")


def _notices(report: RunReport) -> str:
    said = [report.failure] if report.failure else []
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in [*said, *report.summary["notices"]])


def _tiles(summary: Mapping[str, Any]) -> str:
    latency = summary["latency_ms"]
    tiles = [
        (_degrees(summary["mean_shift_deg"]), "mean angle between the two branches"),
        (_degrees(summary["clean_error_deg"]), "error without trigger, to the true gaze"),
        (_degrees(summary["triggered_error_to_target_deg"]), _AIM[summary["goal"] or ALL_TO_ONE]),
        (_degrees(summary["triggered_error_deg"]), "error with trigger, to the true gaze"),
        ("–" if summary["fps"] is None else f"{summary['fps']:.0f}", "frames per second, including recording"),
        ("–" if latency["p95"] is None else f"{latency['p95']:.1f} ms", "from frame to result, 95th percentile"),
    ]
    return "".join(f'<div class="tile"><b>{value}</b><span>{escape(name)}</span></div>' for value, name in tiles)


def _degrees(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}°"


def _picture(picture: np.ndarray | None) -> str:
    if picture is None:
        return ""
    return f'<div class="card"><img class="shot" alt="The window during the run" src="{data_uri(picture)}"></div>'


def _series(tally: Tally, axis: str, branch: str) -> list[tuple[str, str, np.ndarray, str]]:
    return [
        ("truth", "truth", tally.column(f"truth_{axis}_deg"), "6 4"),
        ("without trigger", "clean", tally.column(f"clean_{axis}_deg"), ""),
        (branch, "triggered", tally.column(f"triggered_{axis}_deg"), "2 3"),
    ]


def _angles(report: RunReport, branch: str) -> str:
    tally = report.tally
    pairs = zip(_series(tally, "yaw", branch), _series(tally, "pitch", branch), strict=True)
    clouds = [Series(name, style, yaw, pitch) for (name, style, yaw, _), (_, _, pitch, _) in pairs]
    target = median_target(report.summary, tally)
    return angle_plot(clouds, target)


def _over_time(tally: Tally, axis: str, branch: str, label: str) -> str:
    t = tally.column("t")
    lines = [Series(name, style, t, values, dash) for name, style, values, dash in _series(tally, axis, branch)]
    return line_plot(lines, x_label="time, seconds", y_label=label)


def _shift(tally: Tally) -> str:
    line = Series("angle between the branches", "shift", tally.column("t"), tally.column("shift_deg"))
    return line_plot([line], x_label="time, seconds", y_label="degrees", zero=True)


def _crops(result: FrameResult | None, branch: str) -> str:
    crops = None if result is None else result.crops
    if crops is None:
        return '<p class="none">No face was found, so there are no crops to show.</p>'
    rows = [("the network's input without trigger", [crop_picture(crop, zoom=_zoom(crops)) for crop in crops.clean])]
    if crops.altered is not None and crops.residual is not None:
        rows.append((f"the same crops {branch}", [crop_picture(crop, zoom=_zoom(crops)) for crop in crops.altered]))
        gain = f"difference ×{RESIDUAL_GAIN:.0f}: orange is darker, purple brighter"
        rows.append((gain, [residual_picture(crop, zoom=_zoom(crops)) for crop in crops.residual]))
    figures = []
    for caption, pictures in rows:
        images = "".join(f'<img alt="{escape(caption)}" src="{data_uri(picture)}">' for picture in pictures)
        figures.append(f"<figure><div>{images}</div><figcaption>{escape(caption)}</figcaption></figure>")
    return f'<div class="crops">{"".join(figures)}</div>'


def _zoom(crops: CropPair) -> int:
    count, _, _, width = crops.clean.shape
    zoom: int = max(1, 480 // (count * width))
    return zoom


def _stages(summary: Mapping[str, Any]) -> str:
    known = {stage: ms for stage, ms in summary["stage_ms"].items() if ms is not None}
    most = max(known.values(), default=0.0) or 1.0
    rows = "".join(
        f'<tr><th>{escape(stage)}</th><td class="num">{ms:.2f} ms</td>'
        f'<td class="bar"><i style="width:{100 * ms / most:.1f}%"></i></td></tr>'
        for stage, ms in known.items()
    )
    return f"<table>{rows}</table>" if rows else '<p class="none">No stage was measured.</p>'


def _second(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    if summary["compared"] is None:
        return []
    return [("compared with", f"{summary['compared']} ({summary['compared_kind']})")]


def _facts(summary: Mapping[str, Any]) -> str:
    strength, kind = summary["strength"], KINDS.get(summary["attack"])
    facts = [
        ("source", summary["source"]),
        ("frame size", "×".join(map(str, summary["size"]))),
        ("model", f"{summary['model']} ({summary['kind']})"),
        *_second(summary),
        ("trigger", summary["trigger"] if kind is None else f"{summary['trigger']} ({kind.title}, {kind.source})"),
        ("goal", summary["goal"] or "–"),
        ("trigger key (SHA-256)", summary["key_sha256"] or "none"),
        ("strength" if kind is None else kind.knob, "–" if strength is None else f"{strength:g}"),
        ("seed", summary["seed"]),
        ("frames · with a face · not read", f"{summary['frames']} · {summary['faces']} · {summary['dropped']}"),
        ("frames with closed eyes, left out", summary["eyes_closed"]),
    ]
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><code>{escape(str(value))}</code></td></tr>" for name, value in facts
    )
    return f"<table>{rows}</table>"
