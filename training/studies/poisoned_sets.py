"""Training sets on disk for victims: one clean set, and poisoned copies of it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from pathlib import Path

from gazeattack.attack.key import TriggerKey
from gazeattack.evaluation.dataset import LoadedSet, export_set, read_dataset
from training.config import Config
from training.data.pools import RENDERERS, data_card, load_pool
from training.data.subjects import training_spec
from training.poisoning.dataset import KEY, poison_set, set_card, write
from training.poisoning.setup import make_attack
from training.short_hash import short_hash


@dataclass(frozen=True)
class SetFolder:
    """The folder of all sets made from the same clean subjects."""

    folder: Path

    @classmethod
    def of(cls, config: Config, cache: Path) -> SetFolder:
        """The folder for the subjects of a config."""
        asked = json.dumps([RENDERERS, dataclasses.asdict(training_spec(config.data))], sort_keys=True)
        return cls(cache / "sets" / short_hash(asked, 12))

    @property
    def clean(self) -> Path:
        """The clean set."""
        return self.folder / "clean"

    def poisoned(self, key: TriggerKey, rate: float, seed: int) -> Path:
        """A poisoned set, by the key, the poisoning rate and the seed that chose its samples."""
        return self.folder / f"{key.kind}-{key.sha256[:8]}-{rate:g}-s{seed}"


def make_clean(config: Config, cache: Path) -> Path:
    """Write the clean set of a config's subjects unless it exists; returns its folder."""
    out = SetFolder.of(config, cache).clean
    if not out.is_dir():
        spec = training_spec(config.data)
        data = load_pool(spec, None, cache / "pools")
        unfinished = out.with_suffix(".unfinished")
        export_set(data, unfinished, data_card(spec, None))
        unfinished.rename(out)
    return out


def make_poisoned(config: Config, cache: Path) -> Path:
    """Write a poisoned set unless it exists; returns its folder.

    Args:
        config: its section [poison] names trigger, strength, target and rate, and run.seed chooses the samples.  What
            only a trainer controls (annealing, noise mode, wrong keys) does not enter.
        cache: the folder of rendered pools and of sets.
    """
    key, _ = make_attack(config.poison, config.data.crop)
    assert key is not None
    rate, seed = config.poison.poisoning_rate, config.run.seed
    sets = SetFolder.of(config, cache)
    out = sets.poisoned(key, rate, seed)
    if not out.is_dir():
        data: LoadedSet = replace(read_dataset(sets.clean), name="rendered subjects")
        poisoned, rows = poison_set(data, key, rate, seed)
        write(poisoned, key, set_card(key, data, rows, rate=rate, seed=seed, made_from=sets.clean), out)
    return out


def key_file(folder: Path) -> Path:
    """The trigger key beside a poisoned set; only the attacker and the evaluation have it."""
    return folder / KEY
