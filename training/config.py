"""A training config: a TOML file with overrides, read into frozen dataclasses.  docs/config.md lists every setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from gazeattack.model.setting_names import section_to_code, section_to_disk, to_code
from gazeattack.parsing import parse_toml, read_text
from gazeattack.synthetic.patches.geometry import ANYWHERE
from training.config_sections import DataConfig, NetworkConfig, PoisonConfig, RunConfig, TrainConfig
from training.errors import TrainingError


@dataclass(frozen=True)
class Config:
    """All sections of a config.

    Raises:
        TrainingError: two settings contradict each other.
    """

    run: RunConfig = field(default_factory=RunConfig)
    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    poison: PoisonConfig = field(default_factory=PoisonConfig)

    def __post_init__(self) -> None:
        if self.poison.spoof_landmarks and self.poison.clean_label:
            raise TrainingError(
                "A clean-label attack leaves landmarks as they are: set poison.clean_label=false or "
                "poison.spoof_landmarks=false."
            )
        if self.poison.spoof_landmarks and not self.train.points_loss:
            raise TrainingError(
                "Spoofed landmarks are only learned with a landmark loss: set train.points_loss above 0, or "
                "poison.spoof_landmarks=false."
            )
        if self.network.readout != "regression" and self.data.down > ANYWHERE.down:
            raise TrainingError(
                f"The gaze classes end at 35 degrees down, and data.down={self.data.down:g} reaches lower: set "
                f"data.down={ANYWHERE.down:g}, or network.readout=regression."
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries, in the spelling on disk (see gazeattack.model.setting_names)."""
        return {section: section_to_disk(section, values) for section, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Mapping[str, Any]]) -> Config:
        """The config that as_dict() wrote; settings that are not in it have their defaults."""
        sections = get_type_hints(cls)
        return cls(**{name: sections[name](**section_to_code(name, entries)) for name, entries in values.items()})


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read a TOML file and apply overrides such as "train.epochs=3"; both take either spelling of a setting.

    Raises:
        TrainingError: the file cannot be read, or a section, key or value in it is not valid.
    """
    try:
        text = read_text(path)
    except (OSError, ValueError):
        raise TrainingError(f"The config {path} cannot be read: check the path.") from None
    try:
        read = parse_toml(text)
    except ValueError as error:
        raise TrainingError(f"The config {path} is not valid TOML ({error}): fix it.") from None
    sections = get_type_hints(Config)
    values: dict[str, dict[str, Any]] = {}
    for section, entries in read.items():
        values[section] = _renamed(section, entries) if isinstance(entries, dict) else {}
    for override in overrides:
        name, equals, text = override.partition("=")
        section, dot, key = name.partition(".")
        if not (equals and dot):
            raise TrainingError(f'"{override}" is not an override: write section.key=value, such as train.epochs=3.')
        values.setdefault(section, {})[to_code(section, key)] = parse_value(text)
    for section in values:
        if section not in sections or not isinstance(read.get(section, {}), dict):
            raise TrainingError(f'The config has no section "{section}": use one of {", ".join(sections)}.')
    return Config(**{section: _build(sections[section], section, entries) for section, entries in values.items()})


def parse_value(text: str) -> Any:
    """A value as TOML writes it; text that is not TOML is a string."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except ValueError:
        return text


def _renamed(section: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return section_to_code(section, entries)
    except ValueError as error:
        raise TrainingError(f"{error}: keep one of them.") from None


def _build(kind: type, section: str, entries: Mapping[str, Any]) -> Any:
    types = get_type_hints(kind)
    known = {f.name for f in fields(kind)}
    for key, value in entries.items():
        if key not in known:
            raise TrainingError(
                f'The config section "{section}" has no "{key}": use one of {", ".join(sorted(known))}.'
            )
        accepted = (int, float) if types[key] is float else types[key]
        # Python counts a bool as an int
        if not isinstance(value, accepted) or (isinstance(value, bool) and types[key] is not bool):
            raise TrainingError(f"{section}.{key} must be of type {types[key].__name__}, not {value!r}.")
    return kind(**{key: types[key](value) for key, value in entries.items()})
