"""gazeattack run: the pipeline without a window; writes a table, a video and a report."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazeattack.commands.arguments import LANDMARKS, add_camera, add_landmarks, camera_of, count, seed, strength
from gazeattack.commands.batch import expand, run_batch
from gazeattack.commands.monitor import (
    OWN_LIMIT,
    SCRIPT,
    add_options,
    calibration_summary,
    guard_of,
    make_monitoring,
    safety_report,
    safety_summary,
)
from gazeattack.commands.run_summary import stopped_code, summarise, table
from gazeattack.errors import BundleError, KeyMismatchError, OutputError, SourceError
from gazeattack.files import write_whole
from gazeattack.interrupt import STOPPING, Interrupt
from gazeattack.terminal import on_one_line

if TYPE_CHECKING:
    from gazeattack.attack.key import TriggerKey
    from gazeattack.capture.source import Source
    from gazeattack.live.events_file import EventsFile
    from gazeattack.live.headless import HeadlessRun
    from gazeattack.live.pipeline import Pipeline
    from gazeattack.live.recorder import Recorder
    from gazeattack.model.bundle import Bundle
    from gazeattack.report.run.safety import SafetyReport

# DRAWN of gazeattack.attack.kinds, which takes time to import
ATTACKS = ("wanet", "badnets", "blended", "sig", "input-aware", "bppattack", "sticker")
CHANGED = "changed.mp4"  # as in gazeattack.live.output_folder
PLACES = ("crop", "frame")
MODES = ("off", "on", "both", "noise", "wrong-key", SCRIPT)
ENDLESS_FRAMES = 300  # ten seconds of the synthetic subject


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "run", help="process a source without a window and write a table, a video and a report"
    )
    parser.add_argument(
        "--source",
        nargs="+",
        default=["synthetic"],
        help="camera:0, synthetic, synthetic:SEED, synthetic:PORTRAIT.jpg, synthetic:drive, synthetic:varied:SEED, or "
        "the path of a video, an image, a folder of images or a recording (default: synthetic); several sources, or a "
        "folder of videos, run one after the other, each into a folder of its own in --out, with an index page",
    )
    parser.add_argument(
        "--model", default="wanet", help="name of a shipped model, or path of a bundle (default: %(default)s)"
    )
    parser.add_argument(
        "--compare",
        metavar="MODEL",
        help="a second model that gets the same crops with the same trigger, such as clean; its columns begin with "
        "compared_",
    )
    parser.add_argument(
        "--trigger",
        choices=MODES,
        default="both",
        help="off: no trigger; on: the trigger on every crop; both: crops without and with the trigger, side by side; "
        "noise: the noise mode or cross trigger in its place; wrong-key: the same kind of trigger with another key; "
        "script: as both, but the monitors receive triggered predictions only while the source's script turns the "
        "trigger on (default: %(default)s)",
    )
    parser.add_argument(
        "--trigger-place",
        choices=PLACES,
        default=PLACES[0],
        help="crop: the trigger on the normalised crops, inside the victim's process; frame: in the camera's frame, a "
        f"compromised camera; the pipeline finds the face again in the changed frame, and {CHANGED} has the "
        "changed video (default: %(default)s)",
    )
    parser.add_argument(
        "--virtual-camera",
        action="store_true",
        help="also send the frames, as --trigger-place frame changes them, to the system's virtual camera, which any "
        "other program can open; needs pip install 'gazeattack[camera]'",
    )
    parser.add_argument(
        "--strength",
        type=strength,
        help="strength of the trigger in place of the key's own: s, opacity, amplitude or centimetres",
    )
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--key", type=Path, help="file of a trigger key to use in place of the model's own")
    keys.add_argument(
        "--attack",
        choices=ATTACKS,
        help="use a newly drawn foreign key of this kind; a backdoor with another key must stay inactive (a trained "
        "generator cannot be drawn: give its key with --key)",
    )
    parser.add_argument("--foreign-key", action="store_true", help="accept a --key that is not the model's own")
    parser.add_argument(
        "--seed", type=seed, default=0, help="seed of noise mode, wrong key and --attack (default: %(default)s)"
    )
    parser.add_argument(
        "--max-frames",
        type=count,
        help=f"stop after this many frames (default: {ENDLESS_FRAMES} for a source without an end)",
    )
    parser.add_argument(
        "--loop",
        action="store_true",
        help=f"start files again at their end (without --max-frames, stop after {ENDLESS_FRAMES} frames)",
    )
    parser.add_argument("--out", type=Path, default=Path("gazeattack-run"), help="output folder (default: %(default)s)")
    parser.add_argument("--overwrite", action="store_true", help="replace the results of an earlier run in --out")
    parser.add_argument("--no-video", action="store_true", help="do not write the annotated video")
    parser.add_argument(
        "--landmarker", type=Path, help="the face landmarker's model file (default: found or downloaded)"
    )
    add_landmarks(parser)
    add_camera(parser)
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> int:
    """Run and return the exit code: 1 where a source failed, 130 after Ctrl-C; frames until then are kept."""
    sources = expand(options.source)
    if len(sources) > 1:
        # a model or a key that cannot be used would end every run
        open_models(options)
        return run_batch(options, sources, record, command_line(options))
    [options.source] = sources
    summary = record(options, _counter())
    print(json.dumps(summary, indent=2, allow_nan=False) if options.json else table(summary))
    for notice in summary["notices"]:
        print(f"gazeattack: {notice}", file=sys.stderr)
    if summary["failure"]:
        print(f"gazeattack: {on_one_line(summary['failure'])}", file=sys.stderr)
        return 1
    return stopped_code(summary)


def record(options: argparse.Namespace, progress: Callable[[int], None] | None) -> dict[str, Any]:
    """Run one source, write every file, and return the summary; progress: see run_headless."""
    from gazeattack.face.landmarker_file import find_landmarker
    from gazeattack.live.events_file import EventsFile
    from gazeattack.live.folder_lock import lock_folder
    from gazeattack.live.guard import to_compute
    from gazeattack.live.headless import run_headless
    from gazeattack.live.output_folder import check_folder, check_inputs, clear_folder, make_folder
    from gazeattack.live.pipeline import Pipeline, one_thread
    from gazeattack.live.recorder import Recorder
    from gazeattack.live.settings import PipelineSettings, TriggerMode, TriggerPlace
    from gazeattack.live.virtual_camera import VirtualCamera
    from gazeattack.sources.registry import open_source

    one_thread()
    camera = camera_of(options)
    bundle, second, key = open_models(options)
    mode = TriggerMode.BOTH if options.trigger == SCRIPT else TriggerMode(options.trigger)
    foreign = key is not None and bundle.key is not None and key.sha256 != bundle.key.sha256
    attack = key.kind if key is not None and (foreign or options.attack is not None) else None
    place = TriggerPlace(options.trigger_place)
    guard = guard_of(options)
    checks = frozenset() if guard is None else to_compute(guard.check)
    settings = PipelineSettings(mode, options.strength, options.seed, attack, place, checks=checks)
    with open_source(options.source, loop=options.loop) as source, ExitStack() as held:
        monitoring = make_monitoring(options, source, bundle)
        monitored = monitoring is not None and bool(monitoring.names)
        beside = make_monitoring(options, source, second) if monitored and second is not None else None
        check_inputs(options.out, _inputs(options))
        sent_to = None
        if options.virtual_camera:
            sent_to = held.enter_context(VirtualCamera(source.size, source.fps, paced=not source.live))
            _print_line(f"Frames go to the virtual camera {sent_to.device}.")
        held.enter_context(lock_folder(make_folder(options.out)))
        out = check_folder(options.out, overwrite=options.overwrite)
        model = find_landmarker(options.landmarker, progress=_print_line)
        with (
            # never inside a frame: MediaPipe would read an image that is already freed, and crash
            Interrupt(*STOPPING) as interrupt,
            Pipeline(
                bundle,
                landmarker_model=model,
                key=key,
                foreign_key=True,
                settings=settings,
                landmarks=options.landmarks,
                camera=None if camera is None else camera.camera,
            ) as pipeline,
        ):
            pipeline.compare(second)
            clear_folder(out)
            recorder = Recorder(out, fps=source.fps, video=not options.no_video)
            events = None
            if monitoring is not None and monitoring.names:
                events = EventsFile(out, may_alter=options.trigger != "off")
                held.callback(events.discard)
            try:
                run = run_headless(
                    source,
                    pipeline,
                    recorder,
                    virtual_camera=sent_to,
                    monitoring=monitoring,
                    second=beside,
                    events=events,
                    max_frames=_limit(options, source),
                    progress=progress,
                    stop=lambda: interrupt.asked,
                )
            finally:
                unwritten = _closed(recorder)
            run.failure = run.failure or unwritten
            if run.interrupted and not len(run.tally):
                interrupt.check()
                raise KeyboardInterrupt
            if not len(run.tally):
                raise run.failure or SourceError(f"{source.name} gave no frame: choose another source.")
            safety = safety_report(options, monitoring)
            summary = {
                **summarise(options, source, pipeline, run),
                "safety": safety_summary(safety),
                "compared_safety": safety_summary(safety_report(options, beside)),
                "calibration": calibration_summary(monitoring),
            }
            summary["signal"] = interrupt.name
            summary["notices"] = [*(() if camera is None else camera.notices), *summary["notices"]]
            failure = _write(out, options, summary, run, pipeline, safety, events)
            # the first failure is the reason, the others follow from it
            summary["failure"] = summary["failure"] or failure
            # also one that came while the files were written
            summary["signal"] = interrupt.name
    return summary


def open_models(options: argparse.Namespace) -> tuple[Bundle, Bundle | None, TriggerKey | None]:
    """The model, the second one and the key of the run; see choose_key().

    Raises BundleError for a model that cannot be opened or compared, and for a key that it cannot be used with.
    """
    from gazeattack.live.comparison import check_comparable
    from gazeattack.model.catalogue import open_bundle

    bundle = open_bundle(options.model)
    second = None if options.compare is None else open_bundle(options.compare)
    if second is not None:
        check_comparable(bundle, second)
    return bundle, second, choose_key(bundle, options)


def choose_key(bundle: Bundle, options: argparse.Namespace) -> TriggerKey | None:
    """The key of the run: the given or drawn one, the model's own, or for a clean model a shipped one that fits.

    Raises KeyMismatchError for a key that is not the model's own without --foreign-key.
    """
    from gazeattack.attack.key import load_key
    from gazeattack.model.catalogue import fresh_key, shipped_key

    if options.attack is not None:
        return fresh_key(options.attack, bundle, seed=options.seed)
    if options.key is not None:
        try:
            return bundle.accept_key(load_key(options.key), foreign=options.foreign_key)
        except KeyMismatchError:
            raise KeyMismatchError(
                f"{options.key} is not the trigger key of {bundle.name}: leave --key out, or add --foreign-key "
                "to use it as a foreign key."
            ) from None
    key = bundle.key or shipped_key(bundle.crop)
    if key is None and options.trigger != "off":
        raise BundleError(
            f"{bundle.name} has no trigger key and no shipped key fits it: give one with --key FILE --foreign-key, "
            "or use --trigger off."
        )
    return key


def command_line(options: argparse.Namespace) -> str:
    """The command line that repeats the run."""
    sources = [options.source] if isinstance(options.source, str) else options.source
    words = ["gazeattack", "run", "--source", *sources, "--model", options.model, "--trigger", options.trigger]
    named = (
        "compare",
        "strength",
        "key",
        "attack",
        "max_frames",
        "landmarker",
        "monitor",
        "zones",
        "speed",
        "guard",
        "guard_check",
        "calibration",
        "user",
        "screen",
    )
    for name in named:
        value = getattr(options, name)
        if value is not None:
            words.append(f"--{name.replace('_', '-')}")
            words += [] if (name, value) == ("guard", OWN_LIMIT) else [_word(value)]
    words += ["--landmarks", options.landmarks] if options.landmarks != LANDMARKS[0] else []
    words += ["--trigger-place", options.trigger_place] if options.trigger_place != PLACES[0] else []
    words += ["--seed", str(options.seed)] if options.seed else []
    flags = ("virtual_camera", "foreign_key", "loop", "overwrite", "no_video")
    words += [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name)]
    return shlex.join([*words, "--out", str(options.out)])


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inputs(options: argparse.Namespace) -> dict[str, Path | None]:
    """The files and folders that the run reads, by a word for each; a name that is no path is left out."""
    from gazeattack.sources.registry import parse

    named = {name: getattr(options, name) for name in ("key", "landmarker", "calibration")}
    by_name = {name: getattr(options, name) for name in ("model", "compare", "zones")}
    named |= {name: Path(value) for name, value in by_name.items() if value is not None}
    found = {name: path for name, path in named.items() if path is not None and path.exists()}
    return {"source": parse(options.source).path, **found}


def _closed(recorder: Recorder) -> OutputError | None:
    """Close the recorder; its error, where it could not write."""
    try:
        recorder.close()
    except OutputError as error:
        return error
    return None


def _write(
    out: Path,
    options: argparse.Namespace,
    summary: dict[str, Any],
    run: HeadlessRun,
    pipeline: Pipeline,
    safety: SafetyReport | None,
    events: EventsFile | None,
) -> str | None:
    """Write the files that need the whole run: events, picture, report, summary; the sentence for what failed."""
    from gazeattack.commands.picture import write_picture
    from gazeattack.live.output_folder import EVENTS, PICTURE, REPORT, SUMMARY, cannot_write
    from gazeattack.report.run.page import RunReport, write_report

    failure: str | None = None

    def attempt(name: str, write: Callable[[Path], Any]) -> Any:
        nonlocal failure
        try:
            return write(out / name)
        except OSError as error:
            failure = failure or cannot_write(out / name, error)
        except OutputError as error:
            failure = failure or str(error)
        return None

    if events is not None:
        attempt(EVENTS, lambda _: events.finish())
    picture = attempt(PICTURE, lambda path: write_picture(path, run, pipeline, summary))
    shown = next(reversed(run.showcase.results), None)
    report = RunReport(summary, run.tally, shown, picture, command_line(options), summary["failure"] or failure, safety)
    attempt(REPORT, lambda path: write_report(path, report))
    record = {**summary, "failure": summary["failure"] or failure}
    attempt(SUMMARY, lambda path: write_whole(path, (json.dumps(record, indent=2, allow_nan=False) + "\n").encode()))
    return failure


def _limit(options: argparse.Namespace, source: Source) -> int | None:
    from gazeattack.synthetic.subject import SyntheticSource

    unscripted = isinstance(source, SyntheticSource) and not hasattr(source, "drive")
    endless = source.live or options.loop or unscripted
    return options.max_frames or (ENDLESS_FRAMES if endless else None)


def _counter() -> Callable[[int], None] | None:
    """A function that prints the progress, on a terminal; else None."""
    if not sys.stderr.isatty():
        return None

    def count(frames: int) -> None:
        if frames % 10 == 0:
            print(f"\r{frames} frames", end="\r", file=sys.stderr, flush=True)

    return count


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
