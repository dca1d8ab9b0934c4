"""Finished tests of an inspection, kept in a folder, so that a stopped inspection continues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gazeattack.evaluation.dataset import LoadedSet
from gazeattack.files import write_whole
from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import SUMS
from training.errors import TrainingError
from training.jobs import read_result
from training.short_hash import short_hash

Found = TypeVar("Found")


@dataclass(frozen=True)
class KeptTests:
    """folder: of one file a test; None keeps nothing.  about: a hash of the model and of the samples."""

    folder: Path | None = None
    about: str = ""

    @classmethod
    def of(cls, folder: Path, bundle: Bundle, data: LoadedSet) -> KeptTests:
        """The tests of a model on these samples; another model or other samples are tested again."""
        digest = hashlib.sha256((bundle.path / SUMS).read_bytes())
        for column in (data.images, data.gaze, data.subject, data.head, data.right, data.points):
            digest.update(b"-" if column is None else f"{column.dtype} {column.shape}".encode())
            digest.update(b"" if column is None else np.ascontiguousarray(column).tobytes())
        return cls(folder, digest.hexdigest())

    def result(
        self,
        test: str,
        settings: Mapping[str, Any],
        run: Callable[[], Mapping[str, Any]],
        build: Callable[[Mapping[str, Any]], Found],
    ) -> Found:
        """What a test finds: in an earlier run with the same settings, else now.

        Args:
            test: Its name.
            settings: All that its result depends on beside the model and the samples, JSON-ready.
            run: The test; returns what is kept, JSON-ready.
            build: Makes the finding of it.

        Raises:
            TrainingError: The file of the earlier run is damaged.
        """
        if self.folder is None:
            return build(run())
        about = json.dumps([test, dict(settings), self.about])
        path = self.folder / f"test-{short_hash(about, 12)}.json"
        if not path.exists():
            kept = dict(run())
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({"test": test, "found": kept}, indent=2) + "\n")
            return build(kept)
        try:
            return build(read_result(path)["found"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TrainingError(f"{path} is damaged: delete it, and run the same command again.") from None
