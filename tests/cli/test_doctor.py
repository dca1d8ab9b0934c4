"""gazeattack doctor: it finds what is broken, says how to mend it, and fails only for what is essential."""

import json
from types import SimpleNamespace

import pytest

from gazeattack import cli
from gazeattack.commands import doctor, environment
from gazeattack.commands.doctor import Check
from gazeattack.face import landmarker_file
from gazeattack.model.bundle_files import UNCHANGED


def only(checks):
    (check,) = checks
    return check


@pytest.fixture
def shipped(monkeypatch):
    """Make these folders the shipped models."""

    def use(*bundles):
        paths = {bundle.name: bundle.path for bundle in bundles}
        monkeypatch.setattr("gazeattack.model.catalogue.bundle_paths", lambda: paths)

    return use


def test_a_healthy_machine_is_0_and_a_failure_is_1(monkeypatch, capsys):
    monkeypatch.setattr(
        doctor, "CHECKS", (lambda: [Check("one", "OK", "fine"), Check("two", "WARN", "so so", "mend")],)
    )
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["OK", "one", "fine"] and lines[2].strip() == "→ mend"
    monkeypatch.setattr(doctor, "CHECKS", (lambda: [Check("one", "FAIL", "broken", "mend")],))
    assert cli.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["checks"] == [
        {"name": "one", "state": "FAIL", "detail": "broken", "mend": "mend"}
    ]


def test_what_is_not_ok_says_how_to_mend_it(capsys):
    cli.main(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert {"python", "packages", "landmarker", "camera", "display"} <= {check["name"] for check in checks}
    assert all(check["mend"] for check in checks if check["state"] != "OK")


def test_models_whole_damaged_and_missing(shipped, backdoored_bundle, clean_bundle):
    shipped(backdoored_bundle, clean_bundle)
    assert [(c.state, c.detail) for c in doctor.check_models()] == [
        ("OK", "backdoored, verified: unchanged since its maker hashed it"),
        ("OK", f"clean, verified: {UNCHANGED}"),
    ]
    (clean_bundle.path / "card.json").write_text("{}")
    assert [c.state for c in doctor.check_models()] == ["OK", "FAIL"]
    shipped()
    assert only(doctor.check_models()).state == "FAIL"


def test_a_missing_package_fails(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package-at-all"))
    check = only(doctor.check_packages())
    assert check.state == "FAIL" and "no-such-package-at-all" in check.detail


def test_a_second_opencv_is_warned_of(monkeypatch):
    names = ("opencv-python", "OpenCV-Contrib-Python")
    monkeypatch.setattr(
        doctor.importlib.metadata, "distributions", lambda: [SimpleNamespace(metadata={"Name": name}) for name in names]
    )
    warning = doctor.check_packages()[1]
    assert warning.state == "WARN" and "opencv-contrib-python" in warning.detail


@pytest.mark.parametrize(("system", "machine", "state"), [("Darwin", "arm64", "OK"), ("Linux", "aarch64", "WARN")])
def test_systems_without_mediapipe_are_told(monkeypatch, system, machine, state):
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    monkeypatch.setattr(doctor.platform, "machine", lambda: machine)
    assert only(doctor.check_python()).state == state


def test_a_landmarker_that_is_not_there_is_no_failure_and_is_not_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(landmarker_file, "cache_path", lambda: tmp_path / landmarker_file.FILE_NAME)
    monkeypatch.setattr(landmarker_file, "_carried", lambda: None)
    monkeypatch.delenv(landmarker_file.VARIABLE, raising=False)
    check = only(doctor.check_landmarker())
    assert check.state == "WARN" and str(tmp_path) in check.mend
    assert list(tmp_path.iterdir()) == []


def test_cameras_are_named(monkeypatch):
    monkeypatch.setattr("gazeattack.capture.camera.list_cameras", lambda: [SimpleNamespace(index=2, name="Desk cam")])
    assert only(doctor.check_camera()) == Check("camera", "OK", "camera:2 Desk cam")
    monkeypatch.setattr("gazeattack.capture.camera.list_cameras", list)
    assert only(doctor.check_camera()).state == "WARN"


def test_qt_is_asked_in_a_process_of_its_own():
    assert environment.qt_problem("offscreen") is None
    problem = environment.qt_problem("no-such-platform")
    assert problem and "\n" not in problem
