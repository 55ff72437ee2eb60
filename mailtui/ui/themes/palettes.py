"""Palettes. Contrast of text on its ground is at least 4.5 to 1 in the dark and the light one, and 7 to 1
in the one for tired eyes (a test says so)."""

from __future__ import annotations

from dataclasses import dataclass

from textual.theme import BUILTIN_THEMES, Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by meaning: `#rrggbb`, or names of the terminal's own sixteen (`ansi_...`)."""

    name: str
    dark: bool
    base: str
    """Ground of list and reader."""
    side: str
    """Ground of the folders, status and footer."""
    raised: str
    """Ground of what lies above: palette, help, notices."""
    cursor: str
    cursor_idle: str
    """Ground of the cursor's row, with and without the focus."""
    marked: str
    """Ground of marked rows; a sign marks them too."""
    text: str
    strong: str
    dim: str
    faint: str
    """For lines only, never for words."""
    accent: str
    unread: str
    star: str
    good: str
    warn: str
    error: str
    link: str
    quote1: str
    quote2: str
    quote3: str
    reverse: bool = False
    """The cursor's row is drawn in reverse: the only thing that is sure to show with sixteen colours, or none."""

    def theme(self) -> Theme:
        """The same for Textual's own widgets and the style sheet."""
        return Theme(
            name=self.name,
            primary=self.accent,
            secondary=self.link,
            accent=self.accent,
            warning=self.warn,
            error=self.error,
            success=self.good,
            foreground=self.text,
            background=self.base,
            surface=self.side,
            panel=self.raised,
            boost=self.raised,
            dark=self.dark,
            ansi=self.base.startswith("ansi"),
            variables={
                **(BUILTIN_THEMES["ansi-dark"].variables if self.base.startswith("ansi") else {}),
                "side": self.side,
                "raised": self.raised,
                "rule": self.faint,
                "dim": self.dim,
                "strong": self.strong,
                "input-cursor-background": self.accent,
                "input-cursor-foreground": self.base if not self.base.startswith("ansi") else "ansi_black",
                "input-selection-background": self.cursor,
            },
        )


DARK = Palette(
    name="mailtui-dark",
    dark=True,
    base="#11151c",
    side="#0c0f15",
    raised="#1a212c",
    cursor="#21405e",
    cursor_idle="#1d2530",
    marked="#1f2a24",
    text="#c6cfdb",
    strong="#f4f7fb",
    dim="#8a97a8",
    faint="#2b3442",
    accent="#6cb6ff",
    unread="#ffb454",
    star="#ffd866",
    good="#7ad18f",
    warn="#ffb454",
    error="#ff8f8f",
    link="#7fd0d8",
    quote1="#8fb8de",
    quote2="#a8c58f",
    quote3="#c9a3d6",
)

LIGHT = Palette(
    name="mailtui-light",
    dark=False,
    base="#fcfbf8",
    side="#f1eee8",
    raised="#ffffff",
    cursor="#cfe3f7",
    cursor_idle="#ebe7df",
    marked="#e9f2e4",
    text="#2b313b",
    strong="#0d1117",
    dim="#5c6570",
    faint="#d4cec2",
    accent="#0a5ca8",
    unread="#a34a00",
    star="#8a5a00",
    good="#1d6f34",
    warn="#94500a",
    error="#b3261e",
    link="#00626e",
    quote1="#2d5f91",
    quote2="#3f6b23",
    quote3="#7a3f8c",
)

CONTRAST = Palette(
    name="mailtui-contrast",
    dark=True,
    base="#000000",
    side="#000000",
    raised="#0b0b0b",
    cursor="#002f73",
    cursor_idle="#242424",
    marked="#0b300f",
    text="#ffffff",
    strong="#ffffff",
    dim="#d4d4d4",
    faint="#6e6e6e",
    accent="#7cd4ff",
    unread="#ffd24a",
    star="#ffe98a",
    good="#8dff9f",
    warn="#ffd24a",
    error="#ffb3b3",
    link="#8ff3ff",
    quote1="#a9d6ff",
    quote2="#c3f29b",
    quote3="#f0c2ff",
)

ANSI = Palette(
    name="mailtui-ansi",
    dark=True,
    base="ansi_default",
    side="ansi_default",
    raised="ansi_default",
    cursor="ansi_default",
    cursor_idle="ansi_default",
    marked="ansi_default",
    text="ansi_default",
    strong="ansi_default",
    dim="ansi_default",
    faint="ansi_bright_black",
    accent="ansi_cyan",
    unread="ansi_yellow",
    star="ansi_yellow",
    good="ansi_green",
    warn="ansi_yellow",
    error="ansi_red",
    link="ansi_cyan",
    quote1="ansi_bright_blue",
    quote2="ansi_green",
    quote3="ansi_magenta",
    reverse=True,
)

PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, ANSI)}
