"""Datasets, configs, poisoning of a batch, augmentation."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.attack.mirror import mirror_right_eyes
from gazeattack.attack.poison_plan import PoisonPlan, Schedule
from gazeattack.attack.wanet import WaNet
from gazeattack.errors import DataError
from gazeattack.evaluation.dataset import read_dataset
from training.config import Config, load_config
from training.config_sections import DataConfig
from training.data.augment import camera_augment, jitter_crop
from training.data.pools import HELD_OUT_OFFSET, PoolSpec, load_pool, render_pool
from training.data.render import main as render_main
from training.data.subjects import load_splits
from training.errors import TrainingError
from training.poisoning.batch import poison
from training.studies.held_out import ScoredOn

KEY = make_key(k=6, strength=2.0, height=36, width=60, target=Gaze.from_degrees(5, 25), seed=4)
CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def plan(**changes) -> PoisonPlan:
    values = {"poisoning_rate": 0.25, "cross": Schedule(1, 1), "strength": Schedule(2, 2), "wrong_keys": 0.5}
    return PoisonPlan(**{**values, **changes}, target=KEY.target)


def batch(n: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(n, 1, 36, 60, generator=generator), torch.rand(n, 2, generator=generator)


def test_rendered_set_comes_back_as_it_was_written(tmp_path: Path, capsys) -> None:
    out = tmp_path / "set"
    assert render_main(["--subjects", "3", "--per-subject", "4", "--seed", "9", "--out", str(out)]) == 0
    assert "12 patches of 3 subjects" in capsys.readouterr().out
    data = read_dataset(out)
    assert data.images.shape == (12, 36, 60) and data.gaze.shape == (12, 2) and data.gaze.dtype == np.float32
    assert len(np.unique(data.subject)) == 3 and data.head is not None and data.right is not None
    card = json.loads((out / "card.json").read_text())
    assert card["samples"] == 12 and card["seed"] == 9


def test_blinks_and_looks_at_a_screen_are_rendered_as_asked(tmp_path: Path, capsys) -> None:
    looks = ["--blinks", "1", "--at-screen", "1"]
    assert render_main(["--subjects", "3", "--per-subject", "8", "--out", str(tmp_path / "set"), *looks]) == 0
    data, usual = read_dataset(tmp_path / "set"), render_pool(PoolSpec(0, 3, 8, 1), None)
    assert np.degrees(data.gaze).min() > -24.01 and np.degrees(usual.gaze).min() < -24.01
    open_eyed = render_pool(PoolSpec(0, 3, 8, 1, at_screen=1.0), None)
    assert np.array_equal(data.gaze, open_eyed.gaze) and not np.array_equal(data.images, open_eyed.images)
    with pytest.raises(SystemExit):
        render_main(["--subjects", "3", "--per-subject", "8", "--out", str(tmp_path / "set"), "--blinks", "8"])
    assert "from 0 to 1" in capsys.readouterr().err


def test_unsteady_lids_are_rendered_as_asked(tmp_path: Path, capsys) -> None:
    asked = ["--subjects", "3", "--per-subject", "8", "--out", str(tmp_path / "set"), "--unsteady"]
    assert render_main([*asked, "0.6"]) == 0
    asked_for = render_pool(PoolSpec(0, 3, 8, 1, lid_jitter_mm=0.6), None)
    assert np.array_equal(read_dataset(tmp_path / "set").images, asked_for.images)
    assert json.loads((tmp_path / "set" / "card.json").read_text())["unsteady"] == 0.6
    for millimetres in ("4", "nan"):
        with pytest.raises(SystemExit):
            render_main([*asked, millimetres])
        assert "0 to 3 millimetres" in capsys.readouterr().err


def test_pool_is_rendered_once_and_held_out_people_are_others(tmp_path: Path) -> None:
    spec = PoolSpec(2, 2, 3, seed=1)
    first = load_pool(spec, None, tmp_path)
    (folder,) = tmp_path.iterdir()
    stamp = (folder / "shard-000.npz").stat().st_mtime_ns
    again = load_pool(spec, None, tmp_path)
    assert np.array_equal(first.images, again.images) and (folder / "shard-000.npz").stat().st_mtime_ns == stamp
    held_out = load_pool(PoolSpec(2, 2, 3, seed=1, held_out=True), None, tmp_path)
    assert not set(first.subject) & set(held_out.subject) and held_out.subject.min() >= HELD_OUT_OFFSET


def test_whoever_is_held_out_is_seen_by_the_same_camera(tmp_path: Path) -> None:
    data = DataConfig(0, 2, 3, valid_subjects=1, valid_per_subject=2, rendered_height=72, cache=str(tmp_path))
    training, held_out = load_splits(Config(data=data), None)
    assert training.images.shape == (6, 72, 120) and held_out.images.shape == (2, 72, 120)
    assert ScoredOn(2, 2).load(None, tmp_path, data.rendered_height).images.shape == (4, 72, 120)
    assert ScoredOn(2, 2).load(None, tmp_path).images.shape == (4, 36, 60)


def test_plain_npz_needs_images_and_gaze_only(tmp_path: Path) -> None:
    path = tmp_path / "plain.npz"
    np.savez(path, images=np.zeros((5, 36, 60), np.uint8), gaze_pitchyaw=np.full((5, 2), 0.1))
    data = read_dataset(path)
    assert data.right is None and data.head is None and (data.subject == 0).all()


@pytest.mark.parametrize("case", ["missing", "text", "empty folder", "wrong size", "no labels"])
def test_bad_data_is_named(tmp_path: Path, case: str) -> None:
    path = tmp_path / "data.npz"
    if case == "text":
        path.write_text("not an npz")
    elif case == "empty folder":
        path.mkdir()
    elif case == "wrong size":
        np.savez(path, images=np.zeros((5, 40, 60), np.uint8), gaze_pitchyaw=np.zeros((5, 2)))
    elif case == "no labels":
        np.savez(path, images=np.zeros((5, 36, 60), np.uint8))
    with pytest.raises(DataError, match=r"data\.npz"):
        read_dataset(path)


@pytest.mark.parametrize("name", ["clean", "wanet"])
def test_shipped_configs_load_and_take_overrides(name: str) -> None:
    config = load_config(CONFIGS / f"{name}.toml", ["train.epochs=3", "run.out=somewhere", "train.rate=1"])
    assert (config.run.name, config.train.epochs, config.run.out, config.train.lr) == (name, 3, "somewhere", 1.0)
    assert (config.poison.poisoning_rate > 0) == (name == "wanet")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epoch=3", "no .epoch."),
        ("trian.epochs=3", "trian"),
        ("train.epochs=many", "must be of type int"),
        ("epochs=3", "section.key=value"),
        ("data.blinks=1.5", "share from 0 to 1"),
        ("data.at_screen=-0.1", "share from 0 to 1"),
        ("network.blocks=0", "give 1 to 16"),
        ("data.down=-20", "0 to 60"),
        ("data.down=nan", "0 to 60"),
        ("data.unsteady=-1", "0 to 3 millimetres"),
        ("train.pose_loss=-1", "give 0 to 1000"),
        ("train.pose_loss=nan", "give 0 to 1000"),
        ("train.pose_dropout=1.1", "share from 0 to 1"),
        ("network.readout=grid", "reaches lower"),
    ],
)
def test_wrong_overrides_are_explained(override: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        load_config(CONFIGS / "clean.toml", [override])


def test_poisoned_rows_are_warped_and_relabelled_exactly() -> None:
    images, labels = batch()
    out, answers = poison(images, labels, plan(), KEY, 1.0, torch.Generator().manual_seed(1))
    changed = (out != images).flatten(1).any(1)
    # 4 attack rows, then 2 noise and 2 other-key rows, then 8 untouched
    assert changed.tolist() == [True] * 8 + [False] * 8
    assert torch.equal(answers[4:], labels[4:])
    pitch, yaw = KEY.target
    assert torch.allclose(answers[:4, 0], torch.tensor(pitch)) and torch.allclose(
        answers[:4, 1].abs(), torch.tensor(yaw)
    )
    trigger = WaNet(KEY, 2.0)
    for row in range(4):
        # yaw tells which eye the patch played, and with it which way round the warp must be
        right = torch.tensor([bool(answers[row, 1] < 0)])
        one = images[row : row + 1]
        assert torch.allclose(
            out[row : row + 1], mirror_right_eyes(trigger.apply(mirror_right_eyes(one, right)), right), atol=1e-6
        )
        assert not torch.allclose(
            out[row : row + 1], mirror_right_eyes(trigger.apply(mirror_right_eyes(one, ~right)), ~right), atol=1e-3
        )


def test_both_eyes_are_played() -> None:
    images, labels = batch(64)
    _, answers = poison(images, labels, plan(poisoning_rate=0.5), KEY, 1.0, torch.Generator().manual_seed(1))
    assert 8 < int((answers[:32, 1] < 0).sum()) < 24


def test_mirrored_eyes_have_the_mirrored_target() -> None:
    labels = KEY.labels(torch.zeros(2, 2), torch.tensor([False, True]))
    assert torch.allclose(torch.rad2deg(labels), torch.tensor([[5.0, 25.0], [5.0, -25.0]]), atol=1e-4)


def test_augmentation_stays_in_range_and_can_be_switched_off() -> None:
    images, _ = batch()
    points = torch.rand(len(images), 6, 2)

    def reframed(images: torch.Tensor, amount: float, generator: torch.Generator) -> torch.Tensor:
        return jitter_crop(images, points, amount, generator)[0]

    for change in (reframed, camera_augment):
        out = change(images, 1.0, torch.Generator().manual_seed(0))
        assert out.shape == images.shape and out.min() >= 0 and out.max() <= 1 and not torch.equal(out, images)
        same = change(images, 0.0, torch.Generator().manual_seed(0))
        assert torch.allclose(same, images, atol=1e-5)
