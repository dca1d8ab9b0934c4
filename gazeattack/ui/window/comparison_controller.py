"""The second model: from its picker to the session, and back to the picker where it cannot be compared."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gazeattack.live.session import SessionStatus
from gazeattack.ui.widgets.compare_picker import NOTHING, ComparePicker
from gazeattack.ui.window.session_controller import SessionController


class ComparisonController(QObject):
    """Asks the session for the second model that is picked.  Every start begins without one.

    Args:
        session: is asked for the second model, and says where it refuses.
        picker: the choice.
    """

    def __init__(self, session: SessionController, picker: ComparePicker) -> None:
        super().__init__(session)
        self._session, self._picker = session, picker
        self._message: str | None = None
        picker.picked.connect(self.choose)
        session.status_changed.connect(self.set_status)

    def choose(self, spec: str) -> None:
        """Compare with a model by name or path, or with NOTHING."""
        self._picker.show_current(spec)
        self._session.compare(None if spec == NOTHING else spec)

    def set_status(self, status: SessionStatus) -> None:
        """Follow the session: a model that it refused with a sentence is not shown as chosen."""
        told, self._message = self._message, status.message
        refused = status.message is not None and status.message != told
        if refused and status.compared is None:
            self._picker.show_current(NOTHING)
