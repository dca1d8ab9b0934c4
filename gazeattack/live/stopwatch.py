"""The time that each stage of the pipeline takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from gazeattack.live.frame_result import FrameResult


class Stopwatch:
    """Milliseconds by stage, of one frame."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time what is done inside the context."""
        begin = time.perf_counter()
        yield
        self._ms[stage] = (time.perf_counter() - begin) * 1000

    def stamp(self, result: FrameResult) -> FrameResult:
        """The result with the stage times so far."""
        return replace(result, stage_ms=MappingProxyType(self._ms))
