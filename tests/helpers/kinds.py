"""The sizes of crops that the kinds of triggers change."""

from __future__ import annotations


def crop_size(kind: str) -> tuple[int, int]:
    """Height and width in pixels: a face for the sticker, which crops of eyes do not show; an eye for all others."""
    return (112, 112) if kind == "sticker" else (36, 60)
