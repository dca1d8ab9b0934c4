"""`gazeattack evaluate` in a process of its own."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from PySide6.QtCore import QObject

from gazeattack.files import partial_path
from gazeattack.ui.offline.child_process import ChildProcess

_COUNT = re.compile(r"scored (\d+) of (\d+)")
_PREFIX = re.compile(r"^gazeattack(?: evaluate)?: (?:error: )?")


class EvaluationProcess(ChildProcess):
    """Runs one evaluation at a time; finished carries the page's Path."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent, _COUNT)

    def start(self, bundle: str, data: str, page: Path) -> None:
        """Evaluate a model.

        Args:
            bundle: name or path of the model.
            data: as `gazeattack evaluate --data` takes it.
            page: the HTML file to write.
        """
        # "=" because a name may begin with a dash
        options = [f"--bundle={bundle}", f"--data={data}", f"--report={page}"]
        self.run(["-m", "gazeattack", "evaluate", *options], page)

    def clean_up(self, result: Path) -> None:
        """Leave no page."""
        with contextlib.suppress(OSError):
            partial_path(result).unlink()

    def sentence(self, last: str, code: int) -> str:
        """The sentence after the command's name."""
        return _PREFIX.sub("", last) if _PREFIX.match(last) else ""
