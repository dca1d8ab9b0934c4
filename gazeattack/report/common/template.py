"""Rendering of a report from its template and the shared style sheet."""

from __future__ import annotations

from string import Template

from gazeattack.model.catalogue import resources_dir


def fill(name: str, *, title: str, **values: str) -> str:
    """Fill the template `name`; the values are HTML, already escaped.

    Every page begins with head.html, which has the title and the shared style sheet.
    """
    folder = resources_dir() / "report"
    read = {file: (folder / file).read_text(encoding="utf-8") for file in ("head.html", "style.css", f"{name}.html")}
    head = Template(read["head.html"].removesuffix("\n")).substitute(title=title, style=read["style.css"])
    return Template(read[f"{name}.html"]).substitute(head=head, **values)
