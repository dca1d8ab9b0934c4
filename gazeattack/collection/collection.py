"""The form of a collection: one person's eye crops with the points of a screen that the person looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gazeattack.angles import to_vector
from gazeattack.screen.geometry import ScreenGeometry

MIRRORED = (True, False)
"""The network gets the person's right eye flipped (as in MPIIGaze); that eye comes first."""
CONSENT = "I agree that pictures of my eyes, my head pose and the points I look at are stored in this folder."
STATED = "Whoever ran the command states that the person shown agreed to the storage of pictures of the eyes."
NOBODY = "The subject is rendered: no person is shown."
CAMERA, SYNTHETIC, VIDEO, PICTURES = "camera", "synthetic", "video", "pictures"
SOURCES = (CAMERA, SYNTHETIC, VIDEO, PICTURES)


@dataclass(frozen=True)
class CollectionCard:
    """What is known about a collection besides its samples.

    source: one of SOURCES.  consent: the sentence that was agreed to.  made: date and time (ISO 8601).
    lag_s: seconds by which the gaze follows the targets; None where nothing moves (pictures).  lag_left: what an
    affine fit of the predicted gaze leaves at this lag, as a share of the constant-mean baseline.  model: with whose
    predictions the lag was fitted.
    left_out: number of frames by reason.  assumed: what nobody measured, such as "the screen's size".
    """

    source: str
    consent: str
    made: str = ""
    lag_s: float | None = None
    lag_left: float | None = None
    model: str | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    assumed: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Collection:
    """N frames of one person.

    images: uint8 [N, 2, 36, 60], normalised crops of both eyes, never mirrored; the person's right eye first.
    head: head pose (pitch, yaw), radians, in each crop's own camera [N, 2, 2].
    rotation: camera -> the crop's own camera [N, 2, 3, 3].  centre: of each crop, camera space, mm [N, 2, 3].
    roll: of the head, radians [N].  target: where the person looks, mm from the screen's top left corner [N, 2].
    t: seconds [N].  screen: its size and the position of the camera.
    """

    images: np.ndarray
    head: np.ndarray
    rotation: np.ndarray
    centre: np.ndarray
    roll: np.ndarray
    target: np.ndarray
    t: np.ndarray
    screen: ScreenGeometry
    card: CollectionCard

    def __len__(self) -> int:
        return len(self.images)

    @property
    def origin(self) -> np.ndarray:
        """Where the gaze starts: midway between the eyes, camera space, mm [N, 3]."""
        middle: np.ndarray = np.asarray(self.centre, dtype=np.float64).mean(axis=1)
        return middle

    @property
    def facing(self) -> np.ndarray:
        """Direction of the face, unit vectors in camera space [N, 3]."""
        vector = self.to_camera(self.head).mean(axis=1)
        return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))

    def to_camera(self, gaze: np.ndarray) -> np.ndarray:
        """(pitch, yaw) [N, 2, 2] in the crops' own cameras -> unit vectors [N, 2, 3] in camera space."""
        vectors: np.ndarray = np.einsum("nei,neij->nej", to_vector(gaze), np.asarray(self.rotation, dtype=np.float64))
        return vectors
