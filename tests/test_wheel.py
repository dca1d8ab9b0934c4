"""The wheel, installed away from the checkout, is the whole program: data, types and commands."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODELS = {"clean", "wanet", "face-clean", "face-sticker", "face-wanet"}


def run(command, folder, **environment):
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout with the build backend that is already here."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)], CHECKOUT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that the wheel is installed into, without its dependencies, which are here, and without a network."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-index", "--target", str(folder), str(wheel)], folder)
    return folder


@pytest.fixture
def gazeattack(installed, tmp_path):
    """Run the installed console script in an empty folder.  What PYTHONPATH names comes before the checkout."""
    script = shutil.which("gazeattack", path=installed / "bin")
    assert script is not None

    def command(*words, **environment):
        return run([script, *words], tmp_path, PYTHONPATH=str(installed), OMP_NUM_THREADS="1", **environment)

    return command


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {
        "gazeattack",
        f"{wheel.name[: -len('-py3-none-any.whl')]}.dist-info",
    }
    assert "gazeattack/py.typed" in names
    assert {f"gazeattack/resources/bundles/{model}/weights.safetensors" for model in MODELS} <= set(names)
    packaged = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "gazeattack").rglob("*.py")}
    assert packaged <= set(names)


def test_the_installed_copy_is_what_runs(installed, tmp_path):
    code = "import gazeattack, gazeattack.cli; print(gazeattack.__file__, gazeattack.cli.__file__, sep='\\n')"
    files = run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(installed)).splitlines()
    assert len(files) == 2
    assert all(Path(file).is_relative_to(installed) for file in files)


def test_models(gazeattack, installed):
    models = json.loads(gazeattack("models", "--json"))["models"]
    assert {model["name"] for model in models} == MODELS
    for model in models:
        assert model["verified"]
        assert Path(model["path"]).is_relative_to(installed)


def test_a_run_of_ten_frames(gazeattack, tmp_path, landmarker_model):
    words = ("run", "--source", "synthetic", "--max-frames", "10", "--out", "out", "--json")
    summary = json.loads(gazeattack(*words, GAZEATTACK_FACE_LANDMARKER=str(landmarker_model)))
    assert (summary["frames"], summary["faces"], summary["model"]) == (10, 10, "wanet")
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"samples.csv", "summary.json", "report.html"} <= written
