"""The search line: asks while one types, shows where a query is wrong, offers how the word under the cursor goes on."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.model.errors import QueryError
from mailtui.model.folder import Mailbox
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.asking import PEOPLE_FIELDS, AskedWord, Reach, fill, offers, word_at
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread, width_of

PAUSE = 0.4
"""Seconds without a key before a mistake is pointed at: half an operator is none yet."""
HOLD = 2.0
"""Seconds that keys wait for the field, at most."""
LEFT = 3
"""Cells before the text of the field."""


class SearchNote(LinesWidget):
    """The line under the field: what can be done, how the word goes on, or the caret under a mistake."""

    GROUND = RAISED
    error: tuple[str, int, int] | None = None
    where = "all mail"
    """Safe words: where is looked."""
    offered: Sequence[str] = ()
    taken = -1
    """Which of them stands in the field."""
    unfinished = False
    """The mistake is only that the last word is not typed yet: offers are worth more than the caret."""

    def paint(self, y: int, width: int) -> Strip:
        if self.error is None or (self.offered and self.unfinished):
            pieces = self._offers(width) if self.offered else self._hints(width)
            return self.painter.strip(pieces, width, RAISED)
        text, position, length = self.error
        carets = self.glyphs.caret * max(1, min(length, width - LEFT - position))
        before = Piece(" " * (LEFT + max(position, 0)))
        mark = (
            (before, Piece(carets, "error"), Piece(f" {text}", "warn"))
            if position >= 0
            else (Piece(f"   {text}", "warn"),)
        )
        return self.painter.strip(fit(mark, width, self.glyphs.ellipsis), width, RAISED)

    def _hints(self, width: int) -> Pieces:
        left = (Piece(" " * LEFT), Piece(self.where, "where"), Piece("  ^T", "hint-key"), Piece(" where", "hint"))
        keys = [
            ("^G", "server too"),
            ("^S", "save"),
            ("↑" if self.glyphs.up == "↑" else "Up", "earlier"),
            ("Enter", "list"),
            ("Esc", "close"),
        ]
        while keys:
            right = tuple(one for key, word in keys for one in (Piece(key, "hint-key"), Piece(f" {word}  ", "hint")))
            if width_of(left) + width_of(right) < width:
                return spread(left, right, width, self.glyphs.ellipsis)
            keys.pop(0)
        return fit(left, width, self.glyphs.ellipsis)

    def _offers(self, width: int) -> Pieces:
        """As many as fit, the one in the field among them."""
        right = (Piece("  Tab ", "hint-key"), Piece(f" {self.where} ", "where"))
        room = width - LEFT - width_of(right)
        shown = [safe_line(one) for one in self.offered]
        first = 0
        while first < self.taken and sum(cell_width(one) + 2 for one in shown[first : self.taken + 1]) > room:
            first += 1
        left: list[Piece] = [Piece(" " * LEFT)]
        for place, one in enumerate(shown[first:], first):
            room -= cell_width(one) + 2
            if room < 0 and place > first:
                break
            left += [Piece(one, "match" if place == max(self.taken, 0) else "dim"), Piece("  ")]
        return spread(left, right, width, self.glyphs.ellipsis)


class SearchSign(LinesWidget):
    """Before the field: what is typed here is looked for."""

    GROUND = RAISED

    def paint(self, y: int, width: int) -> Strip:
        return self.painter.strip((Piece(" / ", "hint-key"),), width, RAISED)


class SearchBar(Vertical):
    """Shown while a search is on the screen."""

    class Asked(Message):
        """Look for this, as far as the bar's `reach` goes."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    class Done(Message):
        """The typing is over."""

        def __init__(self, cancelled: bool) -> None:
            super().__init__()
            self.cancelled = cancelled

    class Turned(Message):
        """The key that changes where is looked."""

    class Beyond(Message):
        """The key that asks the server too."""

    class Kept(Message):
        """The key that saves the search."""

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        mailboxes: Callable[[], Sequence[Mailbox]] = tuple,
        people: Callable[[str, Callable[[list[str]], None]], None] = lambda typed, done: None,
        recent: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`people`: asks for addresses that fit what was typed; `recent`: searches, newest first."""
        super().__init__(id="search")
        self._painter = painter
        self._glyphs = glyphs
        self._mailboxes, self._people, self._recent = mailboxes, people, recent
        self._entry: Entry | None = None
        self._line = Horizontal(SearchSign(painter, glyphs, id="search-sign"), id="search-row")
        self.note = SearchNote(painter, glyphs, id="search-note")
        self.reach = Reach.EVERYWHERE
        self._pause: Timer | None = None
        self._asked: tuple[str, Reach] = ("", self.reach)
        self._filled = ""
        """The line as Tab or a key of the history left it."""
        self._word: AskedWord | None = None
        self._cycle: tuple[str, AskedWord] | None = None
        """The line before the first Tab, and the word that offers replace."""
        self._asking = self._hurried = False
        """Whether addresses are on their way; and whether Tab was pressed meanwhile."""
        self._held: list[str] | None = None
        self._back = -1
        """Which of the recent searches stands in the field."""
        self._typed = ""

    def compose(self) -> ComposeResult:
        yield self._line
        yield self.note

    def on_mount(self) -> None:
        self.display = False

    @property
    def typing(self) -> bool:
        return self._entry is not None and self._entry.has_focus

    @property
    def typed(self) -> str:
        """The query in the field."""
        return self._entry.value.strip() if self._entry is not None else ""

    def open(self, query: str = "") -> None:
        """The field is made when it is first wanted. `query`: what is shown already."""
        self.display = True
        if self._entry is None:
            wanted = frozenset({"escape", "down", "up", "tab", "shift+tab", "ctrl+t", "ctrl+s", "ctrl+g", "ctrl+q"})
            self._entry = Entry("words, from:anna, is:unread ...", wanted, id="search-entry")
            self._line.mount(self._entry)
        if query and not self._entry.value:
            self._asked = (query, self.reach)
            with self._entry.prevent(Entry.Changed):
                self._entry.value = self._filled = query
        self._back = -1
        self._offer()
        if not self._entry.has_focus:
            self._held = []
            self.set_timer(HOLD, self._let_go)
            self._entry.focus()

    # -- keys that are typed before the field has the focus: they would mean something else to the list

    def hold(self, key: str) -> bool:
        """True: the field is about to have the focus, and the key is for it."""
        if self._held is None:
            return False
        self._held.append(key)
        return True

    def on_descendant_focus(self) -> None:
        held, self._held = self._held, None
        for key in held or ():
            if self._entry is not None:
                self._entry.post_message(events.Key(key, " " if key == "space" else key if len(key) == 1 else None))

    def _let_go(self) -> None:
        self._held = None

    def close(self) -> None:
        """Away, and empty the next time."""
        self._held = None
        if self._pause is not None:
            self._pause.stop()
        self.display = False
        self._asked = ("", self.reach)
        if self._entry is not None:
            with self._entry.prevent(Entry.Changed):
                self._entry.value = self._filled = ""
        self.complain(None)

    def look(self, reach: Reach, words: str) -> None:
        """Where is looked from now on, in safe words."""
        self.reach = reach
        self.note.where = words
        self.note.refresh()
        self._ask()

    def complain(self, error: QueryError | None, text: str = "") -> None:
        """Point at the mistake, say what went wrong, or (nothing given) be content."""
        note = self.note
        if error is not None:
            scroll = self._entry.scroll_offset.x if self._entry is not None else 0
            position = cell_width(safe_line(error.query[: error.position])) - scroll
            words = f"{error.text}: {error.hint}" if error.hint else error.text
            note.error = (safe_line(words), max(position, 0), error.length)
        else:
            note.error = (text, -1, 0) if text else None
        note.refresh()

    # -- how it goes on

    def _offer(self) -> None:
        """What the word at the cursor may become; addresses come later."""
        self._cycle = None
        self.note.taken = -1
        entry = self._entry
        word = self._word = word_at(entry.value, entry.cursor_position) if entry is not None else None
        self._offered(offers(word, self._mailboxes()) if word is not None else [])
        self._asking = self._hurried = False
        if word is not None and word.field in PEOPLE_FIELDS and word.value:
            self._asking = True
            self._people(word.value, lambda found: self._found(word, found))

    def _found(self, word: AskedWord, people: list[str]) -> None:
        if word is self._word and self._cycle is None:
            self._offered(offers(word, (), people))
            hurried, self._asking, self._hurried = self._hurried, False, False
            if hurried:
                self._complete(1)

    def _offered(self, found: list[str]) -> None:
        word = self._word
        self.note.offered = found
        self.note.unfinished = word is not None and bool(word.field) and not word.value
        self.note.refresh()

    def _complete(self, step: int) -> bool:
        """Tab: the next offer stands in place of the word. False: there is none."""
        entry, note = self._entry, self.note
        if self._asking and not note.offered:
            self._hurried = True
            return True
        if entry is None or self._word is None or not note.offered:
            return False
        if self._cycle is None:
            self._cycle = (entry.value, self._word)
        note.taken = (note.taken + step) % len(note.offered) if note.taken >= 0 or step > 0 else len(note.offered) - 1
        line, word = self._cycle
        last = len(note.offered) == 1
        self._put(*fill(line, word, note.offered[note.taken], last=last))
        if last:
            self._offer()
        note.refresh()
        return True

    def _put(self, line: str, cursor: int) -> None:
        assert self._entry is not None
        self._filled = line
        self._entry.value = line
        self._entry.cursor_position = cursor

    def _remember(self, step: int) -> bool:
        """Through the recent searches; False: at their end."""
        recent = self._recent()
        entry = self._entry
        if entry is None or not -1 <= self._back + step < len(recent):
            return False
        if self._back < 0:
            self._typed = entry.value
        self._back += step
        line = recent[self._back] if self._back >= 0 else self._typed
        self._put(line, len(line))
        self._offer()
        return True

    # -- keys

    @on(Entry.Changed)
    def _changed(self, event: Entry.Changed) -> None:
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        if not self._ask(patient=True):
            self._pause = self.set_timer(PAUSE, self._ask)
        if event.value != self._filled:
            self._filled = event.value
            self._back = -1
            self._offer()

    @on(Entry.Submitted)
    def _submitted(self, event: Entry.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.post_message(self.Done(cancelled=True))
            return
        if self._ask():
            self.post_message(self.Done(cancelled=False))

    @on(Entry.Pressed)
    def _pressed(self, event: Entry.Pressed) -> None:
        event.stop()
        match event.key:
            case "ctrl+t":
                self.post_message(self.Turned())
            case "ctrl+s" if self._ask():
                self.post_message(self.Kept())
            case "ctrl+g" if self._ask():
                self.post_message(self.Beyond())
            case "ctrl+s" | "ctrl+g":
                return
            case "ctrl+q":
                self.app.exit()
            case "up":
                self._remember(1)
            case "tab" | "shift+tab" if self._complete(1 if event.key == "tab" else -1):
                pass
            case "down" if self._back >= 0:
                self._remember(-1)
            case _:
                if event.key != "escape" and self.typed and not self._ask():
                    return
                self.post_message(self.Done(cancelled=event.key == "escape" or not self.typed))

    def _ask(self, *, patient: bool = False) -> bool:
        """Every key asks; the newest question interrupts the one before. False: there is a mistake in it. It is pointed
        at (unless `patient`), and what was found before stays."""
        if self._pause is not None:
            self._pause.stop()
        wanted = (self.typed, self.reach)
        if self.typed and wanted != self._asked:
            from mailtui.search.query import parse  # the first screen does not wait for it

            try:
                parse(self.typed, today=datetime.date.today())
            except QueryError as error:
                self.complain(None if patient else error)
                return False
            self._asked = wanted
            self.post_message(self.Asked(self.typed))
        self.complain(None)
        return True

    def repainted(self, painter: Painter) -> None:
        self.note.repainted(painter)
