"""Panels above the screen: the history, the ledger, the safety copies. They read on a thread, and again every second
while they are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip

from mailtui.mail.sanitize import safe_line
from mailtui.model.ids import IntentId, StepId, Word
from mailtui.model.intents import Discard, Redo, Restore, Retry, Undo
from mailtui.model.ledger import LineState, SafetyCopy, Step
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.keymap import key_of
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.screens.above import Above
from mailtui.ui.screens.overlays import Overlay, OverlayTitle
from mailtui.ui.screens.questions import Question
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.ui.widgets.menu import Item, Menu
from mailtui.view import panels
from mailtui.view.dates import SmartDate
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.pieces import Piece, fit

AGAIN = 1.0
"""Seconds between two readings."""
SOON = 0.25
"""Seconds after which what was asked for shows."""
_MOVES = {
    "j": 1,
    "down": 1,
    "k": -1,
    "up": -1,
    "pagedown": 10,
    "ctrl+d": 10,
    "pageup": -10,
    "ctrl+u": -10,
    "home": -10_000,
    "end": 10_000,
    "G": 10_000,
    "g": -10_000,
}


def _items(entries: Sequence[Entry]) -> list[Item]:
    return [Item(entry.left, entry.right, entry.value) for entry in entries]


class PanelFoot(LinesWidget):
    """One line: keys, or a sentence."""

    GROUND = RAISED
    keys: Sequence[tuple[str, str]] = ()
    """Key and what it does."""
    sentence = ""

    def paint(self, y: int, width: int) -> Strip:
        if self.sentence:
            pieces = fit((Piece("  "), Piece(self.sentence, "warn")), width, self.glyphs.ellipsis)
        else:
            words = [
                one for key, word in self.keys for one in (Piece(f"  {key}", "hint-key"), Piece(f" {word}", "hint"))
            ]
            pieces = fit(words, width, self.glyphs.ellipsis)
        return self.painter.strip(pieces, width, RAISED)

    def say(self, text: str) -> None:
        """Safe text; "" shows the keys."""
        if text != self.sentence:
            self.sentence = text
            self.refresh()


class Panel(Above[None]):
    """A list that is read again while it is open. Subclasses say what to read and what keys do to the line chosen."""

    TITLE_TEXT = ""
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = ()
    EMPTY = ""
    AGAIN = AGAIN
    """Seconds between two readings; 0: read once."""

    def __init__(self, painter: Painter, glyphs: Glyphs, bridge: Bridge) -> None:
        super().__init__()
        self.painter = painter
        self.glyphs = glyphs
        self.bridge = bridge
        self.title_line = OverlayTitle(painter, glyphs, id="overlay-title")
        self.title_line.text = self.TITLE_TEXT
        self.menu = Menu(painter, glyphs, id="overlay-menu")
        self.menu.can_focus = True
        self.foot = PanelFoot(painter, glyphs, id="panel-foot")
        self.foot.keys = self.KEYS

    def compose(self) -> ComposeResult:
        with Vertical(id="overlay"):
            yield self.title_line
            yield self.menu
            yield self.foot

    def on_mount(self) -> None:
        self.menu.focus()
        self.read()
        if self.AGAIN:
            self.set_interval(self.AGAIN, self.read)

    def read(self) -> None:
        """Ask the store."""
        self.bridge.ask("panel", self.look, self._came, self._failed)

    def look(self) -> Any:
        """Blocking: runs on a thread."""
        raise NotImplementedError

    def entries(self, found: Any) -> list[Entry]:
        """Lines for what `look` found."""
        raise NotImplementedError

    def act(self, key: str, value: str) -> bool:
        """A key on the chosen line; False if it means nothing."""
        raise NotImplementedError

    def _came(self, found: Any) -> None:
        if self.is_attached:
            items = _items(self.entries(found))
            self.menu.update(items or [Item((Piece("  "), Piece(self.EMPTY, "dim")))])

    def _failed(self, error: Exception) -> None:
        if self.is_attached:
            self.foot.say(f"This could not be read: {safe_line(str(error))}")

    def done(self, message: Any) -> None:
        """Send it, and look soon at what came of it."""
        self.bridge.send(message)
        self.foot.say("")
        self.set_timer(SOON, self.read)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        key = key_of(event)
        if key in {"escape", "q", "ctrl+c"}:
            self.dismiss(None)
        elif key in _MOVES:
            self.foot.say("")
            self.menu.move(_MOVES[key])
        elif self.menu.value:
            self.act(key, self.menu.value)

    @on(Menu.Chosen)
    def _chosen(self, event: Menu.Chosen) -> None:
        self.act("enter", event.value)


class History(Panel):
    """What was done, newest first; Enter undoes a step or does it again."""

    TITLE_TEXT = "History"
    KEYS = (("Enter", "undo this, or do it again"), ("j k", "move"))
    EMPTY = "Nothing has been done yet."
    steps: tuple[Step, ...] = ()

    def look(self) -> tuple[Step, ...]:
        return self.bridge.reader.history()

    def entries(self, found: tuple[Step, ...]) -> list[Entry]:
        self.steps = found
        return panels.history(found, SmartDate(now(), narrow=True, apostrophe=self.glyphs.apostrophe), self.glyphs)

    def act(self, key: str, value: str) -> bool:
        if key not in {"enter", "u", "ctrl+r"}:
            return False
        step = next((step for step in self.steps if str(step.id) == value), None)
        if step is None:
            return False
        if not step.undone:
            self.done(Undo(step=StepId(step.id)))
        elif any(one.id > step.id and not one.undone for one in self.steps):
            self.foot.say("Something newer was done since: this can't be done again")
        else:
            self.done(Redo(step=step.id))
        return True


class Ledger(Panel):
    """What the servers have not confirmed, and what they refused."""

    TITLE_TEXT = "Pending and failed"
    KEYS = (("r", "try again"), ("x", "give it up"), ("j k", "move"))
    EMPTY = "Nothing waits for a server, nothing has failed."
    failed: frozenset[str] = frozenset()

    def look(self) -> Any:
        return self.bridge.reader.ledger()

    def entries(self, found: Any) -> list[Entry]:
        self.failed = frozenset(str(line.id) for line in found if line.state is LineState.FAILED)
        return panels.ledger(found, now(), self.glyphs)

    def act(self, key: str, value: str) -> bool:
        line = IntentId(int(value))
        if key in {"r", "enter"}:
            self.done(Retry(line))
        elif key == "x":
            remark = "The server refused it; it is taken off the list."
            if value not in self.failed:
                remark = "The server never learns of it, and the screen shows again what the server has."
            question = Question(self.painter, self.glyphs, "Give this operation up?", remark)
            self.app.push_screen(question, lambda yes: self.done(Discard(line)) if yes else None)
        else:
            return False
        return True


class Recover(Overlay):
    """Mail that left its server and is kept here for a while; Enter brings it back."""

    TITLE_TEXT = "Recover deleted mail"
    PLACEHOLDER = "a few letters of sender, subject or folder; Enter brings it back"

    def __init__(self, painter: Painter, glyphs: Glyphs, bridge: Bridge) -> None:
        super().__init__(painter, glyphs)
        self.glyphs = glyphs
        self.bridge = bridge
        self._found: tuple[SafetyCopy, ...] | None = None
        self._taken: set[str] = set()

    def on_mount(self) -> None:
        super().on_mount()
        self._read()

    def _read(self) -> None:
        reader = self.bridge.reader
        self.bridge.ask("panel", reader.safety_copies, self._came, self._broken)

    def _came(self, found: tuple[SafetyCopy, ...]) -> None:
        if self.is_attached:
            self._found = tuple(copy for copy in found if copy.word not in self._taken)
            self.menu.update(self.items(self.entry.value))

    def _broken(self, error: Exception) -> None:
        if self.is_attached:
            self.menu.show([Item((Piece("  "), Piece(f"This could not be read: {safe_line(str(error))}", "warn")))])

    def items(self, typed: str) -> list[Item]:
        if self._found is None:
            return []
        if not self._found:
            return [Item((Piece("  "), Piece("There is nothing to recover.", "dim")))]
        return _items(panels.copies(self._found, typed, now(), self.glyphs))

    def chosen(self, value: str) -> None:
        """It goes back; the panel stays open for the next one."""
        copy = next((copy for copy in self._found or () if copy.word == value), None)
        if copy is not None:
            self.bridge.send(Restore((Word(value),), copy.account))
            self._taken.add(value)
            self._found = tuple(one for one in self._found or () if one.word != value)
            self.menu.update(self.items(self.entry.value))


PANELS: dict[str, Callable[[Painter, Glyphs, Bridge], ModalScreen[Any]]] = {
    "history": History,
    "ledger": Ledger,
    "recover": Recover,
}
