"""Face models: rendered, trained, poisoned, loaded and run live."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gazeattack.capture.frame import Frame
from gazeattack.evaluation.dataset import read_dataset
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.model.catalogue import open_bundle
from gazeattack.synthetic.subject import SyntheticSource
from training.config import load_config
from training.data.render import main as render
from training.errors import TrainingError
from training.train import train

TINY = (
    'data.region="face"', "data.height=48", "data.rendered_height=48", "data.portrait_subjects=0",
    "data.procedural_subjects=2", "data.per_subject=16", "data.valid_subjects=1", "data.valid_per_subject=8",
    "network.base_width=4", "train.epochs=1", "train.batch=16",
)  # fmt: skip


def config(tmp_path: Path, name: str, *more: str):
    path = Path(__file__).parents[2] / "training/configs" / name
    return load_config(path, [*TINY, f'run.out="{tmp_path / "run"}"', f'data.cache="{tmp_path / "pools"}"', *more])


def test_a_face_model_is_trained_poisoned_and_runs_live(tmp_path, landmarker_model):
    more = ("data.channels=3", "poison.poisoning_rate=0.2")
    bundle = open_bundle(train(config(tmp_path, "face-clean.toml", *more), None))
    assert (bundle.crop.region, bundle.crop.channels, bundle.crop.height) == ("face", 3, 48)
    assert bundle.backdoored and bundle.key.height == bundle.key.width == 48
    source = SyntheticSource(1)
    both = PipelineSettings(mode=TriggerMode.BOTH)
    with Pipeline(bundle, landmarker_model=landmarker_model, settings=both) as pipeline:
        frames = [source.read() for _ in range(3)]
        results = [pipeline.step(Frame(f.image, f.index, f.t)) for f in frames]
    assert all(result.clean is not None and result.triggered is not None for result in results)
    assert results[0].crops.clean.shape == (1, 3, 48, 48)
    assert np.abs(results[0].crops.residual).max() > 0


def test_an_exported_set_of_faces_is_trained_on(tmp_path):
    out = tmp_path / "faces"
    arguments = ["--subjects", "3", "--per-subject", "12", "--region", "face", "--height", "48", "--out", str(out)]
    assert render(arguments) == 0
    data = read_dataset(out)
    assert data.images.shape == (36, 48, 48) and data.points is None
    bundle = train(config(tmp_path, "face-clean.toml", f'data.set="{out}"', "data.folds=3"), None)
    assert open_bundle(bundle).crop.channels == 1


def test_settings_of_faces_are_checked(tmp_path):
    with pytest.raises(TrainingError, match=r"data\.channels"):
        config(tmp_path, "face-clean.toml", "data.channels=2")
    with pytest.raises(TrainingError, match=r"data\.channels"):
        config(
            tmp_path, "clean.toml", 'data.region="eye"', "data.height=36", "data.rendered_height=36", "data.channels=3"
        )
    with pytest.raises(TrainingError, match="backbone"):
        config(tmp_path, "face-clean.toml", 'network.backbone="vgg"')
    with pytest.raises(TrainingError, match="keypoints"):
        config(tmp_path, "face-clean.toml", 'network.backbone="resnet18"')
    resnet = 'network.backbone="resnet18"', "network.num_keypoints=0"
    found = config(tmp_path, "face-clean.toml", "run.pretrained=/nowhere.safetensors", *resnet)
    with pytest.raises(TrainingError, match="nowhere"):
        train(found, None)
    assert replace(found.data, channels=3).crop.channels == 3


def test_colour_is_for_faces(tmp_path, capsys):
    with pytest.raises(SystemExit):
        render(["--subjects", "1", "--per-subject", "1", "--colour", "--out", str(tmp_path)])
    assert "--region face" in capsys.readouterr().err
