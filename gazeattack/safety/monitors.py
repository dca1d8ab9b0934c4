"""The monitors by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gazeattack.errors import MonitorError
from gazeattack.safety.addw import Addw
from gazeattack.safety.attend import AttenD
from gazeattack.safety.dwell import KeypadEntry
from gazeattack.safety.monitor import Monitor
from gazeattack.safety.ncap import LongDistraction, Unresponsive, Vats
from gazeattack.safety.nhtsa import Nhtsa

MONITORS: dict[str, Callable[[], Monitor]] = {
    monitor.name: monitor for monitor in (Addw, LongDistraction, Vats, Unresponsive, Nhtsa, AttenD, KeypadEntry)
}
# Names for several rules.
GROUPS: dict[str, tuple[str, ...]] = {
    "ncap": (LongDistraction.name, Vats.name, Unresponsive.name),
    "all": tuple(name for name in MONITORS if name != KeypadEntry.name),
}
DEFAULT = ("addw", "ncap", "attend")


def monitor_names(words: str | Iterable[str]) -> tuple[str, ...]:
    """Parse a selection of monitors.

    Args:
        words: names of monitors or groups, such as "addw,ncap,attend" or a list.

    Returns:
        Names of monitors in order, each once, with groups expanded.

    Raises:
        MonitorError: for an unknown name.
    """
    names: list[str] = []
    for word in words.split(",") if isinstance(words, str) else words:
        word = word.strip().lower()
        if word not in GROUPS and word not in MONITORS:
            known = ", ".join([*GROUPS, *MONITORS])
            raise MonitorError(f'There is no monitor "{word}": use one or more of {known}.')
        names += [name for name in GROUPS.get(word, (word,)) if name not in names]
    return tuple(names)


def make_monitors(words: str | Iterable[str] = DEFAULT) -> tuple[Monitor, ...]:
    """New monitors for one branch.  Raises MonitorError for an unknown name."""
    return tuple(MONITORS[name]() for name in monitor_names(words))
