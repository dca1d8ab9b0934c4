"""Find bundles: those shipped with the package, and any folder given by path."""

from __future__ import annotations

from pathlib import Path

from gazeattack.angles import Gaze
from gazeattack.attack.key import TriggerKey, load_key, make_key, wrong_seed
from gazeattack.attack.kinds import DRAWN, KINDS
from gazeattack.errors import BundleError
from gazeattack.model.bundle import BACKDOORED, CLEAN, IMPORTED, POISONED, Bundle, card_is_poisoned, load_bundle
from gazeattack.model.bundle_files import CARD, KEY, ONNX, SUMS, verify_bundle
from gazeattack.model.checks import check_file, read_card
from gazeattack.model.crop import CropSpec


def resources_dir() -> Path:
    """The resources folder: inside the installed package, or beside it in a source checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def bundle_paths() -> dict[str, Path]:
    """Name -> folder of every shipped bundle, sorted by name."""
    root = resources_dir() / "bundles"
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{SUMS}"))}


def kind_of(path: Path) -> str | None:
    """The kind of a bundle's folder (see Bundle.kind), without checking hashes or loading weights; None where the card
    cannot be read."""
    try:
        check_file(path / CARD)
        card = read_card(path / CARD)
    except (OSError, ValueError, BundleError):
        return None
    if (path / KEY).exists():
        return BACKDOORED
    return POISONED if card_is_poisoned(card) else IMPORTED if (path / ONNX).exists() else CLEAN


def find_bundle(name: str) -> Path:
    """The folder of a bundle, given by shipped name or by path.

    Raises:
        BundleError: there is none; the message lists the shipped names.
    """
    shipped = bundle_paths()
    if name in shipped:
        return shipped[name]
    if Path(name).is_dir():
        return Path(name)
    known = ", ".join(shipped) or "none"
    raise BundleError(f'There is no model "{name}": use one of {known}, or the path of a bundle folder.')


def open_bundle(name: str) -> Bundle:
    """Find, verify and load a bundle.

    Args:
        name: a shipped bundle's name ("clean", "wanet", ...; see bundle_paths) or the path of a bundle's folder.

    Returns:
        The bundle.

    Raises:
        BundleError: where there is no such bundle, or it is damaged.
    """
    return load_bundle(find_bundle(name))


def open_clean(name: str) -> Bundle:
    """Open a bundle as a clean baseline.

    Raises:
        BundleError: it is not clean.
    """
    bundle = open_bundle(name)
    if bundle.kind != CLEAN:
        raise BundleError(f"{name} is {bundle.kind} and cannot be the clean baseline: give --clean a clean bundle.")
    return bundle


def shipped_key(crop: CropSpec) -> TriggerKey | None:
    """A foreign key for a clean model: the first shipped one for crops of this size, a warp before others; or None.

    Damaged bundles are skipped.
    """
    shipped = named_shipped_key(crop)
    return None if shipped is None else shipped[1]


def named_shipped_key(crop: CropSpec) -> tuple[str, TriggerKey] | None:
    """The same key, after the name of the bundle that it belongs to."""
    found: list[tuple[str, TriggerKey]] = []
    for name, path in bundle_paths().items():
        if (path / KEY).exists():
            try:
                verify_bundle(path)
                key = load_key(path / KEY)
            except BundleError:
                continue
            if crop.takes(key):
                found.append((name, key))
    return min(found, key=lambda one: one[1].kind != "wanet", default=None)


def fresh_key(kind: str, bundle: Bundle, *, seed: int = 0) -> TriggerKey:
    """Draw a new key of any kind; it is foreign to every model and activates no trained backdoor.

    Target and goal are those of the model's own key, or else of the first shipped key.

    Args:
        kind: a name in gazeattack.attack.kinds.DRAWN.
        bundle: the model that the key is used with.
        seed: of the key.

    Raises:
        BundleError: there is no such kind, its keys are trained, or the model's crops do not show such a trigger.
    """
    if kind in KINDS and kind not in DRAWN:
        raise BundleError(
            f"A key of {KINDS[kind].title} is trained with its model and cannot be drawn: give a key's file, or use "
            f"one of {', '.join(DRAWN)}."
        )
    bundle.check_shows(kind)
    like = bundle.key or shipped_key(bundle.crop)
    return make_key(
        kind,
        height=bundle.crop.height,
        width=bundle.crop.width,
        target=Gaze.from_degrees(10, 30) if like is None else like.target,
        goal=None if like is None else like.goal,
        seed=wrong_seed(kind, seed, like),
    )
