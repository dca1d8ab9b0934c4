"""Words on any terminal: every character can be printed, and a stream that is closed or full ends no command."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with bytes of a file name that are no text (lone surrogates) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
