"""The form of gaze datasets in this project, and how they are read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch

from gazeattack.errors import DataError
from gazeattack.evaluation.labels import check_angles, number_subjects, warn_narrow
from gazeattack.evaluation.npz import read_arrays
from gazeattack.files import whole_file, write_whole
from gazeattack.model.crop import BOTH_EYES, FACE_224, MPIIGAZE_EYE, CropSpec, face_crop
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.synthetic.patches.patch_set import PatchSet

SHARD = 16384
GREY_FACE = face_crop(FACE_224.height)
CARD = "card.json"
_COLUMNS = ("images", "gaze_pitchyaw", "subject", "head", "right", "points")


class GazeDataset(Protocol):
    """What training and evaluation need of a dataset of N samples: a name and arrays."""

    @property
    def name(self) -> str:
        """Shown in reports."""

    @property
    def images(self) -> np.ndarray:
        """uint8 eye patches [N, 36, 60], or at another resolution, in canonical orientation: right eyes are mirrored.

        Strips of both eyes: [N, 36, 160], never mirrored.  Faces: grey [N, S, S], or RGB [N, S, S, 3].
        """

    @property
    def gaze(self) -> np.ndarray:
        """float32 [N, 2], (pitch, yaw) radians."""

    @property
    def subject(self) -> np.ndarray:
        """int32 [N]."""

    @property
    def head(self) -> np.ndarray | None:
        """float32 [N, 2], (pitch, yaw) radians, or None."""

    @property
    def right(self) -> np.ndarray | None:
        """bool [N], samples that are mirrored right eyes; None if unknown."""


@dataclass(frozen=True, eq=False)
class LoadedSet:
    """A dataset in memory; see GazeDataset.

    points: the EYE_LANDMARKS, float32 [N, 6, 2], (column, row) in pixels, nan where not visible; None if unlabelled.
    """

    name: str
    images: np.ndarray
    gaze: np.ndarray
    subject: np.ndarray
    head: np.ndarray | None = None
    right: np.ndarray | None = None
    points: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> LoadedSet:
        """The samples at `rows` (indices or a mask)."""
        head, right, points = (
            None if column is None else column[rows] for column in (self.head, self.right, self.points)
        )
        return LoadedSet(self.name, self.images[rows], self.gaze[rows], self.subject[rows], head, right, points)


def as_crops(images: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Convert grey uint8 [N, H, W] or RGB uint8 [N, H, W, 3] to float32 [N, C, H, W] in [0, 1]."""
    pixels = torch.as_tensor(np.ascontiguousarray(images) if isinstance(images, np.ndarray) else images)
    return (pixels[:, None] if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)).float() / 255


def shows_region(images: np.ndarray, crop: CropSpec) -> bool:
    """Whether images have the region and the aspect ratio of a model's crop, at any resolution.

    Args:
        images: Patches of one eye, strips of both, or faces, [N, H, W]; faces in colour [N, H, W, 3].
        crop: The model's crop.
    """
    colours = 1 if images.ndim == 3 else images.shape[-1] if images.ndim == 4 else 0
    same_shape: bool = colours == crop.channels and images.shape[1] * crop.width == images.shape[2] * crop.height
    return same_shape


def resize_to_crop(data: LoadedSet, crop: CropSpec) -> LoadedSet:
    """Resize a dataset to the resolution of a model's crop; the landmarks follow.

    Returns:
        The resized set; the set itself if its images have the right size.

    Raises:
        DataError: The aspect ratios differ, so the images show another field of view.
    """
    height, width = data.images.shape[1:3]
    if (height, width) == (crop.height, crop.width):
        return data
    if height * crop.width != width * crop.height:
        raise DataError(
            f"{data.name} holds {width}x{height} images, and the model takes {crop.width}x{crop.height}: "
            "give data cut for this model."
        )
    method = cv2.INTER_AREA if crop.height < height else cv2.INTER_LINEAR
    resized = np.stack([cv2.resize(image, (crop.width, crop.height), interpolation=method) for image in data.images])
    scale = np.float32(crop.height / height)
    points = None if data.points is None else (data.points + 0.5) * scale - 0.5
    return replace(data, images=resized, points=points)


def from_patches(name: str, patches: PatchSet) -> LoadedSet:
    """Rendered patches as a dataset."""
    return LoadedSet(name, patches.images, patches.gaze, patches.subject, patches.head, patches.right, patches.points)


def read_dataset(path: Path) -> LoadedSet:
    """Read an npz file, or a folder of shards written by export_patches.

    An npz holds `images` and `gaze_pitchyaw`, and may hold `subject`, `head`, `right` and `points`.  The images are eye
    patches of MPIIGaze's shape, 36x60, strips of both eyes, 36x160, or square faces, grey or RGB; at any resolution.
    Subjects are whole numbers or text.

    Raises:
        DataError: The file is missing or is not such a dataset, or a label is not a direction.
    """
    if path.is_dir():
        shards = sorted(path.glob("shard-*.npz"))
        if not shards:
            raise DataError(f"{path} holds no shard-*.npz: export one with python -m training.data.render.")
        parts = [_read_npz(shard) for shard in shards]
        try:
            columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        except (KeyError, ValueError):
            raise DataError(f"The shards in {path} do not fit together: export the folder again.") from None
    elif path.is_file():
        columns = _read_npz(path)
    else:
        raise DataError(f"There is no dataset at {path}: give an .npz file or an exported folder.")
    gaze = columns["gaze_pitchyaw"].astype(np.float32)
    warn_narrow(str(path), gaze)
    return LoadedSet(
        name=path.stem,
        images=columns["images"],
        gaze=gaze,
        subject=number_subjects(str(path), columns.get("subject", np.zeros(len(gaze), dtype=np.int32))),
        head=columns.get("head"),
        right=columns.get("right"),
        points=None if "points" not in columns else columns["points"].astype(np.float32),
    )


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    columns = read_arrays(path, _COLUMNS)
    images, gaze = (columns.get(name, np.empty(0)) for name in ("images", "gaze_pitchyaw"))
    known = any(shows_region(images, crop) for crop in (MPIIGAZE_EYE, BOTH_EYES, GREY_FACE, FACE_224))
    if images.dtype != np.uint8 or not known or gaze.shape != (len(images), 2):
        raise DataError(
            f"{path} is not gaze data: it needs images uint8 [N, 36, 60], [N, 36, 160] of both eyes, or [N, 224, 224] "
            "or [N, 224, 224, 3] of faces, or such a shape at another size, and gaze_pitchyaw [N, 2]."
        )
    _check_columns(path, columns, len(images))
    points = columns.get("points")
    if points is not None and (points.shape != (len(images), len(EYE_LANDMARKS), 2) or points.dtype.kind != "f"):
        del columns["points"]  # another array of that name
    return columns


def _check_columns(path: Path, columns: dict[str, np.ndarray], n: int) -> None:
    for name, wanted in (("subject", (n,)), ("head", (n, 2)), ("right", (n,))):
        if name in columns and columns[name].shape != wanted:
            raise DataError(
                f"{path} has {n} images, but its {name} column is of shape {list(columns[name].shape)}: "
                "export it again."
            )
    check_angles(str(path), "gaze_pitchyaw", columns["gaze_pitchyaw"])
    if "head" in columns:
        check_angles(str(path), "head", columns["head"], may_lack=True)
    if "right" in columns and columns["right"].dtype.kind not in "biuf":
        raise DataError(f'{path} has a "right" of {columns["right"].dtype}: give true for right eyes, else false.')


def export_patches(patches: PatchSet, folder: Path, card: Mapping[str, Any]) -> None:
    """Write patches as shards of npz with a data card."""
    export_set(from_patches(folder.name, patches), folder, card)


def export_set(data: LoadedSet, folder: Path, card: Mapping[str, Any]) -> None:
    """Write a dataset as shards of npz with a data card; read_dataset reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(data.images), SHARD)):
        part = data.take(np.arange(start, min(start + SHARD, len(data.images))))
        columns: dict[str, Any] = {"images": part.images, "gaze_pitchyaw": part.gaze, "subject": part.subject}
        further = {"head": part.head, "right": part.right, "points": part.points}
        columns |= {name: column for name, column in further.items() if column is not None}
        with whole_file(folder / f"shard-{number:03d}.npz") as file:
            np.savez(file, **columns)
    full = {"samples": len(data.images), "subjects": len(np.unique(data.subject)), **card}
    write_whole(folder / CARD, json.dumps(full, indent=2) + "\n")
