"""Tables of text (CSV) as spreadsheets write them, and the numbers in their cells."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest
from pathlib import Path

from training.data.readers.sample import read_text
from training.errors import TrainingError

DELIMITERS = (",", ";", "\t", "|")
_DIALECT = "sep="  # Excel's own first line, which names the delimiter


class TableRow(dict[str, str]):
    """A row's cells by column name, with the number of its line."""

    line: int = 0


def read_rows(path: Path, expected: str) -> list[TableRow]:
    """The rows of a table with a line of column names.

    Commas, semicolons, tabs or bars separate the cells: Excel's line `sep=;` says which, else the line of names does.
    Names are taken without case and blanks, and cells without the blanks around them.

    Raises:
        TrainingError: it cannot be read, or a row has more cells than names; the message names the line.
    """
    lines = list(io.StringIO(read_text(path, expected), newline=""))
    delimiter, skipped = _delimiter(lines)
    reader = csv.reader(lines[skipped:], delimiter=delimiter)
    names: list[str] = []
    rows = []
    try:
        for cells in reader:
            line = reader.line_num + skipped
            if not any(cell.strip() for cell in cells):
                continue
            if names:
                rows.append(_row(path, line, names, cells))
            else:
                names = [cell.strip().lower() for cell in cells]
    except csv.Error as error:
        raise TrainingError(
            f"{path} cannot be read near line {reader.line_num + skipped} ({error}): {expected}."
        ) from None
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise TrainingError(f'{path} has two columns "{twice[0]}": leave one out.')
    if not rows:
        raise TrainingError(f"{path} has no rows under its line of names: expected {expected}.")
    return rows


def number(text: str) -> float:
    """The number in a cell; the decimal point may be a comma, and the minus a typographic one.

    Raises:
        ValueError: it is no number.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-").removesuffix("\N{DEGREE SIGN}").strip()
    return float(plain if "." in plain else plain.replace(",", ".", 1))


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """(delimiter, number of lines before the names)."""
    for index, line in enumerate(lines):
        plain = line.strip("\r\n").strip('"')
        if plain.lower().startswith(_DIALECT) and len(plain) == len(_DIALECT) + 1:
            return plain[-1], index + 1
        if plain.strip():
            return max(DELIMITERS, key=line.count), index
    return DELIMITERS[0], 0


def _row(path: Path, line: int, names: list[str], cells: list[str]) -> TableRow:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise TrainingError(
            f"{path}, line {line}, has {len(cells)} cells under {len(names)} names: if commas are decimal commas,"
            " separate the cells by semicolons, or write decimal points."
        )
    if len(cells) == 1 and len(names) > 1:
        raise TrainingError(
            f"{path}, line {line}, has one cell under {len(names)} names: separate its cells as the names are."
        )
    row = TableRow(zip_longest(names, (cell.strip() for cell in cells[: len(names)]), fillvalue=""))
    row.line = line
    return row
