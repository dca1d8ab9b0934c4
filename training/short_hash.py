"""Names of files that depend on settings: other settings get another file, so that none is taken for the other's."""

from __future__ import annotations

import hashlib


def short_hash(text: str, digits: int = 8) -> str:
    """The first hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
