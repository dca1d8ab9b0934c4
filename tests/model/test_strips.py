"""Both eyes in one strip: what it shows, rendered and live, and what it is labelled with."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from gazeattack import cli
from gazeattack.angles import Gaze, angular_error
from gazeattack.attack.key import make_key
from gazeattack.attack.trigger import make_trigger
from gazeattack.capture.frame import Frame
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import views
from gazeattack.face.outline import project
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import EYE_CENTRES, LANDMARKS, POINTS
from gazeattack.live.pipeline import Pipeline
from gazeattack.live.settings import PipelineSettings, TriggerMode
from gazeattack.metrics.dark_centroid import dark_centroid_gaze
from gazeattack.model.bundle import load_bundle
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE, strip_crop
from gazeattack.synthetic.patches.paired import Looks, render_looks
from gazeattack.synthetic.patches.patch_set import PatchSet
from gazeattack.synthetic.patches.procedural import render_procedural_patches
from gazeattack.synthetic.patches.strip import render_strips
from tests.helpers.bundles import write_bundle

PEOPLE, EACH = range(8), 4
KEY = make_key(height=BOTH_EYES.height, width=BOTH_EYES.width, target=Gaze.from_degrees(10, 30), seed=4)
# a few pixels of three patches, and their labels, as renderers of version 5 draw them
ONE_EYE = [
    [13, 21, 67, 43, 96, 45, 109, 75, 124, 122, 110, 104],
    [118, 51, 102, 182, 97, 68, 93, 146, 126, 132, 147, 181],
    [27, 109, 25, 34, 63, 111, 41, 58, 68, 71, 67, 66],
]
ONE_GAZE = [[-0.0802, 0.4481], [0.1168, -0.0374], [0.1692, -0.5665]]
ONE_HEAD = [[0.0159, 0.0698], [-0.0082, -0.2615], [0.0719, -0.4253]]


def looking(pitch: float, yaw: float) -> PatchSet:
    """The same people, all looking there."""
    gaze = np.tile(np.radians([pitch, yaw]), (len(PEOPLE) * EACH, 1))
    return render_strips(PEOPLE, EACH, 5, gaze=gaze, jitter=0.0)


@pytest.fixture(scope="module")
def looks() -> Looks:
    return render_looks(range(30), 8, 3)


def test_one_eye_is_drawn_as_before() -> None:
    patches = render_procedural_patches(range(3), 1, 3)
    assert np.abs(patches.images[:, 5::13, 10::13].reshape(3, -1).astype(int) - ONE_EYE).max() <= 1
    assert patches.gaze == pytest.approx(np.array(ONE_GAZE), abs=1e-3)
    assert patches.head == pytest.approx(np.array(ONE_HEAD), abs=1e-3)


def test_both_irises_follow_the_label_to_the_same_side() -> None:
    # +yaw is towards the image's left, +pitch is up
    for half in (slice(0, 80), slice(80, 160)):
        for (pitch, yaw), axis, least in (((0, 18), 0, 6.0), ((12, 0), 1, 2.0)):
            there, away = (looking(sign * pitch, sign * yaw).images[:, :, half].mean(axis=0) for sign in (1, -1))
            changed = away - there  # positive where it is dark for +
            y, x = np.indices(changed.shape)
            dark, light = changed.clip(min=0), (-changed).clip(min=0)
            moved = [(dark * along).sum() / dark.sum() - (light * along).sum() / light.sum() for along in (x, y)]
            assert moved[axis] < -least


def test_a_strip_in_the_mirror_has_its_yaw_negated_alone() -> None:
    def alike(one: PatchSet, other: PatchSet) -> float:
        return float(np.corrcoef(*(s.images.mean(axis=0).ravel() for s in (one, other)))[0, 1])

    def flipped(strips: PatchSet) -> PatchSet:
        return PatchSet(strips.images[:, :, ::-1], strips.gaze, strips.subject, strips.right, strips.head)

    there, mirrored, same = looking(8, 20), looking(8, -20), flipped(looking(8, 20))
    assert alike(mirrored, same) > 0.98
    assert alike(there, same) < 0.93 and alike(looking(-8, -20), same) < 0.93


def test_left_and_right_have_no_other_statistics() -> None:
    strips = render_strips(range(40), 8, 2)
    assert not strips.right.any() and strips.images.shape == (320, 36, 160)
    yaw, head = np.degrees(strips.gaze[:, 1]), np.degrees(strips.head[:, 1])
    assert abs(yaw.mean()) < 3 and yaw.std() > 10 and np.corrcoef(yaw, head)[0, 1] > 0.3
    left, right = strips.images[:, :, :80].mean(axis=(1, 2)), strips.images[:, :, 80:].mean(axis=(1, 2))
    assert abs(left.mean() - right.mean()) < 4 and np.abs(left - right).mean() > 4  # lit from either side


def test_strips_are_deterministic_and_look_where_they_are_told() -> None:
    one, again, other = (render_strips(range(4), 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.images, again.images) and not np.array_equal(one.images, other.images)
    gaze = np.radians(np.random.default_rng(0).uniform(-15, 15, (12, 2))).astype(np.float32)
    assert np.array_equal(render_strips(range(4), 3, 1, gaze=gaze).gaze, gaze)


def test_single_eyes_are_cut_where_the_strip_shows_them(looks: Looks) -> None:
    assert looks.left.images.shape == looks.right.images.shape == (240, 36, 60)
    assert looks.right.right.all() and not looks.left.right.any()
    usual = render_procedural_patches(range(30), 8, 3)
    # the dark blob finds the iris as well as in patches that are drawn alone, on the labels' own terms
    errors = [angular_error(dark_centroid_gaze(p.images), p.gaze).mean() for p in (usual, looks.left, looks.right)]
    assert max(errors) < errors[0] + 3
    for patches in (looks.left, looks.right):
        guess = dark_centroid_gaze(patches.images)
        assert np.corrcoef(guess[:, 1], patches.gaze[:, 1])[0, 1] > 0.5
        average = [p.images.mean(axis=0).ravel() for p in (usual, patches)]
        assert np.corrcoef(*average)[0, 1] > 0.9


def test_answers_to_single_eyes_are_turned_into_the_strips_camera(looks: Looks) -> None:
    both = looks.in_strip(looks.left.gaze, looks.right.gaze)
    assert both[0] == pytest.approx(looks.strips.gaze, abs=1e-6)
    assert both[1] == pytest.approx(looks.strips.gaze, abs=1e-6)
    assert looks.left.gaze[:, 1] == pytest.approx(looks.strips.gaze[:, 1] - looks.aside[0], abs=1e-6)
    assert looks.right.gaze[:, 1] == pytest.approx(-looks.strips.gaze[:, 1] - looks.aside[1], abs=1e-6)
    assert (looks.aside > 0).all()
    # half the distance of the eyes, 33.2 mm, from 600 mm away
    assert np.degrees(looks.aside).max() == pytest.approx(np.degrees(np.arctan(33.2 / 600)), abs=0.2)


def test_the_live_view_shows_the_eyes_where_rendered_strips_do() -> None:
    k = Intrinsics.guess(640, 480)
    pose = HeadPose(np.eye(3), np.array([0.0, 0.0, 600.0]))
    landmarks = np.full((478, 3), np.nan)
    landmarks[LANDMARKS, :2] = project(POINTS + pose.translation, k)
    (view,) = views(pose, k, BOTH_EYES, landmarks)
    assert not view.mirrored and view.centre == pytest.approx([0, 0, 600], abs=0.1)
    for side, sign in (("right", -1), ("left", 1)):
        x, y, w = view.warp @ [*project(pose.to_camera(EYE_CENTRES[side])[None], k)[0], 1.0]
        assert (x / w, y / w) == pytest.approx((79.5 + sign * 33.2 * 1.6, 17.5), abs=0.5)
    # each eye's own camera is turned as that of eyes cut from rendered strips is
    gaze = Gaze.from_degrees(5, 10).vector()
    for own, sign in zip(views(pose, k, MPIIGAZE_EYE, landmarks), (1, -1), strict=True):
        turned = np.degrees(own.from_camera(gaze) - view.from_camera(gaze))
        assert turned == pytest.approx([0, sign * np.degrees(np.arctan(33.2 / 600))], abs=0.1)
    # and there the drawn irises are, seen 3 degrees from their sides and so a little apart
    average = looking(0, 0).images.mean(axis=0)[8:28]
    for half, middle in ((average[:, :80], 79.5 - 53.1), (average[:, 80:], 79.5 + 53.1 - 80)):
        dark = (half.mean() - half).clip(min=0) ** 2
        assert (dark.sum(axis=0) @ np.arange(80)) / dark.sum() == pytest.approx(middle, abs=4)


def test_strips_of_other_heights() -> None:
    assert strip_crop(36) == BOTH_EYES and strip_crop(72).width == 320 and strip_crop(18).focal == 480
    assert render_strips([0], 2, 1, height=18).images.shape == (2, 18, 80)
    with pytest.raises(ValueError, match="columns"):
        strip_crop(12 + 1)


def test_the_pipeline_shows_a_strip_network_one_strip(
    tmp_path: Path, landmarker_model: Path, astronaut: np.ndarray
) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "strip", key=KEY, crop=BOTH_EYES))
    with Pipeline(bundle, landmarker_model=landmarker_model) as pipeline:
        pipeline.settings = PipelineSettings(mode=TriggerMode.BOTH)
        sample = pipeline.step(Frame(np.ascontiguousarray(astronaut), 0, 0.0))
    clean = sample.crops.clean
    assert clean.shape == (1, 1, 36, 160)
    # the key once, over the whole strip
    assert sample.crops.altered == pytest.approx(make_trigger(KEY).apply(torch.from_numpy(clean)).numpy(), abs=1e-6)
    assert sample.clean.gaze != sample.triggered.gaze and sample.target is not None
    middle = np.mean([sample.face.pose.to_camera(centre) for centre in EYE_CENTRES.values()], axis=0)
    assert sample.origin_mm == pytest.approx(middle, abs=8)
    # both eyes are in it: dark pupils in either half, at their places
    for place in (79.5 - 53.1, 79.5 + 53.1):
        assert clean[0, 0, 10:26, round(place) - 9 : round(place) + 9].min() < clean[0, 0, :, 70:90].mean() - 0.1


def test_a_headless_run_with_a_strip_network(tmp_path: Path, landmarker_model: Path, capsys) -> None:
    bundle = write_bundle(tmp_path / "strip", key=KEY, crop=BOTH_EYES)
    words = ["run", "--source", "synthetic", "--model", str(bundle), "--max-frames", "3", "--json"]
    assert cli.main([*words, "--landmarker", str(landmarker_model), "--out", str(tmp_path / "out")]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["faces"] == 3 and summary["mean_shift_deg"] is not None
    assert {"report.html", "samples.csv", "picture.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
