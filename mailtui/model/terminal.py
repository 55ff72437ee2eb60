"""How mailtui speaks to the terminal and the desktop around it, as a value."""

from __future__ import annotations

from dataclasses import dataclass

SIGNALS = ("off", "osc9", "osc777")
"""Ways to tell a terminal of news: iTerm2's OSC 9, which Windows Terminal, kitty and others know too, and rxvt's
OSC 777, which foot, Ghostty and WezTerm know."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`[terminal]` of config.toml."""

    title: bool = True
    """The window's title counts the unread."""
    bell: bool = False
    """New mail rings."""
    osc52: bool = True
    """What is copied goes to the clipboard through the terminal (OSC 52)."""
    copy_command: tuple[str, ...] = ()
    """Program and options that get it on stdin, besides."""
    notify: str = SIGNALS[0]
    """Which of SIGNALS tells of new mail."""
    notify_command: tuple[str, ...] = ()
    """Program and options that tell of it; `%t` in them is a title, `%b` what came, `%n` how many messages."""


USUAL = Surroundings()
