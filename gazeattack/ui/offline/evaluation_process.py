"""`gazeattack evaluate` in a process of its own, at low priority."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from gazeattack.files import partial_path

NICENESS = 10
NO_START = "The evaluation cannot be started: install gazeattack again."
ENDED_EARLY = "The evaluation ended early: close other programs, or give fewer images, and try it again."
_COUNT = re.compile(r"scored (\d+) of (\d+)")
_PREFIX = re.compile(r"^gazeattack(?: evaluate)?: (?:error: )?")
_WAIT_MS = 2000


class EvaluationProcess(QObject):
    """Runs one evaluation at a time.

    line carries each line of progress.  progress carries the images done and their total; both are 0 while that is not
    known.  finished carries the page's Path.  failed carries a sentence.
    """

    line = Signal(str)
    progress = Signal(int, int)
    finished = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._page = Path()
        self._rest, self._last = b"", ""

    @property
    def running(self) -> bool:
        """Whether an evaluation is under way."""
        return self._process is not None

    def start(self, bundle: str, data: str, page: Path) -> None:
        """Evaluate a model.

        Args:
            bundle: name or path of the model.
            data: as `gazeattack evaluate --data` takes it.
            page: the HTML file to write.
        """
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUTF8", "1")
        process.setProcessEnvironment(environment)
        process.setProgram(sys.executable)
        # "=" because a name may begin with a dash
        options = [f"--bundle={bundle}", f"--data={data}", f"--report={page}"]
        process.setArguments(["-m", "gazeattack", "evaluate", *options])
        process.setStandardOutputFile(QProcess.nullDevice())
        process.started.connect(lambda: _be_nice(process.processId()))
        process.readyReadStandardError.connect(lambda: self._read(process))
        process.finished.connect(lambda code, status: self._end(process, code, status))
        process.errorOccurred.connect(lambda error: self._not_started(process, error))
        self._process, self._page, self._rest, self._last = process, page, b"", ""
        process.start()

    def cancel(self) -> None:
        """Kill the evaluation; no page is left."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.waitForFinished(_WAIT_MS)
        process.deleteLater()
        with contextlib.suppress(OSError):
            partial_path(self._page).unlink()

    def _read(self, process: QProcess) -> None:
        if process is not self._process:
            return
        *lines, self._rest = (self._rest + bytes(process.readAllStandardError().data())).split(b"\n")
        for each in lines:
            self._tell(each.decode(errors="replace").strip())

    def _tell(self, line: str) -> None:
        if not line:
            return
        self._last = line
        self.line.emit(line)
        count = _COUNT.match(line)
        done, total = (int(count[1]), int(count[2])) if count else (0, 0)
        # the clean model, which comes last, is not counted
        self.progress.emit(*((done, total) if done < total else (0, 0)))

    def _end(self, process: QProcess, code: int, status: QProcess.ExitStatus) -> None:
        if process is not self._process:
            return
        self._read(process)
        self._tell(self._rest.decode(errors="replace").strip())
        self._process = None
        process.deleteLater()
        if status is QProcess.ExitStatus.NormalExit and code == 0:
            self.finished.emit(self._page)
        elif _PREFIX.match(self._last):
            self.failed.emit(_PREFIX.sub("", self._last))
        else:
            self.failed.emit(ENDED_EARLY)

    def _not_started(self, process: QProcess, error: QProcess.ProcessError) -> None:
        # after a start, finished comes too
        if process is self._process and error is QProcess.ProcessError.FailedToStart:
            self._process = None
            process.deleteLater()
            self.failed.emit(NO_START)


def _be_nice(process: int) -> None:
    """Lower the priority of a process, where the system has a call for it."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, NICENESS)
