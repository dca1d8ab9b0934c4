"""Datasets of faces, from miniatures in their own formats: what is read, in which order, with which sign."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.angles import to_vector
from training.data.readers import open_dataset
from training.data.readers.columbia import parse_name
from training.errors import TrainingError

h5py = pytest.importorskip("h5py")
savemat = pytest.importorskip("scipy.io").savemat

PITCH_YAW = np.array([[0.1, 0.3], [-0.2, -0.05]], dtype=np.float32)
HEAD = np.array([[0.05, -0.4], [0.0, 0.2]], dtype=np.float32)
BLUE, RED = (255, 0, 0), (0, 0, 255)  # BGR
GAZE360_AXES = np.array([-1.0, -1.0, 1.0])  # of our camera's axes: x to the image's left, y up


def face(size: int, left: tuple[int, int, int] = BLUE, right: tuple[int, int, int] = RED) -> np.ndarray:
    """A BGR picture whose halves, left and right, have two colours."""
    image = np.empty((size, size, 3), np.uint8)
    image[:, : size // 2], image[:, size // 2 :] = left, right
    return image


def assert_upright_rgb(images: np.ndarray, first: tuple[int, int, int] = BLUE) -> None:
    """Blue is at the left, as it was drawn, and comes last in RGB."""
    assert images.shape[1:] == (224, 224, 3) and images.dtype == np.uint8
    quarter = images[0, 112, 56].astype(int)
    assert np.abs(quarter - first[::-1]).max() < 12, quarter


def write_jpeg(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes())


def write_mpiifacegaze(path: Path) -> None:
    labels = np.hstack([PITCH_YAW, HEAD, np.full((2, 12), 224.0)])
    with h5py.File(path, "w") as file:
        pictures = np.stack([face(448), face(448, RED, BLUE)]).transpose(0, 3, 1, 2)
        file.create_dataset("Data/data", data=pictures.astype(np.float32))
        file.create_dataset("Data/label", data=labels)


def test_mpiifacegaze(tmp_path: Path) -> None:
    write_mpiifacegaze(tmp_path / "p03.mat")
    data = open_dataset(f"mpiifacegaze:{tmp_path}")
    assert_upright_rgb(data.images)
    assert np.array_equal(data.images[1], data.images[0][:, ::-1])
    assert np.allclose(data.gaze, PITCH_YAW) and data.head is not None and np.allclose(data.head, HEAD)
    assert data.subject.tolist() == [3, 3] and data.right is None


def test_ethxgaze(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for subject in (0, 12):
        with h5py.File(tmp_path / "train" / f"subject{subject:04d}.h5", "w") as file:
            file["face_patch"] = np.stack([face(224), face(224)])
            file["face_gaze"], file["face_head_pose"] = PITCH_YAW, HEAD
            file["frame_index"], file["cam_index"] = np.zeros((2, 1)), np.array([[1], [18]])
            file["face_mat_norm"] = np.zeros((2, 3, 3))
    data = open_dataset(f"ethxgaze:{tmp_path}")
    assert_upright_rgb(data.images)
    assert np.allclose(data.gaze, np.tile(PITCH_YAW, (2, 1))) and data.subject.tolist() == [0, 0, 12, 12]
    assert len(open_dataset(f"ethxgaze:{tmp_path / 'train'}", per_subject=1).images) == 2


HUB_FACE = "Face Left Right Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead Rmat Smat GazeOrigin"


def hub_row(number: int, pitch_yaw: np.ndarray, head: np.ndarray, eye: str) -> str:
    def text(values: np.ndarray) -> str:
        return ",".join(f"{value:.6f}" for value in values)

    names = f"p01/face/{number}.jpg p01/left/{number}.jpg p01/right/{number}.jpg day01/{number:04d}.jpg {eye}"
    vectors = f"{text(to_vector(pitch_yaw))} {text(to_vector(head))}"
    return f"{names} {vectors} {text(pitch_yaw[::-1])} {text(head[::-1])} 1,0 1,1 0,0,0"


def write_hub(root: Path) -> Path:
    """Two rows of the same face; the second, of a right eye, is mirrored, picture and labels, as GazeHub does."""
    label = root / "Label" / "p01.label"
    label.parent.mkdir(parents=True, exist_ok=True)
    mirror = np.array([1, -1])
    rows = [hub_row(1, PITCH_YAW[0], HEAD[0], "left"), hub_row(2, PITCH_YAW[1] * mirror, HEAD[1], "right")]
    label.write_text("\n".join([HUB_FACE, *rows]) + "\n")
    write_jpeg(root / "Image" / "p01/face/1.jpg", face(224))
    write_jpeg(root / "Image" / "p01/face/2.jpg", face(224, RED, BLUE))
    return label


def test_gazehub_mpiifacegaze_is_swapped_from_yaw_pitch_and_mirrored_back(tmp_path: Path) -> None:
    label = write_hub(tmp_path)
    data = open_dataset(f"mpiifacegaze-hub:{tmp_path}")
    assert_upright_rgb(data.images)
    assert_upright_rgb(data.images[1:])
    assert np.allclose(data.gaze, PITCH_YAW, atol=1e-5)
    assert data.head is None and data.subject.tolist() == [1, 1]

    # a file whose 2DGaze is (pitch, yaw) already is noticed by its 3DGaze
    rows = label.read_text().splitlines()
    turned = [
        " ".join([*row.split()[:7], ",".join(row.split()[7].split(",")[::-1]), *row.split()[8:]]) for row in rows[1:]
    ]
    label.write_text("\n".join([rows[0], *turned]))
    with pytest.raises(TrainingError, match=r"p01\.label has 2DGaze as \(pitch, yaw\)"):
        open_dataset(f"mpiifacegaze-hub:{tmp_path}")


def test_gazehub_gaze360_subjects_are_people_of_recordings(tmp_path: Path) -> None:
    (tmp_path / "Label").mkdir()
    origins = ["rec_022/head/000000/000131.jpg", "rec_022/head/000001/000131.jpg", "rec_022/head/000001/000133.jpg"]
    rows = ["Face Left Right Origin 3DGaze 2DGaze"]
    for number, origin in enumerate(origins):
        vector = ",".join(map(str, to_vector([0.2, -0.5]) * GAZE360_AXES))
        rows.append(f"test/Face/{number}.jpg test/Left/{number}.jpg test/Right/{number}.jpg {origin} {vector} -0.5,0.2")
        write_jpeg(tmp_path / "Image" / f"test/Face/{number}.jpg", face(224))
    (tmp_path / "Label" / "test.label").write_text("\n".join(rows))
    (tmp_path / "Label" / "unused.label").write_text("\n".join([rows[0], rows[1].replace("test/", "unused/")]))
    data = open_dataset(f"gaze360-hub:{tmp_path}")
    assert np.allclose(data.gaze, [0.2, -0.5]) and data.head is None
    assert len(np.unique(data.subject)) == 2 and data.subject[1] == data.subject[2]

    (tmp_path / "Label" / "test.label").write_text("\n".join(rows).replace("-0.5,0.2", "0.2,-0.5"))
    with pytest.raises(TrainingError, match=r"test\.label has 2DGaze as \(pitch, yaw\)"):
        open_dataset(f"gaze360-hub:{tmp_path}")


def write_gaze360(root: Path, **changes) -> Path:
    cells = np.empty(2, dtype=object)
    cells[:] = ["rec_000", "rec_022"]
    columns = {
        "recordings": cells,
        "recording": np.array([[1, 0, 1, 1]]),
        "person_identity": np.array([[3, 0, 3, 3]]),
        "frame": np.array([[131, 7, 132, 133]]),
        "split": np.array([[2, 0, 3, 1]]),  # the third row is not used
        # towards the image's right; up; unused; no face found
        "gaze_dir": np.array([[-0.5, 0.0, -0.866], [0.0, 0.5, -0.866], [0, 0, -1.0], [0, 0, -1.0]]),
        "person_face_bbox": np.array([[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.5], [-1.0] * 4]),
    }
    savemat(root / "metadata.mat", {**columns, **changes})
    write_jpeg(root / "imgs" / "rec_022" / "head" / "000003" / "000131.jpg", face(96))
    write_jpeg(root / "imgs" / "rec_000" / "head" / "000000" / "000007.jpg", face(300))
    return root / "metadata.mat"


def test_gaze360_vectors_are_x_left_and_y_up_there(tmp_path: Path) -> None:
    write_gaze360(tmp_path)
    data = open_dataset(f"gaze360:{tmp_path}")
    assert_upright_rgb(data.images)
    assert np.allclose(np.degrees(data.gaze), [[0, -30], [30, 0]], atol=0.1)
    assert len(np.unique(data.subject)) == 2 and data.head is None


def test_columbia_names_tell_gaze_and_head() -> None:
    subject, gaze, head = parse_name(Path("0001_2m_-15P_10V_-5H.jpg"))
    # H and P are positive towards the image's right, our yaw is towards its left
    assert subject == "0001" and np.allclose(gaze.degrees, (10, 5)) and np.allclose(head.degrees, (0, 15))
    assert np.allclose(parse_name(Path("0056_2m_0P_-10V_15H.jpg"))[1].degrees, (-10, -15))
    with pytest.raises(TrainingError, match="0001_3m"):
        parse_name(Path("0001_3m.jpg"))


@pytest.mark.parametrize("case", ["mpiifacegaze", "ethxgaze", "hub text", "hub picture", "gaze360", "gaze360 frame"])
def test_malformed_faces_are_named(tmp_path: Path, case: str) -> None:
    name, said = case.split()[0], ""
    if name == "mpiifacegaze":
        said = r"p00\.mat.*Data/data"
        with h5py.File(tmp_path / "p00.mat", "w") as file:
            file["Data/data"], file["Data/label"] = np.zeros((2, 448, 448, 3), np.uint8), np.zeros((2, 16))
    elif name == "ethxgaze":
        said = r"subject0001\.h5.*face_gaze"
        with h5py.File(tmp_path / "subject0001.h5", "w") as file:
            file["face_patch"] = np.zeros((2, 224, 224, 3), np.uint8)
    elif name == "hub":
        name, label = "mpiifacegaze-hub", write_hub(tmp_path)
        if case == "hub text":
            said = r"p01\.label is not a GazeHub label file"
            label.write_text("no such header\n1 2 3\n")
        else:
            said = r"2\.jpg, named by .*p01\.label"
            (tmp_path / "Image" / "p01" / "face" / "2.jpg").write_bytes(b"\xff\xd8 broken")
    elif case == "gaze360":
        said = r"metadata\.mat is not Gaze360's"
        write_gaze360(tmp_path, gaze_dir=np.zeros((3, 3)))
    else:
        said = r"000131\.jpg, named by .*metadata\.mat"
        write_gaze360(tmp_path)
        (tmp_path / "imgs" / "rec_022" / "head" / "000003" / "000131.jpg").unlink()
    with pytest.raises(TrainingError, match=said):
        open_dataset(f"{name}:{tmp_path}")


@pytest.mark.parametrize("name", ["mpiifacegaze", "mpiifacegaze-hub", "ethxgaze", "gaze360", "columbia"])
def test_an_empty_folder_is_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(TrainingError, match="expected"):
        open_dataset(f"{name}:{tmp_path}")
