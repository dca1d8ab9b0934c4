"""Datasets by name, tables of one's own pictures, and eyes cut from faces."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.angles import Gaze, angular_error
from gazeattack.evaluation.labels import number_names
from gazeattack.face.landmarks import Landmarker
from gazeattack.model.crop import FACE_224, MPIIGAZE_EYE, eye_crop
from training.data.convert import main as convert_main
from training.data.readers import open_dataset
from training.data.readers.collect import collect, cut
from training.data.readers.sample import Sample, evenly, thin
from training.errors import TrainingError
from training.evaluate import main as evaluate_main

EYE = np.random.default_rng(0).integers(0, 256, (36, 60, 3)).astype(np.uint8)
HEADER = "file,pitch_deg,yaw_deg,subject,side,head_pitch_deg,head_yaw_deg"


def write_table(root: Path, *rows: str, header: str = HEADER) -> None:
    (root / "labels.csv").write_text("\n".join([header, *rows]) + "\n")
    cv2.imwrite(str(root / "left.png"), EYE)
    cv2.imwrite(str(root / "right.png"), EYE[:, ::-1])


def test_a_table_of_eyes_with_a_mirrored_twin(tmp_path: Path) -> None:
    write_table(tmp_path, "left.png,10,20,anna,left,5,-8", "right.png,10,-20,ben,right,5,8")
    data = open_dataset(f"csv-eyes:{tmp_path}")
    assert np.array_equal(data.images[0], cv2.cvtColor(EYE, cv2.COLOR_BGR2GRAY))
    assert np.array_equal(data.images[0], data.images[1])
    assert np.allclose(np.degrees(data.gaze), [[10, 20], [10, 20]]) and data.head is not None
    assert np.allclose(np.degrees(data.head), [[5, -8], [5, -8]])
    assert data.subject.tolist() == [0, 1] and data.right is not None and data.right.tolist() == [False, True]


def test_a_table_may_be_in_radians_and_short(tmp_path: Path) -> None:
    write_table(tmp_path, "left.png,0.1,-0.2", header="file,pitch,yaw")
    data = open_dataset(f"csv-eyes:{tmp_path}")
    assert np.allclose(data.gaze, [[0.1, -0.2]]) and data.right is None and data.head is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("left.png,up,20,a,left,,", "line 2"),
        ("left.png,nan,20,a,left,,", "line 2"),
        ("left.png,1,2,a,both,,", "line 2"),
        ("gone.png,1,2,a,left,,", r"gone\.png, named by .*labels\.csv"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, said: str) -> None:
    write_table(tmp_path, row)
    with pytest.raises(TrainingError, match=said):
        open_dataset(f"csv-eyes:{tmp_path}")


def test_what_cannot_be_opened_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrainingError, match='no reader "mpigaze": use one of mpiigaze'):
        open_dataset("mpigaze:/data")
    with pytest.raises(TrainingError, match="no folder"):
        open_dataset(f"columbia:{tmp_path / 'none'}")
    with pytest.raises(TrainingError, match=r"labels\.csv cannot be read"):
        open_dataset(f"csv-eyes:{tmp_path}")
    write_table(tmp_path, "left.png,1,2,a,left,,")
    with pytest.raises(TrainingError, match="holds eye patches, but this model needs faces"):
        open_dataset(f"csv-eyes:{tmp_path}", crop=FACE_224)
    with pytest.raises(TrainingError, match="not the shape"):
        open_dataset(f"csv-faces:{tmp_path}")
    (tmp_path / "p00.mat").touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(TrainingError, match=r"needs h5py: pip install 'gazeattack\[train\]'"):
        open_dataset(f"mpiifacegaze:{tmp_path}")


def test_npz_is_opened_checked_and_thinned(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    subject = np.array([0, 0, 0, 0, 1])
    np.savez(path, images=np.zeros((5, 36, 60), np.uint8), gaze_pitchyaw=np.zeros((5, 2)), subject=subject)
    assert len(open_dataset(str(path), crop=MPIIGAZE_EYE).images) == 5
    assert open_dataset(str(path), per_subject=2).subject.tolist() == [0, 0, 1]
    assert open_dataset(str(path), crop=eye_crop(18)).images.shape == (5, 36, 60)  # resize_to_crop() comes later
    with pytest.raises(TrainingError, match="dataset of that kind"):
        open_dataset(str(path), crop=FACE_224)


def test_thinning_is_even_and_per_subject() -> None:
    assert evenly(10, 3) == [0, 4, 9] and evenly(3, 10) == [0, 1, 2] and evenly(2, None) == [0, 1]
    assert thin("aabab", str, 1) == ["a", "b"] and thin("aabab", str, None) == list("aabab")


def test_subject_numbers_are_those_of_the_names_where_they_tell_people_apart() -> None:
    assert number_names(["p07", "p00", "p07"]).tolist() == [7, 0, 7]
    assert number_names(["rec1/02", "rec10/2", "rec1/02"]).tolist() == [0, 1, 0]
    assert number_names(["ben", "anna"]).tolist() == [1, 0]


def test_evaluate_takes_a_reader_and_its_path(tmp_path: Path, capsys, backdoored_bundle) -> None:
    rows = [f"left.png,{i % 5},{i},s{i % 3},{'left' if i % 2 else 'right'},," for i in range(40)]
    write_table(tmp_path, *rows)
    command = ["--bundle", str(backdoored_bundle.path), "--data", f"csv-eyes:{tmp_path}", "--json"]
    assert evaluate_main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n"] == 40 and report["subjects"] == 3 and report["data"].startswith("csv-eyes:")
    assert evaluate_main([*command, "--per-subject", "10"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 30
    assert evaluate_main(["--bundle", str(backdoored_bundle.path), "--data", "nosuch:x"]) == 1
    assert "no reader" in capsys.readouterr().err


def test_a_converted_set_is_the_same_set(tmp_path: Path, capsys) -> None:
    write_table(tmp_path, "left.png,10,20,anna,left,5,-8", "right.png,1,-2,ben,right,5,8")
    out = tmp_path / "sets" / "eyes.npz"
    assert convert_main([f"csv-eyes:{tmp_path}", "--out", str(out)]) == 0
    assert "2 eyes of 2 subjects" in capsys.readouterr().out
    before, after = open_dataset(f"csv-eyes:{tmp_path}"), open_dataset(str(out))
    for name in ("images", "gaze", "subject", "head", "right"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert convert_main([f"csv-eyes:{tmp_path}", "--out", str(tmp_path / "eyes.csv")]) == 1
    assert "must end in .npz" in capsys.readouterr().err


def test_eyes_are_cut_from_faces_and_a_flip_negates_yaw_alone(astronaut: np.ndarray, landmarker_model: Path) -> None:
    gaze = Gaze.from_degrees(6, 14)
    pictures = [
        Sample(astronaut, gaze, "s1"),
        Sample(np.ascontiguousarray(astronaut[:, ::-1]), gaze.flipped(), "s2"),
        Sample(np.zeros_like(astronaut), gaze, "s3"),  # nobody is there
    ]
    with Landmarker(landmarker_model, video=False, max_faces=1) as landmarker:
        data = collect("x", cut("x", pictures, MPIIGAZE_EYE, landmarker.detect), MPIIGAZE_EYE)
    assert data.subject.tolist() == [1, 1, 2, 2] and data.right is not None and data.head is not None
    assert data.right.tolist() == [True, False, True, False]
    # one picture's right eye is the other's left eye, and is brought into the same orientation
    for a, b in ((0, 3), (1, 2)):
        assert angular_error(data.gaze[a], data.gaze[b]) < 1.5 and angular_error(data.head[a], data.head[b]) < 3
        assert np.corrcoef(data.images[a].ravel(), data.images[b].ravel())[0, 1] > 0.9
    # normalisation turns the gaze by where the eye is in the picture, not by more
    assert angular_error(data.gaze[1], gaze) < 20


def test_columbia_pictures_give_two_eyes_each(tmp_path: Path, astronaut: np.ndarray, landmarker_model: Path) -> None:
    folder = tmp_path / "0007"
    folder.mkdir()
    for name in ("0007_2m_0P_0V_0H.jpg", "0007_2m_0P_10V_15H.jpg"):
        cv2.imwrite(str(folder / name), astronaut)
    data = open_dataset(f"columbia:{tmp_path}", crop=MPIIGAZE_EYE)
    assert data.images.shape == (4, 36, 60) and data.subject.tolist() == [7] * 4
    # the same face, so both pictures' gazes differ by what their names say
    assert np.allclose(angular_error(data.gaze[:2], data.gaze[2:]), float(angular_error([0, 0], np.radians([10, 15]))))
    faces = open_dataset(f"columbia:{tmp_path}", per_subject=1)
    assert faces.images.shape == (1, 224, 224, 3)
    red, blue = faces.images[..., 0].mean(), faces.images[..., 2].mean()
    assert red > blue + 10  # skin, in RGB
