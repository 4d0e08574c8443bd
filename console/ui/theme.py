"""The look: two sets of tokens, one palette, one style sheet, and word when they change."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Scheme = Literal["light", "dark", "system"]
Tone = Literal["neutral", "info", "ok", "warn", "bad"]

SPACE_XS: Final = 4
SPACE_S: Final = 8
SPACE_M: Final = 12
SPACE_L: Final = 16
RADIUS_CONTROL: Final = 6
RADIUS_CARD: Final = 8
RADIUS_BADGE: Final = 10
FONT_PX: Final = 13
SMALL_PX: Final = 12
ROW_PX: Final = 34


@dataclass(frozen=True)
class Tokens:
    """Every colour of one scheme as #rrggbb; pairs meet WCAG 2.2 AA (see `pairs`)."""

    dark: bool
    bg: str
    panel: str
    sunken: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    ring: str
    select: str
    hover: str
    info: str
    info_tint: str
    ok: str
    ok_tint: str
    warn: str
    warn_tint: str
    bad: str
    bad_tint: str
    neutral_tint: str
    demo: str = "#7446c8"
    production: str = "#b3261e"
    staging: str = "#8a5a00"
    other: str = "#2457d6"
    on_environment: str = "#ffffff"

    def tone(self, tone: Tone) -> tuple[str, str]:
        """Text and background of a badge or banner in `tone`."""
        return {
            "neutral": (self.muted, self.neutral_tint),
            "info": (self.info, self.info_tint),
            "ok": (self.ok, self.ok_tint),
            "warn": (self.warn, self.warn_tint),
            "bad": (self.bad, self.bad_tint),
        }[tone]

    def environment(self, name: str) -> str:
        """Background of the environment badge; its text is `on_environment`."""
        known = {"production": self.production, "demo": self.demo, "staging": self.staging}
        return known.get(name.lower(), self.other)

    def text_pairs(self) -> list[tuple[str, str, str]]:
        """Each (name, foreground, background) in which the window sets text: 4.5 to 1."""
        grounds = ("bg", "panel", "sunken", "select", "hover")
        words = ("text", "muted", "accent", "info", "ok", "warn", "bad")
        both = [(f, b) for f in words for b in grounds]
        both += [(tone, f"{tone}_tint") for tone in ("info", "ok", "warn", "bad")]
        both += [("muted", "neutral_tint"), ("on_accent", "accent"), ("on_accent", "accent_hover")]
        both += [("text", f"{t}_tint") for t in ("info", "ok", "warn", "bad", "neutral")]
        both += [("on_environment", e) for e in ("demo", "production", "staging", "other")]
        return [(f"{f} on {b}", getattr(self, f), getattr(self, b)) for f, b in both]

    def shape_pairs(self) -> list[tuple[str, str, str]]:
        """Each (name, shape, ground) that must be seen without reading: 3 to 1."""
        both = [("edge", b) for b in ("bg", "panel", "sunken")]
        both += [("accent", b) for b in ("bg", "panel", "sunken", "neutral_tint")]
        both += [("bad", "panel"), ("ring", "accent")]
        return [(f"{f} on {b}", getattr(self, f), getattr(self, b)) for f, b in both]


# design/README.md, corrected where a pair missed: `edge` is the outline of controls (the drawn
# line reached 1.3 to 1), muted and warn are a shade darker on tints.
LIGHT: Final = Tokens(
    dark=False,
    bg="#f6f7f9",
    panel="#ffffff",
    sunken="#f1f3f6",
    line="#e2e5ea",
    edge="#7f8998",
    text="#1b2330",
    muted="#566070",
    accent="#2457d6",
    accent_hover="#1d48b5",
    on_accent="#ffffff",
    ring="#060d22",
    select="#e6edfc",
    hover="#f3f5f9",
    info="#2457d6",
    info_tint="#e6edfc",
    ok="#17794a",
    ok_tint="#e3f3ea",
    warn="#855600",
    warn_tint="#fcf0d3",
    bad="#b3261e",
    bad_tint="#fce8e6",
    neutral_tint="#eceff3",
)
DARK: Final = Tokens(
    dark=True,
    bg="#14181f",
    panel="#1b212b",
    sunken="#161b23",
    line="#2c3542",
    edge="#6f7b8d",
    text="#e7ebf1",
    muted="#9aa5b5",
    accent="#7aa2ff",
    accent_hover="#93b4ff",
    on_accent="#0c1730",
    ring="#0c1730",
    select="#23304f",
    hover="#212936",
    info="#8fb0ff",
    info_tint="#202d4c",
    ok="#6fd3a0",
    ok_tint="#17352a",
    warn="#f0c063",
    warn_tint="#3a2e14",
    bad="#ff9a92",
    bad_tint="#432322",
    neutral_tint="#29313d",
)


class _Theme(QObject):
    """The present theme; one for the program, because a QApplication has one style sheet."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self.scheme: Scheme = "system"
        self.app: QApplication | None = None
        self.dressed = False

    def apply(self, app: QApplication, scheme: Scheme) -> None:
        """Set style, palette and style sheet for `scheme`, and follow the system where asked."""
        self.begin(app, scheme)
        self._show(self._wanted(), force=not app.styleSheet())

    def begin(self, app: QApplication, scheme: Scheme) -> None:
        """Do what can be done before any widget is there, of which each would have to hear."""
        first = self.app is not app
        if first:
            app.setFont(ui_font())
            app.styleHints().colorSchemeChanged.connect(self._follow)
            self.app = app
        self.scheme = scheme
        wish = {
            "light": Qt.ColorScheme.Light,
            "dark": Qt.ColorScheme.Dark,
            "system": Qt.ColorScheme.Unknown,
        }[scheme]
        # Tells the platform too, so that title bars and native dialogs match.
        app.styleHints().setColorScheme(wish)
        if first:
            self.tokens = self._wanted()
            app.setPalette(palette(self.tokens))

    def _wanted(self) -> Tokens:
        if self.scheme == "system":
            now = QGuiApplication.styleHints().colorScheme()
            return DARK if now == Qt.ColorScheme.Dark else LIGHT
        return DARK if self.scheme == "dark" else LIGHT

    def _follow(self, _scheme: Qt.ColorScheme) -> None:
        self._show(self._wanted(), force=False)

    def _show(self, tokens: Tokens, *, force: bool) -> None:
        from console.ui.stylesheet import style_sheet

        if self.app is None or (tokens == self.tokens and not force):
            return
        others = tokens != self.tokens
        self.tokens = tokens
        if others:
            self.app.setPalette(palette(tokens))
        self.app.setStyleSheet(style_sheet(tokens))
        self.dressed = True
        if others:
            self.changed.emit(tokens)


_THEME: Final = _Theme()
theme_changed: Final = _THEME.changed
"""Emitted with the new `Tokens` after palette and style sheet have changed."""


def apply_theme(app: QApplication, scheme: Scheme = "system") -> None:
    """Dress `app` in `scheme`; "system" follows the desktop's light or dark while it runs."""
    _THEME.apply(app, scheme)


def begin_theme(app: QApplication, scheme: Scheme = "system") -> None:
    """Choose font, colours and style for the widgets to come; `apply_theme` dresses them."""
    _THEME.begin(app, scheme)


def tokens() -> Tokens:
    """Return the present theme's tokens."""
    return _THEME.tokens


def scheme() -> Scheme:
    """Return what was asked for last: light, dark or system."""
    return _THEME.scheme


def is_dressed() -> bool:
    """Return True once the style sheet is in force: what changes its dress before needs no word."""
    return _THEME.dressed


def colour(name: str) -> QColor:
    """Return the present theme's token `name` as a colour."""
    return QColor(getattr(_THEME.tokens, name))


_fonts: dict[str, QFont] = {}


def ui_font() -> QFont:
    """Return the 13 px text font: Inter where it is installed, else the system's sans."""
    if "ui" not in _fonts:
        families = [f for f in ("Inter", "Inter Variable") if QFontDatabase.hasFamily(f)]
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        if families:
            font.setFamilies(families)
        font.setPixelSize(FONT_PX)
        _fonts["ui"] = font
    return _fonts["ui"]


def mono_font() -> QFont:
    """Return the monospace font of ids and hashes, a size smaller: it runs wider."""
    if "mono" not in _fonts:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        # The text font's own sister where it has one: in a row both then stand on one baseline.
        sister = f"{QFontInfo(ui_font()).family()} Mono"
        if QFontDatabase.hasFamily(sister):
            font.setFamilies([sister])
        font.setPixelSize(SMALL_PX)
        _fonts["mono"] = font
    return _fonts["mono"]


def small_font() -> QFont:
    """Return the 12 px font of secondary text."""
    if "small" not in _fonts:
        font = QFont(ui_font())
        font.setPixelSize(SMALL_PX)
        _fonts["small"] = font
    return _fonts["small"]


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast of two #rrggbb colours, 1 to 21."""

    def luminance(text: str) -> float:
        parts = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def palette(tokens: Tokens) -> QPalette:
    """Return Qt's palette in the colours of `tokens`, disabled text included."""
    result = QPalette()
    role = QPalette.ColorRole
    for key, name in {
        role.Window: "bg",
        role.WindowText: "text",
        role.Base: "panel",
        role.AlternateBase: "sunken",
        role.Text: "text",
        role.Button: "panel",
        role.ButtonText: "text",
        role.BrightText: "bad",
        role.ToolTipBase: "panel",
        role.ToolTipText: "text",
        role.PlaceholderText: "muted",
        role.Highlight: "select",
        role.HighlightedText: "text",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Light: "panel",
        role.Midlight: "line",
        role.Mid: "line",
        role.Dark: "edge",
        role.Shadow: "line",
        role.Accent: "accent",
    }.items():
        result.setColor(key, QColor(getattr(tokens, name)))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(tokens.edge))
    return result


def token_names() -> tuple[str, ...]:
    """Return the names of all colours."""
    return tuple(f.name for f in dataclasses.fields(Tokens) if f.name != "dark")
