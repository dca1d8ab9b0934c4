"""Faces with exact labels, normalised by the same code as live frames: exact poses, with a landmark fit's errors."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from gazeattack.angles import Gaze, to_gaze
from gazeattack.face.intrinsics import Intrinsics
from gazeattack.face.normalise import NormalizedView, normalize_image, view_at
from gazeattack.face.pose import HeadPose
from gazeattack.face.rigid_model import FACE_CENTRE
from gazeattack.model.crop import CropSpec, face_crop
from gazeattack.synthetic.faces.subject import (
    DISTANCE,
    SHARPNESS,
    DrawnSubject,
    FaceSubject,
    PortraitFace,
    PortraitSubject,
)
from gazeattack.synthetic.head.eyes import TEMPLE, Side
from gazeattack.synthetic.patches.geometry import ANYWHERE, GazeSampling, draw_gaze
from gazeattack.synthetic.patches.patch_set import PatchSet, concatenate
from gazeattack.synthetic.patches.rng import Draw

FIXATION = (350.0, 900.0)  # how far away both eyes look, mm
# Errors of a landmark fit, standard deviations: of the centre across and along the view (mm, share), of the roll and of
# the direction of the face (pitch, yaw; degrees).  The first is larger for every tenth face.
CENTRE_MM, SCALE, ROLL_DEG, FACING_DEG = 2.0, 0.03, 1.2, (2.5, 1.5)
# How people differ, standard deviations: eyeballs in the head (mm), visual axis to optical axis (pitch, yaw; degrees).
EYEBALL_MM, KAPPA_DEG = (0.4, 0.5, 0.9), (1.0, 1.5)


def render_faces(
    subjects: Sequence[int],
    per_subject: int,
    seed: int,
    *,
    height: int = 112,
    channels: int = 1,
    portraits: Sequence[PortraitFace] = (),
    sampling: GazeSampling = ANYWHERE,
) -> PatchSet:
    """`per_subject` faces of every subject, deterministic by (subjects, per_subject, seed).

    Args:
        subjects: numbers of people.
        per_subject: faces of each.
        seed: of the faces.
        height: rows and columns of a face, see face_crop.
        channels: 1 grey, 3 RGB.
        portraits: pictures to animate; without any, the heads are drawn.
        sampling: see GazeSampling; eyelids follow the gaze alone.

    Returns:
        Faces with the gaze and the head pose at the face's centre; they have no eye landmarks.
    """
    spec = face_crop(height, channels)
    return concatenate([_render_subject(n, per_subject, seed, spec, portraits, sampling) for n in subjects])


def _render_subject(
    number: int, count: int, seed: int, spec: CropSpec, portraits: Sequence[PortraitFace], sampling: GazeSampling
) -> PatchSet:
    rng = np.random.default_rng([seed, number, 3])
    subject = _subject(number, rng, portraits)
    kappa = np.radians(rng.normal(0.0, KAPPA_DEG))
    # a picture shows a person, and mirrored another one
    mirrored = bool(portraits) and bool(rng.random() < 0.5)
    drawn = [subject.draw_pose(rng) for _ in range(count)]
    exact = [_view(pose, camera, spec) for pose, camera in drawn]
    facing = np.stack([view.from_camera(-pose.rotation[:, 2]) for view, (pose, _) in zip(exact, drawn, strict=True)])
    draw = Draw(count, torch.Generator().manual_seed(int(rng.integers(2**62))))
    gaze = draw_gaze(draw, torch.from_numpy(facing.astype(np.float32)), sampling).numpy().astype(np.float64)
    images, labels, heads = [], [], []
    for view, (pose, camera), wanted in zip(exact, drawn, gaze, strict=True):
        vector = view.to_camera(wanted)
        fixated = view.centre + rng.uniform(*FIXATION) * vector
        axes = {side: _axis(fixated - ball, side, kappa) for side, ball in subject.eyeballs(pose).items()}
        frame = subject.render(pose, camera, axes)
        fitted = _fitted(pose, rng)
        seen = _view(fitted, camera, spec)
        image, label, head = (
            _crop(frame, seen, spec),
            seen.from_camera(vector),
            seen.from_camera(-fitted.rotation[:, 2]),
        )
        if mirrored:
            image, label, head = image[:, ::-1], label * (1, -1), head * (1, -1)
        images.append(image)
        labels.append(label)
        heads.append(head)
    return PatchSet(
        np.ascontiguousarray(images),
        np.array(labels, dtype=np.float32),
        np.full(count, number, dtype=np.int32),
        np.zeros(count, dtype=bool),
        np.array(heads, dtype=np.float32),
    )


def _subject(number: int, rng: np.random.Generator, portraits: Sequence[PortraitFace]) -> FaceSubject:
    sharpness = float(rng.uniform(*SHARPNESS))
    if not portraits:
        return DrawnSubject(number, sharpness)
    face = portraits[int(rng.integers(len(portraits)))]
    return PortraitSubject(face, sharpness, float(rng.uniform(*DISTANCE)), rng.normal(0.0, EYEBALL_MM))


def _view(pose: HeadPose, camera: Intrinsics, spec: CropSpec) -> NormalizedView:
    return view_at(pose.to_camera(FACE_CENTRE), pose, camera, spec, mirrored=False)


def _axis(towards: np.ndarray, side: Side, kappa: np.ndarray) -> Gaze:
    """The visual axis that paint_eye() gets: off by how much this person's differs from the average person's."""
    gaze = to_gaze(towards / np.linalg.norm(towards))
    return Gaze(gaze.pitch + kappa[0], gaze.yaw - TEMPLE[side] * kappa[1])


def _fitted(pose: HeadPose, rng: np.random.Generator) -> HeadPose:
    """The pose as a landmark fit estimates it."""
    tail = 1.0 + (rng.random() < 0.1) * rng.uniform(0.5, 2.0)
    pitch, yaw = np.radians(rng.normal(0.0, FACING_DEG))
    roll = np.radians(rng.normal(0.0, ROLL_DEG))
    error = cv2.Rodrigues(np.array([pitch, yaw, roll]))[0]
    rotation = error @ pose.rotation
    centre = pose.to_camera(FACE_CENTRE) * np.exp(rng.normal(0.0, SCALE))
    centre = centre + np.array([*rng.normal(0.0, CENTRE_MM * tail, 2), 0.0])
    return HeadPose(rotation, centre - rotation @ FACE_CENTRE)


def _crop(frame: np.ndarray, view: NormalizedView, spec: CropSpec) -> np.ndarray:
    """The crop, uint8 [H, W] or [H, W, 3], of a frame about as sharp or sharper."""
    crop = normalize_image(frame, view, spec)
    pixels: np.ndarray = (crop * 255).round().astype(np.uint8)
    return pixels[0] if spec.channels == 1 else pixels.transpose(1, 2, 0)
