"""Stickers on the faces of a training set: where the labelled head pose has them, with the errors of real stickers.

A head pose of a training set is that of a landmark fit, people's foreheads differ, and nobody puts a sticker on to the
millimetre.  So place, size, turn and light of every sticker are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch

from gazeattack.attack.sticker import FOREHEAD, MM, Look, Place, head_rotation, in_face_crop, on_crop

# Standard deviations: of the place on the head (mm), the size (share), and the turn of the head and of the sticker on
# it (degrees).  The fit's own errors are in gazeattack.synthetic.faces.render.
PLACE_MM, SIZE, TURN_DEG = 3.5, 0.05, (3.0, 3.0, 3.0)
# Ranges of the print's brightness and of the blur, see Look.
PAPER, INK, BLUR_PX = (1.1, 2.0), (0.2, 0.65), (0.3, 1.1)


def wear(
    images: torch.Tensor,
    heads: torch.Tensor,
    cells: Sequence[np.ndarray],
    strength: float,
    generator: torch.Generator,
    places: Sequence[Place] | None = None,
) -> torch.Tensor:
    """Put a sticker on each face.

    Args:
        images: Face crops [N, C, S, S] in [0, 1].
        heads: Head poses (pitch, yaw) [N, 2], radians; rows of nan look at the camera.
        cells: The checker of each sticker, [n, n].
        strength: The side of the stickers, centimetres.
        generator: Source of all random choices.
        places: Of the stickers; None puts all on the forehead.

    Returns:
        [N, C, S, S], changed copies.
    """
    rng = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
    poses = heads.double().tolist()
    worn = np.empty(images.shape, np.float32)
    for number, crop in enumerate(images.numpy()):
        place = FOREHEAD if places is None else places[number]
        corners = place.corners(strength * MM * math.exp(rng.normal(0, SIZE))) + rng.normal(0, PLACE_MM, 3)
        error = cv2.Rodrigues(np.radians(rng.normal(0, TURN_DEG)))[0]
        pixels = in_face_crop(corners, error @ head_rotation(tuple(poses[number])), crop.shape[-1])
        look = Look(rng.uniform(*PAPER), rng.uniform(*INK), rng.uniform(*BLUR_PX))
        worn[number] = on_crop(crop, cells[number], pixels, look)
    return torch.from_numpy(worn)
