"""--log-level: the same option for every command and every training script."""

import argparse
import importlib
import logging
import pkgutil
import subprocess
import sys

import pytest

import training
from gazeattack import cli
from gazeattack.errors import SourceError
from gazeattack.log_level import LEVELS, PACKAGES, set_log_level

SCRIPTS = [
    module.name
    for module in pkgutil.walk_packages(training.__path__, "training.")
    if not module.ispkg and "\ndef main(" in importlib.util.find_spec(module.name).loader.get_source(module.name)
]
LOGGED = "INFO gazeattack.model.bundle: opened the bundle clean (clean): "


@pytest.fixture(autouse=True)
def loggers_as_before():
    loggers = [logging.getLogger(name) for name in PACKAGES]
    before = [(logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, (level, handlers, propagate) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


@pytest.mark.parametrize("level", LEVELS)
def test_messages_of_the_level_and_above_are_printed(level, capsys):
    set_log_level("debug")
    set_log_level(level)  # the last one counts, and nothing is printed twice
    for package in PACKAGES:
        for name in LEVELS:
            getattr(logging.getLogger(f"{package}.somewhere"), name)("hello")
    printed = capsys.readouterr().err.splitlines()
    kept = LEVELS[LEVELS.index(level) :]
    assert printed == [f"{name.upper()} {package}.somewhere: hello" for package in PACKAGES for name in kept]


def test_other_libraries_are_left_alone(capsys):
    set_log_level("debug")
    logging.getLogger("matplotlib.somewhere").debug("hello")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [["--log-level", "info", "models"], ["models", "--log-level", "info"]])
def test_the_command_line_takes_it_before_and_after_the_command(words, clean_bundle, capsys):
    assert cli.main([*words, str(clean_bundle.path)]) == 0
    assert f"{LOGGED}{clean_bundle.path}" in capsys.readouterr().err


def test_without_it_a_command_logs_nothing(clean_bundle, capsys):
    assert cli.main(["models", str(clean_bundle.path)]) == 0
    assert capsys.readouterr().err == ""


def test_debug_shows_where_a_failure_came_from(monkeypatch, capsys):
    def execute(options):
        raise SourceError("The camera is gone: plug it in.")

    monkeypatch.setattr(cli.models, "execute", execute)
    assert cli.main(["models", "--log-level", "debug"]) == 1
    printed = capsys.readouterr().err
    assert "\ngazeattack: The camera is gone: plug it in.\n" in printed and "Traceback" in printed
    assert cli.main(["models", "--log-level", "info"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_alone_it_opens_the_window(monkeypatch):
    opened = []
    monkeypatch.setattr(cli.gui, "has_display", lambda: False)
    monkeypatch.setattr(cli.gui, "demonstrate", lambda options: opened.append(options) or 0)
    assert cli.main(["--log-level", "error"]) == 0
    assert len(opened) == 1


def commands():
    [found] = [each for each in cli.build_parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return list(found.choices)


@pytest.mark.parametrize("command", commands())
def test_every_command_takes_it(command, capsys):
    assert cli.main([command, "--log-level", "loud"]) == 2
    assert "argument --log-level: invalid choice: 'loud'" in capsys.readouterr().err


def test_the_scripts_are_found():
    assert {"training.train", "training.data.render", "training.studies.sweep"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_training_script_takes_it(script, capsys):
    with pytest.raises(SystemExit) as stop:
        importlib.import_module(script).main(["--log-level", "loud"])
    assert stop.value.code == 2
    assert "argument --log-level: invalid choice: 'loud'" in capsys.readouterr().err


def test_a_training_script_logs(clean_bundle, tmp_path):
    command = [sys.executable, "-m", "training.evaluate", "--log-level", "debug", "--bundle", str(clean_bundle.path)]
    done = subprocess.run(
        [*command, "--data", str(tmp_path / "none.npz")], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert LOGGED in done.stderr and "DEBUG training.cli: the script failed\nTraceback" in done.stderr
