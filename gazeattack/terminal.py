"""Words on any terminal: every character can be printed, and a stream that is closed or full ends no command."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

_ERRORS = "gazeattack-plain"
# What older code pages lack.
_PLAIN = {
    "→": "->", "←": "<-", "°": " deg", "×": "x", "−": "-", "–": "-", "…": "...", "“": '"', "”": '"', "’": "'",
    "±": "+-", "·": "-", "•": "-", "≥": ">=", "≤": "<=",
}  # fmt: skip
# They reverse the direction of the text that follows.
_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def prepare_terminal() -> None:
    """Let standard output and standard error print every character, and standard error never fail.

    A stream that was closed before the start is replaced by one that drops its text: print() would otherwise send the
    text for standard error to standard output.
    """
    codecs.register_error(_ERRORS, _replace)
    sys.stdout = _printable_stream(sys.stdout)
    if not isinstance(sys.stderr, _Forgiving):
        sys.stderr = _Forgiving(_printable_stream(sys.stderr))


def drop_output() -> None:
    """After a failed write: let what is still in the buffer of standard output go nowhere, also at the exit."""
    try:
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
    except (OSError, ValueError):
        sys.stdout = io.StringIO()


def printable(text: str) -> str:
    """The text with bytes of a file name that are no text (lone surrogates) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def csv_text(text: str) -> str:
    """Text of a stranger for a cell of a CSV file: a spreadsheet takes it for no formula, and a terminal for no code.

    The apostrophe is what spreadsheets hide before a text (OWASP, CSV injection).
    """
    line = on_one_line(text)
    return f"'{line}" if line.lstrip().startswith(("=", "+", "-", "@")) else line


def on_one_line(text: str) -> str:
    """An own sentence with file names: control characters, marks that turn text round, and bytes that are no text,
    become escapes."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in ("Cc", "Cs") or c in _TURNING else c
        for c in text
    )


class _Forgiving(io.TextIOBase):
    """Standard error: a message that cannot be printed is dropped, there is nowhere left to report it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding


def _printable_stream(stream: TextIO | None) -> TextIO:
    if stream is None:
        return io.StringIO()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_ERRORS)
    return stream


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Plain characters for those that the encoding lacks; escapes for the rest."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    plain = "".join(_PLAIN.get(letter, letter.encode("ascii", "backslashreplace").decode()) for letter in text)
    return plain, error.end
