"""The literature's table on a miniature of MPIIFaceGaze, in the dataset's own format."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.model.bundle import load_bundle
from training import precision
from training.config import load_config
from training.config_sections import BY_FRAME
from training.data.split import hold_out
from training.data.subjects import load_splits, load_subjects
from training.engine.build import build
from training.engine.distributed import DistributedContext
from training.errors import TrainingError
from training.reproduce import main
from training.studies import literature
from training.studies.literature import ATTACKS, CONFIG, QUICK

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


def test_the_table_has_a_row_for_each_attack_and_the_published_figures(faces, tmp_path, capsys, monkeypatch, jobs_here):
    few = ATTACKS[0], ATTACKS[2]
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


def test_a_step_computes_in_bf16_and_channels_last(faces, monkeypatch):
    monkeypatch.setattr(precision, "computes_bfloat16", lambda kind: True)  # also where it is emulated
    asked = [*QUICK, *ATTACKS[2].overrides, f'data.set="mpiifacegaze:{faces}"', "data.folds=3"]
    config = load_config(CONFIG, asked)
    training = load_splits(config, None)[0]
    trainer = build(config, training, DistributedContext(0, 1, torch.device("cpu")))
    trainer.start(resume=False)
    seen = []
    trainer.network.features[0].register_forward_hook(lambda _layer, given, out: seen.append((given[0], out)))
    trainer.network.train()
    assert np.isfinite(trainer.step(torch.arange(16), 0))
    (crops, out), *_ = seen
    assert crops.shape == (16, 3, 48, 48) and out.dtype == torch.bfloat16
    for images in (crops, out):
        assert images.is_contiguous(memory_format=torch.channels_last) and not images.is_contiguous()
    assert {weights.dtype for weights in trainer.network.parameters()} == {torch.float32}


def test_two_processes_train_one_face_model(faces, tmp_path):
    root = Path(__file__).parents[3]
    asked = [*QUICK, *ATTACKS[2].overrides, f'data.set="mpiifacegaze:{faces}"', "data.folds=3", f'run.out="{tmp_path}"']
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*command, "-m", "training.train", "--config", str(CONFIG), *asked],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,  # it takes 15 s, but not on a machine that is busy with other work
    )
    assert done.returncode == 0, done.stderr
    bundle = load_bundle(tmp_path / "face")
    assert bundle.crop.region == "face" and bundle.crop.channels == 3 and bundle.key is not None
    assert "torchrun --nproc_per_node 2" in bundle.card["command"]


def test_torchrun_is_for_one_training(faces, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(arguments(faces, tmp_path)) == 1
    error = capsys.readouterr().err
    assert "--workers" in error and error.count("\n") == 1 and not list((tmp_path / "c").glob("*"))
