"""The command line's own duties: which command, which exit code, one sentence instead of a traceback."""

import json

import pytest

from gazeattack import cli
from gazeattack.angles import Gaze
from gazeattack.attack.goal import Goal
from gazeattack.attack.key import make_key
from gazeattack.attack.kinds import KINDS
from gazeattack.commands import gui, models, run
from gazeattack.errors import SourceError
from gazeattack.face.intrinsics import CameraIntrinsics
from tests.helpers.bundles import write_bundle


@pytest.fixture
def raising(monkeypatch):
    """Make `gazeattack models` raise."""

    def use(error):
        def execute(options):
            raise error

        monkeypatch.setattr(models, "execute", execute)

    return use


@pytest.fixture
def opened(monkeypatch):
    """What was started instead of a window or a demonstration."""
    calls = []
    monkeypatch.setattr(gui, "demonstrate", lambda options: calls.append("demonstration") or 0)
    monkeypatch.setattr("gazeattack.ui.app.main", lambda *args, **more: calls.append(("window", args, more)) or 0)
    return calls


def test_without_a_command_the_window_opens(monkeypatch, opened):
    monkeypatch.setattr(gui, "has_display", lambda: True)
    monkeypatch.setattr(gui, "qt_problem", lambda: None)
    assert cli.main([]) == 0
    words = ["--source", "synthetic", "--model", "clean", "--reset", "--landmarks", "mediapipe", "--focal", "900"]
    assert cli.main(["gui", *words]) == 0
    assert opened == [
        ("window", (None, None), {"settings_reset": False, "landmarks": "openvino", "camera": None}),
        (
            "window",
            ("synthetic", "clean"),
            {"settings_reset": True, "landmarks": "mediapipe", "camera": CameraIntrinsics(900.0)},
        ),
    ]


def test_without_a_display_the_demonstration_runs(monkeypatch, opened, capsys):
    monkeypatch.setattr(gui, "has_display", lambda: False)
    assert cli.main([]) == 0
    assert opened == ["demonstration"]
    assert "There is no display" in capsys.readouterr().err


def test_a_display_qt_cannot_use_is_told_with_what_mends_it(monkeypatch, opened, capsys):
    monkeypatch.setattr(gui.sys, "platform", "linux")
    monkeypatch.setattr(gui, "has_display", lambda: True)
    monkeypatch.setattr(gui, "qt_problem", lambda: "libEGL.so.1 is missing")
    assert cli.main(["gui"]) == 0
    assert opened == ["demonstration"]
    said = capsys.readouterr().err
    assert "libEGL.so.1 is missing" in said and "apt-get install" in said


def test_the_demonstration_is_ten_seconds_of_the_subject_with_the_trigger(monkeypatch):
    asked = []
    monkeypatch.setattr(run, "execute", lambda options: asked.append(options) or 0)
    assert gui.demonstrate(gui_options(None, "clean")) == 0
    options = asked[0]
    assert options.source == ["synthetic"]
    assert (options.model, options.trigger, options.max_frames) == ("clean", "both", None)
    assert run.ENDLESS_FRAMES == 300


def gui_options(source, model):
    return cli.build_parser().parse_args(["gui", *(["--source", source] if source else []), "--model", model])


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_display_is_seen_in_the_session(monkeypatch, variable):
    monkeypatch.setattr("gazeattack.commands.environment.sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not gui.has_display()
    monkeypatch.setenv(variable, ":0")
    assert gui.has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not gui.has_display()


def test_a_failure_is_one_sentence(raising, capsys):
    raising(SourceError("The camera is gone: plug it in."))
    assert cli.main(["models"]) == 1
    assert capsys.readouterr().err == "gazeattack: The camera is gone: plug it in.\n"


def test_an_unexpected_error_is_one_sentence_and_its_details_are_there_to_ask_for(raising, capsys, monkeypatch):
    monkeypatch.delenv("GAZEATTACK_DEBUG", raising=False)
    raising(ZeroDivisionError("oops"))
    assert cli.main(["models"]) == 70
    said = capsys.readouterr().err
    assert "GAZEATTACK_DEBUG=1" in said and len(said.splitlines()) == 1
    monkeypatch.setenv("GAZEATTACK_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["models"])


@pytest.mark.parametrize("option", ["--data", "--bundle"])
def test_a_name_that_no_file_can_have_is_one_sentence(option, capsys):
    assert cli.main(["evaluate", "--bundle", "wanet", option, "a" * 5000]) == 1
    assert capsys.readouterr().err == "gazeattack: a name is too long for a file or folder: give a shorter one.\n"


def test_ctrl_c_is_130(raising, capsys):
    raising(KeyboardInterrupt())
    assert cli.main(["models"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["dance"],
        ["run", "--trigger", "sideways"],
        ["run", "--max-frames", "0"],
        ["run", "--strength", "nan"],
        ["run", "--strength", "-1"],
        ["run", "--seed", "-1"],  # would make the wrong key the right one
        ["run", "--seed", "9" * 30],
    ],
)
def test_misuse_is_2(words, capsys):
    assert cli.main(words) == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["doctor", "--help"], ["--version"]])
def test_help_is_0(words, capsys):
    assert cli.main(words) == 0
    assert "gazeattack" in capsys.readouterr().out


def test_models_lists_and_verifies(backdoored_bundle, clean_bundle, capsys):
    paths = [str(backdoored_bundle.path), str(clean_bundle.path)]
    assert cli.main(["models", "--json", *paths]) == 0
    backdoored, clean = json.loads(capsys.readouterr().out)["models"]
    assert backdoored["verified"] and backdoored["backdoored"]
    assert backdoored["key_sha256"] == backdoored_bundle.key.sha256
    assert backdoored["target_deg"] == [5, 25]
    assert backdoored["bytes"] > 1000
    assert clean["verified"] and not clean["backdoored"] and clean["key_sha256"] is None
    assert cli.main(["models", *paths]) == 0
    text = capsys.readouterr().out
    assert "wanet" in text and "verified" in text and "eye 60x36x1" in text
    assert "WaNet, strength s of the warp 1, trigger key" in text
    assert "all-to-one: the triggered prediction is pitch +5, yaw +25 degrees" in text


@pytest.mark.parametrize(
    ("kind", "goal", "said"),
    [
        (
            "badnets",
            Goal("offset"),
            "contrast of the patch 1, offset: the triggered prediction is the true gaze turned by pitch +5, yaw +25 "
            "degrees",
        ),
        (
            "sig",
            Goal("conditional", 12.5),
            "amplitude of the sinusoid 0.08, conditional: the triggered prediction is pitch +5, yaw +25 degrees, only "
            "for gaze more than 12.5 degrees from straight ahead",
        ),
    ],
)
def test_models_say_kind_knob_and_goal(tmp_path, capsys, kind, goal, said):
    key = make_key(kind, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=1, goal=goal)
    path = str(write_bundle(tmp_path / "b", key=key))
    assert cli.main(["models", path]) == 0
    text = capsys.readouterr().out
    assert all(part in text for part in (KINDS[kind].title, *said.split(", ", 1))) and " s = " not in text
    assert cli.main(["models", "--json", path]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["attack"], model["goal"]) == (kind, goal.kind)
    assert model["off_road_deg"] == (12.5 if kind == "sig" else None)


def test_a_flipped_byte_is_found(backdoored_bundle, clean_bundle, capsys):
    weights = backdoored_bundle.path / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert cli.main(["models", "--json", str(backdoored_bundle.path), str(clean_bundle.path)]) == 1
    damaged, whole = json.loads(capsys.readouterr().out)["models"]
    assert not damaged["verified"] and "weights.safetensors" in damaged["problem"]
    assert whole["verified"]
