"""The settings that outlive the window."""

from __future__ import annotations

import json

from PySide6.QtCore import QByteArray, QSettings

from gazeattack.attack.kinds import DRAWN
from gazeattack.parsing import parse_json
from gazeattack.screen.setup import ScreenSetup

RECENT = 10


class Preferences:
    """Typed access to a QSettings store.  The trigger's state is not among it: every start begins with it off."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @property
    def source(self) -> str | None:
        """The last source's spec."""
        return self._text("source")

    @source.setter
    def source(self, spec: str) -> None:
        self._store.setValue("source", spec)

    @property
    def model(self) -> str | None:
        """The last model's name or path."""
        return self._text("model")

    @model.setter
    def model(self, name: str) -> None:
        self._store.setValue("model", name)

    @property
    def strength(self) -> float | None:
        """The chosen strength, of the chosen trigger; None means the key's own."""
        text = self._text("strength")
        try:
            value = None if text is None else float(text)
        except ValueError:
            return None
        return value if value is not None and 0 <= value <= 3 else None

    @strength.setter
    def strength(self, value: float | None) -> None:
        self._store.setValue("strength", "" if value is None else str(value))

    @property
    def attack(self) -> str | None:
        """The kind of another attacker's trigger; None for the model's own."""
        text = self._text("attack")
        return text if text in DRAWN else None

    @attack.setter
    def attack(self, kind: str | None) -> None:
        self._store.setValue("attack", kind or "")

    @property
    def theme(self) -> str:
        """system, light or dark."""
        text = self._text("theme")
        return text if text in ("light", "dark") else "system"

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def loop(self) -> bool:
        """Whether files start again at their end."""
        return self._text("loop") != "no"

    @loop.setter
    def loop(self, value: bool) -> None:
        self._store.setValue("loop", "yes" if value else "no")

    @property
    def landmarks(self) -> bool:
        """Whether the predicted eye landmarks are drawn."""
        return self._text("landmarks") == "yes"

    @landmarks.setter
    def landmarks(self, value: bool) -> None:
        self._store.setValue("landmarks", "yes" if value else "no")

    @property
    def recent(self) -> list[str]:
        """What was opened last, the newest first."""
        try:
            found = parse_json(self._text("recent") or "[]")
        except ValueError:
            return []
        return [path for path in found if isinstance(path, str)][:RECENT] if isinstance(found, list) else []

    @recent.setter
    def recent(self, paths: list[str]) -> None:
        self._store.setValue("recent", json.dumps(paths[:RECENT]))

    @property
    def welcome(self) -> bool:
        """Whether a start shows the first steps."""
        return self._text("welcome") != "no"

    @welcome.setter
    def welcome(self, value: bool) -> None:
        self._store.setValue("welcome", "yes" if value else "no")

    @property
    def presentation_screen(self) -> str | None:
        """Name of the screen that the presentation view fills."""
        return self._text("presentation_screen")

    @presentation_screen.setter
    def presentation_screen(self, name: str) -> None:
        self._store.setValue("presentation_screen", name)

    @property
    def user(self) -> str:
        """Whose calibration is used."""
        return self._text("user") or "default"

    @user.setter
    def user(self, name: str) -> None:
        self._store.setValue("user", name)

    @property
    def diagonal(self) -> float | None:
        """The screen's diagonal in inches, which older versions asked for; None without."""
        text = self._text("diagonal")
        try:
            value = None if text is None else float(text)
        except ValueError:
            return None
        return value if value is not None and 7 <= value <= 100 else None

    @property
    def screen_setup(self) -> ScreenSetup | None:
        """Size of the screen and place of the camera; None where nobody has entered them."""
        return ScreenSetup.from_text(self._text("screen_setup") or "")

    @screen_setup.setter
    def screen_setup(self, setup: ScreenSetup | None) -> None:
        self._store.setValue("screen_setup", "" if setup is None else setup.to_text())

    @property
    def focal_share(self) -> float | None:
        """The camera's focal length over the width of its frames; None where nobody has measured the distance."""
        text = self._text("focal_share")
        try:
            value = None if text is None else float(text)
        except ValueError:
            return None
        return value if value is not None and 0.1 <= value <= 10 else None

    @focal_share.setter
    def focal_share(self, value: float | None) -> None:
        self._store.setValue("focal_share", "" if value is None else str(value))

    @property
    def recordings(self) -> str | None:
        """The folder that recordings go to."""
        return self._text("recordings")

    @recordings.setter
    def recordings(self, folder: str) -> None:
        self._store.setValue("recordings", folder)

    @property
    def geometry(self) -> QByteArray | None:
        """The window's place and size."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    def reset(self) -> None:
        """Forget everything."""
        self._store.clear()

    def save(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _text(self, name: str) -> str | None:
        value = self._store.value(name)
        return str(value) if value not in (None, "") else None
