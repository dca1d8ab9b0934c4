"""Time the headless pipeline on a 640x480 clip of a face, and the window.  `make bench` runs it.

The clip is rendered first; rendering has a row of its own and is part of no other.  Ratios are measured in one run,
frame by frame in turn, because the speed of a shared machine changes from minute to minute.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gazeattack.capture.frame import Frame
from gazeattack.capture.video import VideoSource
from gazeattack.errors import GazeAttackError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.live.headless import run_headless
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.bundle import Bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.sources.registry import open_source

WARM_UP = 20
# faster than the window can show, so that the clip's own rate is no limit
CLIP_FPS = 120.0
STARTS = 5


def main() -> int:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="wanet", help="a shipped model or the path of a bundle (%(default)s)")
    parser.add_argument("--frames", type=int, default=300, help="frames of the clip (%(default)s)")
    parser.add_argument("--minutes", type=float, default=0.25, help="minutes that the window runs (%(default)s)")
    parser.add_argument("--every-page", action="store_true", help="show the window's pages by turns; no clicks")
    parser.add_argument("--no-window", action="store_true", help="do not time the window")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        bundle = open_bundle(options.model)
        landmarker = find_landmarker(progress=lambda line: print(line, file=sys.stderr))
    except GazeAttackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "face.avi"
        rendering_ms = render_clip(clip, options.frames)
        figures = {
            "frames": options.frames,
            "rendering_ms": rendering_ms,
            "cores": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
            "decode_ms": decode_ms(clip),
            **headless(bundle, landmarker, clip),
            **second_branch(bundle, landmarker, clip),
        }
        if not options.no_window:
            figures["window"] = window(bundle, clip, options.minutes, every_page=options.every_page)
    print(json.dumps(figures, indent=2) if options.json else table(figures))
    return 0


def render_clip(path: Path, frames: int) -> float:
    """Write the synthetic subject as a motion-JPEG file; the median time to render a frame, in milliseconds."""
    times: list[float] = []
    with open_source("synthetic") as source:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), CLIP_FPS, source.size)
        for _ in range(frames):
            begin = time.perf_counter()
            frame = source.read()
            times.append((time.perf_counter() - begin) * 1000)
            assert frame is not None
            writer.write(frame.image)
        writer.release()
    return round(float(np.median(times)), 3)


def frames_of(clip: Path) -> list[Frame]:
    """Every frame of the clip, in memory."""
    with VideoSource(clip) as source:
        return list(iter(source.read, None))


def decode_ms(clip: Path) -> float:
    """Median time to read one frame, in milliseconds."""
    times: list[float] = []
    with VideoSource(clip) as source:
        while True:
            begin = time.perf_counter()
            if source.read() is None:
                return round(float(np.median(times)), 3)
            times.append((time.perf_counter() - begin) * 1000)


def headless(bundle: Bundle, landmarker: Path, clip: Path) -> dict[str, Any]:
    """Run without a window: decoding and every stage, both branches, no recording."""
    both = PipelineSettings(TriggerMode.BOTH)
    with (
        VideoSource(clip) as source,
        Pipeline(bundle, landmarker_model=landmarker, settings=both) as pipeline,
    ):
        run_headless(source, pipeline, max_frames=WARM_UP)
        run = run_headless(source, pipeline)
    summary = run.tally.summary()
    keys = ("faces", "latency_ms", "stage_ms")
    return {"fps": run.fps, **{key: summary[key] for key in keys}}


def second_branch(bundle: Bundle, landmarker: Path, clip: Path) -> dict[str, Any]:
    """Measure the cost of the triggered branch: two pipelines process every frame and take turns to go first."""
    times: dict[TriggerMode, list[float]] = {TriggerMode.OFF: [], TriggerMode.BOTH: []}
    pipelines = {mode: Pipeline(bundle, landmarker_model=landmarker, settings=PipelineSettings(mode)) for mode in times}
    try:
        for number, frame in enumerate(frames_of(clip)):
            for mode in (TriggerMode.OFF, TriggerMode.BOTH)[:: 1 if number % 2 else -1]:
                begin = time.perf_counter()
                pipelines[mode].step(frame)
                times[mode].append((time.perf_counter() - begin) * 1000)
    finally:
        for pipeline in pipelines.values():
            pipeline.close()
    off, both = (np.array(values[WARM_UP:]) for values in times.values())
    return {
        "one_branch_ms": round(float(np.median(off)), 3),
        "two_branches_ms": round(float(np.median(both)), 3),
        "second_branch_ratio": round(float(np.median(both / off)), 4),
    }


def window(bundle: Bundle, clip: Path, minutes: float, *, every_page: bool) -> dict[str, Any]:
    """Run the window on a virtual screen, in its own process, after some starts that end with the first arrow."""
    starts = [_window(bundle, clip, 0.0) for _ in range(STARTS + 1)]
    figures = _window(bundle, clip, minutes, every_page=every_page)
    problem = next((run for run in (*starts, figures) if "problem" in run), None)
    # the first start may read from a cold disk
    seen = [run["first_arrow_s"] for run in starts[1:] if "first_arrow_s" in run]
    return problem or {**figures, "first_arrow_s": seen}


def _window(bundle: Bundle, clip: Path, minutes: float, *, every_page: bool = False) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name("window.py")), str(clip), str(bundle.path), str(minutes)]
    command += ["pages"] if every_page else []
    environment = dict(os.environ)
    # byte code is kept, as on the machine of a user
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(clip.parent / "byte-code")
    if shutil.which("xvfb-run"):
        command = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1280x800x24", *command]
        environment["QT_QPA_PLATFORM"] = "xcb"
    else:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"problem": (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]}
    return {"platform": environment["QT_QPA_PLATFORM"], **json.loads(done.stdout.splitlines()[-1])}


def table(figures: dict[str, Any]) -> str:
    """The figures as a text table."""
    latency = figures["latency_ms"]
    rows = [
        ("machine", f"{figures['cores']} cores, load {figures['load_before']} before"),
        ("clip", f"{figures['frames']} frames, 640x480"),
        ("rendering", f"{figures['rendering_ms']:.2f} ms, the synthetic subject"),
        ("decoding", f"{figures['decode_ms']:.2f} ms"),
        *((f"  {stage}", f"{ms:.2f} ms") for stage, ms in figures["stage_ms"].items() if ms is not None),
        ("frame to result", spread(latency)),
        ("without the window", f"{figures['fps']:.0f} frames/s, decoding included"),
        (
            "the second branch",
            f"x{figures['second_branch_ratio']:.3f} ({figures['one_branch_ms']:.2f} -> "
            f"{figures['two_branches_ms']:.2f} ms, paired)",
        ),
    ]
    timed = figures.get("window")
    if timed is not None and "problem" in timed:
        rows.append(("window", f"not measured: {timed['problem']}"))
    elif timed is not None:
        rows += [
            ("with the window", f"{timed['shown_fps']:.0f} frames/s shown ({timed['platform']})"),
            ("capture to result", spread(timed["latency_ms"])),
            ("click to picture", spread(timed["click_ms"])),
            ("start to arrow", middle(timed["first_arrow_s"])),
            ("memory", f"{timed['rss_start_mb']:.0f} -> {timed['rss_end_mb']:.0f} MB in {timed['minutes']:g} minutes"),
            ("by minute", f"{' '.join(f'{mb:.0f}' for mb in timed['rss_by_minute_mb']) or 'not measured'} MB"),
        ]
    return "\n".join(f"{name:<20} {value}" for name, value in rows)


def middle(seconds: Sequence[float]) -> str:
    """Median and range in words."""
    if not seconds:
        return "not seen"
    return f"median {np.median(seconds):.2f} s of {len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f}"


def spread(values: dict[str, float] | None) -> str:
    """Percentiles in words."""
    return "not measured" if values is None else ", ".join(f"{name} {ms:.1f} ms" for name, ms in values.items())


if __name__ == "__main__":
    sys.exit(main())
