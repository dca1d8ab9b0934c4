"""tools/requirements.lock holds what pyproject.toml asks for, by hash, and names no package index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.lock import HEAD, LOCK, keep

ROOT = Path(__file__).parents[1]
ENTRY = re.compile(r"^([\w.-]+)==(\S+?)(?: ; (.+?))? \\$", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def text() -> str:
    return LOCK.read_text(encoding="utf-8")


def test_every_requirement_is_locked_within_its_bounds(text):
    locked = {}
    for name, version, _ in ENTRY.findall(text):
        locked.setdefault(canonical(name), []).append(version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [Requirement(line) for line in (*project["dependencies"], *extras["train"], *extras["dev"])]
    for requirement in asked:
        name = canonical(requirement.name)
        if name in ("gazeattack", "torch"):
            continue
        versions = locked.get(name)
        assert versions, f"{name} is not locked: run python -m tools.lock"
        assert all(requirement.specifier.contains(version) for version in versions), name


def test_every_entry_has_hashes_and_no_address(text):
    assert text.startswith(HEAD)
    entries = re.split(r"^(?=\S+==)", text[len(HEAD) :], flags=re.MULTILINE)
    assert len(entries) > 60 and all("--hash=sha256:" in entry for entry in entries if entry.strip())
    assert "http" not in text and "index" not in text


def test_torch_and_what_comes_with_it_is_left_out():
    hashes = " \\\n    --hash=sha256:aa\n"
    given = f"numpy==2.4{hashes}torch==2.13{hashes}nvidia-nvtx==1 ; x{hashes}"
    assert keep(given) == f"{HEAD}numpy==2.4{hashes}"
