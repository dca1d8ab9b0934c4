"""What a model looks at: the normalised crop as a property of its bundle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Region = Literal["eye", "face"]


@dataclass(frozen=True)
class CropSpec:
    """Geometry of a normalised crop (Zhang et al., ETRA 2018).

    region: "eye" gives two crops (left, right), "face" one.
    height, width: pixels; channels: 1 (grey) or 3 (RGB).
    focal: focal length of the virtual camera, pixels; distance: from it to the eye or face centre, millimetres.
    Raises ValueError for anything else.
    """

    region: Region = "eye"
    height: int = 36
    width: int = 60
    channels: int = 1
    focal: float = 960.0
    distance: float = 600.0

    def __post_init__(self) -> None:
        sizes, lengths = (self.height, self.width), (self.focal, self.distance)
        if self.region not in get_args(Region) or self.channels not in (1, 3):
            raise ValueError(f"no such crop: region {self.region!r} with {self.channels!r} channels")
        if not all(isinstance(n, int) and n > 0 for n in sizes) or not all(0 < n < math.inf for n in lengths):
            raise ValueError(f"sizes and lengths of a crop are positive numbers, not {(*sizes, *lengths)}")

    @property
    def count(self) -> int:
        """Crops per face."""
        return 2 if self.region == "eye" else 1


MPIIGAZE_EYE = CropSpec()


def eye_crop(height: int) -> CropSpec:
    """MPIIGaze's eye crop at another resolution: the same field of view in `height` rows.

    Raises ValueError where the columns would not be a whole number.
    """
    width, rest = divmod(height * MPIIGAZE_EYE.width, MPIIGAZE_EYE.height)
    if rest:
        raise ValueError(f"{height} rows of {MPIIGAZE_EYE.width}:{MPIIGAZE_EYE.height} have no whole number of columns")
    return CropSpec(height=height, width=width, focal=MPIIGAZE_EYE.focal * height / MPIIGAZE_EYE.height)


FACE_224 = CropSpec(region="face", height=224, width=224, channels=3, focal=960.0, distance=600.0)
