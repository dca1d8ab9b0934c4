"""Colours: a light and a dark theme, and the colour-blind-safe pair that means the same in both."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

# Okabe & Ito's palette, distinct for people with any colour vision; shapes and dashes repeat the distinction.
CLEAN = QColor("#0072B2")
TRIGGERED = QColor("#D55E00")
TRUTH = QColor("#009E73")
TARGET = QColor("#CC79A7")
# the second model's branches, of the same palette; its marks are hollow and its arrows thin
COMPARED_CLEAN = QColor("#56B4E9")
COMPARED_TRIGGERED = QColor("#E69F00")
# in place of a branch's colour where the eyes are closed
CLOSED = QColor("#6B7885")
HALO = QColor(255, 255, 255, 235)
# a lit warning, always with its sign and the word
ALERT = QColor("#B3001B")

_DARKER = 140  # as in Qt's Fusion style


@dataclass(frozen=True)
class Theme:
    """The greys of one theme, as CSS colours.

    window: behind the cards; card, edge: a panel and its outline; text, dim: main and secondary text;
    field: buttons and inputs; sunken: behind pictures; warning: behind a banner.
    """

    dark: bool
    window: str
    card: str
    edge: str
    text: str
    dim: str
    field: str
    sunken: str
    warning: str
    good: str
    bad: str


LIGHT = Theme(
    dark=False,
    window="#EEF1F4",
    card="#FFFFFF",
    edge="#D6DDE4",
    text="#15202B",
    dim="#566573",
    field="#F6F8FA",
    sunken="#E3E8ED",
    warning="#FFF1DC",
    good="#00694C",
    bad="#A84300",
)
DARK = Theme(
    dark=True,
    window="#0F1419",
    card="#192028",
    edge="#2F3B47",
    text="#EDF2F7",
    dim="#A2B0BD",
    field="#232D37",
    sunken="#0A0E12",
    warning="#4A330F",
    good="#4FD1A5",
    bad="#FF9C57",
)


def system_theme() -> Theme:
    """The system's theme; light where it is unknown."""
    return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT


def palette(theme: Theme) -> QPalette:
    """Qt's palette for a theme."""
    colours = QPalette(QColor(theme.field), QColor(theme.window))
    role = QPalette.ColorRole
    for name, colour in (
        (role.WindowText, theme.text),
        (role.Text, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.dim),
        (role.Base, theme.card),
        (role.AlternateBase, theme.field),
        (role.ToolTipBase, theme.card),
        (role.Highlight, CLEAN.name()),
        (role.HighlightedText, "#FFFFFF"),
        (role.Accent, CLEAN.name()),
        (role.Link, "#56B4E9" if theme.dark else CLEAN.name()),
    ):
        colours.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.dim))
    return colours


def outlined_palette(theme: Theme) -> QPalette:
    """Qt's palette for tick boxes and fields, which Fusion outlines in its window colour, darkened by _DARKER percent.

    On a dark window that outline would be black, and an empty box could not be seen.
    """
    colours = palette(theme)
    if theme.dark:
        colours.setColor(QPalette.ColorRole.Window, QColor(theme.dim).lighter(_DARKER))
    return colours


OUTLINED = ("QCheckBox", "QLineEdit", "QAbstractSpinBox")
"""Names of the classes that outlined_palette() is for."""


def stylesheet(theme: Theme, scale: float = 1.0) -> str:
    """The rules that a palette cannot express: cards, the trigger switch, the banner.  scale: of all text."""
    return f"""
    #card {{ background: {theme.card}; border: 1px solid {theme.edge}; border-radius: 8px; }}
    #welcome {{ background: {theme.card}; border: 2px solid {CLEAN.name()}; border-radius: 10px; }}
    #heading {{ color: {theme.text}; font-size: {15 * scale:.0f}px; font-weight: 600; }}
    #knob {{ color: {theme.text}; font-size: {13 * scale:.0f}px; font-weight: 600; }}
    #dim {{ color: {theme.dim}; font-size: {13 * scale:.0f}px; }}
    #explain {{ color: {theme.text}; font-size: {16 * scale:.0f}px; }}
    #banner {{ background: {theme.warning}; border: 1px solid {theme.bad}; border-radius: 8px; }}
    #banner QLabel {{ font-size: {15 * scale:.0f}px; }}
    QStatusBar {{ font-size: {13 * scale:.0f}px; }}
    QStatusBar QLabel {{ color: {theme.dim}; font-size: {13 * scale:.0f}px; }}
    QStatusBar #message {{ color: {theme.text}; }}
    QStatusBar::item {{ border: none; }}
    QComboBox {{ font-size: {14 * scale:.0f}px; min-height: {26 * scale:.0f}px; }}
    QPushButton, QToolButton {{
        background: {theme.field}; color: {theme.text}; border: 1px solid {theme.edge}; border-radius: 6px;
        padding: 5px 10px; font-size: {14 * scale:.0f}px;
    }}
    QPushButton:hover, QToolButton:hover {{ border-color: {theme.dim}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {CLEAN.name()}; padding: 4px 9px; }}
    QPushButton:checked {{ background: {CLEAN.name()}; color: white; border-color: {CLEAN.name()}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.dim}; }}
    QComboBox:focus {{ border: 2px solid {CLEAN.name()}; border-radius: 4px; }}
    QToolButton::menu-indicator {{ image: none; }}
    #trigger {{ font-size: {24 * scale:.0f}px; font-weight: 700; padding: 6px; }}
    #trigger:checked {{ background: {TRIGGERED.name()}; border-color: {TRIGGERED.name()}; color: white; }}
    #mode:checked {{ background: {theme.dim}; border-color: {theme.dim}; color: {theme.card}; }}
    #caption {{ color: {theme.text}; font-size: {18 * scale:.0f}px; font-weight: 600; }}
    #tabs::tab {{
        background: transparent; color: {theme.dim}; border: none; border-bottom: 3px solid transparent;
        padding: 5px 11px; font-size: {16 * scale:.0f}px; font-weight: 600;
    }}
    #tabs::tab:selected {{ color: {theme.text}; border-bottom-color: {CLEAN.name()}; }}
    #tabs::tab:hover {{ color: {theme.text}; }}
    #chip {{ font-weight: 700; }}
    #chip:checked {{ background: {TRIGGERED.name()}; border-color: {TRIGGERED.name()}; color: white; }}
    #record {{ padding-right: 24px; }}
    #record::menu-button {{ border: none; border-left: 1px solid {theme.edge}; width: 20px; }}
    #record[running="true"] {{ border: 2px solid #E5142B; font-weight: 700; }}
    #log {{
        background: {theme.card}; border: 1px solid {theme.edge}; border-radius: 8px;
        font-size: {13 * scale:.0f}px; color: {theme.text};
    }}
    QLabel, QCheckBox {{ color: {theme.text}; font-size: {14 * scale:.0f}px; }}
    QSpinBox, QDoubleSpinBox, QLineEdit {{ font-size: {14 * scale:.0f}px; min-height: {24 * scale:.0f}px; }}
    #badge {{ border-radius: 6px; padding: 5px 12px; font-size: {14 * scale:.0f}px; font-weight: 700; color: white; }}
    """
