"""The documents are true: links lead somewhere, commands parse, the README's Python runs, tables name what there is."""

import argparse
import fnmatch
import importlib
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from gazeattack.cli import build_parser, with_command
from gazeattack.live.measure import COLUMNS
from training.config import load_config
from training.errors import TrainingError

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
USAGE = ROOT / "docs" / "usage"
PAGES = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MEASURED = ("attacks", "benchmarks", "datasets", "findings", "threat-models", "training")
WITH_COMMANDS = [README, ROOT / "CONTRIBUTING.md", *sorted(USAGE.glob("*.md"))]
WITH_COMMANDS += [ROOT / "docs" / f"{name}.md" for name in MEASURED]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
COMMAND = re.compile(r"(?:\S*python -m |torchrun .*?-m )?(gazeattack|training(?:\.\w+)+)(?: (.*))?")


def named(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^ {4}.*$", "", FENCE.sub("", text), flags=re.MULTILINE))


def anchors(path):
    """The anchors that GitHub gives to a page's headings."""
    found, seen = set(), {}
    for heading in re.findall(r"^#+ +(.+?)\s*$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen[slug] = seen.get(slug, -1) + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def broken_links(page):
    broken = []
    for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    return broken


def commands(page):
    """(program, arguments) of every command that a page names, in a code block or between backticks."""
    text = page.read_text(encoding="utf-8")
    lines = [line for kind, body in FENCE.findall(text) if kind in ("", "sh") for line in body.splitlines()]
    text = FENCE.sub("", text)
    lines += re.findall(r"^ {4}(.+)$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)
    for line in lines:
        match = COMMAND.fullmatch(re.sub(r"\s+#.*", "", line).strip())
        if match is not None and match[2] != "...":
            yield match[1], [word for word in shlex.split(match[2] or "") if word != "..."]


class ParsedError(Exception):
    """Ends a command once its options are known."""


@pytest.fixture
def only_parse(monkeypatch):
    """Commands parse their arguments and do nothing else."""

    def stopping(name):
        parse = getattr(argparse.ArgumentParser, name)

        def parse_and_stop(self, *arguments, **named):
            raise ParsedError(parse(self, *arguments, **named))

        monkeypatch.setattr(argparse.ArgumentParser, name, parse_and_stop)

    stopping("parse_args")
    stopping("parse_intermixed_args")


def subcommands():
    [found] = [action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return found.choices


def check(program, arguments):
    """Parse a command as it would be typed; one that is only named must exist."""
    if program == "gazeattack":
        main = lambda words: build_parser().parse_args(with_command(words))  # noqa: E731
        if len(arguments) < 2 and not "".join(arguments).startswith("-"):
            assert not arguments or arguments[0] in subcommands()
            return
    else:
        main = importlib.import_module(program).main
        if not arguments:
            return
    try:
        main(arguments)
    except ParsedError as parsed:
        options = parsed.args[0]
        if hasattr(options, "overrides") and hasattr(options, "config"):
            load_config(ROOT / options.config, options.overrides)
    except SystemExit as stop:
        assert stop.code == 0, f"{program} {shlex.join(arguments)}"
    else:
        raise AssertionError(f"{program} did more than parse")


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").split()) <= 1000


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    assert broken_links(page) == []


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A: one, two\n[a](#a-one-two) [b](#b) [c](none.md) [d](page.md#a-one-two) `[e](x)` [f](https://g)\n"
        "```\n# B\n[h](none.md)\n```\n"
    )
    assert broken_links(page) == ["#b", "none.md"]


def test_the_readmes_python_prints_what_it_shows(landmarker_model, capsys):
    blocks = dict(FENCE.findall(README.read_text(encoding="utf-8")))
    assert len(blocks["python"].splitlines()) == 10
    exec(compile(blocks["python"], "README.md", "exec"), {})
    degrees = r"[+-]\d+\.\d"
    printed, shown = (
        [float(angle) for angle in re.findall(degrees, text)] for text in (capsys.readouterr().out, blocks["text"])
    )
    # another build of torch or of the landmarker differs a little
    assert printed == pytest.approx(shown, abs=0.5)
    assert len(printed) == 4


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=named)
def test_commands_parse(page, only_parse):
    for program, arguments in commands(page):
        check(program, arguments)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=named)
def test_make_targets_exist(page):
    [targets] = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    used = re.findall(r"(?:`| {4})make ([\w-]+)", page.read_text(encoding="utf-8"))
    assert set(used) <= set(targets.split())


def test_commands_are_found():
    found = [(program, arguments) for page in WITH_COMMANDS for program, arguments in commands(page)]
    assert len(found) > 30
    assert ("training.evaluate", ["--bundle", "wanet", "--data", "mpiigaze_p00.npz"]) in found
    assert ("training.reproduce", ["--portraits", "PORTRAITS"]) in found
    assert ("gazeattack", ["evaluate", "--bundle", "wanet"]) in found


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("gazeattack", "runn"),
        ("gazeattack", "run --trigger maybe"),
        ("training.evaluate", "--bundel wanet --data x"),
        ("training.train", "--config training/configs/clean.toml train.epoch=1"),
        ("training.nothing", ""),
    ],
)
def test_wrong_commands_are_refused(program, words, only_parse):
    with pytest.raises((AssertionError, TrainingError, ImportError)):
        check(program, words.split())


def test_every_option_is_documented():
    text = (USAGE / "cli.md").read_text(encoding="utf-8")
    everywhere = text.partition("\n## ")[0]
    for name, parser in subcommands().items():
        section = everywhere + text.partition(f"\n## gazeattack {name}\n")[2].partition("\n## ")[0]
        options = [option for action in parser._actions for option in action.option_strings]
        missing = [o for o in options if o.startswith("--") and o != "--help" and not re.search(rf"`{o}\b", section)]
        assert missing == [], name


def test_every_column_is_documented():
    section = (USAGE / "cli.md").read_text(encoding="utf-8").partition("### samples.csv\n")[2].partition("\n#")[0]
    patterns = re.findall(r"`([\w*]+)`", section)
    assert [c for c in COLUMNS if not any(fnmatch.fnmatchcase(c, pattern) for pattern in patterns)] == []
    assert [p for p in patterns if p.count("_") > 1 and not fnmatch.filter(COLUMNS, p)] == []


def test_the_layers_are_those_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    rows = re.findall(
        r"^\| \d+ \| (.+?) \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == [set(layer.split(" | ")) for layer in layers[::-1]]


def test_every_shortcut_is_documented():
    source = (ROOT / "gazeattack" / "ui" / "window" / "actions.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'Shortcut\(\s*f?"([^"{]+)', source))
    section = (USAGE / "window.md").read_text(encoding="utf-8").partition("\n## Keys\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.+?) \| ", section, re.MULTILINE)[1:]
    documented = {
        re.sub(r"\d", "", key) if "+" in key else key
        for c in cells
        for key in re.split(" and | to ", c.replace("`", ""))
    }
    assert documented == keys


def test_the_glossary_names_code_that_exists():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("\n## Names in code\n")[2]
    names = {name for cell in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}
    code = [
        file.read_text(encoding="utf-8") for room in ("gazeattack", "training") for file in (ROOT / room).rglob("*.py")
    ]
    used = set(re.findall(r"\w+", "\n".join(code)))
    assert len(names) > 50
    assert sorted(names - used) == []
