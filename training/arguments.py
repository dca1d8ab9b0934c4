"""Numbers, and lists of them, on the command line of a training script, each with bounds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable
from typing import TypeVar

Value = TypeVar("Value")
MOST_SEED = 2**63 - 1
MOST_COUNT = 10_000_000
MOST_WORKERS = 1024


def whole(least: int, most: int = MOST_COUNT) -> Callable[[str], int]:
    """An argparse type: a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        try:
            value = int(_plain(text))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"give a whole number from {least} to {most}")
        return value

    return parse


def number(least: float, most: float, *, above: bool = False, unit: str = "") -> Callable[[str], float]:
    """An argparse type: a number from `least` to `most`.

    Args:
        least: the smallest.
        most: the largest.
        above: refuse `least` itself.
        unit: word after the bounds, for the sentence.
    """
    bounds = f"above {least:g} and at most {most:g}" if above else f"from {least:g} to {most:g}"
    wanted = f"give a number {bounds} {unit}".rstrip()

    def parse(text: str) -> float:
        try:
            value = float(_plain(text))
        except ValueError:
            value = math.nan
        if not least <= value <= most or (above and value == least):
            raise argparse.ArgumentTypeError(wanted)
        return value

    return parse


def _plain(text: str) -> str:
    """The text again.  Raises ValueError for what Python alone takes for a number, as 1_0 for ten."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text


def comma_list(of: Callable[[str], Value]) -> Callable[[str], list[Value]]:
    """An argparse type: values with commas between them, each once.

    An option with nargs="+" would take the words that follow it for values.

    Args:
        of: the type of one value.
    """

    def parse(text: str) -> list[Value]:
        try:
            return list(dict.fromkeys(of(part.strip()) for part in text.split(",")))
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error}, or several with commas between them") from None

    return parse


def written(values: Iterable[object]) -> str:
    """Values as an option with a comma_list() takes them."""
    return ",".join(map(str, values))


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """An argparse type: one of these names.  For the names of a comma_list(), where `choices` does not work."""
    known = list(names)

    def parse(text: str) -> str:
        if text not in known:
            raise argparse.ArgumentTypeError(f'there is no "{text}": give one of {", ".join(known)}')
        return text

    return parse


def add_selection(parser: argparse.ArgumentParser, flag: str, names: Iterable[str], metavar: str, what: str) -> None:
    """Add an option that takes some of these names, with commas between them; all by default.

    Args:
        parser: Gets the option.
        flag: The option, such as --heads.
        names: The names, in the order of the default.
        metavar: Of one name in the help.
        what: The names are, for the help.
    """
    known = list(names)
    parser.add_argument(
        flag,
        type=comma_list(one_of(known)),
        default=known,
        metavar=f"{metavar},{metavar}",
        help=f"{what}, of {', '.join(known)} (default: all)",
    )


count = whole(1)
seed = whole(0, MOST_SEED)
workers = whole(1, MOST_WORKERS)
strength = number(0, 20)
