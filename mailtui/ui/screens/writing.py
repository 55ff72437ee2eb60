"""The door to the composer: what it is made of is imported when somebody writes, or in a quiet moment before; the first
screen does not wait for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

from mailtui.model.account import Settings
from mailtui.model.changes import BodyArrived, BodyFailed, Done
from mailtui.model.mail import Row
from mailtui.ui.bridge import Bridge
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import Painter
from mailtui.ui.screens.deeds import Ask
from mailtui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from mailtui.ui.screens.composing import Composing
    from mailtui.ui.screens.shelf import Desk

ACTIONS = frozenset(
    ("compose", "reply", "reply_all", "reply_list", "forward", "forward_attached", "edit_as_new", "resend")
) | {"open_drafts", "outbox", "compose_template"}
HOLD = 5.0
"""Seconds that keys wait for a composer to open."""
PAUSE = 0.6
"""Seconds without a key after which one has noticed that no composer opened."""
QUIET = 1.5
"""Seconds after the start when the first screen is painted and the composer can be made ready."""


class WritingDoor:
    """`composing` is made when it is first asked for."""

    def __init__(
        self, desk: Desk, bridge: Bridge, settings: Settings, keymap: Keymap, glyphs: Glyphs, ask: Ask
    ) -> None:
        self._parts = (desk, bridge, settings, keymap, glyphs, ask)
        self._bridge = bridge
        self._store = settings.store
        self._made: Composing | None = None
        self._held: list[events.Key] | None = None
        self._until = 0.0
        self._app: App[None] | None = None
        self._passing: list[events.Key] = []
        """Held keys on their way through the application's queue, to the composer."""
        self._behind: list[events.Key] = []
        """Typed meanwhile: they were in that queue before them."""
        self._deaf_until = 0.0
        self._slow = False
        """What is waited for is fetched, and Escape gives it up."""

    @property
    def composing(self) -> Composing:
        if self._made is None:
            from mailtui.ui.screens.composing import Composing

            self._made = Composing(*self._parts, self)
        return self._made

    def start(self) -> None:
        """What is still being written comes back; else the composer is made ready when nobody waits for it."""
        self._bridge.ask("composing", self._looked, self._started, lambda error: None)

    def _looked(self) -> bool:
        """On the thread: whether something lies there."""
        try:
            with os.scandir(os.path.join(self._store, "composing")) as found:
                return any(True for _ in found)
        except OSError:
            return False

    def _started(self, something: bool) -> None:
        if something:
            self.composing.restore()

    def warm(self) -> None:
        """Import it on a thread."""
        self._bridge.ask("composing:warm", _load, lambda _: None, lambda error: None)

    # -- what the main screen asks

    def perform(self, name: str) -> bool:
        """An action by name; False if it is none of ours."""
        if name in ACTIONS:
            if name != "outbox":
                self.begin()
            return self.composing.perform(name)
        return name == "undo" and self._made is not None and self._made.perform(name)

    def write_to(self, words: str) -> None:
        """A message to somebody: `words` as they stand in the field."""
        self.begin()
        self.composing.write_to(words)

    def open_stored(self, row: Row) -> None:
        """A draft, to go on with it."""
        self.begin()
        self.composing.open_stored(row)

    # -- keys that are typed before there is a field for them

    def begin(self, patience: float = HOLD) -> None:
        """Keys wait from now on, until `opened` or for so many seconds. Those that wait already go on waiting."""
        self._held = self._held or []
        self._until = self._bridge.loop_time() + patience
        self._slow = patience > HOLD
        self._deaf_until = 0.0

    def hold(self, event: events.Key) -> bool:
        """True: a composer is about to open, the key is for it; it would mean something else to the list."""
        if self._bridge.loop_time() > self._until:
            self._held = None
            self._passing = []
        if self._passing and event is not self._passing[0]:
            self._behind.append(event)
            return True
        if self._passing:
            self._passing.pop(0)
            if not self._passing and self._behind:
                self._send(self._behind)
            if self._held is None:
                return False
        if self._held is None:
            return self._still_typing()
        if self._slow and event.key == "escape":
            self._held = None
            self.composing.give_up()
            return True
        self._held.append(event)
        return True

    def _still_typing(self) -> bool:
        """No composer opened for words that are being typed: the rest of them is no command either."""
        if self._bridge.loop_time() > self._deaf_until:
            return False
        self._deaf_until = self._bridge.loop_time() + PAUSE
        return True

    def opened(self, app: App[None] | None) -> None:
        """It is open and has the focus, or (None) will not be."""
        held, self._held, self._app = self._held, None, app
        if not held:
            return
        if app is None:
            self._deaf_until = self._bridge.loop_time() + PAUSE
            return
        self._until = self._bridge.loop_time() + HOLD
        self._send(held)

    def _send(self, held: list[events.Key]) -> None:
        """To the end of the queue; what stands in it already was typed later, and waits."""
        self._passing = [events.Key(event.key, event.character) for event in held]
        self._behind = []
        for event in self._passing:
            if self._app is not None:
                self._app.post_message(event)

    def arrived(self, body: BodyArrived | BodyFailed) -> None:
        """The text of a message is here, or can't be had."""
        if self._made is not None:
            self._made.arrived(body)

    def heard(self, done: Done) -> bool:
        """Something was done. True: it was a sending, which is told in another way."""
        return self._made is not None and self._made.heard(done)

    def repainted(self, painter: Painter) -> None:
        """Other colours from now on."""
        for screen in self._made.screens if self._made is not None else ():
            screen.repainted(painter)

    def end(self) -> None:
        """What is not on the disk yet goes there now."""
        if self._made is not None:
            self._made.end()


def _load() -> None:
    import mailtui.ui.screens.composing  # noqa: F401
