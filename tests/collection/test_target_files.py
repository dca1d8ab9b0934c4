"""Targets in CSV files and in the names of pictures."""

import numpy as np
import pytest

from gazeattack.collection.blocks import folds_of_blocks, target_blocks
from gazeattack.collection.target_files import read_target_csv, targets_of_names
from gazeattack.errors import DataError
from tests.helpers.calibration import SCREEN


def written(tmp_path, text):
    path = tmp_path / "targets.csv"
    path.write_text(text)
    return path


def test_frames_seconds_and_files_are_keys(tmp_path):
    frames = read_target_csv(written(tmp_path, "frame,x,y\n0,960,540\n30,0,0\n60,,\n"), SCREEN)
    track = frames.track({0: 0.0, 30: 1.0, 60: 2.0})
    assert np.allclose(track.at(np.array([0.5, 1.5])), [SCREEN.to_mm((960, 540)), (0, 0)])
    assert np.isnan(track.at(np.array([2.5]))).all()
    seconds = read_target_csv(written(tmp_path, "Seconds;X_mm;Y_mm\n2.5;10;20\n0;30;40\n"), SCREEN)
    assert seconds.track({}).times.tolist() == [0.0, 2.5]
    assert seconds.track({}).points.tolist() == [[30, 40], [10, 20]]
    files = read_target_csv(written(tmp_path, "file,x,y\nday1/a.jpg,0.5,0.5\nb.jpg,,\n"), SCREEN, "share")
    assert files.by_name() == {"a.jpg": pytest.approx((SCREEN.width_mm / 2, SCREEN.height_mm / 2))}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("frame,a,b\n0,1,2\n", "no labels"),
        ("x,y\n1,2\n", "neither a frame nor a seconds"),
        ("frame,x,y\n", "no labels"),
        ("frame,x,y\n0,,\n", "no labels"),
        ("frame,x,y\n0,nan,3\n", "row 2: x is 'nan', not a number"),
        ("frame,x,y\n0,1,2\nsoon,1,2\n", "row 3: frame is 'soon'"),
        ("frame,x,y\n0,1\n", "row 2 has 2 cells"),
        ("frame,x,y\n0,5000,20\n", r"row 2: the target \(5000, 20\) lies outside the screen \(1920x1080 px\)"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read_target_csv(written(tmp_path, text), SCREEN)


def test_a_missing_table_and_foreign_frames_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_target_csv(tmp_path / "none.csv", SCREEN)
    with pytest.raises(DataError, match="no frame of the source"):
        read_target_csv(written(tmp_path, "frame,x,y\n900,1,2\n"), SCREEN).track({0: 0.0})


@pytest.mark.parametrize(
    "name",
    [
        "face_x960_y540.jpg",
        "0007_960_540.png",
        "960-540.jpg",
        "p3_x=960,y=540.png",
        "img12 960x540.jpg",
        "X960Y540.bmp",
    ],
)
def test_x_and_y_are_found_in_names(name):
    assert targets_of_names([name, "notes.jpg"], SCREEN) == {name: pytest.approx(SCREEN.to_mm((960, 540)))}


def test_names_without_points_or_off_the_screen_are_refused():
    with pytest.raises(DataError, match="x and y in its name"):
        targets_of_names(["a.jpg", "b1.jpg"], SCREEN)
    with pytest.raises(DataError, match="outside the screen"):
        targets_of_names(["a_2000_3.jpg"], SCREEN)


def test_a_block_is_a_target_that_stays_or_a_stretch_of_one_that_moves():
    still = np.repeat([[10, 10], [50, 50]], 5, axis=0)
    moving = np.column_stack([np.arange(60) * 3.0, np.zeros(60)])
    blocks = target_blocks(np.vstack([still, moving, still]))
    assert len(set(blocks[:5])) == 1 and blocks[:10].tolist() == blocks[-10:].tolist()
    assert len(set(blocks[10:70])) == 15 and not set(blocks[:10]) & set(blocks[10:70])
    folds = folds_of_blocks(blocks, 5)
    assert set(folds) == set(range(5)) and all(len(set(folds[blocks == block])) == 1 for block in set(blocks))
