import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from gazeattack.capture.camera import CameraInfo
from gazeattack.capture.images import ImageSource
from gazeattack.errors import SourceError
from gazeattack.sources import registry
from gazeattack.sources.registry import SourceKind, SourceOption, SourceSpec, describe_sources, open_source, parse


@pytest.fixture
def files(tmp_path):
    cv2.imwrite(str(tmp_path / "face.PNG"), np.zeros((4, 4, 3), np.uint8))
    for name in ("clip.mp4", "clip.gif", "clip.unknown"):
        (tmp_path / name).write_bytes(b"\0")
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("camera:0", SourceSpec(SourceKind.CAMERA, index=0)),
        (" camera:12 ", SourceSpec(SourceKind.CAMERA, index=12)),
        ("camera:1@1280x720", SourceSpec(SourceKind.CAMERA, index=1, size=(1280, 720))),
        ("camera:1@1280x720@59.94", SourceSpec(SourceKind.CAMERA, index=1, size=(1280, 720), fps=59.94)),
        ("camera:1@15", SourceSpec(SourceKind.CAMERA, index=1, fps=15.0)),
        ("synthetic", SourceSpec(SourceKind.SYNTHETIC)),
        ("synthetic:42", SourceSpec(SourceKind.SYNTHETIC, seed=42)),
        ("synthetic:drive", SourceSpec(SourceKind.SYNTHETIC, drive=True)),
        ("synthetic:drive:7", SourceSpec(SourceKind.SYNTHETIC, seed=7, drive=True)),
        ("synthetic:varied:7", SourceSpec(SourceKind.SYNTHETIC, seed=7, drive=True, varied=True)),
        ("synthetic:varied:7@10", SourceSpec(SourceKind.SYNTHETIC, fps=10.0, seed=7, drive=True, varied=True)),
    ],
)
def test_specs(spec, expected):
    assert parse(spec) == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", SourceKind.IMAGES),
        ("face.PNG", SourceKind.IMAGES),
        ("clip.mp4", SourceKind.VIDEO),
        ("clip.gif", SourceKind.VIDEO),
        ("clip.unknown", SourceKind.VIDEO),
    ],
)
def test_paths(files, name, kind):
    assert parse(str(files / name)) == SourceSpec(kind, path=files / name)


def test_a_portrait(files):
    assert parse(f"synthetic:{files / 'face.PNG'}") == SourceSpec(SourceKind.SYNTHETIC, path=files / "face.PNG")


def test_home_is_understood(files, monkeypatch):
    monkeypatch.setenv("HOME", str(files))
    monkeypatch.setenv("USERPROFILE", str(files))
    assert parse("~/clip.mp4").path == Path(files / "clip.mp4")


@pytest.mark.parametrize("spec", ["", "webcam", "no/such/clip.mp4", "http://example.invalid/a.mp4"])
def test_an_unknown_spec_lists_the_forms(spec):
    with pytest.raises(SourceError) as error:
        open_source(spec)
    text = str(error.value)
    for form in ("camera:0", "synthetic", "synthetic:SEED", "synthetic:PORTRAIT.jpg", "video", "folder of images"):
        assert form in text
    assert not error.value.retry


@pytest.mark.parametrize(
    "spec", ["camera:", "camera:x", "camera:-1", "camera:0@", "camera:0@0x0", "camera:0@1280x", "camera:0@640x480@0"]
)
def test_a_malformed_camera_shows_how_to_write_it(spec):
    with pytest.raises(SourceError, match="camera:0@1280x720@30"):
        parse(spec)


@pytest.mark.parametrize("spec", ["synthetic:", "synthetic:-3", "synthetic:nobody.jpg"])
def test_a_malformed_subject_shows_how_to_write_it(spec):
    with pytest.raises(SourceError, match="synthetic:7"):
        parse(spec)


def test_a_file_of_unknown_kind_is_tried_as_video(files):
    with pytest.raises(SourceError, match="contains no video"):
        open_source(str(files / "clip.unknown"))


def test_stills_and_folders_open(files):
    with open_source(str(files / "face.PNG"), loop=True) as still, open_source(str(files)) as folder:
        assert isinstance(still, ImageSource)
        assert isinstance(folder, ImageSource)
        assert [still.read() is not None for _ in range(3)] == [True] * 3
        assert [folder.read() is not None for _ in range(2)] == [True, False]


def test_cameras_get_what_was_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(registry, "CameraSource", lambda *args: asked.append(args))
    open_source("camera:1@640x480@30")
    assert asked == [(1, (640, 480), 30.0)]


def test_the_subject_is_opened_with_seed_or_portrait(monkeypatch, files):
    module = ModuleType("gazeattack.synthetic.subject")
    module.SyntheticSource = lambda **kwargs: kwargs
    monkeypatch.setitem(sys.modules, "gazeattack.synthetic.subject", module)
    assert open_source("synthetic:5") == {"seed": 5, "portrait": None}
    assert open_source(f"synthetic:{files / 'face.PNG'}") == {"seed": 0, "portrait": files / "face.PNG"}


def test_pickers_offer_cameras_and_the_subject(monkeypatch):
    monkeypatch.setattr(registry, "list_cameras", lambda: [CameraInfo(2, "USB Camera", "V4L2")])
    assert describe_sources() == [
        SourceOption("camera:2", "USB Camera"),
        SourceOption("synthetic", "Synthetic subject"),
        SourceOption("synthetic:drive", "Scripted drive"),
    ]
