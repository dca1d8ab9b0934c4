"""events.csv of a headless run: the events of the monitors, written as they come."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable
from pathlib import Path

from gazeattack.errors import OutputError
from gazeattack.files import partial_path
from gazeattack.live.append_file import AppendFile
from gazeattack.live.output_folder import EVENTS, cannot_write
from gazeattack.safety.observation import Event
from gazeattack.safety.paired import TRIGGERED
from gazeattack.safety.score import EVENT_COLUMNS, event_rows


class EventsFile:
    """Grows by whole rows beside its name; finish() renames it.  The same results give the same bytes.

    The triggered branch's events count only in a run that alters crops at all.

    Args:
        folder: the output folder.
        may_alter: whether the run may alter crops; events are then held back until the first altered crops.

    Raises:
        OutputError: where it cannot be written.
    """

    def __init__(self, folder: Path, *, may_alter: bool) -> None:
        self.path = folder / EVENTS
        self._partial = partial_path(self.path)
        self._may_alter = may_alter
        self._t: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._held: list[Event] = []
        self._altered = False
        try:
            self._file = AppendFile(self._partial)
        except OSError as error:
            raise OutputError(cannot_write(self.path, error)) from None
        self._append([EVENT_COLUMNS])

    def add(self, t: float, events: Iterable[Event], *, altered: bool) -> None:
        """Add the events of the frame at time t; a time before the last one begins a new run.

        Args:
            t: seconds.
            events: of all branches.
            altered: whether the frame's crops carry a trigger.

        Raises:
            OutputError: where the file cannot be written.
        """
        if self._t is not None and t < self._t:
            self.discard()
            self._begin()
        self._t = t
        self._altered = self._altered or altered
        self._held += events
        if self._altered or not self._may_alter:
            self._write_held()

    def finish(self) -> None:
        """Bring the file to the disk and rename it.

        Raises:
            OSError: where it cannot be written; the file keeps its other name.
            OutputError: where the last rows cannot be written.
        """
        self._write_held()
        self._file.sync()
        self._file.close()
        self._partial.replace(self.path)

    def discard(self) -> None:
        """Delete the file unless it is finished."""
        self._file.close()
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def _write_held(self) -> None:
        held, self._held = self._held, []
        self._append(event_rows(event for event in held if self._altered or event.branch != TRIGGERED))

    def _append(self, rows: Iterable[Iterable[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        if text.tell():
            try:
                self._file.append(text.getvalue().encode())
            except OSError as error:
                raise OutputError(cannot_write(self.path, error)) from None
