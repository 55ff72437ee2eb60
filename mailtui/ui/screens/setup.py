"""The set-up of the first account: one sheet. The servers are looked for while the person goes on typing; the logins
are tried before anything is written. Everything slow runs on a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread
from typing import TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from mailtui.model.account import SecretKind
from mailtui.model.errors import MailtuiError
from mailtui.model.setting_up import Draft, Ended, Found, Place, SettingUp
from mailtui.ui.painting import Painter
from mailtui.ui.screens.questions import Question
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.sheet import Choice, Edge, Line, RowLabel, Words
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece
from mailtui.view.setting_up import CHOICES, PLACEHOLDERS, Mistake, Row, Sheet, check_email, failed, step_of, told

T = TypeVar("T")
KEYS = frozenset({"enter", "up", "down", "tab", "shift+tab", "escape", "ctrl+o", "ctrl+t", "ctrl+s", "ctrl+c"})
TALL = 30
"""Lines from which on there is room above the sheet."""
INTRO = (
    ("text", "There is no config file yet. Four answers, and your mail is here."),
    ("dim", "Nothing is written before the login works."),
)


class SetupScreen(Screen[None]):
    """`end` is called once, with how it ended; `done` whenever a key of KEYS was."""

    def __init__(
        self,
        core: SettingUp,
        painter: Painter,
        glyphs: Glyphs,
        end: Callable[[Ended], None],
        done: Callable[[], object],
    ) -> None:
        super().__init__()
        self._done = done
        self._core, self._painter, self._glyphs, self._end = core, painter, glyphs, end
        self.sheet = Sheet()
        self.title_line = Edge(painter, glyphs, id="setup-title")
        self.foot = Edge(painter, glyphs, id="setup-foot")
        self.words = Words(painter, glyphs, id="setup-words")
        self._labels = {row: RowLabel(painter, glyphs, row.value) for row in Row}
        self._fields: dict[Row, Line | Choice] = {row: self._field(row) for row in Row}
        self._turns: dict[str, int] = {}
        self._looked = ""
        """The address that is looked for, or was."""
        self._waiting = False
        """The person is through, but the servers are not found yet."""
        self._passed: dict[tuple[object, ...], str] = {}
        """Logins that worked, by what was tried."""
        self._steps: list[tuple[str, str]] = []
        self._busy = ""
        self._failed = False

    def _field(self, row: Row) -> Line | Choice:
        name = f"setup-{row.name.lower()}"
        if row not in CHOICES:
            return Line(PLACEHOLDERS[row], KEYS, id=name, secret=row is Row.PASSWORD, whole=row is Row.NAME)
        return Choice(
            self._painter, self._glyphs, lambda: self.sheet.choice(row), partial(self._turn, row), KEYS, id=name
        )

    def compose(self) -> ComposeResult:
        yield self.title_line
        with Vertical(id="setup-sheet"):
            with Vertical(id="setup-rows"):
                for row in Row:
                    with Horizontal(id=f"row-{row.name.lower()}", classes="sheet-row"):
                        yield self._labels[row]
                        yield self._fields[row]
            yield self.words
        yield self.foot

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= TALL, "-tall")

    def on_mount(self) -> None:
        self.title_line.show((Piece(" mailtui", "head-focus"), Piece("  set up your mail", "head")))
        self._show()
        self._fields[Row.EMAIL].focus()
        self._on_thread("ways", self._core.ways, self._learn_ways, lambda error: None)
        self._on_thread("person", self._core.person, self._learn_person, lambda error: None)

    # -- what is on the screen

    def _show(self) -> None:
        rows = self.sheet.rows()
        for row, field in self._fields.items():
            assert field.parent is not None
            assert isinstance(field.parent, Widget)
            field.parent.display = row in rows
            if isinstance(field, Choice):
                field.refresh()
            elif row is not Row.PASSWORD and field.value.strip() != self.sheet.text(row):
                field.value = self.sheet.text(row)
                field.cursor_position = len(field.value)
            if isinstance(field, Line):
                field.placeholder = self.sheet.placeholder(row)
        self._say()

    def _say(self) -> None:
        found, busy = self.sheet.found, [("dim", f"{self._busy}{self._glyphs.ellipsis}")] if self._busy else []
        lines: Sequence[tuple[str, str]] = INTRO
        if self._looked and found is None:
            lines = [("dim", f"Looking for the servers of {self._looked.rpartition('@')[2]}{self._glyphs.ellipsis}")]
        elif found is not None:
            lines = told(found) if found.incoming or found.note or not self._steps else []
        gap = [("", "")] if lines and (self._steps or busy) else []
        self.words.say([("", ""), *lines, *gap, *self._steps, *busy])
        hints = [("Enter", "try and save" if self._last() else "next")]
        if self._busy:
            hints = [("Esc", "stop")]
        else:
            hints += [("ctrl+s", "save all the same")] if self._failed else []
            hints += [] if self.sheet.servers else [("ctrl+o", "servers")]
            hints += [] if self._failed else [("ctrl+t", "demo")]
            hints += [("Esc", "leave")]
        pieces: list[Piece] = [Piece(" ")]
        for key, word in hints:
            pieces += [Piece(key, "hint-key"), Piece(f" {word}  ", "hint")]
        self.foot.show(tuple(pieces))

    def _last(self) -> bool:
        return self._failed or self._here() is self.sheet.rows()[-1]

    def _here(self) -> Row | None:
        return next((row for row, field in self._fields.items() if field is self.focused), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for row, field in self._fields.items():
            self._labels[row].light(field is event.widget)
        self._say()

    # -- what is typed

    def _gather(self) -> None:
        """What stands in the fields goes to the sheet."""
        for row, field in self._fields.items():
            if isinstance(field, Line) and row is not Row.PASSWORD:
                self.sheet.texts[row] = field.value

    @on(Line.Blurred)
    def _left_field(self, event: Line.Blurred) -> None:
        if event.input is self._fields[Row.EMAIL]:
            self._gather()
            self._look()

    @on(Entry.Pressed)
    def _pressed(self, event: Entry.Pressed) -> None:
        event.stop()
        self._gather()
        self._key(event.key, self._here() or Row.EMAIL)
        self._done()

    def _key(self, key: str, row: Row) -> None:
        match key:
            case "enter":
                self._enter(row)
            case "up" | "down" | "tab" | "shift+tab":
                rows = self.sheet.rows()
                self._go_to(rows[(rows.index(row) + (1 if key in {"down", "tab"} else -1)) % len(rows)])
            case "ctrl+o" if not self._busy:
                self.sheet.servers = True
                self._show()
                self._go_to(Row.INCOMING)
            case "ctrl+s" if self._failed and not self._busy:
                self._write_anyhow()
            case "ctrl+t" if not self._busy:
                self._end(Ended.DEMO)
            case "escape" | "ctrl+c":
                self._leave()

    def _go_to(self, row: Row) -> None:
        self.set_focus(self._fields[row])  # at once
        self._say()

    def _turn(self, row: Row, by: int) -> None:
        self._gather()
        self.sheet.turn(row, by)
        self._show()

    def _enter(self, row: Row) -> None:
        if self._busy:
            return
        if row is Row.EMAIL and not self._look():
            return
        rows = self.sheet.rows()
        if self._failed or row is rows[-1]:
            self._go()
        else:
            self._go_to(rows[rows.index(row) + 1])

    def _leave(self) -> None:
        if self._busy == "Writing":
            return  # a moment
        if self._busy or self._waiting:
            self._turns["try"] = self._turns.get("try", 0) + 1  # its answer is not wanted any more
            self._busy, self._waiting = "", False
            self._steps.append(("warn", "Stopped. Nothing was written."))
            self._say()
        elif any(self.sheet.text(row) for row in Row):
            question = Question(self._painter, self._glyphs, "Leave the set-up?", "Nothing was written.")
            self.app.push_screen(question, lambda yes: self._end(Ended.LEFT) if yes else None)
        else:
            self._end(Ended.LEFT)

    # -- the servers

    def _learn_ways(self, ways: tuple[SecretKind, ...]) -> None:
        self._gather()
        if self.sheet.way is self.sheet.ways[0]:
            self.sheet.way = ways[0]
        self.sheet.ways = ways
        self._show()

    def _learn_person(self, name: str) -> None:
        self._gather()
        if name and not self.sheet.text(Row.NAME) and self._here() is not Row.NAME:
            self.sheet.texts[Row.NAME] = name
            self._show()

    def _look(self) -> bool:
        """Begin to look for the servers of the address; False if it is none, which is said."""
        if not self.sheet.text(Row.EMAIL):
            return False
        try:
            email = check_email(self.sheet.text(Row.EMAIL))
        except Mistake as mistake:
            self._blame(Row.EMAIL.value, mistake, None)
            return False
        if email != self._looked:
            if email.rpartition("@")[2] != self._looked.rpartition("@")[2]:
                self.sheet.forget()
            self._looked, self._failed, self._steps = email, False, []
            self.sheet.found = None
            self._on_thread("look", partial(self._core.find, email), self._found, lambda error: self._found(Found("")))
            self._show()
        return True

    def _found(self, found: Found) -> None:
        self._gather()
        self.sheet.learn(found)
        self._show()
        if self._waiting:
            self._waiting = False
            self._go()

    # -- trying, and the end

    def _draft(self) -> Draft | None:
        """What is on the sheet, if it will do; what is missing is said."""
        password = self._fields[Row.PASSWORD]
        assert isinstance(password, Line)
        try:
            return self.sheet.draft(password.value)
        except Mistake as mistake:
            self._blame(mistake.row.value, mistake, None)
            return None

    def _go(self) -> None:
        """Try the logins, then write."""
        self._failed, self._steps = False, []
        if not self._look():
            return
        found = self.sheet.found
        if found is None and not self.sheet.servers:
            self._waiting = True
            self._say()
            return
        if found is not None and found.closed and not self.sheet.servers:
            self._go_to(Row.EMAIL)
            return
        draft = self._draft()
        if draft is None:
            return
        if found is not None and found.doubtful and not self.sheet.agreed:
            self.sheet.agreed = self.sheet.servers = True
            self._show()
            self._go_to(Row.INCOMING)
            return
        self._try(draft, list(draft.places()))

    def _try(self, draft: Draft, left: list[Place]) -> None:
        if not left:
            self._write(draft)
            return
        place, *rest = left
        tried = (place, draft.user, draft.way, draft.password, draft.command, draft.ca_file)

        def passed(words: str) -> None:
            self._passed[tried] = words
            self._steps.append(("good", f"{self._glyphs.done} {step_of(place)}"))
            self._try(draft, rest)

        def refused(error: Exception) -> None:
            self._failed = True
            self._blame(f"{draft.email}, {step_of(place)}", error, place)

        if tried in self._passed:
            passed(self._passed[tried])
            return
        self._busy = step_of(place)
        self._say()
        self._on_thread("try", partial(self._core.check, draft, place), passed, refused)

    def _write_anyhow(self) -> None:
        draft = self._draft()
        if draft is not None:
            self._write(draft)

    def _write(self, draft: Draft) -> None:
        self._busy = "Writing"
        self._say()

        def refused(error: Exception) -> None:
            self._failed = True
            self._blame("config.toml", error, None)

        self._on_thread("write", partial(self._core.write, draft), lambda path: self._end(Ended.WRITTEN), refused)

    def _blame(self, step: str, error: Exception, place: Place | None) -> None:
        """Say what went wrong, and go where it is corrected."""
        self._busy = ""
        if not isinstance(error, MailtuiError):
            error = MailtuiError(f"unexpected error ({type(error).__name__})", "`mailtui --debug setup` tells more")
        kept = [] if isinstance(error, Mistake) else self._steps
        self._steps = [*kept, *failed(step, error)]
        row = self.sheet.blame(error, place)
        self._show()
        self._go_to(row)

    def _on_thread(
        self, kind: str, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Only the newest of a kind is answered. The thread does not hold up the end of the program."""
        turn = self._turns[kind] = self._turns.get(kind, 0) + 1
        app = self.app  # the screen may be off it when the thread has its answer

        def answer(call: Callable[[], None]) -> None:
            if self._turns[kind] == turn and self.is_attached:
                call()

        def run() -> None:
            try:
                told = partial(done, work())
            except Exception as error:
                told = partial(failed, error)
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is there to be told
                app.call_later(answer, told)

        Thread(target=run, daemon=True, name=f"setup-{kind}").start()
