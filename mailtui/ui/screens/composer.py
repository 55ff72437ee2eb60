"""The composer: one message that is being written. It knows its fields, text and files, and tells whoever opened it
what the person wants; saving and sending are not its business. Put aside, it keeps everything, the undo of the text
too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import TextArea

from mailtui.mail.sanitize import safe_line
from mailtui.model.mail import Address
from mailtui.ui.actions import COMPOSER
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import Painter
from mailtui.ui.panes.compose_files import ComposeTitle, FilesLine, Rule
from mailtui.ui.panes.compose_foot import ComposeFoot
from mailtui.ui.panes.compose_head import ComposeHead, SenderLine
from mailtui.ui.screens.above import KeyScreen
from mailtui.ui.screens.keeper import Keeper
from mailtui.ui.widgets.completing import Completing
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.ui.widgets.writing import Writing
from mailtui.view.completing import Token, take
from mailtui.view.composer import Enclosed, Field, Kind, Written, summary
from mailtui.view.glyphs import Glyphs
from mailtui.view.keys import IDLE, Fired, press
from mailtui.view.pieces import Piece

SAVE_AFTER = 1.0
"""Seconds from the first key that is not on the disk until it is."""
AIRY_FROM = 28
"""Rows of a terminal that has room for a blank line above the text."""
REWORKS = frozenset(("fill", "cut_quote", "quote"))
"""Actions on the text where the cursor is."""
CHANGES = REWORKS | {"attach", "editor", "markdown", "template"}
"""Actions that a message has no use for that goes out as it is."""
AS_IT_IS = "It goes out as it is: only who gets it is up to you"
PAUSE = 30.0
"""Seconds without a key after which the drafts folder gets it."""


class ComposerScreen(KeyScreen):
    """`current()` is the message as it stands."""

    AUTO_FOCUS = None

    def __init__(self, written: Written, keeper: Keeper, keymap: Keymap, painter: Painter, glyphs: Glyphs) -> None:
        super().__init__()
        self.keeper = keeper
        self.keymap = keymap
        self.glyphs = glyphs
        self.head = ComposeHead(painter, glyphs)
        self.writing = Writing(painter)
        self.files_line = FilesLine(painter, glyphs)
        self.title_line = ComposeTitle(painter, glyphs, id="compose-title")
        self.foot = ComposeFoot(painter, glyphs, keymap)
        self.foot.press = self.perform
        self.completing = Completing(painter, glyphs)
        self._rule = Rule(painter, glyphs, id="compose-rule")
        self._base = written
        self._chord = IDLE
        self._remark = ""
        self.edition = 0
        """Counts changes; `kept` is the one that is on the disk, `drafted` the one in the drafts folder."""
        self.kept = 0
        self.drafted = 0
        self.problem = ""
        """Why the last saving failed; safe."""
        self.busy = ""
        """What is being done with it; keys that change it wait."""
        self.coming = 0
        self._soon: Timer | None = None
        self._pause: Timer | None = None
        self._token: tuple[Field, Token] | None = None
        self._filled = False

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.head
        yield self._rule
        yield self.writing
        yield self.files_line
        yield self.foot
        yield self.completing

    def on_mount(self) -> None:
        self._fill(self._base)
        self._first_focus()

    def _fill(self, written: Written) -> None:
        self.head.fill(written)
        self.writing.read_only = written.fixed
        self.foot.without = CHANGES if written.fixed else frozenset()
        self.writing.load_text(written.text)
        self.writing.move_cursor(written.cursor)
        self.head.set_sender(written.sender, self._remark)
        self._show_files()
        self._filled = True
        self.refresh_state()

    def _first_focus(self) -> None:
        written = self._base
        if not written.to.strip():
            self.set_focus(self.head.entries[Field.TO])
        elif not written.subject.strip() and written.kind is not Kind.REPLY:
            self.set_focus(self.head.entries[Field.SUBJECT])
        else:
            self.set_focus(self.writing)
        self.keeper.ready()

    # -- the value

    def current(self) -> Written:
        """What stands there now."""
        if not self._filled:
            return self._base
        values = self.head.values()
        row, column = self.writing.cursor_location
        return replace(
            self._base,
            sender=values[Field.SENDER],
            to=values[Field.TO],
            cc=values[Field.CC],
            bcc=values[Field.BCC],
            subject=values[Field.SUBJECT],
            text=self.writing.text,
            cursor=(row, column),
        )

    @property
    def word(self) -> str:
        return self._base.word

    def alter(self, **changes: Any) -> None:
        """Fields of the value that have no widget of their own, or files."""
        self._base = replace(self.current(), **changes)
        self.head.set_sender(self._base.sender, self._remark)
        self._show_files()
        self.touched()

    def set_text(self, text: str) -> None:
        """Another text, as one step that can be undone."""
        if text != self.writing.text:
            self.writing.replace(text, (0, 0), self.writing.document.end)
            self.writing.move_cursor((0, 0))
            self.touched()

    def set_field(self, field: Field, text: str) -> None:
        """Another value of a line that one types in."""
        if text != self.head.entries[field].value:
            self.head.put(field, text)
            self.touched()

    def set_remark(self, remark: str) -> None:
        """Beside the sender; safe."""
        self._remark = remark
        self.head.set_sender(self.head.sender.text, remark)

    # -- what is saved

    def touched(self) -> None:
        """Something changed: it goes to the disk in a moment."""
        if not self._filled:
            return
        self.edition += 1
        if self._soon is None:
            self._soon = self.set_timer(SAVE_AFTER, self.keep_now)
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, lambda: self.keeper.paused(self))
        self.refresh_state()

    def keep_now(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        self.keeper.keep(self)

    def rest(self) -> None:
        """No timer of this screen runs any more."""
        for timer in (self._soon, self._pause):
            if timer is not None:
                timer.stop()
        self._soon = self._pause = None

    def refresh_state(self) -> None:
        """Title and figures again."""
        current = self.current()
        others = self.keeper.others
        right = f"{others} more open" if others else ""
        if self.busy:
            state, style = self.busy, "accent"
        elif self.problem:
            state, style = "not saved", "error"
        elif self.kept < self.edition:
            state, style = "", "dim"
        else:
            state, style = ("saved" if self.edition else ""), "dim"
        right = right if not current.markdown else f"Markdown {self.glyphs.separator} {right}" if right else "Markdown"
        joined = f" {self.glyphs.separator} ".join(part for part in (right, state) if part)
        self.title_line.say(current.title, joined, style)
        figures = (Piece(self.problem, "error"),) if self.problem else summary(current, self.glyphs.separator)
        self.foot.show(figures, ())

    # -- files

    def _show_files(self) -> None:
        room = max(1, min(5, self.app.size.height // 6)) if self.is_attached else 3
        self.files_line.show(self._base.files, self.coming, room)

    def add_files(self, files: Sequence[Enclosed]) -> None:
        self.alter(files=(*self._base.files, *files))

    def set_coming(self, number: int) -> None:
        """So many files are being copied."""
        self.coming = number
        self._show_files()

    @on(FilesLine.Acted)
    def _file_acted(self, event: FilesLine.Acted) -> None:
        event.stop()
        files = self._base.files
        if event.place >= len(files):
            return
        if event.deed == "open":
            self.keeper.open_file(self, event.place)
            return
        gone = files[event.place]
        self.alter(files=files[: event.place] + files[event.place + 1 :])
        self.keeper.forget_file(self, gone)
        self.foot.say(f"{safe_line(gone.name)} will not go along", "text")
        if not self._base.files:
            self.writing.focus()

    # -- typing

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self.edition or self.writing.text != self._base.text:  # filling it is no typing
            self.touched()

    @on(Writing.Pasted)
    def _pasted(self, event: Writing.Pasted) -> None:
        event.stop()
        if self._base.fixed:
            self.foot.say(AS_IT_IS)
        else:
            self.keeper.pasted(self, event.text)

    @on(SenderLine.Wanted)
    def _sender_wanted(self, event: SenderLine.Wanted) -> None:
        event.stop()
        self.keeper.act("choose_sender", self)

    @on(ComposeHead.Typed)
    def _typed(self, event: ComposeHead.Typed) -> None:
        event.stop()
        self.touched()
        if event.token is None or len(event.token.text) < 1:
            self.completing.close()
            return
        self._token = (event.field, event.token)
        asked = self._token
        self.keeper.suggest(event.token.text, lambda found: self._suggested(asked, found))

    def _suggested(self, asked: tuple[Field, Token], found: list[Address]) -> None:
        """The answer; by now the person may be elsewhere."""
        field, token = asked
        complete = [one.addr.lower() for one in found] == [token.text.lower()]
        if self._token != asked or self.head.focused() is not field or not found or complete:
            if self._token == asked:
                self.completing.close()
            return
        entry = self.head.entries[field]
        self.completing.open(found, token.text, entry.region.x - self.region.x, entry.region.bottom - self.region.y)

    @on(Completing.Taken)
    def _taken(self, event: Completing.Taken) -> None:
        event.stop()
        if self._token is None:
            return
        field, token = self._token
        self._token = None
        entry = self.head.entries[field]
        entry.value, entry.cursor_position = take(entry.value, token, event.person)
        self.completing.close()
        entry.focus()

    def on_descendant_focus(self) -> None:
        self.head.light()
        if self.completing.is_open and self._token is not None and self.head.focused() is not self._token[0]:
            self.completing.close()

    on_descendant_blur = on_descendant_focus

    # -- keys

    def take_key(self, key: str) -> bool:
        """False: the key belongs to the field that has the focus."""
        if self.completing.is_open and self._completing_key(key):
            return True
        if self._moved(key):
            return True
        bindings = self.keymap.bindings[COMPOSER]
        if self._chord.idle and bindings.get((key,)) is None and not bindings.opens((key,)):
            return False
        self._chord, happened = press(bindings, self._chord, key)
        if isinstance(happened, Fired):
            self._later(happened.action)
        return True

    def _later(self, action: str) -> None:
        """When the field has seen every key that was typed before: what is sent is what was typed. Keys that come
        meanwhile wait."""

        def now() -> None:
            self.perform(action)
            self.keeper.ready()

        if self.focused is None:
            self.perform(action)
        else:
            self.keeper.hold()
            self.focused.call_later(now)

    def _completing_key(self, key: str) -> bool:
        match key:
            case "down" | "ctrl+n":
                self.completing.move(1)
            case "up" | "ctrl+p":
                self.completing.move(-1)
            case "enter" | "tab" if self._fresh():
                self.completing.take()
            case "escape":
                self.completing.close()
            case _:
                return False
        return True

    def _fresh(self) -> bool:
        """Whether the list is for what is typed by now: keys that the field has not seen yet are on their way to it."""
        if self._token is None:
            return False
        field, token = self._token
        entry = self.head.entries[field]
        return token.text == self.completing.typed and not entry.message_queue_size

    def _moved(self, key: str) -> bool:
        """Keys that go to another field: at once, so that the next key is for that one already."""
        if key in {"tab", "shift+tab"}:
            self.focus_next() if key == "tab" else self.focus_previous()
            return True
        step = {"enter": 1, "down": 1, "up": -1}.get(key)
        field = self.head.focused()
        if step is None or field is None or (field is Field.SENDER and key == "enter"):
            return False
        if not self.head.step(step):
            self.set_focus(self.writing)
        return True

    def perform(self, name: str) -> None:
        """An action by name."""
        self.foot.hush()
        if name == "copies":
            self.head.want_copies()
        elif self._base.fixed and name in CHANGES:
            self.foot.say(AS_IT_IS)
        elif self.busy and name not in {"set_aside", "next_draft"}:
            self.foot.say(f"{self.busy}: one moment")
        else:
            self.keeper.act(name, self)

    def on_resize(self, event: events.Resize) -> None:
        self.writing.set_class(event.size.height >= AIRY_FROM, "-airy")
        if self._filled:
            self._show_files()
            self.completing.close()

    def on_screen_resume(self) -> None:
        self.refresh_state()
        if self.focused is not None:
            self.keeper.ready()

    def repainted(self, painter: Painter) -> None:
        """Other colours from now on."""
        for widget in self.query(LinesWidget):
            widget.repainted(painter)
        for entry in self.head.entries.values():
            entry.painter = painter
            entry.refresh()
        self.writing.repainted(painter)
