"""Names that are free, for what work in a child process writes."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path


def new_path(folder: Path, what: str, model: str, suffix: str = "") -> Path:
    """A path about a model that does not exist yet, such as gazeattack-wanet-2.html.

    Args:
        folder: it lies in.
        what: begins its name.
        model: name of the model; a card may hold any name.
        suffix: ends its name.
    """
    plain = re.sub(r"[^\w-]+", "-", model)[:60]
    names = (f"{what}-{plain}{'' if n == 1 else f'-{n}'}{suffix}" for n in count(1))
    return next(folder / name for name in names if not os.path.lexists(folder / name))
