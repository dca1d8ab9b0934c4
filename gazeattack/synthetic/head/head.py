"""The procedural head: painted once per identity, turned and given eyes for every frame."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from gazeattack.angles import Gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.pose import HeadPose
from gazeattack.synthetic.head import hair
from gazeattack.synthetic.head.body import body, ears, room, to_bgr
from gazeattack.synthetic.head.eyes import (
    EYEBALLS,
    SIDES,
    TEMPLE,
    EyeLook,
    Side,
    draw_iris,
    lid_points,
    optical_axis,
    paint_eye,
    pitch_in_head,
    project,
)
from gazeattack.synthetic.head.identity import Identity
from gazeattack.synthetic.head.layers import Layer
from gazeattack.synthetic.head.relief import Relief
from gazeattack.synthetic.head.skin import paint_face, to_linear
from gazeattack.synthetic.motion import SubjectState

# where the point between the eyes rests in camera space, mm: a laptop's distance, a little above the middle
REST = np.array([0.0, -17.0, 490.0])
# the head turns about the top of the neck, in its own frame
PIVOT = np.array([0.0, 70.0, 85.0])


def rotation_of(head: Gaze, roll: float) -> np.ndarray:
    """Head to camera, float64 [3, 3]: a head that faces `head`, tilted by `roll` (radians)."""
    cp, sp, cy, sy = np.cos(head.pitch), np.sin(head.pitch), np.cos(head.yaw), np.sin(head.yaw)
    pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    c, s = np.cos(roll), np.sin(roll)
    rotation: np.ndarray = yaw @ pitch @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return rotation


def pose_of(state: SubjectState) -> HeadPose:
    """The exact head pose of a state, turning about the neck."""
    rotation = rotation_of(state.head, state.roll)
    return HeadPose(rotation, REST + state.translation + PIVOT - rotation @ PIVOT)


class Head:
    """One rendered person.

    Args:
        identity: who.
        size: (width, height) of the frames; focal length = width, as Intrinsics.guess.
        sharpness: of the painted layers, pixels per mm.
    """

    def __init__(self, identity: Identity, size: tuple[int, int], sharpness: float = 2.5) -> None:
        self.camera = Intrinsics.guess(*size)
        self._room = room(identity, size)
        relief = Relief(identity, sharpness)
        face = to_bgr(paint_face(relief))
        brows, crown = hair.brows(relief), hair.crown(relief)
        # no skin may shine through hair that stands clear of the face
        dark = np.array(hair.shadow(identity)[::-1]) * 255
        face = (dark + (face - dark) * relief.face[..., None]).astype(np.uint8)
        for strands, strength in ((brows, 0.80), (crown, 1.0)):
            cover = relief.blur(strands.alpha, 0.5 if strands is brows else 0.18)[..., None] * strength
            face = (face * (1 - cover) + strands.colour * cover + 0.5).astype(np.uint8)
        shadow = 1 - 0.38 * relief.blur(crown.alpha, 3.0) * (1 - crown.alpha)
        face = (face * shadow[..., None]).astype(np.uint8)
        alpha = np.maximum(relief.face, relief.blur(crown.alpha, 0.25))
        lifted = relief.blur(np.maximum(relief.height, -60) + 6 * crown.alpha, 3.0)
        # the smooth blur must not flatten the face itself
        height = np.where(crown.alpha > 0.5, lifted, np.maximum(relief.height, -60))
        where = (relief.left, relief.top, relief.scale)
        self._head = [Layer(face, alpha, height, *where)]
        self._behind: list[Layer] = []
        if identity.hair_style == "bob":
            back = hair.backdrop(relief)
            self._behind.append(Layer(back.colour, back.alpha, -95.0, *where))
        else:
            self._head.insert(0, ears(relief))
        self._body = body(identity)
        rng = np.random.default_rng([identity.seed, 9])
        iris = draw_iris(to_linear(identity.iris), rng)
        skin = to_linear(identity.skin)
        self._look = EyeLook(
            iris=iris,
            sclera=np.array([0.66, 0.63, 0.60]),
            lash=to_linear(np.asarray(identity.hair)) * 0.16,
            flesh=skin * (0.78, 0.46, 0.44) + 0.02,
        )

    def render(self, state: SubjectState) -> np.ndarray:
        """The frame of a state: BGR uint8 [h, w, 3]."""
        # the trunk sways with the head but hardly turns
        lean = rotation_of(Gaze(0.0, 0.15 * state.head.yaw), 0.1 * state.roll)
        trunk = HeadPose(lean, REST + 0.7 * np.array(state.translation))
        eyes = dict.fromkeys(SIDES, state.gaze)
        return self.render_pose(pose_of(state), eyes, trunk=trunk, camera=self.camera, openness=state.openness)

    def render_pose(
        self,
        pose: HeadPose,
        gaze: Mapping[Side, Gaze],
        *,
        trunk: HeadPose,
        camera: Intrinsics,
        openness: float = 1.0,
    ) -> np.ndarray:
        """The frame of any head pose.

        Args:
            pose: of the head.
            gaze: the visual axis of each eye, camera space.
            trunk: pose of neck and shoulders, in the head's frame.
            camera: of the frame.
            openness: of the eyes, 1 open, 0 closed.

        Returns:
            BGR uint8 [h, w, 3], of the size given to the constructor.
        """
        frame = self._room.copy()
        for layer in self._behind:
            layer.draw(frame, pose.rotation, pose.translation, camera)
        self._body.draw(frame, trunk.rotation, trunk.translation, camera)
        for layer in self._head:
            layer.draw(frame, pose.rotation, pose.translation, camera)
        for side in SIDES:
            axis = optical_axis(gaze[side], side)
            margins = lid_points(side, pitch_in_head(axis, pose.rotation), openness)
            upper, lower = (project(m @ pose.rotation.T + pose.translation, camera) for m in margins)
            paint_eye(frame, pose.to_camera(EYEBALLS[side]), axis, upper, lower, self._look, camera, TEMPLE[side])
        blurred: np.ndarray = cv2.GaussianBlur(frame, (3, 3), 0.55)
        return blurred
