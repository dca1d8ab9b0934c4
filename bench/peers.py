"""Time of one frame beside other programs' networks, on one clip in one run.  `make bench-peers` runs it.

Every contender processes every frame, one after the other in changing order, because the speed of a shared machine
changes from minute to minute.  Each uses one thread.  The ratio is the median over the frames.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from chain import Chain, MissingFiles
from pipeline import frames_of, render_clip

from gazeattack.capture.frame import Frame
from gazeattack.errors import GazeAttackError
from gazeattack.face.landmarker_file import find_landmarker
from gazeattack.face.landmarks import Landmarker
from gazeattack.face.tracker import FaceTracker
from gazeattack.inference import Network
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.log_level import add_log_level
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.module_graph import build_module_graph
from gazeattack.model.network import GazeResNet, fuse_conv_bn

OURS = "gazeattack, both branches"
WARM_UP = 10
SIZE = 448  # pixels of the ResNet's square input, as L2CS-Net's
Step = Callable[[Frame], Any]


def main() -> int:
    """Measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, help="a video of one face (the synthetic subject)")
    parser.add_argument("--frames", type=int, default=80, help="frames of the clip (%(default)s)")
    parser.add_argument("--chain", type=Path, help="folder with the four networks of OpenVINO's gaze chain")
    parser.add_argument("--no-resnet", action="store_true", help="leave out the ResNet-50, which is slow")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_log_level(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with ExitStack() as stack:
            steps = contenders(stack, resnet=not options.no_resnet, chain=options.chain)
            times = measure(steps, clip_frames(options.clip, options.frames))
    except (GazeAttackError, MissingFiles) as error:
        print(f"bench-peers: {error}", file=sys.stderr)
        return 1
    own = times[OURS]
    rows = {
        name: {
            "p50_ms": round(float(np.median(ms)), 2),
            "p95_ms": round(float(np.percentile(ms, 95)), 2),
            "ratio": round(float(np.median(ms / own)), 2),
        }
        for name, ms in times.items()
    }
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'one frame, one thread':<36}{'median':>10}{'95 %':>10}{'ratio':>8}")
    for name, row in rows.items():
        print(f"{name:<36}{row['p50_ms']:>7.1f} ms{row['p95_ms']:>7.1f} ms{row['ratio']:>8.2f}")
    if options.chain is None:
        print("not measured: OpenVINO's gaze chain; give --chain the folder of its four networks.")
    return 0


def contenders(stack: ExitStack, *, resnet: bool, chain: Path | None) -> dict[str, Step]:
    """Every contender by name."""
    model = find_landmarker(progress=lambda line: print(line, file=sys.stderr))
    settings = PipelineSettings(TriggerMode.BOTH)
    pipeline = stack.enter_context(Pipeline(open_bundle("wanet"), landmarker_model=model, settings=settings))
    tracker = stack.enter_context(FaceTracker(model))
    mediapipe = stack.enter_context(Landmarker(model, max_faces=1))
    steps: dict[str, Step] = {
        OURS: pipeline.step,
        "  its landmarks alone": lambda frame: tracker.detect(frame.image, frame.t),
        "MediaPipe FaceLandmarker": lambda frame: mediapipe.detect(frame.image, frame.t),
    }
    if resnet:
        # random weights: only the time counts
        network = fuse_conv_bn(GazeResNet(channels=3, height=SIZE, width=SIZE, backbone="resnet50", readout="l2cs"))
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        compiled = Network(build_module_graph(network, 1, channels=3, height=SIZE, width=SIZE))
        steps["ResNet-50 at 448, torch"] = lambda frame: in_torch(network, frame.image)
        steps["ResNet-50 at 448, OpenVINO"] = lambda frame: compiled(face_input(frame.image))
    if chain is not None:
        networks = Chain(chain)
        steps["OpenVINO's gaze chain"] = lambda frame: networks(frame.image)
    return steps


@torch.inference_mode()
def in_torch(network: GazeResNet, image: np.ndarray) -> torch.Tensor:
    """The ResNet's output for a frame."""
    gaze: torch.Tensor = network(torch.from_numpy(face_input(image)).contiguous(memory_format=torch.channels_last))
    return gaze


def face_input(image: np.ndarray) -> np.ndarray:
    """The frame at the size of the ResNet's input: float32 [1, 3, 448, 448]."""
    resized = cv2.resize(image, (SIZE, SIZE))
    return np.ascontiguousarray(resized.transpose(2, 0, 1)[None], dtype=np.float32) / 255


def clip_frames(clip: Path | None, count: int) -> list[Frame]:
    """The first frames of the clip, or of the rendered subject."""
    if clip is not None:
        return frames_of(clip)[:count]
    with tempfile.TemporaryDirectory() as folder:
        render_clip(Path(folder) / "face.avi", count)
        return frames_of(Path(folder) / "face.avi")


def measure(steps: dict[str, Step], frames: list[Frame]) -> dict[str, np.ndarray]:
    """Milliseconds [frames] of each contender, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    for number, frame in enumerate(frames):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            begin = time.perf_counter()
            steps[name](frame)
            times[name].append((time.perf_counter() - begin) * 1000)
    return {name: np.array(ms[min(WARM_UP, len(ms) - 1) :]) for name, ms in times.items()}


if __name__ == "__main__":
    sys.exit(main())
