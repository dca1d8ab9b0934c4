"""What is wrong with the labels or the file of an .npz is refused in one sentence; text names of subjects work."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gazeattack.cli import main
from gazeattack.collection.files import SAMPLES, read_collection
from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import read_dataset
from gazeattack.evaluation.labels import number_subjects
from gazeattack.evaluation.screen_set import is_screen_set, read_screen_set

N = 12
RANDOM = np.random.default_rng(0)
GAZE = RANDOM.uniform(-0.4, 0.4, (N, 2))


def write(path: Path, **changes: object) -> Path:
    columns: dict[str, object] = {
        "images": RANDOM.integers(0, 256, (N, 36, 60)).astype(np.uint8),
        "gaze_pitchyaw": GAZE,
        "subject": np.arange(N) // 3,
    }
    columns.update(changes)
    np.savez_compressed(path, **columns)
    return path


def with_row(row: int, *angles: float) -> np.ndarray:
    gaze = GAZE.copy()
    gaze[row] = angles
    return gaze


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gaze_pitchyaw": np.degrees(GAZE)}, r"in degrees, .*store it in radians"),
        ({"gaze_pitchyaw": np.degrees(GAZE).round().astype(int)}, r"in degrees"),
        ({"gaze_pitchyaw": with_row(7, 1.6, 0)}, r"no direction, such as \(1.6, 0\) in 1 of 12 rows .*row 7"),
        ({"gaze_pitchyaw": with_row(4, 0, -3.2)}, r"no direction, .*row 4"),
        ({"gaze_pitchyaw": with_row(2, 1e308, 0)}, r"no direction, .*row 2"),
        ({"gaze_pitchyaw": with_row(5, np.nan, 0)}, r"not numbers in 1 of 12 rows \(the first: row 5"),
        ({"gaze_pitchyaw": with_row(6, 0, np.inf)}, r"not numbers .*row 6"),
        ({"gaze_pitchyaw": GAZE.astype(str)}, r'"gaze_pitchyaw" of <U'),
        ({"head": np.degrees(GAZE)}, r'"head" in degrees'),
        ({"right": np.array(["left"] * N)}, r'"right" of <U'),
        ({"subject": np.array([1.0] * 11 + [np.nan])}, r"subjects that are not numbers .*row 11"),
        ({"subject": np.array(["a"] * N, dtype=object)}, r'Python objects in "subject"'),
        ({"subject": np.array([1j] * N)}, r'"subject" of complex'),
    ],
)
def test_labels_that_cannot_be_right_are_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    path = write(tmp_path / "set.npz", **changes)
    with pytest.raises(DataError, match=said) as refused:
        read_dataset(path)
    assert str(path) in str(refused.value) and ". " not in str(refused.value)


def test_every_direction_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gaze = np.array([[np.pi / 2, np.pi], [-np.pi / 2, -np.pi]] * 6, dtype=np.float32)
    head = np.full((N, 2), np.nan, dtype=np.float32)
    data = read_dataset(write(tmp_path / "set.npz", gaze_pitchyaw=gaze, head=head))
    assert np.array_equal(data.gaze, gaze)
    read_dataset(write(tmp_path / "ahead.npz", gaze_pitchyaw=np.zeros((N, 2))))
    assert not caplog.messages


def test_the_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path / "shard-000.npz")
    write(tmp_path / "shard-001.npz", gaze_pitchyaw=with_row(3, 2, 0))
    with pytest.raises(DataError, match=r"shard-001\.npz has a .*row 3"):
        read_dataset(tmp_path)


def test_labels_within_1_6_degrees_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_dataset(write(tmp_path / "twice.npz", gaze_pitchyaw=np.radians(GAZE)))
    assert "all 12 gaze labels lie within 1.6 degrees" in caplog.text and "twice.npz" in caplog.text


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        (np.array(["p07", "p00", "p07"]), [7, 0, 7]),
        (np.array([b"ben", b"anna", b"ben"]), [1, 0, 1]),
        (np.array([b"ren\xe9", b"ren\xe8", b"ren\xe9"]), [9, 8, 9]),
        (np.array([3.0, 1.0, 3.0]), [3, 1, 3]),
        (np.array([1.5, 1.25, 1.5]), [1, 0, 1]),
        (np.array([20240101001, 20240101002, 20240101001]), [0, 1, 0]),
        (np.array([2**64 - 1, 5, 2**64 - 1], dtype=np.uint64), [1, 0, 1]),
    ],
)
def test_subjects_of_any_kind_stay_apart(
    subject: np.ndarray, numbers: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    assert number_subjects("x", subject).tolist() == numbers and not caplog.messages


def test_names_that_differ_in_case_or_blanks_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = np.array(["Anna", "anna ", "ben", "b\N{NO-BREAK SPACE}en", "cleo", "dora"] * 2)
    assert len(np.unique(read_dataset(write(tmp_path / "set.npz", subject=names)).subject)) == 6
    assert "4 subjects differ in case or blanks alone" in caplog.text and '"Anna", "anna "' in caplog.text
    assert "cleo" not in caplog.text


def test_people_of_a_screen_set_may_have_names(tmp_path: Path) -> None:
    own = {"target": RANDOM.uniform(0, 300, (24, 2)), "images": np.zeros((24, 36, 60), np.uint8)}
    np.savez(tmp_path / "a.npz", **own, person=np.array(["p1"] * 24))
    assert set(read_screen_set(tmp_path / "a.npz").person.tolist()) == {1}
    own["target"][9] = np.nan
    np.savez(tmp_path / "b.npz", **own)
    with pytest.raises(DataError, match=r"not finite numbers in 1 of 24 rows \(the first: row 9"):
        read_screen_set(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", **(own | {"target": np.arange(48.0).reshape(24, 2)}), head=np.full((24, 1, 2), 30.0))
    with pytest.raises(DataError, match=r'"head" in degrees'):
        read_screen_set(tmp_path / "c.npz")


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(bytes(data))


def encrypt(path: Path) -> None:
    """Set the flag of every member that says that it is encrypted."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    flagged = bytearray(data)
    place = data.index(b"PK\x01\x02")
    for member in members:
        flagged[member.header_offset + 6] |= 1
        flagged[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    path.write_bytes(bytes(flagged))


def repack(path: Path) -> None:
    """Name a packing method that no Python reads."""
    data = path.read_bytes()
    for start, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        parts = data.split(start)
        data = start.join([parts[0], *(p[: offset - 4] + struct.pack("<H", 98) + p[offset - 2 :] for p in parts[1:])])
    path.write_bytes(data)


def huge(path: Path) -> None:
    """Announce more images than any memory holds."""
    with zipfile.ZipFile(path, "w") as archive:
        header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (999999999999999, 36, 60), }"
        magic = b"\x93NUMPY\x01\x00"
        archive.writestr("images.npy", magic + struct.pack("<H", 118) + header.ljust(117) + b"\n")


def unclosed(path: Path) -> None:
    """Leave the header of an array without its last bracket."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "images.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + b"{'shape': (".ljust(117) + b"\n"
        )


def single(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, GAZE)


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damage, "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-300]), "is damaged"),
        (encrypt, "is encrypted"),
        (repack, "is damaged|packed by a method"),
        (unclosed, 'is damaged in "images"'),
        (huge, "does not fit into memory|is damaged"),
        (single, r"single array \(\.npy\)"),
        (other_zip, "zip file without arrays"),
        (lambda path: path.write_bytes(b""), "not an .npz file"),
        (lambda path: path.write_text("file,pitch_deg,yaw_deg\n"), "not an .npz file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], object], said: str
) -> None:
    path = write(tmp_path / "set.npz")
    spoil(path)
    assert main(["evaluate", "--bundle", "clean", "--data", str(path)]) == 1
    printed = capsys.readouterr().err
    assert "set.npz" in printed and printed.count("\n") == 2  # "reading ..." comes first
    with pytest.raises(DataError, match=said) as refused:
        read_dataset(path)
    assert ". " not in str(refused.value)
    assert not is_screen_set(path)
    (tmp_path / "me").mkdir()
    path.replace(tmp_path / "me" / SAMPLES)
    with pytest.raises(DataError, match=said):
        read_collection(tmp_path / "me")
