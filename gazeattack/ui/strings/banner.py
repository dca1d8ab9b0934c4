"""What the banner says: what is wrong with the source, or what of it could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from gazeattack.live.status import SessionStatus
from gazeattack.ui.strings.common import ENDED


@dataclass(frozen=True)
class Notice:
    """about_source: the banner offers the ways out of a source that gives no frames."""

    text: str
    about_source: bool = False


def notices(status: SessionStatus, warnings: list[str]) -> list[Notice]:
    """Everything there is to tell, the most urgent first.

    Lost frames are told when the source was read once, as their number grows until then; the status bar has it.

    Args:
        status: of the session.
        warnings: sentences of other parts of the window, the newest last.
    """
    failed = status.source_state in ("failed", "waiting")
    ended = status.source_state == "ended"
    found = [] if status.message is None else [Notice(status.message, failed)]
    found += [Notice(text) for text in reversed(warnings)]
    read = status.report.sentences() if status.report.complete else status.report.notices
    whole = " ".join([*read, *([ENDED] if ended else [])])
    return [*found, Notice(whole, ended)] if whole else found
