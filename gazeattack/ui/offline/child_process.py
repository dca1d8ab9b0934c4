"""A command in a process of its own, at low priority, whose progress and errors are followed."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

NICENESS = 10
NO_START = "Python cannot be started: install gazeattack again."
ENDED_EARLY = "It ended early: close other programs, or give fewer images, and try it again."
_WAIT_MS = 2000


class ChildProcess(QObject):
    """Runs one command at a time.

    line carries each line of progress.  progress carries the steps done and their total; both are 0 while that is not
    known.  finished carries the Path of the result.  failed carries a sentence.

    Args:
        parent: of the object.
        count: finds done and total in a line of progress.
    """

    line = Signal(str)
    progress = Signal(int, int)
    finished = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None, count: re.Pattern[str]) -> None:
        super().__init__(parent)
        self._count = count
        self._process: QProcess | None = None
        self._result = Path()
        self._rest, self._last = b"", ""

    @property
    def running(self) -> bool:
        """Whether the command is under way."""
        return self._process is not None

    def run(self, arguments: Sequence[str], result: Path, *, packages: Path | None = None) -> None:
        """Run Python with these arguments.

        Args:
            arguments: "-m", the module and its options.
            result: what finished carries.
            packages: a folder that Python looks for packages in, beside its own.
        """
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUTF8", "1")
        if packages is not None:
            known = environment.value("PYTHONPATH")
            environment.insert("PYTHONPATH", os.pathsep.join([str(packages), *([known] if known else [])]))
        process.setProcessEnvironment(environment)
        process.setProgram(sys.executable)
        process.setArguments(list(arguments))
        process.setStandardOutputFile(QProcess.nullDevice())
        process.started.connect(lambda: _be_nice(process.processId()))
        process.readyReadStandardError.connect(lambda: self._read(process))
        process.finished.connect(lambda code, status: self._end(process, code, status))
        process.errorOccurred.connect(lambda error: self._not_started(process, error))
        self._process, self._result, self._rest, self._last = process, result, b"", ""
        process.start()

    def cancel(self) -> None:
        """Kill the command."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.waitForFinished(_WAIT_MS)
        process.deleteLater()
        self.clean_up(self._result)

    def clean_up(self, result: Path) -> None:
        """Remove what a killed command leaves."""

    def sentence(self, last: str, code: int) -> str:
        """The sentence of a command that failed, from its last line and exit code; empty where it gave none."""
        return ""

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
        count = self._count.match(line)
        done, total = (int(count[1]), int(count[2])) if count else (0, 0)
        # what comes last is not always counted
        self.progress.emit(*((done, total) if done < total else (0, 0)))

    def _end(self, process: QProcess, code: int, status: QProcess.ExitStatus) -> None:
        if process is not self._process:
            return
        self._read(process)
        self._tell(self._rest.decode(errors="replace").strip())
        self._process = None
        process.deleteLater()
        normal = status is QProcess.ExitStatus.NormalExit
        if normal and code == 0:
            self.finished.emit(self._result)
        else:
            self.failed.emit((self.sentence(self._last, code) if normal else "") or ENDED_EARLY)

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
