"""The import contract of `make lint` holds, and fails for an import that it forbids."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

LAYERS = "gazeattack: a room imports only rooms below it"
UI_LAYERS = "gazeattack.ui: a part imports only parts below it"
TRAINING_LAYERS = "training: a room imports only rooms below it"
CIRCLES = "no circle of files"
QT = "Qt is imported by gazeattack.ui alone"
NO_TRAINING = "gazeattack does not import training"
MAIN_WINDOW = "nothing below the main window imports it"


@pytest.fixture
def copy(tmp_path):
    """The packages and their contract in a folder of their own, to be changed."""
    for package in ("gazeattack", "training"):
        shutil.copytree(CHECKOUT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder):
    return subprocess.run([sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_contract_holds(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (LAYERS, UI_LAYERS, TRAINING_LAYERS, CIRCLES, QT, NO_TRAINING, MAIN_WINDOW):
        assert f"{name} KEPT" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("gazeattack/model/crop.py", "import gazeattack.live.pipeline", LAYERS),
        ("gazeattack/attack/goal.py", "import gazeattack.capture.frame", LAYERS),
        # the facade imports rooms above
        ("gazeattack/model/crop.py", "from gazeattack import Pipeline", LAYERS),
        # the lazy way round: a function's own import counts as well
        ("gazeattack/face/pose.py", "def later():\n    import gazeattack.synthetic.subject", LAYERS),
        ("gazeattack/ui/widgets/banner.py", "import gazeattack.ui.pages.gaze.page", UI_LAYERS),
        ("training/data/split.py", "import training.train", TRAINING_LAYERS),
        ("gazeattack/safety/zones.py", "import gazeattack.safety.paired", CIRCLES),
        ("gazeattack/live/session.py", "from PySide6 import QtCore", QT),
        ("gazeattack/commands/gui.py", "import pyqtgraph", QT),
        ("training/train.py", "from PySide6 import QtCore", QT),
        ("gazeattack/evaluation/score.py", "import training.data.split", NO_TRAINING),
        (
            "gazeattack/ui/pages/screen/page.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gazeattack.ui.window.main_window",
            MAIN_WINDOW,
        ),
        ("gazeattack/ui/widgets/banner.py", "import gazeattack.ui.window.main_window", MAIN_WINDOW),
        ("gazeattack/unlisted.py", '"""A room that no layer names."""', LAYERS),
    ],
)
def test_a_forbidden_import_breaks_the_contract(copy, file, line, broken):
    with (copy / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{broken} BROKEN" in done.stdout
