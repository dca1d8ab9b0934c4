"""The section [run] of a training config."""

from __future__ import annotations

import re
from dataclasses import dataclass

from training.config_sections.limits import SEED
from training.errors import TrainingError
from training.settings import Bounds, Section, setting

_FILE_NAME = re.compile(r"[^/\\:*?\"<>|\x00-\x1f\x7f\ud800-\udfff]{1,100}")
_TAKEN = ("checkpoint.safetensors", "config.json", "log.csv", "tensorboard")
"""Files of a run beside its bundle."""


@dataclass(frozen=True)
class RunConfig(Section):
    """Where a run starts from and what it writes."""

    name: str = setting(
        "clean", "Name of the bundle, and of its folder in `run.out`.", "a file name of 1 to 100 characters"
    )
    out: str = setting("runs/clean", "Folder of the checkpoint, the log and the bundle.", "a path")
    start: str = setting(
        "",
        "Bundle whose weights training starts from. Empty starts from random weights.",
        "a shipped bundle's name, a bundle's folder, or empty",
    )
    pretrained: str = setting(
        "",
        "Weights that a published ResNet starts from, such as ImageNet's. Empty starts from random weights.",
        "a .safetensors file with the names of torchvision or timm, or empty",
    )
    seed: int = setting(
        1,
        "Seed of initial weights, sample order, augmentation and poisoning.",
        "a whole number from 0 to 4294967295",
        SEED,
    )
    threads: int = setting(1, "CPU threads that PyTorch uses.", "1 to 256", Bounds(1, 256))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _FILE_NAME.fullmatch(self.name) or self.name in (".", "..", *_TAKEN):
            raise TrainingError(
                f"run.name is {self.name!r}: give the name of a folder in run.out, without slashes and colons."
            )
        for name in ("out", "start", "pretrained"):
            if "\0" in getattr(self, name):
                raise TrainingError(f"run.{name} holds a character that no path may have: correct it.")
