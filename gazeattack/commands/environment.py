"""Detection of a display, and of a working Qt."""

from __future__ import annotations

import os
import subprocess
import sys

SYSTEM_LIBRARIES = (
    "libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
)
FIX_QT = f"install the system libraries: sudo apt-get install -y {SYSTEM_LIBRARIES}"
INVISIBLE = ("offscreen", "minimal", "vnc")
_PROBE = "from PySide6.QtWidgets import QApplication; QApplication([]); print('works')"


def has_display() -> bool:
    """Whether there is a display: always on Windows and macOS, elsewhere by the session's variables."""
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in INVISIBLE:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def qt_problem(platform: str | None = None, *, timeout: float = 30.0) -> str | None:
    """Why Qt cannot start on `platform` (None: its default), in a few words; None where it can.

    The check runs in another process: without its platform plugin Qt ends the program without an exception.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")}
    if platform is not None:
        environment["QT_QPA_PLATFORM"] = platform
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "Qt did not start"
    if done.returncode == 0 and "works" in done.stdout:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    for word in ("cannot open shared object", "xcb-cursor0", "could not connect to display", "No module named"):
        for line in lines:
            if word in line:
                return line.removeprefix("ImportError: ").removeprefix("qt.qpa.plugin: ").rstrip(".")
    return lines[-1].rstrip(".") if lines else f"Qt ended with code {done.returncode}"
