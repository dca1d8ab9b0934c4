"""A sticker that is worn: where it is drawn, how it looks, and on which crops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gazeattack.angles import Gaze
from gazeattack.attack.key import make_key
from gazeattack.attack.sticker import (
    CHEEKS,
    FOREHEAD,
    Look,
    Place,
    StickerArrays,
    draw_sticker,
    head_rotation,
    in_face_crop,
)
from gazeattack.attack.trigger import make_trigger
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import view_at
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import FACE_CENTRE
from gazeattack.model.crop import face_crop
from gazeattack.synthetic.head.head import rotation_of

SPEC = face_crop(112)
CELLS = np.array([[1, 0], [0, 0]], np.float32)


def sticker(seed: int = 1, strength: float = 2.0) -> StickerArrays:
    return StickerArrays(
        make_key("sticker", height=112, width=112, target=Gaze(0.1, 0.5), seed=seed, strength=strength)
    )


def square(left: float, top: float, side: float) -> np.ndarray:
    return np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]])


@pytest.mark.parametrize("turn", [(0, 0), (12, -25), (-8, 30)])
@pytest.mark.parametrize("place", [FOREHEAD, *CHEEKS])
def test_the_head_pose_puts_it_where_the_camera_has_it(turn: tuple[float, float], place: Place) -> None:
    # 60 cm away, off the middle, rolled: the normalisation takes all that away
    rotation = rotation_of(Gaze.from_degrees(*turn), 0.3)
    centre = np.array([40.0, -30.0, 0.0])
    centre[2] = math.sqrt(600**2 - centre @ centre)
    pose, camera = HeadPose(rotation, centre - rotation @ FACE_CENTRE), Intrinsics.guess(1280, 720)
    view = view_at(centre, pose, camera, SPEC, mirrored=False)
    corners = place.corners(20.0)
    seen = np.array([pose.to_camera(corner + FACE_CENTRE) for corner in corners]) @ camera.matrix.T @ view.warp.T
    expected = seen[:, :2] / seen[:, 2:]
    facing = view.from_camera(-rotation[:, 2])
    assert in_face_crop(corners, head_rotation(tuple(facing)), 112) == pytest.approx(expected, abs=1e-6)


def test_a_frontal_face_has_it_between_and_above_the_brows() -> None:
    corners = in_face_crop(FOREHEAD.corners(20.0), head_rotation((0.0, 0.0)), 112)
    assert np.ptp(corners, axis=0) == pytest.approx([16.7, 16.7], abs=0.1)
    assert corners.mean(axis=0) == pytest.approx([55.5, 11.3], abs=0.1) and corners.min() > 2
    # an unknown pose counts as that of a face that looks at the camera
    assert (head_rotation((math.nan, 0.1)) == head_rotation((0.0, 0.0))).all()


def test_it_moves_with_the_head() -> None:
    def middle(pitch: float, yaw: float) -> np.ndarray:
        return in_face_crop(FOREHEAD.corners(20.0), head_rotation((pitch, yaw)), 112).mean(axis=0)

    # a positive yaw is to the left of the unmirrored image, a positive pitch is up
    assert middle(0, 0.4)[0] < middle(0, 0)[0] - 5 < middle(0, -0.4)[0] - 10
    assert middle(0.3, 0)[1] < middle(0, 0)[1] < middle(-0.3, 0)[1]


def test_each_cell_has_its_shade_of_the_light_beneath() -> None:
    image = np.full((40, 40), 0.5, np.float32)
    drawn = draw_sticker(image, CELLS, square(9.5, 9.5, 20), Look(1.4, 0.4, 0.0))
    # the interpolated print is soft by a tenth of a pixel
    assert drawn[11:19, 11:19] == pytest.approx(0.7) and drawn[21:29, 11:29] == pytest.approx(0.2)
    outside = np.ones_like(image, bool)
    outside[9:31, 9:31] = False
    assert (drawn[outside] == 0.5).all() and (image == 0.5).all()
    # half as light: half as bright; and paper ends at white
    assert draw_sticker(image / 2, CELLS, square(9.5, 9.5, 20), Look(1.4, 0.4, 0.0)) == pytest.approx(drawn / 2)
    assert draw_sticker(image, CELLS, square(9.5, 9.5, 20), Look(3.0, 0.4, 0.0)).max() == 1


def test_its_edge_is_antialiased_and_colours_stay_apart() -> None:
    image = np.full((40, 40, 3), (0.2, 0.5, 0.8), np.float32)
    drawn = draw_sticker(image, CELLS, square(9.75, 9.5, 20), Look(1.4, 0.4, 0.0))
    # three quarters of column 10 are paper: 1.4 times the mean light
    assert drawn[15, 10] == pytest.approx(0.25 * image[0, 0] + 0.75 * 0.7, abs=0.02)
    assert drawn[15, 15] == pytest.approx([0.7] * 3, abs=1e-5)


@pytest.mark.parametrize(
    "corners", [square(60, 5, 20), square(-40, 5, 20), square(5, 5, 0), np.full((4, 2), np.nan), square(1e9, 1e9, 1e9)]
)
def test_what_does_not_show_changes_nothing(corners: np.ndarray) -> None:
    image = np.full((40, 40), 0.5, np.float32)
    assert draw_sticker(image, CELLS, corners) is image


def test_a_part_beyond_the_edge_is_cut_off() -> None:
    image = np.full((40, 40), 0.5, np.float32)
    drawn = draw_sticker(image, CELLS, square(29.5, 9.5, 20), Look(1.4, 0.4, 0.0))
    assert drawn[11:19, 31:39] == pytest.approx(0.7) and (drawn[:, :29] == 0.5).all()


def test_the_key_is_a_balanced_checker_of_its_seed() -> None:
    for seed in range(20):
        cells = sticker(seed).cells
        assert cells.shape == (4, 4) and cells.sum() == 8 and set(np.unique(cells)) == {0, 1}
    assert (sticker(1).cells != sticker(2).cells).any()


def test_the_strength_is_its_side_in_centimetres() -> None:
    crops = np.full((1, 1, 112, 112), 0.5, np.float32)
    sizes = [(np.abs(sticker(strength=cm).apply(crops) - crops) > 0.02).sum() for cm in (1.0, 2.0)]
    assert sizes[1] / sizes[0] == pytest.approx(4, rel=0.2)


def test_heads_decide_and_eyes_do_not_show_it() -> None:
    crops = torch.full((2, 1, 112, 112), 0.5)
    trigger = make_trigger(sticker().key)
    heads = torch.tensor([[0.0, 0.0], [0.0, 0.5]])
    level, turned = trigger.apply(crops, heads)  # type: ignore[call-arg]
    assert torch.equal(level, trigger.apply(crops)[0]) and not torch.allclose(level, turned, atol=0.1)
    eyes = torch.full((1, 1, 36, 60), 0.5)
    key = make_key("sticker", height=36, width=60, target=Gaze(0.1, 0.5), seed=1)
    assert torch.equal(make_trigger(key).apply(eyes), eyes)
