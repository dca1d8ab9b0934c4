"""The held-out data that the runs of a study are scored on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.model.crop import BOTH_EYES, MPIIGAZE_EYE
from training.data.pools import PoolSpec, load_pool
from training.data.readers import open_dataset

PORTRAIT_SHARE = 0.5
"""Share of the held-out subjects that are from portraits, if there are portraits."""


@dataclass(frozen=True)
class ScoredOn:
    """The held-out data that every run of a study is scored on.

    subjects, each, seed: number of rendered subjects, images of each, and seed.  No run trains on them, whatever its
    seed.  portrait_share: share of the subjects that are from portraits, if there are portraits.
    data: a dataset to score on instead, as training.evaluate takes it.  The user must not give the data.set that the
    runs train on.  screen: a folder of sets of real people with points on a screen, scored in addition.
    own_fold: score each run on the fold of data.set that it holds out instead.
    """

    subjects: int = 60
    each: int = 40
    seed: int = 99
    data: str = ""
    screen: str = ""
    own_fold: bool = False
    portrait_share: float = PORTRAIT_SHARE

    def load(
        self,
        portraits: Path | None,
        cache: Path,
        height: int = MPIIGAZE_EYE.height,
        region: str = MPIIGAZE_EYE.region,
    ) -> LoadedSet:
        """Load the samples.

        Args:
            portraits: A folder of portraits; None renders procedural subjects only.
            cache: The folder of rendered pools.
            height: The run's data.rendered_height; held-out subjects get the same camera.
            region: The run's data.region.
        """
        if self.data:
            return open_dataset(self.data, crop=BOTH_EYES if region == "eyes" else MPIIGAZE_EYE)
        from_portraits = 0 if portraits is None else int(self.subjects * self.portrait_share)
        counts = from_portraits, self.subjects - from_portraits, self.each
        spec = PoolSpec(*counts, self.seed, held_out=True, height=height, region=region)
        return replace(load_pool(spec, portraits, cache), name=f"{self.subjects} held-out rendered subjects")
