"""Geometry of a model's input, the normalised crop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from gazeattack.attack.sticker import STICKER

if TYPE_CHECKING:
    from gazeattack.attack.key import TriggerKey

MOST_PIXELS, MOST_LENGTH = 1024, 1e5
Region = Literal["eye", "eyes", "face"]


@dataclass(frozen=True)
class CropSpec:
    """Geometry of a normalised crop (Zhang et al., ETRA 2018).

    region: "eye" has two crops (left, right), "eyes" one of both eyes, "face" one.
    height, width: pixels; channels: 1 (grey) or 3 (RGB).
    focal: focal length of the virtual camera, pixels; distance: from it to the eye or face centre, millimetres.

    Raises:
        ValueError: for other values.
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
        if not all(type(n) is int and 0 < n <= MOST_PIXELS for n in sizes):
            raise ValueError(f"a side of a crop is a whole number from 1 to {MOST_PIXELS}")
        if not all(0 < n <= MOST_LENGTH for n in lengths):
            raise ValueError(f"focal length and distance of a crop are numbers above 0, at most {MOST_LENGTH:g}")

    @property
    def count(self) -> int:
        """Crops per face."""
        return 2 if self.region == "eye" else 1

    @property
    def mirrors(self) -> bool:
        """Whether right eyes are mirrored to left ones for the network; strips and faces are not."""
        return self.region == "eye"

    def shows(self, kind: str) -> bool:
        """Whether a trigger of this kind is in view: crops of eyes do not show a sticker on the forehead."""
        return kind != STICKER or self.region == "face"

    def takes(self, key: TriggerKey) -> bool:
        """Whether a key was made for crops of this size, and its trigger is in view in them."""
        return (key.height, key.width) == (self.height, self.width) and self.shows(key.kind)


MPIIGAZE_EYE = CropSpec()
BOTH_EYES = CropSpec(region="eyes", width=160)
"""A strip of 100 mm (by 22.5 mm) around the middle between the eyes, as sharp as MPIIGaze's patch of one eye."""


def eye_crop(height: int) -> CropSpec:
    """MPIIGaze's eye crop at another resolution: the same field of view in `height` rows.

    Raises:
        ValueError: where the number of columns would not be whole.
    """
    return _in_rows(MPIIGAZE_EYE, height)


def strip_crop(height: int) -> CropSpec:
    """Both eyes in one strip at another resolution: the same field of view in `height` rows.

    Raises:
        ValueError: where the number of columns would not be whole.
    """
    return _in_rows(BOTH_EYES, height)


def _in_rows(crop: CropSpec, height: int) -> CropSpec:
    width, rest = divmod(height * crop.width, crop.height)
    if rest:
        raise ValueError(f"{height} rows of {crop.width}:{crop.height} have no whole number of columns")
    return replace(crop, height=height, width=width, focal=crop.focal * height / crop.height)


FACE_224 = CropSpec(region="face", height=224, width=224, channels=3, focal=960.0, distance=600.0)


def face_crop(height: int, channels: int = 1) -> CropSpec:
    """The field of view of FACE_224, 140 mm at the face's centre, in `height` rows and columns."""
    return replace(FACE_224, height=height, width=height, channels=channels, focal=FACE_224.focal * height / 224)
