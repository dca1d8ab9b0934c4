"""Every number on the command line of a training script has bounds, and what lies outside is one sentence."""

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import training
from training.arguments import number, whole

# what is needed beside a number; scripts without one are left out (test_no_script_is_left_out finds others)
SCRIPTS = {
    "training.analysis.detector": ["--key", "k", "--data", "d"],
    "training.analysis.feature_space": ["--bundle", "b", "--data", "d"],
    "training.analysis.universal_detector": [],
    "training.data.convert": ["--data", "d", "--out", "o.npz"],
    "training.data.render": ["--subjects", "1", "--per-subject", "1", "--out", "o"],
    "training.defend": ["--bundle", "b"],
    "training.evaluate": ["--bundle", "b", "--data", "d"],
    "training.filter_set": ["--bundle", "b", "--data", "d"],
    "training.folds": ["--config", "c"],
    "training.inspect": ["--bundle", "b", "--data", "d"],
    "training.repairs": [],
    "training.poisoning.dataset": ["--data", "d", "--rate", "0.1", "--out", "o", "--attack", "wanet"],
    "training.studies.adaptive": [],
    "training.studies.compare_attacks": [],
    "training.studies.compare_heads": [],
    "training.studies.compare_landmarks": [],
    "training.studies.data_poisoning": [],
    "training.studies.drives": [],
    "training.studies.frame_trigger": [],
    "training.studies.iris_attacker": [],
    "training.studies.literature": [],
    "training.studies.moved_irises": [],
    "training.studies.panel": [],
    "training.studies.survive": [],
    "training.studies.sweep": [],
    "training.studies.two_eyes": [],
    "training.studies.warp_detectors": [],
    "training.zoo": [],
}
BAD = ("-1e9", "nan", "inf", "-inf", "1" + "0" * 400, "abc", "", "1,5", "0x10", "1_0", "٣")
# refused by the key or the goal that they are for: see test_poison_dataset.py, test_detector.py and test_train.py
CHECKED_LATER = {("training.evaluate", "--strength"), ("training.analysis.detector", "--strength")} | {
    ("training.poisoning.dataset", f"--{name}") for name in ("rate", "strength", "key-seed", "k", "off-road-deg")
}


class Collected(Exception):
    """Carries the parser out of a script's main."""


def parser_of(name: str, monkeypatch) -> argparse.ArgumentParser:
    def collect(parser: argparse.ArgumentParser, *_: object) -> None:
        raise Collected(parser)

    for method in ("parse_args", "parse_intermixed_args"):
        monkeypatch.setattr(argparse.ArgumentParser, method, collect)
    with pytest.raises(Collected) as caught:
        importlib.import_module(name).main([])
    monkeypatch.undo()
    return caught.value.args[0]


def numbers(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The options that take a number: their type makes one of "1" or of "0.5"."""
    for action in parser._actions:
        if action.option_strings and any(isinstance(parsed(action, text), int | float) for text in ("1", "0.5")):
            yield action


def parsed(action: argparse.Action, text: str) -> object:
    try:
        return action.type(text) if callable(action.type) else None
    except (argparse.ArgumentTypeError, ValueError):
        return None


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_impossible_number_is_one_sentence(name: str, monkeypatch, capsys) -> None:
    parser = parser_of(name, monkeypatch)
    found = list(numbers(parser))
    assert found
    for action in found:
        option = action.option_strings[0]
        if (name, option) in CHECKED_LATER:
            continue
        for bad in BAD:
            # of an option with two numbers the second is missing, too; the type is checked first
            with pytest.raises(SystemExit) as ended:
                parser.parse_intermixed_args([*SCRIPTS[name], f"{option}={bad}"])
            said = capsys.readouterr().err.strip().splitlines()[-1]
            assert ended.value.code == 2 and "Traceback" not in said, (option, bad)
            assert option in said and ("give a " in said or "expected " in said), (option, bad, said)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_defaults_are_possible(name: str, monkeypatch) -> None:
    for action in numbers(parser_of(name, monkeypatch)):
        for value in action.default if isinstance(action.default, tuple) else (action.default,):
            assert value is None or action.type(str(value)) == value


def test_no_script_is_left_out() -> None:
    """No option of training has a number without bounds."""
    root = Path(training.__file__).parent
    plain = [
        f"{path.relative_to(root)}:{line}"
        for path in root.rglob("*.py")
        for line in re.findall(r'"(--[a-z0-9-]+)"[^)]*type=(?:int|float)\b', path.read_text())
    ]
    later = {
        (f"training.{path.removesuffix('.py').replace('/', '.')}", option)
        for path, _, option in (p.partition(":") for p in plain)
    }
    assert later == CHECKED_LATER


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("7", 7), ("+3", 3)])
def test_whole_numbers(text: str, value: int) -> None:
    assert whole(1, 7)(text) == value
    for bad in ("0", "8", "1.0"):
        with pytest.raises(argparse.ArgumentTypeError, match="give a whole number from 1 to 7"):
            whole(1, 7)(bad)


def test_numbers() -> None:
    rate = number(0, 0.5, above=True)
    assert rate("0.5") == 0.5
    for bad in ("0", "0.51", "nan"):
        with pytest.raises(argparse.ArgumentTypeError, match=r"above 0 and at most 0\.5"):
            rate(bad)
    assert number(0, 3)("0") == 0
