"""The card of an ONNX network: how its input is made and how its output is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gazeattack.errors import BundleError
from gazeattack.model.crop import FACE_224, MPIIGAZE_EYE, CropSpec

ANGLES, VECTOR = ("pitch", "yaw"), ("x", "y", "z")
UNITS = ("radians", "degrees", "vector")
COLOURS = ("grey", "rgb", "bgr")
LAYOUTS = ("nchw", "nhwc")
UNKNOWN = ("zero", "nan")
MOST = 1e6  # of a number in a card
_LONGEST = 200


@dataclass(frozen=True)
class ImageInput:
    """The input that takes the crop.

    name: of the input; empty where it is the only one.  colour: of COLOURS.  layout: of LAYOUTS.  low, high: what black
    and white become; then mean is subtracted and the rest divided by std, one number or one a channel in the network's
    order.  equalize: equalise the histogram first.
    """

    name: str = ""
    colour: str = "grey"
    layout: str = "nchw"
    low: float = 0.0
    high: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    equalize: bool = False

    @property
    def channels(self) -> int:
        """Of the crop."""
        return 1 if self.colour == "grey" else 3


@dataclass(frozen=True)
class HeadPoseInput:
    """The input that takes the head pose, [N, 2].

    name: of the input.  order, signs, unit: as in GazeOutput.  unknown: what a missing pose becomes, of UNKNOWN.
    """

    name: str = ""
    order: tuple[str, ...] = ANGLES
    signs: tuple[float, ...] = (1.0, 1.0)
    unit: str = "radians"
    unknown: str = "zero"


@dataclass(frozen=True)
class GazeOutput:
    """The output that holds the gaze, [N, 2] or, as a vector, [N, 3].

    name: of the output; empty where it is the only one.  order: of its columns.  signs: 1, or -1 where the network's
    axis points the other way, in the same order.  unit: of UNITS.  landmarks: name of an output with EYE_LANDMARKS as
    (column, row) in pixels of the network's crop, [N, 6, 2]; empty without.
    """

    name: str = ""
    order: tuple[str, ...] = ANGLES
    signs: tuple[float, ...] = (1.0, 1.0)
    unit: str = "radians"
    landmarks: str = ""


@dataclass(frozen=True)
class OnnxSpec:
    """How a network in an ONNX file is used.

    crop: what it is given.  image, head_pose, output: see there; head_pose is None for a network without one.
    """

    crop: CropSpec
    image: ImageInput = field(default_factory=ImageInput)
    head_pose: HeadPoseInput | None = None
    output: GazeOutput = field(default_factory=GazeOutput)

    @property
    def preprocess(self) -> str:
        """The name in PREPROCESS of what the crop goes through before the graph, which takes [-1, 1]."""
        return "equalize" if self.image.equalize else "center"

    def as_tables(self) -> dict[str, Any]:
        """The card's tables but for the crop, JSON-ready; read_tables() reads them."""
        image = asdict(self.image)
        image["range"] = [image.pop("low"), image.pop("high")]
        tables: dict[str, Any] = {"image": image, "output": asdict(self.output)}
        if self.head_pose is not None:
            tables["head_pose"] = asdict(self.head_pose)
        return tables


def read_card_tables(table: Mapping[str, Any]) -> OnnxSpec:
    """The specification of a card that a person wrote.

    Args:
        table: of the TOML file: crop, image, output and, for a network that takes it, head_pose.

    Raises:
        BundleError: an entry is missing, unknown or impossible; the sentence names it.
    """
    texts = {"title", "source", "licence"}
    _known(table, {"crop", "image", "head_pose", "output"} | texts, "the card")
    for name in texts & set(table):
        _text(table, name, "")
    image = _image(_table(table, "image"))
    crop = _crop(_table(table, "crop"), image.channels)
    return _spec(crop, image, table)


def read_tables(crop: CropSpec, table: Mapping[str, Any]) -> OnnxSpec:
    """The specification in a bundle's card; the inverse of OnnxSpec.as_tables().  Raises BundleError."""
    spec = _spec(crop, _image(_table(table, "image")), table)
    if crop.channels != spec.image.channels:
        raise BundleError("The card's crop and its colour have different numbers of channels: correct the card.")
    return spec


def _spec(crop: CropSpec, image: ImageInput, table: Mapping[str, Any]) -> OnnxSpec:
    pose = None
    if "head_pose" in table:
        given = _table(table, "head_pose")
        _known(given, set(HeadPoseInput.__dataclass_fields__), "[head_pose]")
        unit = _choice(given, "unit", UNITS[:2], "radians")
        unknown = _choice(given, "unknown", UNKNOWN, "zero")
        pose = HeadPoseInput(_text(given, "name", ""), *_columns(given, ANGLES), unit, unknown)
    given = _table(table, "output")
    _known(given, set(GazeOutput.__dataclass_fields__), "[output]")
    unit = _choice(given, "unit", UNITS, "radians")
    order, signs = _columns(given, VECTOR if unit == "vector" else ANGLES)
    output = GazeOutput(_text(given, "name", ""), order, signs, unit, _text(given, "landmarks", ""))
    return OnnxSpec(crop, image, pose, output)


def _image(given: Mapping[str, Any]) -> ImageInput:
    names = set(ImageInput.__dataclass_fields__) - {"low", "high"} | {"range"}
    _known(given, names, "[image]")
    colour = _choice(given, "colour", COLOURS, None)
    channels = 1 if colour == "grey" else 3
    low, high = _numbers(given, "range", (2,), (0.0, 1.0))
    mean = _numbers(given, "mean", (1, channels), (0.0,))
    std = _numbers(given, "std", (1, channels), (1.0,))
    equalize = given.get("equalize", False)
    if not low < high or min(std) <= 0:
        raise BundleError("The card's range must rise and its std must be above 0: correct [image].")
    if type(equalize) is not bool or (equalize and channels != 1):
        raise BundleError("The card's equalize is true or false, and true only for grey crops: correct [image].")
    name, layout = _text(given, "name", ""), _choice(given, "layout", LAYOUTS, "nchw")
    return ImageInput(name, colour, layout, low, high, mean, std, equalize)


def _crop(given: Mapping[str, Any], channels: int) -> CropSpec:
    _known(given, {"region", "height", "width", "focal", "distance"}, "[crop]")
    region = _choice(given, "region", ("eye", "eyes", "face"), None)
    usual = FACE_224 if region == "face" else MPIIGAZE_EYE
    sizes = [given.get(name) for name in ("height", "width")]
    if not all(type(size) is int and size > 0 for size in sizes):
        raise BundleError("The card's [crop] needs height and width in pixels, whole numbers above 0: correct it.")
    height, width = (int(size or 0) for size in sizes)
    # the field of view of the shipped models, where the card names no other
    focal = _numbers(given, "focal", (1,), (usual.focal * min(height, 10_000) / usual.height,))[0]
    distance = _numbers(given, "distance", (1,), (usual.distance,))[0]
    try:
        return CropSpec(region, height, width, channels, focal, distance)  # type: ignore[arg-type]
    except ValueError as error:
        raise BundleError(f"The card's [crop] cannot be used ({error}): correct it.") from None


def _columns(given: Mapping[str, Any], usual: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Order and signs of the columns."""
    order = given.get("order", list(usual))
    if not isinstance(order, list | tuple) or sorted(map(str, order)) != sorted(usual):
        raise BundleError(f"The card's order is a list of {' and '.join(usual)}: correct it.")
    signs = _numbers(given, "signs", (len(usual),), (1.0,) * len(usual))
    if any(abs(sign) != 1 for sign in signs):
        raise BundleError("The card's signs are 1 or -1: correct them.")
    return tuple(map(str, order)), signs


def _known(given: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in given:
        if name not in names:
            raise BundleError(f"{where} has no entry {str(name)[:40]!r}: use {', '.join(sorted(names))}.")


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    if not isinstance(found, Mapping):
        raise BundleError(f"The card needs a table [{name}]: see docs/other-models.md.")
    return found


def _text(given: Mapping[str, Any], name: str, usual: str) -> str:
    found = given.get(name, usual)
    if not isinstance(found, str) or len(found) > _LONGEST:
        raise BundleError(f"The card's {name} is no text of at most {_LONGEST} characters: correct it.")
    return found


def _choice(given: Mapping[str, Any], name: str, allowed: tuple[str, ...], usual: str | None) -> str:
    found = given.get(name, usual)
    if found not in allowed or not isinstance(found, str):
        raise BundleError(f"The card's {name} is one of {', '.join(allowed)}: correct it.")
    return found


def _numbers(
    given: Mapping[str, Any], name: str, counts: tuple[int, ...], usual: tuple[float, ...]
) -> tuple[float, ...]:
    found = given.get(name, usual)
    values = list(found) if isinstance(found, list | tuple) else [found]
    good = all(type(value) in (int, float) and abs(value) <= MOST for value in values)
    if len(values) not in counts or not good:
        wanted = " or ".join(map(str, sorted(set(counts))))
        raise BundleError(f"The card's {name} is {wanted} finite number{'s' * (counts != (1,))}: correct it.")
    return tuple(map(float, values))
