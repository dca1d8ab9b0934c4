"""The same figures on other real people: numbers only, measured with training.studies.panel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gazeattack.model.bundle import Bundle
from gazeattack.model.bundle_files import sums_sha256
from gazeattack.model.catalogue import resources_dir

FILE = "panel.json"


@dataclass(frozen=True)
class PanelSpread:
    """One bundle on the panel of real people (docs/real-people.md).

    people: how many.  figures: name -> (lowest, median, highest) over people; the names are those of
    PersonalScore.figures().  p00_deg: error on one more person in degrees, before and after calibration.
    current: whether the bundle has the weights that were measured.
    """

    people: int
    figures: Mapping[str, tuple[float, float, float]]
    p00_deg: tuple[float, float] | None
    current: bool


def panel_spread(bundle: Bundle) -> PanelSpread | None:
    """The panel's figures of a shipped bundle; None for others."""
    path = resources_dir() / FILE
    if not path.is_file():
        return None
    entry = json.loads(path.read_text(encoding="utf-8")).get(bundle.name)
    if entry is None:
        return None
    figures = {name: (low, middle, high) for name, (low, middle, high) in entry["figures"].items()}
    p00 = entry.get("p00_deg")
    return PanelSpread(
        entry["people"],
        figures,
        None if p00 is None else (p00[0], p00[1]),
        entry["sums_sha256"] == sums_sha256(bundle.path),
    )
