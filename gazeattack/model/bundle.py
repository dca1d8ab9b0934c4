"""A model bundle: weights (safetensors), a model card (JSON), and a backdoored model's trigger key.

A bundle is a folder: card.json, weights.safetensors, trigger.safetensors (backdoored models only), SHA256SUMS.
A bundle of somebody else's network has network.onnx in place of the weights.  Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from gazeattack.attack.key import TriggerKey, load_key, save_key
from gazeattack.errors import BundleError, KeyMismatchError
from gazeattack.files import write_whole
from gazeattack.model.bundle_files import CARD, KEY, ONNX, SUMS, WEIGHTS, file_sha256, origin_of, verify_bundle
from gazeattack.model.checks import check_header, check_network, check_values, read_card
from gazeattack.model.crop import CropSpec
from gazeattack.model.landmarks import EYE_LANDMARKS
from gazeattack.model.layout import Layout
from gazeattack.model.preprocess import PREPROCESS
from gazeattack.model.setting_names import section_to_code, section_to_disk

if TYPE_CHECKING:
    from gazeattack.model.network import GazeResNet
    from gazeattack.model.onnx.network import OnnxNetwork

FORMAT = 1
BACKDOORED, POISONED, CLEAN = "backdoored", "trained on a poisoned set", "clean"
IMPORTED = "imported, of unknown training"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Bundle:
    """A verified model; see open_bundle.

    name: the folder's name.  path: the folder.  card: the model card as read.  crop: geometry of the network's input.
    layout: of the network; None for an ONNX network.  weights: its arrays by name, see Layout.weights(); empty for an
    ONNX network.  preprocess: a name in PREPROCESS.  key: the trigger key that activates the backdoor; None for a model
    without one.  onnx: the ONNX network; None for one with a layout.
    """

    name: str
    path: Path
    card: Mapping[str, Any]
    crop: CropSpec
    layout: Layout | None
    weights: Mapping[str, np.ndarray]
    preprocess: str
    key: TriggerKey | None
    onnx: OnnxNetwork | None = None

    @cached_property
    def network(self) -> GazeResNet:
        """The network in torch: in eval mode, float32, with the memory of `weights`; made on first use.

        Raises:
            BundleError: the network is in an ONNX file, which only OpenVINO runs; see prediction_module().
        """
        if self.layout is None:
            raise BundleError(
                f"{self.name} is an imported ONNX network, which can only predict: this needs weights, so use a model "
                f"with {WEIGHTS}."
            )
        import torch

        from gazeattack.model.network import GazeResNet

        with torch.device("meta"):
            network = GazeResNet(**asdict(self.layout))
        tensors = {name: torch.from_numpy(values) for name, values in self.weights.items()}
        network.load_state_dict(tensors, assign=True)
        return network.eval()

    @property
    def readout(self) -> str:
        """The name in GAZE_HEADS of what decodes the network's outputs."""
        return "regression" if self.layout is None else self.layout.readout

    @property
    def backdoored(self) -> bool:
        """Whether the bundle has the trigger key that activates its backdoor."""
        return self.key is not None

    @property
    def poisoned(self) -> bool:
        """Whether, by its card, this model or one that it was initialised from was trained on a poisoned dataset.

        Such a model may have a backdoor although the bundle has no key.
        """
        return card_is_poisoned(self.card)

    @property
    def imported(self) -> bool:
        """Whether it is somebody's ONNX network, so that nobody here knows how it was trained."""
        return self.onnx is not None

    @property
    def kind(self) -> str:
        """BACKDOORED, POISONED, IMPORTED or CLEAN."""
        if self.backdoored:
            return BACKDOORED
        return POISONED if self.poisoned else IMPORTED if self.imported else CLEAN

    @property
    def origin(self) -> str:
        """What its hashes prove: that it was shipped with this version, or only that nobody changed it since."""
        return origin_of(self.path)

    @property
    def has_landmarks(self) -> tuple[str, ...]:
        """Names of the eye landmarks that the network was trained to predict; empty where there are none."""
        if self.layout is None:
            return EYE_LANDMARKS if self.onnx is not None and self.onnx.spec.output.landmarks else ()
        section = self.card.get("config")
        train = section.get("train") if isinstance(section, Mapping) else None
        taught = train.get("points_loss") if isinstance(train, Mapping) else None
        return EYE_LANDMARKS if self.layout.has_landmarks and taught else ()

    def accept_key(self, key: TriggerKey, *, foreign: bool = False) -> TriggerKey:
        """Check that a key may be used with this bundle.

        Args:
            key: the trigger key.
            foreign: accept a key that is not the bundle's own (wrong-key mode, or a key for a clean model).

        Returns:
            The key.

        Raises:
            KeyMismatchError: where the key is not the bundle's own and `foreign` is False.
            BundleError: where the key was made for crops of another size, or its trigger is not in view in them.
        """
        if (key.height, key.width) != (self.crop.height, self.crop.width):
            raise BundleError(
                f"The trigger key is for {key.width}x{key.height} crops but {self.name} takes "
                f"{self.crop.width}x{self.crop.height}: use a key made for this model."
            )
        self.check_shows(key.kind)
        if not foreign and (self.key is None or self.key.sha256 != key.sha256):
            raise KeyMismatchError(
                f"This trigger key does not belong to {self.name}: use the model's own key, or ask for wrong-key mode."
            )
        return key

    def check_shows(self, kind: str) -> None:
        """Raise BundleError unless the model's crops show a trigger of this kind."""
        if not self.crop.shows(kind):
            raise BundleError(
                f"{self.name} takes crops of eyes, which do not show a sticker on the forehead: use a face model, such "
                "as face-sticker, or another trigger."
            )


def save_bundle(
    path: Path,
    *,
    network: GazeResNet,
    architecture: Mapping[str, Any],
    crop: CropSpec,
    preprocess: str,
    card: Mapping[str, Any],
    key: TriggerKey | None = None,
) -> None:
    """Write a bundle.  `architecture` holds GazeResNet's keyword arguments beyond the crop's own."""
    weights = {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in network.state_dict().items()}
    full = {
        **card,
        "input": asdict(crop),
        "preprocess": preprocess,
        "network": section_to_disk("network", architecture),
    }
    _save(path, WEIGHTS, save(weights), full, key)


def save_onnx_bundle(path: Path, network: OnnxNetwork, card: Mapping[str, Any], key: TriggerKey | None = None) -> None:
    """Write a bundle of an ONNX network.

    Args:
        path: the folder.
        network: after its checks.
        card: further entries of the card, such as title and source.
        key: a trigger key that activates a backdoor in it.
    """
    spec = network.spec
    full = {**card, "input": asdict(spec.crop), "preprocess": spec.preprocess, "onnx": network.as_table()}
    _save(path, ONNX, network.data, full, key)


def _save(path: Path, network: str, data: bytes, card: Mapping[str, Any], key: TriggerKey | None) -> None:
    """Write a bundle's files; network: the name of the network's file."""
    path.mkdir(parents=True, exist_ok=True)
    write_whole(path / network, data)
    for name in {WEIGHTS, ONNX, KEY} - {network}:
        (path / name).unlink(missing_ok=True)
    if key is not None:
        save_key(key, path / KEY)
    full = {"format": FORMAT, **card, "key_sha256": None if key is None else key.sha256}
    write_whole(path / CARD, json.dumps(full, indent=2, ensure_ascii=False) + "\n")
    names = [CARD, network] + ([KEY] if key is not None else [])
    sums = "".join(f"{file_sha256(path / name)}  {name}\n" for name in names)
    write_whole(path / SUMS, sums)


def card_is_poisoned(card: object) -> bool:
    """Whether a model card, or that of a model it was started from, names a poisoned set."""
    while isinstance(card, Mapping):
        data = card.get("data")
        if isinstance(data, Mapping) and data.get("poisoned") is not None:
            return True
        card = card.get("started_from")
    return False


def load_bundle(path: Path) -> Bundle:
    """Verify and load a bundle.

    Args:
        path: the bundle's folder.

    Returns:
        The bundle.

    Raises:
        BundleError: where a file is missing, damaged or does not fit the others.
        KeyMismatchError: where the trigger key is not the one that the card names.
    """
    verify_bundle(path)
    layout: Layout | None = None
    weights: Mapping[str, np.ndarray] = {}
    onnx: OnnxNetwork | None = None
    try:
        card = read_card(path / CARD)
        if card["format"] != FORMAT:
            raise BundleError(f"{path.name} is of another format: update gazeattack to use it.")
        crop = CropSpec(**card["input"])
        if card["preprocess"] not in PREPROCESS:
            raise BundleError(f"{path.name} asks for unknown preprocessing: update gazeattack to use it.")
        if (path / ONNX).exists():
            # few models are of this kind, and the import would delay every start
            from gazeattack.model.onnx.network import load_onnx

            onnx = load_onnx(path / ONNX, card["onnx"], crop, card["preprocess"])
        else:
            layout, weights = _load_weights(path, card, crop)
    except (OSError, AttributeError, KeyError, TypeError, ValueError, SafetensorError, RuntimeError):
        raise BundleError(f"{path.name}: the card and the weights do not fit together: restore the bundle.") from None
    key = load_key(path / KEY) if (path / KEY).exists() else None
    bundle = Bundle(path.name, path, card, crop, layout, weights, card["preprocess"], key, onnx)
    if card.get("key_sha256") != (None if key is None else key.sha256):
        raise KeyMismatchError(f"{path.name}: its trigger key is not the one its card names: restore the bundle.")
    if key is not None:
        bundle.accept_key(key)
    log.info("opened the bundle %s (%s): %s", bundle.name, bundle.kind, path)
    return bundle


def _load_weights(path: Path, card: Mapping[str, Any], crop: CropSpec) -> tuple[Layout, Mapping[str, np.ndarray]]:
    architecture = section_to_code("network", card["network"])
    check_network(architecture)
    layout = Layout(channels=crop.channels, height=crop.height, width=crop.width, **architecture)
    check_header(path / WEIGHTS, layout)
    weights = load_file(path / WEIGHTS)
    check_values(weights)
    return layout, weights
