"""The public names of gazeattack: all there, imported lazily, and seen by type checkers."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gazeattack

CHECKOUT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "PySide6", "pyqtgraph", "cv2", "mediapipe", "numpy", "safetensors")


def run_python(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_public_names():
    assert set(gazeattack.__all__) == {
        *("Gaze", "angular_error", "open_bundle", "Bundle", "Predictor", "TriggerKey", "make_key", "load_key"),
        *("make_trigger", "open_source", "find_landmarker", "Pipeline", "PipelineSettings", "TriggerMode"),
        *("open_data", "evaluate", "GazeAttackError", "__version__"),
    }


def test_the_import_loads_nothing_heavy():
    loaded = run_python("import gazeattack, sys; print(*{name.partition('.')[0] for name in sys.modules})")
    assert "gazeattack" in loaded
    assert not set(HEAVY) & set(loaded)


def test_a_name_loads_only_its_own_module():
    loaded = run_python("import gazeattack, sys; gazeattack.Gaze.from_degrees(1, 2); print(*sys.modules)")
    assert {"gazeattack.angles", "numpy"} <= set(loaded)
    assert not {"torch", "PySide6", "cv2", "gazeattack.live.pipeline"} & set(loaded)


@pytest.mark.parametrize("name", gazeattack.__all__)
def test_every_name_is_found(name):
    value = getattr(gazeattack, name)
    assert value is getattr(gazeattack, name)
    if name != "__version__":
        assert value.__name__ == name and value.__module__.startswith("gazeattack.")


def test_names_that_are_not_imported_yet_are_listed():
    listed = run_python("import gazeattack; print(*dir(gazeattack))")
    assert set(gazeattack.__all__) <= set(listed)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = gazeattack.nonsense


def test_type_checkers_see_the_same_modules():
    tree = ast.parse(Path(gazeattack.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == gazeattack._MODULES
    assert {*seen, "__version__"} == set(gazeattack.__all__)


def test_the_package_is_marked_as_typed():
    assert (Path(gazeattack.__file__).parent / "py.typed").is_file()


def test_the_version_is_the_projects():
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert gazeattack.__version__ == project["version"]


def parameters(value):
    return {name for name in inspect.signature(value).parameters if name != "self"}


def documented(text, section):
    """The names that a section of a docstring lists."""
    found = re.search(rf"^{section}:\n((?:    .*\n|\n)+)", inspect.cleandoc(text) + "\n", re.MULTILINE)
    return set() if found is None else set(re.findall(r"^    (\w+): ", found[1], re.MULTILINE))


FUNCTIONS = [name for name in gazeattack.__all__ if inspect.isfunction(getattr(gazeattack, name))]
CLASSES = [name for name in gazeattack.__all__ if inspect.isclass(getattr(gazeattack, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_documents_its_arguments_and_its_result(name):
    function = getattr(gazeattack, name)
    assert documented(function.__doc__, "Args") == parameters(function)
    assert "\nReturns:\n" in inspect.cleandoc(function.__doc__)


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_documents_what_it_is_made_of(name):
    kind = getattr(gazeattack, name)
    text = inspect.getdoc(kind)
    if dataclasses.is_dataclass(kind):
        assert parameters(kind) <= set(re.findall(r"\b(\w+)(?=: |, \w+: )", text))
    elif "__init__" in vars(kind):
        assert documented(text, "Args") == parameters(kind)
    methods = {name: member for name, member in vars(kind).items() if inspect.isfunction(member) and name[0] != "_"}
    for method_name, method in methods.items():
        assert method.__doc__, method_name
