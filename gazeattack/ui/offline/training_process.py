"""A script of the folder `training` in a process of its own.

Nothing in gazeattack imports training: the folder is there in a checkout of the source, and not in an installed
package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject

from gazeattack.ui.offline.child_process import ChildProcess

NO_TRAINING = (
    "This needs the folder training, which the installed package does not have: get the source code of gazeattack, "
    "and start the window from there with make run."
)
# as training.cli.exit_status prints errors: one sentence, without the script's name; argparse puts it in front
FAILED, USAGE = 1, 2
_COUNT = re.compile(r"step (\d+) of (\d+)")
_SENTENCE = re.compile(r"^(?:[\w.]+: error: )?(\S.* .*[:.].*)$")
_FAULT = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt)\b")


def training_folder() -> Path | None:
    """The folder that `training` lies in; None in an installed package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "training" / "inspect.py").is_file() else None


class TrainingProcess(ChildProcess):
    """Runs one script at a time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent, _COUNT)

    def start(self, script: str, options: Mapping[str, str], result: Path) -> None:
        """Run a script.

        Args:
            script: its name in training, such as inspect.
            options: by name; rendered crops are kept in the user's cache.
            result: what finished carries.
        """
        root = training_folder()
        if root is None:
            self.failed.emit(NO_TRAINING)
            return
        cache = Path(platformdirs.user_cache_dir("gazeattack")) / "pools"
        given = {"cache": str(cache), **options}
        # "=" because a name may begin with a dash
        words = [f"--{name}={value}" for name, value in given.items()]
        self.run(["-m", f"training.{script}", "--progress", *words], result, packages=root)

    def sentence(self, last: str, code: int) -> str:
        """The last line, unless it belongs to a traceback."""
        found = _SENTENCE.match(last)
        return found[1] if found and code in (FAILED, USAGE) and not _FAULT.match(last) else ""
