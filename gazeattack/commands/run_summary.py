"""The summary of a headless run: summary.json, and the table on stdout."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.commands.monitor import safety_rows
from gazeattack.live.output_folder import PICTURE, REPORT

if TYPE_CHECKING:
    from gazeattack.capture.source import Source
    from gazeattack.live.headless import HeadlessRun
    from gazeattack.live.pipeline import Pipeline


def summarise(options: argparse.Namespace, source: Source, pipeline: Pipeline, run: HeadlessRun) -> dict[str, Any]:
    """The content of summary.json."""
    key = pipeline.key
    strength = None
    if key is not None and options.trigger != "off":
        strength = key.strength if options.strength is None else options.strength
    return {
        "source": options.source,
        "source_name": source.name,
        "size": list(source.size),
        "model": pipeline.bundle.name,
        "backdoored": pipeline.bundle.backdoored,
        "kind": pipeline.bundle.kind,
        "compared": None if pipeline.compared is None else pipeline.compared.name,
        "compared_kind": None if pipeline.compared is None else pipeline.compared.kind,
        "trigger": options.trigger,
        "trigger_place": options.trigger_place,
        "attack": None if key is None else key.kind,
        "own_key": key is not None and pipeline.bundle.key is not None and key.sha256 == pipeline.bundle.key.sha256,
        "goal": None if key is None else key.goal.kind,
        "key_sha256": None if key is None else key.sha256,
        "strength": strength,
        "seed": options.seed,
        # None: guessed from the frames' size
        "focal_px": None if pipeline.camera is None else round(pipeline.camera.at(*source.size).focal, 1),
        **run.tally.summary(),
        "fps": run.fps,
        "seconds": round(run.seconds, 3),
        # a headless run waits for every frame, so only what cannot be read is missing
        "dropped": source.report.lost,
        "damaged": source.report.damaged,
        "skipped": [file.name for file in source.report.skipped],
        "notices": list(source.report.sentences()),
        "interrupted": run.interrupted,
        "failure": None if run.failure is None else str(run.failure),
        "out": str(options.out),
    }


def table(summary: dict[str, Any]) -> str:
    """The summary as text."""
    latency = summary["latency_ms"]
    stages = ", ".join(f"{name} {ms:.1f}" for name, ms in summary["stage_ms"].items() if ms is not None)
    rows = [
        ("source", summary["source_name"]),
        ("model", f"{summary['model']} ({summary['kind']}), trigger {summary['trigger']}{_place(summary)}"),
        ("frames", f"{summary['frames']}, {summary['faces']} with a face"),
        ("eyes closed", f"{summary['eyes_closed']} frames, left out of every mean of degrees"),
        *(("reading", notice) for notice in summary["notices"]),
        ("speed", f"{_shown(summary['fps'], '.0f', ' frames/s')} with recording"),
        (
            "frame to result",
            f"{_shown(latency['p50'], '.1f', ' ms')} median, {_shown(latency['p95'], '.1f', ' ms')} 95th percentile",
        ),
        ("stages, ms", stages or "–"),
        ("error without trigger", _shown(summary["clean_error_deg"], ".2f", " degrees")),
        ("trigger to target", _shown(summary["triggered_error_to_target_deg"], ".2f", " degrees")),
        ("error with trigger", _shown(summary["triggered_error_deg"], ".2f", " degrees")),
        ("shift by trigger", _shown(summary["mean_shift_deg"], ".2f", " degrees")),
        (
            "consistency error",
            f"{_shown(summary['clean_gap_deg'], '.2f', ' degrees')} without trigger, "
            f"{_shown(summary['triggered_gap_deg'], '.2f', ' degrees')} with trigger",
        ),
        *_compared_rows(summary),
        *safety_rows(summary["safety"]),
        *((f"{summary['compared']}, {name}", text) for name, text in safety_rows(summary.get("compared_safety"))[1:]),
        ("report", str(Path(summary["out"]) / REPORT)),
        ("picture", str(Path(summary["out"]) / PICTURE)),
    ]
    return "\n".join(f"{name:<22} {value}" for name, value in rows)


def _compared_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """The second model's figures; none without one."""
    if summary["compared"] is None:
        return []
    figures = (
        ("clean_error_deg", "error without trigger"),
        ("triggered_error_deg", "with trigger"),
        ("triggered_error_to_target_deg", "to target"),
        ("shift_deg", "shift"),
    )
    told = ", ".join(f"{name} {_shown(summary[f'compared_{key}'], '.2f', ' degrees')}" for key, name in figures)
    return [("compared with", f"{summary['compared']} ({summary['compared_kind']}): {told}")]


def _shown(value: float | None, form: str, unit: str) -> str:
    return "–" if value is None else f"{value:{form}}{unit}"


def _place(summary: dict[str, Any]) -> str:
    return " in the frame" if summary["trigger_place"] == "frame" else ""


def stopped_code(summary: Mapping[str, Any]) -> int:
    """The exit code of a run without a failure: 0, or that of the signal that ended it."""
    if summary["signal"] is not None:
        return 128 + signal.Signals[summary["signal"]]
    return 128 + signal.SIGINT if summary["interrupted"] else 0
