"""Labels that cannot be right are refused or counted in every reader, by file and row; tables are read as spreadsheets
write them."""

import codecs
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
import scipy.io

from gazeattack.errors import DataError, GazeAttackError
from training.data.readers import open_dataset
from training.errors import TrainingError
from training.evaluate import main as evaluate_main

EYE = np.random.default_rng(0).integers(0, 256, (36, 60, 3)).astype(np.uint8)
HUB = "Face Origin WhichEye 2DGaze"


def write_table(root: Path, text: str, *, encoding: str = "utf-8") -> Path:
    (root / "anna").mkdir(exist_ok=True)
    cv2.imwrite(str(root / "anna" / "1.png"), EYE)
    (root / "labels.csv").write_bytes(text.encode(encoding))
    return root


def read_degrees(root: Path) -> np.ndarray:
    return np.degrees(open_dataset(f"csv-eyes:{root}").gaze).round(4)


@pytest.mark.parametrize(
    "text",
    [
        "file;pitch_deg;yaw_deg\nanna/1.png;-4,5;12,25\n",
        "sep=;\r\nfile;pitch_deg;yaw_deg\r\nanna/1.png;-4,5;12,25\r\n",
        '"sep=,"\nfile,pitch_deg,yaw_deg\nanna/1.png,"-4,5","12,25"\n',
        "file\tpitch_deg\tyaw_deg\nanna/1.png\t-4.5\t12.25\n",
        "file,pitch_deg,yaw_deg\nanna\\1.png,-4.5,12.25\n",
        " File , Pitch_Deg,YAW_DEG,,\n anna/1.png , \N{MINUS SIGN}4.5 ,12.25\N{DEGREE SIGN},,\n\n",
        "file;pitch;yaw\nanna\\1.png;-0,07853982;0,21380283\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_spreadsheets_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    assert read_degrees(write_table(tmp_path, text, encoding=encoding)).tolist() == [[-4.5, 12.25]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,pitch_deg,yaw_deg\nanna/1.png,-4,5,12,25\n", "line 2, has 5 cells under 3 names: if commas are decimal"),
        ("file,pitch,yaw\n\nanna/1.png,5,-12\n", r"labels\.csv, line 3: .*degrees stand where radians belong"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,91,0\n", "line 2: the gaze of pitch 91"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,0,-181\n", "line 2: the gaze of .*yaw -181"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,1e308,0\n", "line 2: the gaze of pitch 1e"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,1e999,0\n", "line 2, is not a label"),
        ("file,pitch_deg,yaw_deg,head_pitch_deg,head_yaw_deg\nanna/1.png,9,0,200,0\n", "line 2: the head pose"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,0.1,-0.31\nanna/1.png,1.2,1.5\n", "has radians in pitch_deg"),
        ("file,pitch_deg,yaw_deg\nanna/\0.png,1,2\n", "line 2, has a NUL"),
        ("file,pitch_deg,yaw_deg\nanna/1.png,1.234,5;6\n", "line 2, is not a label"),
        ("file,pitch_deg,yaw\nanna/1.png,1,2\n", "has the columns file, pitch_deg, yaw: it needs"),
        ("file,pitch_deg,yaw_deg,file\nanna/1.png,1,2,x\n", 'two columns "file"'),
        ("file,pitch_deg,yaw_deg\nanna/1.png;1;2\n", "line 2, has one cell under 3 names"),
        ("file;pitch_deg;yaw_deg\nanna/1.png;5\n", "line 2, is not a label"),
        ("file,pitch_deg,yaw_deg\nanna\u2028.png,1,2\n", "missing or not an image"),
        ("file,pitch_deg,yaw_deg\n", "has no rows"),
        ("", "has no rows"),
        ("file,pitch_deg,yaw_deg\n" + "x" * 200_000 + ",1,2\n", "line 2 .*field larger"),
        ("file,pitch_deg,yaw_deg\n" + "x" * 5000 + "\\y,1,2\n", "missing or not an image"),
    ],
)
def test_other_tables_are_refused_with_the_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    write_table(tmp_path, text)
    with pytest.raises(TrainingError, match=said) as refused:
        open_dataset(f"csv-eyes:{tmp_path}")
    assert ". " not in str(refused.value)
    assert evaluate_main(["--bundle", "clean", "--data", f"csv-eyes:{tmp_path}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    write_table(
        tmp_path,
        "file,pitch_deg,yaw_deg\nanna/1.png,5,2\nren\N{LATIN SMALL LETTER E WITH ACUTE}.png,1,2\n",
        encoding="cp1252",
    )
    with pytest.raises(TrainingError, match="line 3, is not in UTF-8"):
        open_dataset(f"csv-eyes:{tmp_path}")


def test_whole_degrees_near_zero_are_degrees(tmp_path: Path) -> None:
    write_table(tmp_path, "file,pitch_deg,yaw_deg\nanna/1.png,0,1\nanna/1.png,1.0,-1\n")
    assert read_degrees(tmp_path).tolist() == [[0, 1], [1, -1]]


def test_subjects_that_look_the_same_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_table(tmp_path, "file,pitch_deg,yaw_deg,subject\nanna/1.png,9,1,Anna\nanna/1.png,9,1,anna\n")
    assert open_dataset(f"csv-eyes:{tmp_path}").subject.tolist() == [0, 1]
    assert '"Anna", "anna"' in caplog.text


def write_mpiigaze(root: Path, gaze: np.ndarray, *, names: str = "{:04d}.jpg") -> Path:
    n = len(gaze)
    eye = {"image": np.zeros((n, 36, 60), np.uint8), "gaze": gaze, "pose": np.zeros((n, 3))}
    day = root / "Data" / "Normalized" / "p03" / "day01.mat"
    day.parent.mkdir(parents=True)
    cell = np.array([names.format(i) for i in range(n)], dtype=object)
    scipy.io.savemat(day, {"data": {"left": eye, "right": eye}, "filenames": cell})
    lists = root / "Evaluation Subset" / "sample list for eye image"
    lists.mkdir(parents=True)
    return lists / "p03.txt"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_of_mpiigaze_from_windows_is_read(tmp_path: Path, encoding: str) -> None:
    listed = write_mpiigaze(tmp_path, np.tile([0.1, 0.2, -1], (3, 1)), names="day01\\{:04d}.jpg")
    listed.write_bytes("day01\\0001.jpg left\r\n\r\nday01\\0002.jpg right\r\n".encode(encoding))
    assert len(open_dataset(f"mpiigaze:{tmp_path}").gaze) == 2
    listed.write_bytes(b"day01/0001.jpg left\n\nday01/0002.jpg \xe9\n")
    with pytest.raises(TrainingError, match=r"p03\.txt, line 3, is not in UTF-8"):
        open_dataset(f"mpiigaze:{tmp_path}")
    listed.write_bytes(codecs.BOM_UTF8 + b"day01/0001.jpg left\n\nday01/0002.jpg both\n")
    with pytest.raises(TrainingError, match=r"p03\.txt, line 3, is not"):
        open_dataset(f"mpiigaze:{tmp_path}")


def test_labels_that_are_not_numbers_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gaze = np.tile([0.1, 0.2, -1.0], (4, 1))
    gaze[1], gaze[3] = np.nan, 0
    write_mpiigaze(tmp_path, gaze)
    assert len(open_dataset(f"mpiigaze-all:{tmp_path}").gaze) == 4
    assert "4 of 8 labels are not numbers" in caplog.text and "day01.mat, row 1 of data.left" in caplog.text


def test_a_set_without_any_label_is_refused(tmp_path: Path) -> None:
    write_mpiigaze(tmp_path, np.full((2, 3), np.nan))
    with pytest.raises(TrainingError, match="holds no usable sample"):
        open_dataset(f"mpiigaze-all:{tmp_path}")


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("gaze_dir", "row 1 of gaze_dir"),
        ("recording", "is not Gaze360's metadata"),
        ("frame", "is not Gaze360's metadata"),
    ],
)
def test_gaze360_without_numbers(tmp_path: Path, caplog: pytest.LogCaptureFixture, column: str, said: str) -> None:
    (tmp_path / "imgs" / "r" / "head" / "000000").mkdir(parents=True)
    for frame in range(2):
        cv2.imwrite(
            str(tmp_path / "imgs" / "r" / "head" / "000000" / f"{frame:06d}.jpg"), np.zeros((40, 40, 3), np.uint8)
        )
    table = {name: np.zeros(2) for name in ("recording", "person_identity", "split")}
    table |= {"frame": np.arange(2.0), "gaze_dir": np.tile([0, 0, -1.0], (2, 1)), "person_face_bbox": np.ones((2, 4))}
    table[column][1] = np.nan
    scipy.io.savemat(tmp_path / "metadata.mat", {"recordings": np.array(["r"], dtype=object), **table})
    if column == "gaze_dir":
        assert len(open_dataset(f"gaze360:{tmp_path}").gaze) == 1 and said in caplog.text
    else:
        with pytest.raises(TrainingError, match=said):
            open_dataset(f"gaze360:{tmp_path}")


def write_ethxgaze(root: Path, gaze: np.ndarray, head: np.ndarray) -> None:
    with h5py.File(root / "subject0000.h5", "w") as file:
        file["face_patch"] = np.zeros((len(gaze), 224, 224, 3), np.uint8)
        file["face_gaze"], file["face_head_pose"] = gaze, head


@pytest.mark.parametrize(
    ("gaze", "head", "said"),
    [
        (
            [[0.1, 0.2], [12.0, 3.0]],
            [[0, 0], [0, 0]],
            r"subject0000\.h5, row 1 of face_gaze: the gaze .*stand where radians belong",
        ),
        ([[0.1, 0.2], [0.1, 3.3]], [[0, 0], [0, 0]], r"row 1 of face_gaze: the gaze"),
        ([[0.1, 0.2], [1e300, 3.3]], [[0, 0], [0, 0]], r"row 1 of face_gaze: the gaze"),
        ([[0.1, 0.2], [0.1, 0.2]], [[20, 0], [0, 0]], r"row 0 of face_gaze: the head pose"),
        ([[b"a", b"b"]], [[0, 0]], "another layout"),
    ],
)
def test_faces_with_wrong_labels_are_refused(tmp_path: Path, gaze: list, head: list, said: str) -> None:
    write_ethxgaze(tmp_path, np.array(gaze), np.array(head, dtype=float))
    with pytest.raises(TrainingError, match=said):
        open_dataset(f"ethxgaze:{tmp_path}")


def test_radians_that_were_converted_twice_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_ethxgaze(tmp_path, np.array([[0.005, 0.02], [0.01, -0.02]]), np.zeros((2, 2)))
    open_dataset(f"ethxgaze:{tmp_path}")
    assert "all 2 gaze labels lie within 1.6 degrees" in caplog.text


def write_hub(root: Path, *gaze: str, names: str = HUB) -> None:
    (root / "Label").mkdir()
    (root / "Image" / "p01").mkdir(parents=True)
    cv2.imwrite(str(root / "Image" / "p01" / "1.jpg"), np.zeros((224, 224, 3), np.uint8))
    rows = [f"p01\\1.jpg p01\\day\\1.jpg left {numbers}" for numbers in gaze]
    (root / "Label" / "p01.label").write_text("\n".join([names, *rows]) + "\n", encoding="utf-8-sig")


def test_gazehub_rows_are_checked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_hub(tmp_path, "0.1,0.2", "nan,0.2", "0.3,0.2")
    assert len(open_dataset(f"mpiifacegaze-hub:{tmp_path}").gaze) == 2
    assert "1 of 3 labels are not numbers" in caplog.text and "p01.label, line 3" in caplog.text


@pytest.mark.parametrize(
    ("gaze", "said"),
    [
        ("10,20", r"line 3: the gaze .*stand where radians belong"),
        ("0.1", "line 3, has a gaze that"),
        ("a,b", "line 3, has a gaze"),
    ],
)
def test_gazehub_rows_that_are_wrong_are_named(tmp_path: Path, gaze: str, said: str) -> None:
    write_hub(tmp_path, "0.1,0.2", gaze)
    with pytest.raises(TrainingError, match=said):
        open_dataset(f"mpiifacegaze-hub:{tmp_path}")


def test_columbia_names_are_checked(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "0001_2m_0P_95V_-5H.jpg"), np.zeros((80, 120, 3), np.uint8))
    with pytest.raises(TrainingError, match=r"0001_2m_0P_95V_-5H\.jpg: the gaze of pitch 95"):
        open_dataset(f"columbia:{tmp_path}")


def test_a_set_in_degrees_is_not_trained_on(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 36, 60), np.uint8), gaze_pitchyaw=np.full((4, 2), 12.0))
    with pytest.raises(DataError, match="in degrees"):
        open_dataset(str(tmp_path / "a.npz"))


@pytest.mark.parametrize("name", ["set.npy", "set.npz", "labels.csv", "set.txt"])
def test_another_file_as_data_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        if name.endswith(("npy", "npz")):
            np.save(file, EYE)
        else:
            file.write(b"file,pitch_deg,yaw_deg\n")
    with pytest.raises(GazeAttackError, match=name):
        open_dataset(str(tmp_path / name))
    assert evaluate_main(["--bundle", "clean", "--data", str(tmp_path / name)]) == 1
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and ("csv-eyes:FOLDER" in printed) == (name == "labels.csv")


def test_a_damaged_mat_file_never_reaches_scipy_which_may_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mpiigaze(tmp_path, np.tile([0.1, 0.2, -1.0], (40, 1)))
    day = tmp_path / "Data" / "Normalized" / "p03" / "day01.mat"
    contents = {name: value for name, value in scipy.io.loadmat(day).items() if not name.startswith("__")}
    scipy.io.savemat(day, contents, do_compression=True)
    assert len(open_dataset(f"mpiigaze-all:{tmp_path}").gaze) == 80
    intact = day.read_bytes()
    monkeypatch.setattr(scipy.io, "loadmat", lambda *_, **__: pytest.fail("scipy reads a damaged file"))
    random = np.random.default_rng(1)
    for place in random.integers(140, len(intact) - 60, 20).tolist():
        changed = bytearray(intact)
        changed[place] ^= 0x55
        for damaged in (bytes(changed), intact[:place]):
            day.write_bytes(damaged)
            with pytest.raises(TrainingError, match="is not a day of MPIIGaze"):
                open_dataset(f"mpiigaze-all:{tmp_path}")
