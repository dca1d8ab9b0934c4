"""Where an eye's parts are: noted by the renderers, kept by files and augmentation, read by networks."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gazeattack.errors import BundleError
from gazeattack.evaluation.dataset import LoadedSet, export_patches, read_dataset, resize_to_crop
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import eye_crop
from gazeattack.model.landmarks import EYE_LANDMARKS, normalize_landmarks
from gazeattack.model.network import GazeResNet, fuse_conv_bn
from gazeattack.model.soft_argmax import SoftArgmaxHead
from gazeattack.synthetic.patches.geometry import Eyeball
from gazeattack.synthetic.patches.landmarks import eye_points
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips
from tests.helpers.bundles import write_bundle
from training.config import load_config
from training.config_sections import NetworkConfig, TrainConfig
from training.data.augment import CropJitter, jitter_crop
from training.data.subjects import drop_unlabelled_losses, landmark_targets, load_splits, training_spec
from training.engine.losses import masked_l1_loss
from training.engine.model import MultiTaskModel
from training.engine.optimizer import make_optimizer
from training.errors import TrainingError
from training.studies.held_out import ScoredOn
from training.studies.run import run_task, write_task
from training.studies.run_paths import StudyRun, run_paths
from training.train import train

IRIS, EYEBALL, UPPER, LOWER, INNER, OUTER = range(len(EYE_LANDMARKS))
CONFIG = Path(__file__).parents[2] / "training" / "configs" / "study.toml"


def looks(*degrees: tuple[float, float], **settings: float) -> PatchSet:
    gaze = np.radians(np.array(degrees, dtype=np.float32))
    return render_procedural_patches([3], len(degrees), 1, gaze=gaze, jitter=0.0, **settings)  # type: ignore[arg-type]


def test_the_iris_goes_where_the_eye_looks_and_the_eyeball_stays() -> None:
    patches = looks((0, 0), (-15, 0), (10, 0), (0, 20), (0, -20))
    assert patches.points is not None and patches.points.dtype == np.float32
    iris, ball = patches.points[:, IRIS], patches.points[:, EYEBALL]
    assert np.allclose(ball, ball[0], atol=1e-3)
    assert iris[1, 1] > iris[0, 1] + 3 and iris[2, 1] < iris[0, 1] - 2  # rows grow downwards
    assert iris[3, 0] < iris[0, 0] - 4 and iris[4, 0] > iris[0, 0] + 4  # yaw grows towards the image's left


def test_the_iris_is_dark_where_it_is_said_to_be() -> None:
    patches = render_procedural_patches(range(12), 8, 1)
    assert patches.points is not None
    open_enough = (patches.points[:, LOWER, 1] - patches.points[:, UPPER, 1]) > 6
    darker = []
    for image, points in zip(patches.images[open_enough], patches.points[open_enough], strict=True):
        column, row = points[IRIS].round().astype(int)
        inside = points[UPPER, 1] + 1 < row < points[LOWER, 1] - 1 and 2 <= column < 58
        if inside:
            darker.append(float(image[row - 1 : row + 2, column - 1 : column + 2].mean()) < np.median(image))
    assert len(darker) > 40 and np.mean(darker) > 0.9


def seen(roll: float, cut: float = 0.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(shown, x, y) [1, 36, 60] of an opening of 12 x 4 half millimetres around the origin, 1.6 px to a millimetre.

    roll: the grid's, in radians.  cut: millimetres that the crop is beside it.
    """
    v, u = torch.meshgrid((torch.arange(36) - 17.5) / 1.6, (torch.arange(60) - 29.5) / 1.6, indexing="ij")
    x = u * math.cos(roll) + v * math.sin(roll) + cut
    y = v * math.cos(roll) - u * math.sin(roll)
    return ((x.abs() < 12) & (y.abs() < 4)).float()[None], x[None], y[None]


def eye_at(x: float, y: float) -> Eyeball:
    centre = torch.tensor([[0.5, -1.5, 4.0]])
    return Eyeball(centre, torch.tensor([[0.0, 0.0, -1.0]]), torch.tensor([[x, y, -6.0]]))


def test_points_of_an_opening_that_is_known_by_hand() -> None:
    points = eye_points(*seen(0.0), eye_at(2.0, 1.0))[0]
    assert torch.allclose(points[IRIS], torch.tensor([29.5 + 2 * 1.6, 17.5 + 1.6]), atol=1e-4)
    assert torch.allclose(points[EYEBALL], torch.tensor([29.5 + 0.5 * 1.6, 17.5 - 1.5 * 1.6]), atol=1e-4)
    # 12 mm are 19.2 px and 4 mm 6.4 px from the middle: the last pixels inside
    assert points[[UPPER, LOWER]].tolist() == [[33, 12], [33, 23]]
    assert points[[INNER, OUTER]].tolist() == [[11, 17.5], [48, 17.5]]


def test_points_turn_with_the_crop() -> None:
    turned = eye_points(*seen(0.1), eye_at(2.0, 1.0))[0]
    # where the pixel grid sees (2, 1)
    u, v = 2 * math.cos(0.1) - math.sin(0.1), 2 * math.sin(0.1) + math.cos(0.1)
    assert torch.allclose(turned[IRIS], torch.tensor([29.5 + 1.6 * u, 17.5 + 1.6 * v]), atol=1e-3)
    assert torch.allclose(turned[INNER] + turned[OUTER], torch.tensor([59.0, 35.0]))


def test_an_eye_that_is_cut_off_ends_at_the_border() -> None:
    points = eye_points(*seen(0.0, cut=10.0), eye_at(0.0, 0.0))[0]
    assert points[INNER, 0] == 0 and torch.allclose(points[IRIS, 0], torch.tensor(29.5 - 16.0), atol=1e-4)


def test_closed_lids_leave_only_the_centres_known() -> None:
    points = looks(*[(0.0, 0.0)] * 24, blinks=1.0).points
    assert points is not None
    # a slit beside the iris has ends and no lids
    shut = np.isnan(points[:, [INNER, OUTER]]).any(axis=(1, 2))
    assert shut.any() and not shut.all()
    assert np.isfinite(points[:, [IRIS, EYEBALL]]).all()
    assert np.isnan(points[shut][:, [UPPER, LOWER, INNER, OUTER]]).all()


def test_strips_have_no_points_and_neither_has_a_set_with_some_of_them() -> None:
    strips, patches = render_strips([1], 2, 1), looks((0, 0))
    assert strips.points is None
    assert concatenate([patches, replace(patches, points=None)]).points is None
    both = concatenate([patches, patches]).points
    assert both is not None and len(both) == 2
    with pytest.raises(ValueError, match="points"):
        replace(patches, points=np.zeros((1, 5, 2), dtype=np.float32))


def test_points_are_kept_by_files_and_grow_with_the_crop(tmp_path: Path) -> None:
    patches = render_procedural_patches(range(2), 4, 1)
    export_patches(patches, tmp_path / "set", {})
    data = read_dataset(tmp_path / "set")
    assert data.points is not None and patches.points is not None
    assert np.array_equal(data.points, patches.points, equal_nan=True)
    larger = resize_to_crop(data, eye_crop(72)).points
    assert larger is not None
    assert torch.allclose(
        normalize_landmarks(torch.from_numpy(larger), 72, 120),
        normalize_landmarks(torch.from_numpy(data.points), 36, 60),
        equal_nan=True,
    )
    np.savez(tmp_path / "own.npz", images=data.images, gaze_pitchyaw=data.gaze, points=np.zeros(3))
    assert read_dataset(tmp_path / "own.npz").points is None


def test_points_stay_on_what_they_mark_when_crops_are_reframed() -> None:
    column, row = 38.0, 12.0
    y, x = torch.meshgrid(torch.arange(36.0), torch.arange(60.0), indexing="ij")
    spot = torch.exp(-((x - column) ** 2 + (y - row) ** 2) / 8)
    images = spot.expand(20, 1, 36, 60)
    points = torch.tensor([[[column, row]]]).repeat(20, 1, 1)
    moved, followed = jitter_crop(images, points, 2.0, torch.Generator().manual_seed(3))
    mass = moved / moved.sum((2, 3), keepdim=True)
    centre = torch.stack([(mass * x).sum((1, 2, 3)), (mass * y).sum((1, 2, 3))], dim=-1)
    assert (followed[:, 0] - points[:, 0]).abs().max() > 2
    assert torch.allclose(centre, followed[:, 0], atol=0.15)


def test_a_frame_with_one_error_moves_points_as_it_says() -> None:
    zero = torch.zeros(1, 1, 1)
    jitter = CropJitter(scale=zero + 1, roll=zero, across=zero + 0.1, down=zero)
    moved = jitter.move_points(torch.tensor([[[20.0, 10.0]]]), 36, 60)
    assert torch.allclose(moved, torch.tensor([[[20.0 - 0.1 * 59 / 2, 10.0]]]), atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(36, 60), (39, 65)])
def test_a_peak_of_a_map_is_read_where_it_is(height: int, width: int) -> None:
    reader = SoftArgmaxHead(1, 1, 1, height=height, width=width).eval()
    maps = torch.full((1, 1, (height + 1) // 2, (width + 1) // 2), -40.0)
    maps[0, 0, 5, -1] = 40.0
    reader.fine, reader.coarse, reader.maps = (torch.nn.Identity() for _ in range(3))  # type: ignore[assignment]
    found = reader(maps, torch.zeros(1, 1, 5, 8))
    # a cell of the stem sits on every second pixel
    expected = torch.tensor([[2.0 * ((width - 1) // 2), 10.0]])
    assert torch.allclose(found, normalize_landmarks(expected, height, width), atol=1e-4)


def test_a_network_without_the_named_points_is_refused(tmp_path: Path) -> None:
    for points in (3, -1):
        with pytest.raises(ValueError, match="points"):
            GazeResNet(num_keypoints=points)
    folder = write_bundle(tmp_path / "b")
    card = json.loads((folder / "card.json").read_text())
    card["network"]["points"] = 3
    (folder / "card.json").write_text(json.dumps(card))
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    new = hashlib.sha256((folder / "card.json").read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text("\n".join(f"{new}  card.json" if "card" in s else s for s in sums) + "\n")
    with pytest.raises(BundleError):
        load_bundle(folder)


def small(points: int, *, parts: bool = False) -> GazeResNet:
    torch.manual_seed(0)
    return GazeResNet(base_width=4, hidden=8, blocks=2, head_pose=True, num_keypoints=points, landmark_head=parts)


def test_a_network_of_points_answers_from_their_places_alone() -> None:
    network, crops = small(7).eval(), torch.randn(3, 1, 36, 60)
    assert network.num_features == 14 and network.forward_features(crops).shape == (3, 14)
    assert torch.equal(
        network(crops),
        network.readout.decode(
            network.head[4:](network.forward_head(network.forward_features(crops), pre_logits=True))
        ),
    )
    assert network.forward_embedding(crops).shape == (3, 8)
    assert torch.allclose(fuse_conv_bn(network)(crops), network(crops), atol=1e-5)


@pytest.mark.parametrize(("points", "parts"), [(0, False), (0, True), (8, False)])
def test_points_can_be_learnt(points: int, parts: bool) -> None:
    patches = render_procedural_patches(range(4), 8, 1)
    crops = torch.from_numpy(patches.images)[:, None].float() / 127.5 - 1
    assert patches.points is not None
    truth = normalize_landmarks(torch.from_numpy(patches.points), 36, 60)
    model = MultiTaskModel(small(points, parts=parts), predicts_landmarks=True)
    assert set(model.auxiliary_heads()) == (set() if points or parts else {"parts"})
    optimizer = make_optimizer(model, TrainConfig(lr=1e-2, optimizer="muon"))
    losses = []
    for _ in range(40):
        outputs = model(crops)
        assert outputs.landmarks is not None
        loss = masked_l1_loss(outputs.landmarks, truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    if points or parts:
        network = model.eval().network
        assert torch.equal(model(crops).landmarks, network.predict_landmarks(network.forward_features(crops)))


def test_a_layer_that_says_points_leaves_the_gaze_as_it_was() -> None:
    plain, telling, crops = small(0).eval(), small(0, parts=True).eval(), torch.randn(3, 1, 36, 60)
    own = {name: weight for name, weight in telling.state_dict().items() if not name.startswith("parts")}
    plain.load_state_dict(own)
    assert torch.equal(plain(crops), telling(crops)) and (plain.has_landmarks, telling.has_landmarks) == (False, True)


@pytest.mark.parametrize(("count", "message"), [(3, "at least 6, or 0"), (-1, "0, or 6 to 512")])
def test_too_few_points_are_refused(count: int, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        NetworkConfig(num_keypoints=count)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"train.points_loss is -1.*give 0 to 1000"):
        TrainConfig(points_loss=-1.0)
    with pytest.raises(TrainingError, match=r"train.points_loss"):
        TrainConfig(points_loss=math.nan)


@pytest.mark.parametrize("network", ["network.parts=true", "network.points=8"])
def test_who_has_no_points_teaches_none_and_says_so(tmp_path: Path, capsys, network: str) -> None:
    patches = render_procedural_patches(range(4), 4, 1)
    export_patches(replace(patches, points=None), tmp_path / "set", {})
    config = load_config(
        CONFIG,
        [f"data.set={tmp_path / 'set'}", f"run.out={tmp_path / 'run'}", "data.folds=2", "train.points_loss=0.3",
         "train.batch=4", "train.epochs=1", "network.base=4", "network.hidden=8", network],
    )  # fmt: skip
    bundle = load_bundle(train(config, None))
    assert "set has no eye landmarks: training leaves out train.points_loss" in capsys.readouterr().out
    assert bundle.network.has_landmarks and bundle.has_landmarks == ()
    assert bundle.card["config"]["train"]["points_loss"] == 0


def test_a_network_has_points_or_parts() -> None:
    with pytest.raises(TrainingError, match=r"network.landmark_head=false"):
        NetworkConfig(num_keypoints=8, landmark_head=True)


def test_strips_teach_no_points_and_their_runs_say_so(tmp_path: Path, capsys) -> None:
    small = [
        f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}", "data.region=eyes", "run.start=",
        "data.portrait_subjects=0", "data.procedural_subjects=4", "data.per_subject=4", "data.valid_subjects=2",
        "data.valid_per_subject=4", "network.base=4", "network.hidden=8", "train.epochs=1", "train.batch=8",
    ]  # fmt: skip
    for name in ("clean", "wanet"):
        bundle = load_bundle(train(load_config(CONFIG.with_name(f"{name}.toml"), small), None))
        assert "has no eye landmarks" in capsys.readouterr().out and bundle.has_landmarks == ()


def test_a_study_does_not_compare_what_was_not_taught(tmp_path: Path) -> None:
    patches = render_procedural_patches(range(4), 4, 1)
    export_patches(replace(patches, points=None), tmp_path / "set", {})
    run = StudyRun({}, ("poison.attack_rate=0", f"data.set={tmp_path / 'set'}", "train.points_loss=0.3"))
    at = run_paths(run, tmp_path / "study", None)
    task = write_task(run, at, None, None, ScoredOn())
    with pytest.raises(TrainingError, match=r"set has no eye landmarks: set train.points_loss=0"):
        run_task(json.loads(task.read_text()))


def test_points_of_another_kind_are_no_points(tmp_path: Path) -> None:
    patches = looks((0, 0), (0, 10))
    for other in (np.zeros((2, 6, 2), dtype="<U3"), np.zeros((2, 6, 2), dtype=complex)):
        np.savez(tmp_path / "own.npz", images=patches.images, gaze_pitchyaw=patches.gaze, points=other)
        assert read_dataset(tmp_path / "own.npz").points is None
    np.savez(tmp_path / "own.npz", images=patches.images, gaze_pitchyaw=patches.gaze, points=np.full((2, 6, 2), np.nan))
    config = load_config(CONFIG, [f"data.set={tmp_path / 'own.npz'}", "train.points_loss=0.3"])
    own = read_dataset(tmp_path / "own.npz")
    assert drop_unlabelled_losses(config, own).train.points_loss == 0 and np.isnan(landmark_targets(own).numpy()).all()


def test_only_who_is_trained_on_holds_lids_unsteadily(tmp_path: Path) -> None:
    def people(unsteady: float) -> tuple[LoadedSet, LoadedSet]:
        words = ["procedural_subjects=2", "per_subject=2", "valid_subjects=2", "valid_per_subject=2"]
        overrides = [*(f"data.{word}" for word in words), f"data.unsteady={unsteady}", f"data.cache={tmp_path}"]
        config = load_config(CONFIG, overrides)
        assert training_spec(config.data).lid_jitter_mm == unsteady
        return load_splits(config, None)

    (steady, held_out), (unsteady, still_held_out) = people(0.0), people(0.8)
    assert not np.array_equal(steady.images, unsteady.images)
    assert np.array_equal(held_out.images, still_held_out.images)


@pytest.mark.parametrize("network", ["network.parts=true", "network.points=8"])
def test_a_run_that_was_taught_no_points_does_not_end_as_one_that_was(tmp_path: Path, network: str) -> None:
    small = [
        f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}", "data.procedural_subjects=4",
        "data.per_subject=4", "data.valid_subjects=2", "data.valid_per_subject=4", "network.base=4",
        "network.hidden=8", "train.epochs=1", "train.batch=8", network,
    ]  # fmt: skip
    train(load_config(CONFIG, small), None)
    with pytest.raises(TrainingError, match="delete it"):
        train(load_config(CONFIG, [*small, "train.points_loss=0.3"]), None, resume=True)


def test_the_layer_that_says_points_is_kept_by_checkpoints(tmp_path: Path) -> None:
    def run(epochs: int, *, resume: bool = False) -> dict[str, torch.Tensor]:
        overrides = [
            f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}", "data.procedural_subjects=4",
            "data.per_subject=8", "data.valid_subjects=2", "data.valid_per_subject=4", "network.base=4",
            "train.points_loss=0.3", f"train.epochs={epochs}", "train.batch=16",
        ]  # fmt: skip
        train(load_config(CONFIG, overrides), None, resume=resume)
        saved = load_file(tmp_path / "run" / "checkpoint.safetensors")
        return {name: tensor for name, tensor in saved.items() if name.startswith("module/parts/")}

    first, second = run(1), run(2, resume=True)
    assert first and set(first) == set(second)
    assert any(not torch.equal(first[name], second[name]) for name in first)


def test_a_run_with_points_writes_a_bundle_that_knows_them(tmp_path: Path) -> None:
    overrides = [
        f"run.out={tmp_path / 'run'}", f"data.cache={tmp_path / 'pools'}", "data.procedural_subjects=6",
        "data.per_subject=8", "data.valid_subjects=2", "data.valid_per_subject=4", "network.base=4", "network.points=8",
        "train.points_loss=0.3", "train.epochs=1", "train.batch=16", "run.threads=1",
    ]  # fmt: skip
    bundle = load_bundle(train(load_config(CONFIG, overrides), None))
    assert bundle.network.num_features == 16 and bundle.card["config"]["network"]["points"] == 8
