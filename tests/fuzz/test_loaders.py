"""A quick share of the campaign of `make fuzz`, and the cases that failed once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.cases import run_case
from tests.fuzz.loaders import LOADERS, prepare

CORPUS = [
    line.partition("#")[0].split()
    for line in (Path(__file__).parent / "corpus.txt").read_text().splitlines()
    if line[:1] not in ("", "#")
]


@pytest.mark.parametrize("name", LOADERS)
def test_a_good_file_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"good{LOADERS[name].suffix}"
    LOADERS[name].make(path)
    LOADERS[name].read(path)


@pytest.mark.parametrize("name", LOADERS)
@settings(max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_read_or_refused_in_one_sentence(name: str, seed: int) -> None:
    assert run_case(name, seed) is None


@pytest.mark.parametrize(("name", "seed"), CORPUS)
def test_what_failed_once_does_not_fail_again(name: str, seed: str) -> None:
    assert run_case(name, int(seed)) is None


def test_a_case_is_decided_by_its_seed(tmp_path: Path) -> None:
    one, two, other = (tmp_path / word for word in ("one", "two", "other"))
    for folder in (one, two, other):
        folder.mkdir()
    a, b, c = (prepare("zones", seed, folder) for seed, folder in ((1, one), (1, two), (2, other)))
    assert a.read_bytes() == b.read_bytes() != c.read_bytes()
