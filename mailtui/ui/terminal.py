"""The terminal around the screen and the desktop around that: title, bell, clipboard, notifications. Escape sequences
are written here only, and nothing of a mail stands in them that was not made safe."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from textual.app import App

from mailtui.files import telling
from mailtui.mail.sanitize import safe_line
from mailtui.model.terminal import Surroundings
from mailtui.ui.bridge import Bridge
from mailtui.view.news import signal

LONGEST_TITLE = 60
MOST_COPIED = 100_000
"""Bytes that terminals take for the clipboard at most, more or less."""


class Terminal:
    """Call it on the loop."""

    def __init__(self, app: App[Any], bridge: Bridge, wanted: Surroundings) -> None:
        self._app = app
        self._bridge = bridge
        self._wanted = wanted
        self._complained: set[str] = set()

    def write(self, words: str) -> None:
        """An escape sequence, where there is a terminal that may know it."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless and os.environ.get("TERM", "") not in _PLAIN:
            with contextlib.suppress(Exception):
                driver.write(words)
                driver.flush()

    def keep_title(self) -> None:
        """xterm's CSI 22 and 23 keep and restore the title that was there before."""
        if self._wanted.title:
            self.write("\x1b[22;2t")

    def restore_title(self) -> None:
        if self._wanted.title:
            self.write("\x1b[23;2t")

    def title(self, unread: int) -> None:
        """How much is unread in the inboxes (OSC 2)."""
        if self._wanted.title:
            self.write(f"\x1b]2;{f'({unread}) mailtui' if unread else 'mailtui'}\x1b\\")

    def copied(self, text: str) -> bool:
        """Give it to the configured program. True: it may go through the terminal too."""
        command = self._wanted.copy_command
        if command:
            self._bridge.ask("tell:copy", lambda: telling.copy(command, text), _nothing, self._failed)
        return self._wanted.osc52 and len(text) <= MOST_COPIED

    def news(self, title: str, body: str, number: int) -> None:
        """New mail came; safe texts."""
        if self._wanted.bell:
            self._app.bell()
        words = signal(self._wanted.notify, title, body)
        if words:
            self.write(words)
        command = self._wanted.notify_command
        if command:
            work = lambda: telling.notify(command, title, body, number)  # noqa: E731
            self._bridge.ask("tell:news", work, _nothing, self._failed)

    @property
    def tells(self) -> bool:
        """Whether anybody wants to know of new mail."""
        return self._wanted.bell or self._wanted.notify != "off" or bool(self._wanted.notify_command)

    def _failed(self, error: Exception) -> None:
        """Told once: it fails with every message."""
        words = safe_line(str(error))
        if words not in self._complained:
            self._complained.add(words)
            self._app.notify(words, severity="warning", markup=False)


_PLAIN = {"", "dumb", "linux"}


def _nothing(found: object) -> None:
    return
