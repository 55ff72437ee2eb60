"""The reader pane: opens a message on a thread, asks for its body if it is not here, paints its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from mailtui.mail.render.pictures import Drawing
from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import BodyArrived, BodyFailed
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.intents import FetchBody
from mailtui.model.mail import Row
from mailtui.ui.bridge import Bridge
from mailtui.ui.opening import Opener, Wanted, open_message
from mailtui.ui.painting import SIDE, Painter
from mailtui.ui.widgets.lines import ActionWanted, LinesWidget, thumb
from mailtui.view.columns import subject_text
from mailtui.view.figures import plural
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, spread
from mailtui.view.pointing import meant
from mailtui.view.reader import Document, PaneLines, ReaderState, Stage, layout, text_width, wrap

PATIENCE = 0.15
"""Seconds before the pane says that it waits."""


class ReaderPane(LinesWidget):
    """Line 0 is the title; below it the message scrolls."""

    can_focus = True
    BORDERED = True

    class Shown(Message):
        """A message is on the screen now."""

        def __init__(self, placement: PlacementId) -> None:
            super().__init__()
            self.placement = placement

    def __init__(self, painter: Painter, glyphs: Glyphs, bridge: Bridge, opener: Opener = open_message) -> None:
        super().__init__(painter, glyphs, id="reader")
        self.bridge = bridge
        self.state = ReaderState()
        self.picture_key = ""
        """What shows the pictures of a message, as a person reads it."""
        self._opener = opener
        self._title = ""
        self._mailbox: MailboxId | None = None
        self._lines = PaneLines()
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._top = 0
        self._slow = False
        self._patience: Timer | None = None

    # -- opening

    def open(self, row: Row) -> None:
        """Show this message; the one before stays until the new one is ready or takes too long."""
        if row.placement == self.state.placement and self.state.stage in {Stage.OPENING, Stage.SHOWN}:
            return
        self.state = replace(
            self.state,
            placement=row.placement,
            stage=Stage.OPENING,
            text="",
            hint="",
            html=False,
            quotes_folded=None,
            whole=False,
            pictures={},
        )
        self._title = subject_text(row)
        self._mailbox = row.mailbox
        self._slow = False
        self._wait()
        self._read()

    def close(self) -> None:
        """Nothing is selected."""
        self.state = ReaderState(all_headers=self.state.all_headers)
        self._title = ""
        self._set_lines(PaneLines())

    def _wait(self) -> None:
        if self._patience is not None:
            self._patience.stop()
        self._patience = self.set_timer(PATIENCE, self._getting_slow)

    def _getting_slow(self) -> None:
        if self.state.stage in {Stage.OPENING, Stage.FETCHING}:
            self._slow = True
            self._top = 0
            self.refresh()

    def _read(self) -> None:
        placement = self.state.placement
        if placement is None:
            return
        width = text_width(self.content_size.width - 1)
        state = self.state
        wanted = Wanted(
            placement,
            width,
            state.html,
            state.quotes_folded,
            state.all_headers,
            state.whole,
            self._mailbox,
            state.pictures,
        )
        reader = self.bridge.reader
        self.bridge.ask(
            "body", lambda: self._opener(reader, wanted), partial(self._opened, wanted), partial(self._broken, wanted)
        )

    def _opened(self, wanted: Wanted, document: object) -> None:
        if wanted.placement != self.state.placement:
            return
        if not isinstance(document, Document):
            if self.state.stage is not Stage.FETCHING:
                self.state = replace(self.state, stage=Stage.FETCHING)
                self.bridge.send(FetchBody(wanted.placement))
            return
        if document.pictures and not wanted.pictures and self.picture_key:
            words = f"{plural(document.pictures, 'picture')}: {self.picture_key} shows"
            document = replace(document, asides=(*document.asides, words))
        fresh = self.state.stage is not Stage.SHOWN
        self.state = replace(self.state, stage=Stage.SHOWN, document=document)
        self._slow = False
        if fresh:
            self._top = 0
            self.post_message(self.Shown(wanted.placement))
        self._set_lines(layout(self.state, self.content_size.width - 1, self.glyphs))
        if text_width(self.content_size.width - 1) != wanted.width:
            self._read()  # the pane got another width while the message was being set in lines

    def _broken(self, wanted: Wanted, error: Exception) -> None:
        if wanted.placement == self.state.placement:
            self._fail("This message could not be opened", safe_line(str(error)))

    def _fail(self, text: str, hint: str) -> None:
        self.state = replace(self.state, stage=Stage.FAILED, text=text, hint=hint)
        self._slow = False
        self._set_lines(PaneLines())

    def arrived(self, change: BodyArrived) -> None:
        if change.placement == self.state.placement and self.state.stage in {Stage.FETCHING, Stage.FAILED}:
            self._read()

    def failed(self, change: BodyFailed) -> None:
        if change.placement == self.state.placement and self.state.stage is Stage.FETCHING:
            self._fail(safe_line(change.text), safe_line(change.hint))

    def retry(self) -> None:
        """Ask once more for what could not be had."""
        if self.state.stage is Stage.FAILED:
            self.state = replace(self.state, stage=Stage.OPENING)
            self._wait()
            self._read()

    # -- keys

    def perform(self, name: str, times: int | None) -> bool:
        number = times or 1
        page = max(1, self._height - 2)
        end = max(0, len(self._lines) - self._height)
        moves: dict[str, int] = {
            "next": self._top + number,
            "previous": self._top - number,
            "page_down": self._top + page * number,
            "scroll": self._top + page * number,
            "page_up": self._top - page * number,
            "half_page_down": self._top + page // 2 * number,
            "half_page_up": self._top - page // 2 * number,
            "first": number - 1,
            "last": times - 1 if times else end,
        }
        if name in moves:
            self._scroll(moves[name])
            return True
        ways: dict[str, Callable[[], None]] = {
            "toggle_html": lambda: self._again(html=not self.state.html),
            "fold_quotes": self._fold_quotes,
            "toggle_headers": lambda: self._again(all_headers=not self.state.all_headers),
            "show_all": lambda: self._again(whole=True),
        }
        if name in ways:
            ways[name]()
            return True
        return False

    def show_pictures(self, drawn: Mapping[str, Drawing], *, html: bool | None = None) -> None:
        """Set the message anew with these pictures; none: without."""
        self._again(pictures=drawn, html=self.state.html if html is None else html)

    def _again(self, **change: bool | Mapping[str, Drawing]) -> None:
        if self.state.stage is Stage.SHOWN:
            self.state = replace(self.state, **change)  # type: ignore[arg-type]
            self._read()

    def _fold_quotes(self) -> None:
        """What is folded opens; what is open folds."""
        document = self.state.document
        self._again(quotes_folded=not (document.folded if document is not None else self.state.quotes_folded))

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, len(self._lines) - self._height))
        if top != self._top:
            self._top = top
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(self._top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(self._top - 3)

    def on_click(self, event: events.Click) -> None:
        """Links and attachments are opened, folded quotes unfolded."""
        document = self.state.document
        line = self.line_of(event.y)
        if document is not None and line > 0:
            found = meant(self._lines, self._top + line - 1, event.x - self.gutter.left, document)
            if found is not None:
                self.post_message(ActionWanted(*found))

    # -- painting

    @property
    def _height(self) -> int:
        return max(1, self.content_size.height - 1)

    def on_resize(self) -> None:
        self.forget()
        if self.state.document is not None:
            self._set_lines(layout(self.state, self.content_size.width - 1, self.glyphs))
        if self.state.stage is Stage.SHOWN:
            self._read()

    def _set_lines(self, lines: PaneLines) -> None:
        self._lines = lines
        self.forget()
        self._top = max(0, min(self._top, len(lines) - self._height))
        self.refresh()

    def forget(self) -> None:
        self._strips.clear()

    def paint(self, y: int, width: int) -> Strip:
        if y == 0:
            return self._head(width)
        if self._slow or self.state.stage in {Stage.EMPTY, Stage.FAILED} or not self._lines:
            return self._words(y, width)
        bar = y - 1 in thumb(self._top, self._height, len(self._lines))
        index = self._top + y - 1
        key = (index, bar)
        strip = self._strips.get(key)
        if strip is None:
            pieces = self._lines[index] if index < len(self._lines) else ()
            strip = self.painter.strip(pieces, width, edge=self.glyphs.thumb if bar else " ")
            if len(self._strips) > 800:
                self._strips.clear()
            self._strips[key] = strip
        return strip

    def _head(self, width: int) -> Strip:
        left, right = self.head(self._title if self._top > 2 else "Message")
        lines = len(self._lines)
        if lines > self._height and self.state.stage is Stage.SHOWN:
            part = 100 * (self._top + self._height) // lines
            right = (Piece(f"{min(part, 100)}% ", "dim"),)
        return self.painter.strip(spread(left, right, width, self.glyphs.ellipsis), width, SIDE)

    def _words(self, y: int, width: int) -> Strip:
        """What the pane says when it has no message to show."""
        lines = self._sentences(max(10, width - 6))
        index = y - 1 - max(1, self._height // 3)
        if not 0 <= index < len(lines):
            return self.painter.blank(width)
        return self.painter.strip(spread((Piece("   "), lines[index]), (), width, self.glyphs.ellipsis), width)

    def _sentences(self, width: int) -> list[Piece]:
        if self.state.stage is Stage.EMPTY:
            return [Piece("No message", "strong"), Piece("j and k move in the list, Enter opens", "dim")]
        if self.state.stage is Stage.FAILED:
            words = [Piece(line, "error") for line in wrap(self.state.text, width, 4)]
            words += [Piece(line, "text") for line in wrap(self.state.hint, width, 4)]
            return [*words, Piece(""), Piece("Enter in the list tries again", "dim")]
        if not self._slow:
            return []
        if self.state.stage is Stage.FETCHING:
            return [Piece(f"Fetching{self.glyphs.ellipsis}", "strong"), Piece("it is not on this computer yet", "dim")]
        return [Piece(f"Opening{self.glyphs.ellipsis}", "dim")]
