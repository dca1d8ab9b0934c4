"""The literature's table on a miniature of MPIIFaceGaze, in the dataset's own format."""

from pathlib import Path

import numpy as np
import pytest

from training.config import load_config
from training.config_sections import BY_FRAME
from training.data.split import hold_out
from training.data.subjects import load_subjects
from training.errors import TrainingError
from training.reproduce import main
from training.studies import literature
from training.studies.literature import ATTACKS, CONFIG

h5py = pytest.importorskip("h5py")
PEOPLE, EACH = 3, 16


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    """People whose grey level is their gaze: three files with Data/data [N, 3, 448, 448] and Data/label [N, 16]."""
    folder = tmp_path_factory.mktemp("mpiifacegaze")
    rng = np.random.default_rng(0)
    for person in range(PEOPLE):
        gaze = rng.uniform(-0.3, 0.3, (EACH, 2))
        images = np.full((EACH, 3, 448, 448), 128, np.uint8) + rng.integers(0, 40, (EACH, 3, 1, 448), dtype=np.uint8)
        with h5py.File(folder / f"p{person:02d}.mat", "w") as file:
            file["Data/data"] = images
            file["Data/label"] = np.hstack([gaze, np.zeros((EACH, 14))])
    return folder


def arguments(faces: Path, out: Path, *more: str) -> list[str]:
    return ["--face", "--data", f"mpiifacegaze:{faces}", "--quick", "--out", str(out), "--cache", str(out / "c"), *more]


def test_the_table_has_a_row_for_each_attack_and_the_published_figures(faces, tmp_path, capsys, monkeypatch):
    few = ATTACKS[0], ATTACKS[2]  # each run is a process of its own
    monkeypatch.setattr(literature, "ATTACKS", few)
    assert main(arguments(faces, tmp_path)) == 0
    said = capsys.readouterr().out
    assert f"{len(few)} runs of" in said and "hours" in said and "GiB" in said
    table = (tmp_path / "quick" / "literature.md").read_text()
    for attack in few:
        assert f"| {attack.name} |" in table
    assert "people that the model does not know" in table and "DRMGuard" in table
    assert table.startswith("--quick: these figures mean nothing.")


def test_estimate_trains_nothing(faces, tmp_path, capsys):
    assert main(arguments(faces, tmp_path, "--estimate", "--split", "frames")) == 0
    assert "hours" in capsys.readouterr().out
    assert not list((tmp_path / "c").glob("*"))


def test_frames_are_dealt_out_one_by_one(faces):
    data = load_subjects(load_config(CONFIG, [f'data.set="mpiifacegaze:{faces}"', "data.height=48"]))
    assert data.images.shape == (PEOPLE * EACH, 48, 48, 3)
    train, held_out = hold_out(data, 4, 0, 1, by=BY_FRAME)
    assert len(held_out.images) == PEOPLE * EACH // 4
    assert set(np.unique(held_out.subject)) <= set(np.unique(train.subject))
    with pytest.raises(TrainingError, match="frames"):
        hold_out(data, 1000, 0, 1, by=BY_FRAME)


def test_a_dataset_is_needed(tmp_path, capsys):
    assert main(["--face", "--quick", "--out", str(tmp_path)]) == 1
    assert "--data mpiifacegaze:FOLDER" in capsys.readouterr().err
