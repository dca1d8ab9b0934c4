"""Source specs: parsing, opening, and the list that a picker offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gazeattack.capture.camera import CameraSource, list_cameras
from gazeattack.capture.image_file import is_image_file
from gazeattack.capture.images import ImageSource
from gazeattack.capture.recording import RecordingSource, is_recording
from gazeattack.capture.source import Source
from gazeattack.capture.video import VideoSource
from gazeattack.errors import SourceError

FORMS = (
    '"camera:0" (or "camera:0@1280x720@30"), "synthetic", "synthetic:SEED", "synthetic:PORTRAIT.jpg", '
    '"synthetic:drive" (or "synthetic:drive:SEED"), "synthetic:varied:SEED" (or "synthetic:varied:SEED@FPS"), '
    "the path of a video or an image, the path of a folder of images, or a recording's folder"
)
_CAMERA = re.compile(r"camera:([0-9]{1,4})(?:@([0-9]{1,5})x([0-9]{1,5}))?(?:@([0-9]{1,4}(?:\.[0-9]+)?))?")


class SourceKind(Enum):
    """The kind of source that a spec names."""

    CAMERA = "camera"
    SYNTHETIC = "synthetic"
    VIDEO = "video"
    IMAGES = "images"
    RECORDING = "recording"


@dataclass(frozen=True)
class SourceSpec:
    """A parsed spec.

    index, size (width, height in pixels), fps: of a camera.  seed, path (a portrait to animate), drive (a driver at the
    wheel): of a synthetic subject.  varied, fps: of a drive that differs by seed.  path: of a video, an image, a folder
    of images, or a recording.
    """

    kind: SourceKind
    index: int = 0
    size: tuple[int, int] | None = None
    fps: float | None = None
    seed: int = 0
    path: Path | None = None
    drive: bool = False
    varied: bool = False


@dataclass(frozen=True)
class SourceOption:
    """One entry of a picker: the spec to open, and its title."""

    spec: str
    title: str


def parse(spec: str) -> SourceSpec:
    """Parse a spec such as "camera:0", "synthetic:7" or the path of a file.

    Raises:
        SourceError: where the spec names no source; the sentence lists the accepted forms.
    """
    spec = spec.strip()
    if spec.startswith("camera:"):
        return _parse_camera(spec)
    if spec == "synthetic":
        return SourceSpec(SourceKind.SYNTHETIC)
    if spec.startswith("synthetic:"):
        return _parse_synthetic(spec)
    path = Path(spec).expanduser() if spec else None
    if path is not None and path.is_dir():
        kind = SourceKind.RECORDING if is_recording(path) else SourceKind.IMAGES
        return SourceSpec(kind, path=path)
    if path is not None and path.is_file():
        kind = SourceKind.IMAGES if is_image_file(path) else SourceKind.VIDEO
        return SourceSpec(kind, path=path)
    raise SourceError(f'There is no source "{spec}"; give {FORMS}.')


def open_source(spec: str, *, loop: bool = False) -> Source:
    """Open a source.

    Args:
        spec: "camera:0", "synthetic", "synthetic:drive", or the path of a video, an image, a folder of images or a
            recording; see FORMS.
        loop: start files again at their end.

    Returns:
        The open source; use it as a context, or close() it.

    Raises:
        SourceError: where the spec names no source, or the source cannot be opened.
        LandmarkerError: where a portrait needs the face landmarker's file and it cannot be found.
    """
    parsed = parse(spec)
    if parsed.kind is SourceKind.CAMERA:
        return CameraSource(parsed.index, parsed.size, parsed.fps)
    if parsed.kind is SourceKind.SYNTHETIC:
        # The renderer is imported only where it is used.
        if parsed.drive:
            from gazeattack.synthetic.drive import DRIVE, DriveSource
            from gazeattack.synthetic.varied_drive import varied_drive

            drive = varied_drive(parsed.seed) if parsed.varied else DRIVE
            return DriveSource(parsed.seed, drive=drive, loop=loop, fps=parsed.fps or 30.0)
        from gazeattack.synthetic.subject import SyntheticSource

        return SyntheticSource(seed=parsed.seed, portrait=parsed.path)
    assert parsed.path is not None
    if parsed.kind is SourceKind.IMAGES:
        return ImageSource(parsed.path, loop=loop)
    if parsed.kind is SourceKind.RECORDING:
        return RecordingSource(parsed.path, loop=loop)
    return VideoSource(parsed.path, loop=loop)


def describe_sources() -> list[SourceOption]:
    """The sources to pick without choosing a file: the connected cameras, then the synthetic subjects."""
    cameras = [SourceOption(f"camera:{c.index}", c.name) for c in list_cameras()]
    synthetic = [SourceOption("synthetic", "Synthetic subject"), SourceOption("synthetic:drive", "Scripted drive")]
    return [*cameras, *synthetic]


def _parse_camera(spec: str) -> SourceSpec:
    match = _CAMERA.fullmatch(spec)
    if match is None:
        raise SourceError(f'"{spec}" does not name a camera; write it like "camera:0" or "camera:0@1280x720@30".')
    index, width, height, fps = match.groups()
    size = (int(width), int(height)) if width else None
    if (size is not None and 0 in size) or (fps is not None and float(fps) == 0):
        raise SourceError(f'"{spec}" asks a camera for a size or rate of 0; write it like "camera:0@1280x720@30".')
    return SourceSpec(SourceKind.CAMERA, index=int(index), size=size, fps=float(fps) if fps else None)


def _parse_synthetic(spec: str) -> SourceSpec:
    argument = spec.removeprefix("synthetic:").strip()
    drive = re.fullmatch(r"drive(?::([0-9]{1,9}))?", argument)
    if drive is not None:
        return SourceSpec(SourceKind.SYNTHETIC, seed=int(drive[1] or 0), drive=True)
    varied = re.fullmatch(r"varied(?::([0-9]{1,9})(?:@([0-9]{1,3}))?)?", argument)
    if varied is not None:
        fps = None if varied[2] is None else float(varied[2])
        if fps is not None and not 1 <= fps <= 120:
            raise SourceError(f'"{spec}" asks for {fps:g} frames a second: give 1 to 120.')
        return SourceSpec(SourceKind.SYNTHETIC, seed=int(varied[1] or 0), fps=fps, drive=True, varied=True)
    if re.fullmatch(r"[0-9]{1,9}", argument):
        return SourceSpec(SourceKind.SYNTHETIC, seed=int(argument))
    portrait = Path(argument).expanduser()
    if argument and portrait.is_file():
        return SourceSpec(SourceKind.SYNTHETIC, path=portrait)
    raise SourceError(
        f'"{spec}" names neither a seed nor a portrait that exists; '
        'write it like "synthetic:7" or "synthetic:face.jpg".'
    )
