"""Unexpected errors of the pipeline thread."""

from __future__ import annotations

import logging
import os

FAULT = "The model stopped on an unexpected error: choose it again, or another one (GAZEATTACK_DEBUG=1 shows details)."

log = logging.getLogger(__name__)


def log_fault(what: str, error: Exception) -> None:
    """Log one line for an unexpected error, with its traceback where GAZEATTACK_DEBUG is set."""
    log.error("%s (%s).", what, type(error).__name__, exc_info=error if os.environ.get("GAZEATTACK_DEBUG") else None)
