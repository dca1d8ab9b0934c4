"""What every page of the window can do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gazeattack.live.frame_result import FrameResult
from gazeattack.ui.session import ModelInfo, SourceInfo
from gazeattack.ui.theme import Theme
from gazeattack.ui.widgets.fps_meter import PaintMeter


@runtime_checkable
class Page(Protocol):
    """A page is a widget with these methods; the window calls them on every page alike.

    title: of its tab.  meter: counts the results that were painted on it.
    """

    title: str
    meter: PaintMeter

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Change the colours and the size of text."""

    def set_source(self, source: SourceInfo) -> None:
        """Follow the source: another one was opened, or more became known of the one that is open."""

    def set_model(self, model: ModelInfo) -> None:
        """Follow the model: another one is at work."""

    def step(self, result: FrameResult) -> None:
        """Take in a result: every frame, also while hidden.  Paints nothing."""

    def draw(self, *, force: bool = False) -> None:
        """Draw the last result; only the page that is shown.

        Args:
            force: numbers and text too, however recently they were drawn.
        """

    def clear(self) -> None:
        """Show nothing: what was shown belongs to a source that is gone."""
