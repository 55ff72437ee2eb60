"""Keys of the main screen become actions: the chord machine, the box of what can follow, and what `.` does again."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen
from textual.timer import Timer

from mailtui.ui.keymap import Keymap
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.panes.which import WhichKey
from mailtui.view.keys import IDLE, Fired, Unknown, press

PAUSE = 0.4
"""Seconds on an unfinished sequence before the box comes."""
REPEATED = frozenset(
    (
        *("archive", "delete", "delete_for_ever", "move", "copy", "toggle_star", "toggle_read", "label"),
        *("toggle_spam", "toggle_advertising", "archive_thread", "delete_thread", "read_thread"),
    )
)
"""Actions that `.` does again: those that change mail."""


class Chords:
    """`perform` carries an action out: (name, times)."""

    def __init__(
        self,
        screen: Screen[None],
        keymap: Keymap,
        status: StatusPane,
        scope: Callable[[], str],
        perform: Callable[[str, int | None], None],
    ) -> None:
        self._screen = screen
        self._keymap = keymap
        self._status = status
        self._scope = scope
        self._perform = perform
        self._state = IDLE
        self._pause: Timer | None = None
        self._which: WhichKey | None = None
        self.last: tuple[str, int | None] | None = None
        """What `.` does again."""

    def take(self, key: str) -> None:
        """One key of a person who is not writing text."""
        scope = self._scope()
        self._state, happened = press(self._keymap.bindings[scope], self._state, key)
        self._status.show_chord(self._state)
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if self._which is not None:
            self._which.shut()
        if self._state.prefix:
            self._pause = self._screen.set_timer(PAUSE, self._open)
        match happened:
            case Fired(action=name, times=times):
                self._status.hush()
                self._perform(name, times)
            case Unknown(keys=keys):
                self._status.say(self._keymap.why_not(keys, scope))

    def _open(self) -> None:
        """The box is made when it is first wanted."""
        if not self._state.prefix or self._screen.app.screen is not self._screen:
            return
        if self._which is None:
            self._which = WhichKey(self._status.painter, self._status.glyphs, self._keymap)
            self._screen.mount(self._which)
        self._which.painter = self._status.painter
        self._screen.call_after_refresh(self._show)

    def _show(self) -> None:
        if self._which is not None and self._state.prefix:
            self._which.open(self._state.prefix, self._scope())

    def remember(self, name: str, times: int | None) -> None:
        """An action was asked for, by key or by name."""
        if name in REPEATED:
            self.last = (name, times)

    def again(self, times: int | None) -> tuple[str, int | None] | None:
        """What to do now, with the number of then unless there is one; None, and said, if there is nothing."""
        if self.last is None:
            self._status.say("Nothing was done yet that could be done again")
            return None
        name, before = self.last
        return name, times if times is not None else before
