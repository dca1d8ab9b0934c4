"""What the banner says: what is wrong with the source, or what of it could not be read."""

from __future__ import annotations

from gazeattack.live.status import SessionStatus
from gazeattack.ui.strings.common import ENDED


def banner_text(status: SessionStatus, warning: str | None) -> tuple[str | None, bool]:
    """The sentences of the banner, None for no banner, and whether they are about the source.

    Lost frames are told when the source was read once, as their number grows until then; the status bar has it.

    Args:
        status: of the session.
        warning: a sentence of another part of the window.
    """
    failed = status.source_state in ("failed", "waiting")
    ended = status.source_state == "ended"
    if status.message is not None:
        return status.message, failed
    if warning is not None:
        return warning, False
    read = status.report.sentences() if status.report.complete else status.report.notices
    sentences = [*read, *([ENDED] if ended else [])]
    return " ".join(sentences) or None, ended
