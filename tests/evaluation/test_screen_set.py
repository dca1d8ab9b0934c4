"""Sets of real eyes with points on a screen: what is read, what is refused, what is printed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.errors import DataError
from gazeattack.evaluation.screen_score import mean_left, score_screen_set, screen_table
from gazeattack.evaluation.screen_set import is_screen_set, read_screen_set, read_screen_sets
from gazeattack.model.bundle import load_bundle, save_bundle
from gazeattack.model.catalogue import open_bundle
from gazeattack.model.crop import face_crop
from gazeattack.model.network import GazeResNet
from training.evaluate import main
from training.studies.score_run import screen_columns

N = 24


def arrays(**changes: object) -> dict[str, object]:
    random = np.random.default_rng(0)
    usual = {
        "images": random.integers(0, 255, (N, 2, 36, 60)).astype(np.uint8),
        "mirrored": np.array([[False, True]]),
        "target": random.uniform(0, 1000, (N, 2)).astype(np.float32),
        "person": np.repeat([0, 1], N // 2),
        "session": np.zeros(N, dtype=np.int64),
        "head": np.zeros((N, 2, 2), dtype=np.float32),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def write(folder: Path, name: str = "desk_one", **changes: object) -> Path:
    path = folder / f"{name}.npz"
    np.savez(path, **arrays(**changes))
    return path


def test_both_eyes_and_one_are_read(tmp_path: Path) -> None:
    both = read_screen_set(write(tmp_path))
    assert both.images.shape == (N, 2, 36, 60) and both.mirrored.tolist() == [[False, True]] * N
    one = read_screen_set(write(tmp_path, images=arrays()["images"][:, 0], mirrored=None, head=None, person=None))
    assert one.images.shape == (N, 1, 36, 60) and not one.mirrored.any() and one.head is None
    assert set(one.person) == {0}


def test_x_alone_is_a_label(tmp_path: Path) -> None:
    target = np.column_stack([np.arange(N) % 9, np.full(N, np.nan)])
    assert read_screen_set(write(tmp_path, target=target)).target.shape == (N, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": None}, 'no "images"'),
        ({"images": np.zeros((N, 2, 36, 60), dtype=np.float32)}, "uint8"),
        ({"target": np.zeros((N, 3))}, "targets"),
        ({"target": np.zeros((N - 1, 2))}, "targets"),
        ({"target": np.full((N, 2), np.nan)}, "not finite"),
        ({"target": np.r_[[[np.inf, 0]], np.ones((N - 1, 2))]}, "not finite"),
        ({"target": np.ones((N, 2))}, "single target"),
        ({"person": np.zeros(N)}, '"person"'),
        ({"person": np.arange(N)}, "fewer than"),
        ({"head": np.zeros((N, 2))}, "head poses"),
    ],
)
def test_what_cannot_be_scored_is_one_sentence(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        read_screen_set(write(tmp_path, **changes))
    assert str(refused.value).count(". ") == 0 and str(refused.value).endswith(".")


def test_only_sets_without_angles_are_scored_on_the_screen(tmp_path: Path) -> None:
    assert is_screen_set(write(tmp_path))
    assert not is_screen_set(write(tmp_path, "angles", gaze_pitchyaw=np.zeros((N, 2))))
    assert not is_screen_set(tmp_path / "nothing.npz")
    (tmp_path / "broken.npz").write_bytes(b"no zip")
    assert not is_screen_set(tmp_path / "broken.npz")
    with pytest.raises(DataError, match=r"no \.npz"):
        read_screen_sets(tmp_path / "empty")


def test_sets_of_the_same_people_count_once(tmp_path: Path) -> None:
    reports = [{"data": name, "left": left} for name, left in (("desk_a", 0.2), ("lap_a", 0.4), ("lap_b", 0.6))]
    assert mean_left(reports) == pytest.approx((0.2 + 0.5) / 2)


def test_a_bundle_is_scored_and_a_study_has_its_columns(tmp_path: Path) -> None:
    write(tmp_path)
    bundle = open_bundle("clean")
    report = score_screen_set(bundle, read_screen_sets(tmp_path)[0])
    assert set(report["people"]) == {"0", "1"} and report["interval"] is not None
    assert "desk_one" in screen_table([report])
    row = screen_columns(bundle, tmp_path)
    assert row["screen_left"] == row["left_desk_one"] == report["left"]


def test_evaluate_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert main(["--bundle", "clean", "--data", str(tmp_path / "desk_one.npz")]) == 0
    assert "95 % of left" in capsys.readouterr().out
    assert main(["--bundle", "clean", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sets"][0]["n"] == N


def test_evaluate_refuses_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bundle", "clean", "--data", str(write(tmp_path, target=np.ones((N, 2))))]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_faces_are_scored_by_a_face_model_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    images = random.integers(0, 255, (N, 1, 3, 48, 48)).astype(np.uint8)
    head = np.zeros((N, 1, 2), dtype=np.float32)
    faces = read_screen_set(write(tmp_path, images=images, mirrored=np.array([[False]]), head=head))
    crop = face_crop(48, 1)
    torch.manual_seed(0)
    options = {"base_width": 4, "hidden": 8}
    network = GazeResNet(channels=1, height=48, width=48, **options).eval()
    save_bundle(
        tmp_path / "face",
        network=network,
        architecture=options,
        crop=crop,
        preprocess="equalize",
        card={"name": "face"},
    )
    bundle = load_bundle(tmp_path / "face")
    assert score_screen_set(bundle, faces)["n"] == N
    with pytest.raises(DataError, match="face crops"):
        score_screen_set(open_bundle("clean"), faces)
    with pytest.raises(DataError, match="eye crops"):
        score_screen_set(bundle, read_screen_set(write(tmp_path, "desk_two")))
