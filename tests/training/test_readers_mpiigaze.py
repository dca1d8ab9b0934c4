"""MPIIGaze, from miniatures in its own format: .mat days, evaluation lists, mirrored right eyes, signs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from gazeattack.angles import to_angles, to_vector
from training.data.readers import open_dataset
from training.errors import TrainingError

savemat = pytest.importorskip("scipy.io").savemat

GAZE = np.radians([[10.0, 20.0], [-5.0, 3.0], [0.0, -15.0]])  # pitch, yaw
HEAD = np.radians([[4.0, 12.0], [-6.0, -8.0], [0.0, 30.0]])
MIRROR = np.array([-1.0, 1.0, 1.0])


def eyes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 36, 60)).astype(np.uint8)


def rotation_vectors(head: np.ndarray) -> np.ndarray:
    """Rotation vectors of heads that face (pitch, yaw)."""
    vectors = []
    for facing in to_vector(head):
        right = np.cross([0.0, 1.0, 0.0], -facing)
        right /= np.linalg.norm(right)
        turn = np.stack([right, np.cross(-facing, right), -facing], axis=1)
        vectors.append(cv2.Rodrigues(turn)[0].ravel())
    return np.array(vectors)


def mirrored_pose(vectors: np.ndarray) -> np.ndarray:
    flip = np.diag(MIRROR)
    return np.array([cv2.Rodrigues(flip @ cv2.Rodrigues(v)[0] @ flip)[0].ravel() for v in vectors])


def write_day(root: Path, person: str, day: str, images: np.ndarray, gaze: np.ndarray, head: np.ndarray) -> Path:
    """A day whose right eyes are the left ones in a mirror, with the labels a mirror gives them."""
    path = root / "Data" / "Normalized" / person / f"{day}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    vectors, poses = to_vector(gaze), rotation_vectors(head)
    left = {"gaze": vectors, "image": images, "pose": poses}
    right = {"gaze": vectors * MIRROR, "image": images[:, :, ::-1], "pose": mirrored_pose(poses)}
    names = np.empty((len(images), 1), dtype=object)
    names[:, 0] = [f"{i + 1:04d}.jpg" for i in range(len(images))]
    savemat(path, {"data": {"left": left, "right": right}, "filenames": names})
    return path


def write_list(root: Path, person: str, lines: list[str]) -> Path:
    path = root / "Evaluation Subset" / "sample list for eye image" / f"{person}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_day(tmp_path, "p00", "day01", eyes(3), GAZE, HEAD)
    write_day(tmp_path, "p00", "day02", eyes(1, seed=2), GAZE[:1], HEAD[:1])  # a day of one picture
    write_day(tmp_path, "p07", "day01", eyes(3, seed=3), GAZE, HEAD)
    return tmp_path


def test_angles_are_ours_and_a_right_eye_is_its_mirror_image(root: Path) -> None:
    data = open_dataset(f"mpiigaze-all:{root}")
    assert len(data.images) == 14 and data.images.dtype == np.uint8 and data.gaze.dtype == np.float32
    assert data.subject.tolist() == [0] * 8 + [7] * 6
    assert data.right is not None and data.right[:4].tolist() == [False, True, False, True]
    # in the files right eyes are unmirrored and look the other way; here both halves say the same
    left, right = data.take(~data.right), data.take(data.right)
    assert np.array_equal(left.images, right.images)
    assert np.allclose(left.gaze[:3], GAZE, atol=1e-6) and np.allclose(right.gaze, left.gaze, atol=1e-6)
    assert left.head is not None and right.head is not None
    assert np.allclose(left.head[:3], HEAD, atol=1e-6) and np.allclose(right.head, left.head, atol=1e-6)


def test_signs_of_the_vectors(tmp_path: Path) -> None:
    # as stored: x right, y down, z away from the camera; this one looks up and to the image's left
    vector = np.array([[-0.3, -0.2, -0.93]])
    write_day(tmp_path, "p00", "day01", eyes(1), to_angles(vector), HEAD[:1])
    pitch, yaw = open_dataset(f"mpiigaze-all:{tmp_path}").gaze[0]
    assert pitch > 0.15 and yaw > 0.25


def test_evaluation_lists_choose_eyes_in_their_order(root: Path) -> None:
    write_list(root, "p00", ["day01/0003.jpg right", "day02/0001.jpg left", "p00/day01/0001.jpg left"])
    write_list(root, "p07", ["day01/0002.jpg left"])
    data = open_dataset(f"mpiigaze:{root}")
    assert data.subject.tolist() == [0, 0, 0, 7]
    assert data.right is not None and data.right.tolist() == [True, False, False, False]
    expected = [eyes(3)[2], eyes(1, seed=2)[0], eyes(3)[0], eyes(3, seed=3)[1]]
    assert np.array_equal(data.images, np.stack(expected))
    assert np.allclose(data.gaze, GAZE[[2, 0, 0, 1]], atol=1e-6)
    assert len(open_dataset(f"mpiigaze:{root}", per_subject=2).images) == 3


def test_what_is_missing_or_malformed_is_named(root: Path) -> None:
    with pytest.raises(TrainingError, match="sample list for eye image"):
        open_dataset(f"mpiigaze:{root}")
    listed = write_list(root, "p00", ["day01/0001.jpg middle"])
    with pytest.raises(TrainingError, match=r"p00\.txt, line 1"):
        open_dataset(f"mpiigaze:{root}")
    for line, said in (("day01/0009.jpg left", r"day01\.mat has no 0009\.jpg"), ("day05/0001.jpg left", r"day05\.mat")):
        listed.write_text(line)
        with pytest.raises(TrainingError, match=said):
            open_dataset(f"mpiigaze:{root}")
    (root / "Data" / "Normalized" / "p00" / "day01.mat").write_bytes(b"MATLAB 5.0 MAT-file, or so it says")
    with pytest.raises(TrainingError, match=r"day01\.mat is not a day of MPIIGaze"):
        open_dataset(f"mpiigaze-all:{root}")
    savemat(root / "Data" / "Normalized" / "p00" / "day01.mat", {"data": {"left": 1}})
    with pytest.raises(TrainingError, match=r"expected data\.left"):
        open_dataset(f"mpiigaze-all:{root}")
