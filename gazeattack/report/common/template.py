"""Rendering of a report from its template and the shared style sheet."""

from __future__ import annotations

from string import Template

from gazeattack.model.catalogue import resources_dir


def fill(name: str, **values: str) -> str:
    """Fill the template `name`; the values are HTML, already escaped."""
    folder = resources_dir() / "report"
    template = Template((folder / f"{name}.html").read_text(encoding="utf-8"))
    return template.substitute(style=(folder / "style.css").read_text(encoding="utf-8"), **values)
