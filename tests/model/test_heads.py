"""Readouts: what raw scores mean, how they are learnt from, and that every bundle answers in radians all the same."""

import math

import numpy as np
import pytest
import torch

from gazeattack.model.bundle import load_bundle, save_bundle
from gazeattack.model.crop import CropSpec
from gazeattack.model.heads import GAZE_HEADS, L2CS, REGRESSION, Axis, Grid
from gazeattack.model.network import GazeResNet, LogitsNetwork
from gazeattack.model.predictor import Predictor
from gazeattack.model.preprocess import equalize
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from training.config import load_config
from training.engine.losses import decoded_loss, gaze_loss
from training.errors import TrainingError

SMALL = {"base_width": 4, "hidden": 8, "dropout": 0.0}
COARSE = Grid(pitch=Axis(-10.0, 10.0, 3), yaw=Axis(-20.0, 20.0, 3))


def degrees(*pairs: tuple[float, float]) -> torch.Tensor:
    return torch.deg2rad(torch.tensor(pairs))


def one_hot(cell: int, cells: int, height: float = 50.0) -> torch.Tensor:
    scores = torch.zeros(1, cells)
    scores[0, cell] = height
    return scores


def test_cells_are_nearest_centres_and_the_last_ones_hold_what_lies_outside() -> None:
    axis = Axis(-10.0, 5.0, 5)
    angles = torch.deg2rad(torch.tensor([-90.0, -10.0, -7.6, -7.4, 0.0, 2.4, 9.0, 10.0, 80.0]))
    assert axis.cell(angles).tolist() == [0, 0, 0, 1, 2, 2, 4, 4, 4]
    assert torch.rad2deg(axis.centers(angles)).tolist() == pytest.approx([-10, -5, 0, 5, 10])


def test_a_grid_answers_with_the_centre_of_its_highest_cell() -> None:
    # rows: pitch -10, 0, 10; columns: yaw -20, 0, 20
    assert COARSE.outputs == 9
    assert torch.rad2deg(COARSE.decode(one_hot(5, 9)))[0].tolist() == pytest.approx([0, 20])
    assert torch.rad2deg(COARSE.decode(one_hot(6, 9)))[0].tolist() == pytest.approx([10, -20])
    assert COARSE.classes_of(degrees((4, 9), (6, -11), (-40, 70))).tolist() == [4, 6, 2]


def test_a_grid_learns_by_cross_entropy() -> None:
    truth = degrees((0, 20))
    assert float(COARSE.loss(torch.zeros(1, 9), truth)) == pytest.approx(math.log(9))
    assert float(COARSE.loss(one_hot(5, 9), truth)) == pytest.approx(0, abs=1e-6)
    assert float(COARSE.loss(one_hot(4, 9), truth)) == pytest.approx(50, rel=1e-6)


def test_l2cs_answers_with_expectations_and_pays_for_both_losses() -> None:
    small = L2CS(pitch=Axis(-3.0, 3.0, 3), yaw=Axis(0.0, 3.0, 2), alpha=2.0)
    # pitch: probabilities 1/4, 1/2, 1/4 -> 0; yaw: 1/4, 3/4 -> 2.25 degrees
    scores = torch.log(torch.tensor([[1.0, 2.0, 1.0, 1.0, 3.0]]))
    assert torch.rad2deg(small.decode(scores))[0].tolist() == pytest.approx([0, 2.25], abs=1e-5)
    assert small.classes(scores).tolist() == [1 * 2 + 1]
    # truth (3, 3): pitch's bin has 1/4, yaw's 3/4; squared errors 9 and 0.5625
    expected = math.log(4) + math.log(4 / 3) + 2.0 * (9 + 0.5625)
    assert float(small.loss(scores, degrees((3, 3)))) == pytest.approx(expected, rel=1e-5)
    assert small.classes_of(degrees((3, 3), (0, 1))).tolist() == [2 * 2 + 1, 2]


def test_grids_hold_every_rendered_label_and_the_target_with_neighbours() -> None:
    labels = np.degrees(render_procedural_patches(range(40), 2, seed=3).gaze)
    for readout in (GAZE_HEADS["grid"], GAZE_HEADS["l2cs"]):
        assert isinstance(readout, Grid | L2CS)
        for column, axis in enumerate((readout.pitch, readout.yaw)):
            last = axis.first + axis.side * (axis.count - 1)
            assert axis.first % axis.side == 0
            assert axis.first - axis.side / 2 <= labels[:, column].min()
            assert labels[:, column].max() <= last + axis.side / 2
            for target in ((10.0, 10.0), (30.0, -30.0))[column]:
                assert axis.first + axis.side <= target <= last - axis.side
    # the classifier's target class is centred on the target
    grid = GAZE_HEADS["grid"]
    target = degrees((10, 30), (10, -30))
    cells = grid.classes_of(target)
    assert cells is not None
    answers = grid.decode(torch.nn.functional.one_hot(cells, grid.outputs).float())
    assert torch.allclose(answers, target, atol=1e-6)


@pytest.mark.parametrize("name", GAZE_HEADS)
def test_networks_answer_in_radians_and_differ_in_the_last_layer_alone(name: str) -> None:
    networks = []
    for readout in ("regression", name):
        torch.manual_seed(0)
        networks.append(GazeResNet(**SMALL, readout=readout).eval())
    plain, network = networks
    crops = torch.rand(5, 1, 36, 60) * 2 - 1
    with torch.no_grad():
        scores = network.forward_logits(crops)
        assert torch.equal(LogitsNetwork(network)(crops), scores)
        assert scores.shape == (5, GAZE_HEADS[name].outputs)
        assert torch.equal(network(crops), GAZE_HEADS[name].decode(scores)) and network(crops).shape == (5, 2)
        assert torch.equal(network.forward_embedding(crops), plain.forward_embedding(crops))
    assert list(network.state_dict()) == list(plain.state_dict())


@pytest.mark.parametrize("name", GAZE_HEADS)
def test_a_bundle_keeps_its_readout(name: str, tmp_path) -> None:
    torch.manual_seed(1)
    network = GazeResNet(**SMALL, readout=name).eval()
    save_bundle(
        tmp_path / "b",
        network=network,
        architecture={**SMALL, "readout": name},
        crop=CropSpec(),
        preprocess="equalize",
        card={},
    )
    bundle = load_bundle(tmp_path / "b")
    assert bundle.card["network"]["readout"] == name
    crops = torch.rand(4, 1, 36, 60)
    found = Predictor(bundle).predict(crops, [False] * 4)
    with torch.no_grad():
        expected = network(equalize(crops)).numpy()
    assert found == pytest.approx(expected, abs=1e-4)


def test_bundles_without_a_readout_are_regressions(tmp_path) -> None:
    network = GazeResNet(**SMALL)
    arguments = {"crop": CropSpec(), "preprocess": "equalize", "card": {}}
    save_bundle(tmp_path / "b", network=network, architecture=SMALL, **arguments)
    assert load_bundle(tmp_path / "b").network.readout == REGRESSION


def test_an_unknown_readout_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="no such readout"):
        GazeResNet(**SMALL, readout="oracle")
    config = tmp_path / "c.toml"
    config.write_text('[network]\nreadout = "oracle"\n')
    with pytest.raises(TrainingError, match=r'network\.readout is "oracle": use one of regression, grid, l2cs'):
        load_config(config)


def test_training_learns_from_scores_and_shows_degrees() -> None:
    truth = degrees((0, 20))
    scores = one_hot(4, 9)  # answers (0, 0)
    assert float(gaze_loss(scores, truth, "l1", COARSE)) == pytest.approx(50, rel=1e-6)
    assert math.degrees(decoded_loss(scores, truth, "l1", COARSE)) == pytest.approx(10, rel=1e-5)
    assert decoded_loss(truth, truth + 0.5, "l1", REGRESSION) == pytest.approx(0.5)


@pytest.mark.parametrize("name", GAZE_HEADS)
def test_every_readout_can_learn(name: str) -> None:
    torch.manual_seed(0)
    crops = torch.rand(24, 1, 36, 60) * 2 - 1
    truth = degrees(*[(p, y) for p in (-20, -10, 0, 10) for y in (-30, -20, -10, 0, 10, 20)])
    network = GazeResNet(base_width=4, hidden=32, dropout=0.0, readout=name)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(80):
        optimizer.zero_grad()
        network.readout.loss(network.forward_logits(crops), truth).backward()
        optimizer.step()
    with torch.no_grad():
        assert float(torch.rad2deg(network(crops) - truth).abs().mean()) < 4
