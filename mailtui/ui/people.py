"""Who may be written to: everybody the mail knows, best known first, and whom the person's own address command names.
Asked on threads; the command has a time limit and never holds up the rest."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable
from functools import partial

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.mail import Address
from mailtui.ui.bridge import Bridge
from mailtui.view.completing import parse_command, suggest

FRESH = 60.0
"""Seconds that the list of people is used before it is read again."""
MOST, OTHERS = 5_000, 200
"""People that are looked through for any part of a name; beyond them, how many that begin like it."""
PATIENCE = 3.0
"""Seconds that the address command may take."""


class People:
    """`suggest` answers on the loop, twice if a command is asked too."""

    def __init__(self, bridge: Bridge, settings: Settings) -> None:
        self._bridge = bridge
        self._command = settings.address_command
        self._known: tuple[Address, ...] = ()
        self._read_at = -FRESH

    def suggest(self, typed: str, done: Callable[[list[Address]], None]) -> None:
        """Only the newest question is sure to be answered."""

        def found(people: list[Address]) -> None:
            done(people)
            if self._command and len(typed) > 1:
                ask = partial(ask_command, self._command, typed)
                self._bridge.ask("address", ask, lambda more: done(_merged(people, more)), lambda error: None)

        self._bridge.ask("suggest", lambda: suggest(typed, self._people(typed)), found, lambda error: None)

    def _people(self, typed: str) -> Iterable[Address]:
        """On the thread: those the person deals with most, to be found by any part of them; behind them all others
        whose names begin like that."""
        reader = self._bridge.reader
        if time.monotonic() - self._read_at > FRESH:
            self._known = tuple(Address(one.name, one.address) for one in reader.people("", MOST))
            self._read_at = time.monotonic()
        word = typed.partition(" ")[0]
        others = reader.people(word, OTHERS) if len(self._known) >= MOST else ()
        return (*self._known, *(Address(one.name, one.address) for one in others))


def ask_command(command: tuple[str, ...], typed: str) -> list[Address]:
    """What the address command says; nothing if it fails or takes too long. `%s` in an argument is what was typed, else
    it comes last; it is never read by a shell. Blocking."""
    words = [word.replace("%s", typed) for word in command]
    if words == list(command):
        words.append(typed)
    try:
        ended = subprocess.run(  # noqa: S603  (the person named it)
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False, start_new_session=True
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return parse_command(ended.stdout.decode("utf-8", "replace"))[:50]


def _merged(known: list[Address], more: list[Address]) -> list[Address]:
    """The mail's own first; one entry for each address."""
    seen = {one.addr.lower() for one in known}
    fresh: list[Address] = []
    for one in more:
        if one.addr.lower() not in seen:
            seen.add(one.addr.lower())
            fresh.append(Address(safe_line(one.name), safe_line(one.addr)))
    return [*known, *fresh][:8]
