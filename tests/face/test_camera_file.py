"""Camera calibrations in OpenCV's format, and the intrinsics for frames of any size."""

import cv2
import numpy as np
import pytest

from gazeattack.errors import CalibrationError
from gazeattack.face.camera_file import read_camera_file
from gazeattack.face.intrinsics import CameraIntrinsics, Intrinsics

MATRIX = np.array([[900.0, 0, 650.0], [0, 904.0, 350.0], [0, 0, 1]])


def write(path, *, matrix=MATRIX, size=(1280, 720), distortion=None, name="camera_matrix"):
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    if size is not None:
        storage.write("image_width", size[0])
        storage.write("image_height", size[1])
    if matrix is not None:
        storage.write(name, np.asarray(matrix))
    if distortion is not None:
        storage.write("distortion_coefficients", np.array(distortion))
    storage.release()
    return path


@pytest.mark.parametrize("name", ["c.yml", "c.xml", "c.json"])
def test_a_chessboard_calibration_is_scaled_to_the_frames(tmp_path, name):
    read = read_camera_file(write(tmp_path / name))
    assert read.notices == ()
    whole, half = read.camera.at(1280, 720), read.camera.at(640, 360)
    assert (whole.focal, whole.cx, whole.cy) == pytest.approx((np.sqrt(900 * 904), 650, 350))
    assert half.focal == pytest.approx(whole.focal / 2) and half.cx == pytest.approx(319.5 + 10.5 / 2)
    # a wide frame is a crop of the same width
    assert read.camera.at(1280, 960).focal == whole.focal


def test_a_focal_length_alone_is_that_of_the_frames():
    assert CameraIntrinsics(640.0).at(640, 480) == Intrinsics.guess(640, 480)


def test_the_form_with_rows_and_data_is_read(tmp_path):
    path = tmp_path / "ros.yaml"
    path.write_text(
        "%YAML:1.0\nimage_width: 640\nimage_height: 480\ncamera_matrix:\n   rows: 3\n   cols: 3\n"
        "   data: [ 500., 0., 319.5, 0., 500., 239.5, 0., 0., 1. ]\n"
    )
    assert read_camera_file(path).camera == CameraIntrinsics(500.0, (640, 480))


def test_distortion_that_counts_and_a_missing_size_are_named(tmp_path):
    assert read_camera_file(write(tmp_path / "a.yml", distortion=[1e-4, 0, 0, 0, 0])).notices == ()
    bent = read_camera_file(write(tmp_path / "b.yml", distortion=[-0.3, 0.1, 0, 0, 0])).notices
    assert len(bent) == 1 and "is not applied" in bent[0] and "b.yml" in bent[0]
    unsized = read_camera_file(write(tmp_path / "c.yml", size=None))
    assert len(unsized.notices) == 1 and unsized.camera.size is None


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"matrix": None}, "holds no camera_matrix"),
        ({"matrix": np.eye(2)}, "holds no camera_matrix"),
        ({"matrix": np.full((3, 3), np.nan)}, "holds no camera_matrix"),
        ({"matrix": np.diag([900.0, 100.0, 1.0])}, "is no camera's"),
        ({"matrix": np.eye(3)}, "is no camera's"),
        ({"size": (320, 240)}, "far from the middle"),
    ],
)
def test_a_file_that_is_no_camera_is_one_sentence(tmp_path, bad, said):
    with pytest.raises(CalibrationError, match=said) as error:
        read_camera_file(write(tmp_path / "bad.yml", **bad))
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_a_matrix_whose_numbers_do_not_fit_its_size_is_refused(tmp_path):
    """OpenCV's own reader writes beyond its memory here, and the program dies."""
    path = write(tmp_path / "bad.yml", distortion=[0.1, 0, 0, 0, 0])
    path.write_text(path.read_text().replace("cols: 3", "co_s: 3"))
    with pytest.raises(CalibrationError, match="holds no camera_matrix"):
        read_camera_file(path)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"%YAML:1.0\n---\ncamera_matrix: 7\n", bytes(range(256))])
def test_any_other_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "other.yml"
    path.write_bytes(content)
    with pytest.raises(CalibrationError):
        read_camera_file(path)
    with pytest.raises(CalibrationError, match="does not exist"):
        read_camera_file(tmp_path / "none.yml")
