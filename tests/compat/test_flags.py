"""Every flag, and every word a flag takes, that the commands had at 9ed65b4 is still there."""

from __future__ import annotations

import re

import pytest

from tests.compat.formats import APP, MODULES, flags_in, help_of

COMMANDS = {
    "run": "attack calibration foreign-key guard help json key landmarker loop max-frames model monitor no-video out "
    "screen seed source speed strength trigger user zones",
    "evaluate": "bundle clean data help json key report seed",
    "collect": "diagonal help json landmarker model out screen source targets unit",
    "models": "help json",
    "doctor": "help json",
    "gui": "help model reset source",
}
SCRIPTS = {
    "train": "config help portraits resume",
    "evaluate": "bundle clean data gaze-range help json key no-head-pose per-subject seed side strength",
    "reproduce": "data help out points portraits quick",
    "folds": "config help k list loso parameter submitit workers",
    "sweep": "cache config data help out portraits product quick seeds workers",
}
CHOICES = {"trigger": "off on both noise wrong-key script", "attack": "wanet badnets blended sig input-aware"}


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of a help text is broken."""
    monkeypatch.setenv("COLUMNS", "2000")


def wanted(names: str) -> set[str]:
    """Names as flags."""
    return {f"--{name}" for name in names.split()}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_programs_commands_keep_their_flags(name: str) -> None:
    text = help_of(APP, name)
    assert wanted(COMMANDS[name]) - {"--help"} <= flags_in(text)
    if name == "run":
        for flag, choices in CHOICES.items():
            taken = re.search(rf"--{flag} {{([^}}]*)}}", text)
            assert taken is not None and set(choices.split()) <= set(taken[1].split(","))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_training_scripts_keep_their_flags(name: str) -> None:
    assert wanted(SCRIPTS[name]) - {"--help"} <= flags_in(help_of(MODULES[name]))


def test_flags_are_read_from_the_usage_alone() -> None:
    assert flags_in("usage: x [-h] [--one ONE] [--two-b]\n\nAs --three does.\n") == {"--one", "--two-b"}
