"""JSON and TOML of strangers: depth, numbers and size are bounded."""

import os
import sys

import pytest

from gazeattack.parsing import MOST_BYTES, parse_json, parse_toml, read_object, read_text

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("text", ["{", "", DEEP, "9" * 400, "[-9223372036854775808]", "NaN", "-Infinity", "1e999"])
def test_json_that_no_computation_can_use(text):
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_is_read_as_usual():
    assert parse_json('{"a": [1, -2.5, null, "x"]}') == {"a": [1, -2.5, None, "x"]}
    assert parse_json("[NaN, 1e999]", finite=False)[1] == float("inf")


@pytest.mark.parametrize("text", ["a =", f"a = {DEEP}", f"a = [{{b = {'9' * 400}}}]", "a = -9223372036854775808"])
def test_toml_that_no_computation_can_use(text):
    with pytest.raises(ValueError):
        parse_toml(text)
    assert parse_toml("a = [1, {b = 9223372036854775807}]") == {"a": [1, {"b": 2**63 - 1}]}


@pytest.mark.parametrize("content", ["[]", "7", '"a"', "null"])
def test_a_file_of_another_value_is_no_object(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="no JSON object"):
        read_object(path)


def test_only_regular_files_of_a_possible_size_are_read(tmp_path):
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    paths = [large]
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "zero").symlink_to("/dev/zero")
        paths += [tmp_path / "pipe", tmp_path / "zero"]
    for path in paths:
        with pytest.raises(ValueError, match="possible size"):
            read_text(path)
    with pytest.raises(OSError):
        read_text(tmp_path / "none")
