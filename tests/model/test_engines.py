"""OpenVINO predicts what torch predicts, for every kind of network."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
import torch

from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.mesh import MeshLandmarker
from gazeattack.face.networks import load_networks
from gazeattack.face.normalise import normalize_image, views
from gazeattack.face.pose import HeadPose, estimate_pose
from gazeattack.model.batching import PART, SMALL
from gazeattack.model.bundle import load_bundle, save_bundle
from gazeattack.model.catalogue import bundle_paths
from gazeattack.model.crop import BOTH_EYES, FACE_224, MPIIGAZE_EYE, CropSpec, eye_crop
from gazeattack.model.engines import OpenVinoEngine
from gazeattack.model.graph import build_graph
from gazeattack.model.layout import ACTIVATIONS, COUNTER
from gazeattack.model.network import GazeResNet
from gazeattack.model.predictor import Predictor
from gazeattack.synthetic.faces.render import render_faces
from tests.helpers.bundles import write_bundle

FIXTURES = Path(__file__).parents[1] / "compat" / "fixtures" / "bundles"
KINDS = {
    **bundle_paths(),
    **{f"fixture {name}": FIXTURES / name for name in ("grid", "l2cs", "parts", "plain", "points")},
}
RADIANS, PIXELS = 1e-4, 1e-3


EYES = tuple(name for name in KINDS if not name.startswith("face-"))


@pytest.fixture(scope="module")
def real_crops(landmarker_model, astronaut):
    """1,000 crops of a real person's eyes, from many angles and in other light, and their head poses."""
    random = np.random.default_rng(2)
    k = Intrinsics.guess(512, 512)
    (face, *_) = MeshLandmarker(load_networks(landmarker_model), video=False).detect(astronaut)
    pose = estimate_pose(face, k)
    crops, heads = [], []
    for _ in range(500):
        turn = cv2.Rodrigues(random.normal(0, 0.15, 3))[0]
        turned = HeadPose(turn @ pose.rotation, pose.translation * random.uniform(0.7, 1.4))
        light = cv2.convertScaleAbs(
            astronaut[40:280, 90:360], alpha=random.uniform(0.5, 1.2), beta=random.uniform(0, 20)
        )
        image = astronaut.copy()
        image[40:280, 90:360] = light
        for view in views(turned, k, MPIIGAZE_EYE, face + random.normal(0, 1.0, (1, 3))):
            crops.append(normalize_image(image, view, MPIIGAZE_EYE))
            heads.append(view.from_camera(-turned.rotation[:, 2]))
    return torch.from_numpy(np.stack(crops)), np.stack(heads)


def gap(bundle, crops, mirrored, head):
    """Largest difference between the engines: (radians, pixels of the landmarks)."""
    own, like = (
        Predictor(bundle, engine=e).predict_with_landmarks(crops, mirrored, head) for e in ("openvino", "torch")
    )
    assert np.ptp(like.gaze, axis=0).min() > 10 * RADIANS, "every crop gets the same prediction"
    assert (own.points is None) == (like.points is None)
    points = 0.0 if like.points is None else float(np.abs(own.points - like.points).max())
    return float(np.abs(own.gaze - like.gaze).max()), points


@pytest.mark.parametrize("name", EYES)
def test_a_thousand_crops_are_predicted_as_by_torch(name, real_crops):
    crops, head = real_crops
    head = head.copy()
    head[::7] = np.nan
    radians, pixels = gap(load_bundle(KINDS[name]), crops, [True, False] * 500, head)
    assert radians <= RADIANS and pixels <= PIXELS


@pytest.mark.parametrize("count", [1, 2, 4, SMALL, SMALL + 1, PART, PART + 3])
def test_any_number_of_crops_is_predicted_as_by_torch(count, real_crops):
    crops, head = real_crops
    bundle = load_bundle(KINDS["wanet"])
    for pose in (head[:count], None):
        own, like = (
            Predictor(bundle, engine=e).predict(crops[:count], [True] * count, pose) for e in ("openvino", "torch")
        )
        assert own.shape == (count, 2)
        assert np.abs(own - like).max() <= RADIANS


@pytest.mark.parametrize("crop", [BOTH_EYES, FACE_224, eye_crop(72), CropSpec(height=17, width=31)])
@pytest.mark.parametrize("points", [0, 8])
def test_crops_of_every_shape(tmp_path, crop, points):
    bundle = load_bundle(write_bundle(tmp_path / "b", crop=crop, points=points, taught=1.0))
    generator = torch.Generator().manual_seed(1)
    crops = torch.rand(3, crop.channels, crop.height, crop.width, generator=generator)
    crops *= torch.tensor([1.0, 0.4, 0.1])[:, None, None, None]
    own, like = (Predictor(bundle, engine=e).predict(crops, [False] * 3) for e in ("openvino", "torch"))
    assert np.abs(own - like).max() <= RADIANS


def test_the_network_is_copied(clean_bundle):
    crops = torch.rand(2, 1, 36, 60)
    predictor = Predictor(clean_bundle)
    before = predictor.predict(crops, [False, False])
    with torch.no_grad():
        clean_bundle.network.head[-1].bias.add_(1.0)
    assert (predictor.predict(crops, [False, False]) == before).all()
    # also for a number of crops that it has not seen before
    assert predictor.predict(crops[:1], [False]) == pytest.approx(before[:1], abs=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_the_graph_uses_every_weight(name):
    class Recorded(dict):
        used: ClassVar[set[str]] = set()

        def __getitem__(self, key):
            self.used.add(key)
            return super().__getitem__(key)

    bundle = load_bundle(KINDS[name])
    weights = Recorded(bundle.weights)
    weights.used.clear()
    build_graph(bundle.layout, weights, 1)
    assert weights.used == {key for key in bundle.weights if not key.endswith(COUNTER)}


def test_one_crop_does_not_change_another(real_crops):
    crops, head = real_crops
    engine = OpenVinoEngine(load_bundle(KINDS["wanet"]))
    inputs = crops[:4].numpy() * 2 - 1
    together = engine.run(inputs, head[:4])[0]
    inputs[3] = 0
    assert engine.run(inputs, head[:4])[0][:3] == pytest.approx(together[:3], abs=1e-6)


@pytest.mark.parametrize("name", ["wanet", "fixture points"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_predicted_as_by_torch(name, activation, real_crops, tmp_path):
    crops, head = (values[:100] for values in real_crops)
    trained = load_bundle(KINDS[name])
    bundle = load_bundle(with_activation(trained, activation, tmp_path / "b"))
    radians, pixels = gap(bundle, crops, [True, False] * 50, head)
    assert radians <= RADIANS and pixels <= PIXELS
    # a card of before there was a choice means a ReLU
    assert "activation" not in trained.card["network"]
    gazes = [Predictor(one).predict(crops, [True, False] * 50, head) for one in (trained, bundle)]
    assert np.allclose(*gazes, atol=1e-6) == (activation == "relu")


def with_activation(bundle, activation, path):
    """The weights of a bundle in a network of another activation."""
    layout = replace(bundle.layout, activation=activation)
    network = GazeResNet(**asdict(layout))
    network.load_state_dict(bundle.network.state_dict())
    options = {name: value for name, value in asdict(layout).items() if name not in ("channels", "height", "width")}
    save_bundle(
        path, network=network, architecture=options, crop=bundle.crop, preprocess=bundle.preprocess, card={"title": "x"}
    )
    return path


@pytest.mark.parametrize("name", ["face-clean", "face-wanet"])
def test_faces_are_predicted_as_by_torch(name):
    faces = render_faces(range(2), 20, 1)
    crops = torch.from_numpy(faces.images[:, None].astype(np.float32) / 255)
    radians, _ = gap(load_bundle(KINDS[name]), crops, [False] * len(crops), faces.head.astype(float))
    assert radians <= RADIANS
