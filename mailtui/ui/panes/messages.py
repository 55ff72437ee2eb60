"""The message list: paints `view.rows`, reads pages through the bridge, says when the cursor moves or a message is
opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import RowsChanged
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.listing import ListStyle
from mailtui.model.mail import Flags, Folding, Row, RowKey
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.painting import BASE, CURSOR, CURSOR_IDLE, MARKED, SIDE, Painter
from mailtui.ui.panes.feed import Feed, Source
from mailtui.ui.panes.folding import Threads
from mailtui.ui.panes.listing import empty_line, heading
from mailtui.ui.panes.picking import Picking
from mailtui.ui.widgets.lines import LinesWidget, thumb
from mailtui.view.columns import Columns, format_row
from mailtui.view.dates import SmartDate
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, spread
from mailtui.view.rows import MessageRows
from mailtui.view.tree import mailbox_label

KEPT_STRIPS = 600


class MessagesPane(LinesWidget):
    """Line 0 is the title, the rest is the list."""

    can_focus = True

    class Moved(Message):
        """The cursor is on another message now (None: on none). `by_person`: a key or the mouse did it."""

        def __init__(self, row: Row | None, by_person: bool) -> None:
            super().__init__()
            self.row = row
            self.by_person = by_person

    class Opened(Message):
        """Enter."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    class Placed(Message):
        """The cursor's position or the length of the list is another one."""

        def __init__(self, position: int, total: int) -> None:
            super().__init__()
            self.position = position
            self.total = total

    class Said(Message):
        """For the status line, once."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Marked(Message):
        """So many messages are marked now."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Looked(Message):
        """A search has been answered or has failed."""

        def __init__(self, query: str, error: Exception | None) -> None:
            super().__init__()
            self.query = query
            self.error = error

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        bridge: Bridge,
        style: ListStyle,
    ) -> None:
        super().__init__(painter, glyphs, id="messages")
        self._style = style
        self.feed = Feed(bridge, self)
        self.picking = Picking(bridge, self.feed, self)
        self.threads = Threads(bridge, self.feed, self, style.order)
        self._marked = 0
        self.empty_hint = self.ways = ""
        self._strips: dict[tuple[object, ...], Strip] = {}
        self._columns = Columns.of(80)
        self._dates = SmartDate(now())
        self._told: PlacementId | None = None
        self._told_once = False
        self._placed = (-1, -1)
        self._by_person = False

    # -- what is shown

    @property
    def state(self) -> MessageRows:
        return self.feed.state

    @property
    def source(self) -> Source | None:
        return self.feed.source

    @property
    def searching(self) -> bool:
        """Whether the list shows results, or a conversation: no folder."""
        source = self.source
        return source is not None and (source.query is not None or source.thread is not None)

    def show_mailbox(self, mailbox: Mailbox, cursor: RowKey | None = None) -> None:
        self.feed.show_mailbox(mailbox, self._height, cursor, self.threads.of(mailbox))
        self.begin()

    def show_results(self, query: str, mailbox: MailboxId | None, where: str) -> None:
        """Results replace the list when they come; `where`: safe words for the title."""
        self.feed.show_results(query, mailbox, where, self._height)
        self.begin()

    def begin(self) -> None:
        """Another list."""
        self._told_once = False
        self._by_person = False
        self.picking.begin()
        self.fit_columns()
        self.fed()

    def recount(self, mailbox: Mailbox) -> None:
        """The store's counts of a mailbox."""
        if self.feed.recount(mailbox):
            self.touch(0)
            self.fed()

    def reread(self) -> None:
        """Anything may have changed, also what was to leave."""
        self.state.hidden.clear()
        self.state.reread()
        self.fed()

    def doubt(self) -> None:
        """Something was refused: show again what was to leave, with the flags that it has."""
        shown, reflagged = self.state.unhide(), self.state.unguess()
        if shown or reflagged:
            self.fed()

    def reflag(self, placements: Collection[PlacementId], add: Flags, remove: Flags) -> None:
        """These messages show other flags at once."""
        self.picking.picked.reflag(add, remove)
        self.state.reflag(placements, add, remove)
        self.fed()

    def leave(self, leaving: Collection[PlacementId], step: int) -> bool:
        """These rows go at once. The cursor, if it was on one, is on the next that stays: below (`step` 1) or above
        (-1), else the other way. False: there was none that way."""
        place = self.state.beyond(leaving, step)
        if step < 0 and place is not None:
            self.state.move_to(place)
        self.feed.hide(leaving)
        self.fed()
        return place is not None

    def step(self, leaving: Collection[PlacementId], step: int) -> bool:
        """The rows stay in sight, done with: the cursor goes on if it is on one. False: it can't."""
        place = self.state.beyond(leaving, step)
        if place is not None and place != self.state.cursor:
            self.state.move_to(place)
            self.fed()
        return place is not None

    def apply(self, changes: Iterable[RowsChanged]) -> None:
        """Rows came, went, or look different."""
        changes = tuple(changes)
        self.feed.apply(changes)
        self.picking.left(changes)
        self.fed()

    @property
    def current(self) -> Row | None:
        return self.state.current

    def row(self, placement: PlacementId) -> Row | None:
        """A loaded row as it is now."""
        at = self.state.window.find(placement)
        return self.state.row_at(at) if at is not None else None

    # -- the feed's owner

    def fed(self) -> None:
        """Paint what changed, ask for what is missing, tell where the cursor is."""
        damage = self.state.damage()
        if damage.everything:
            self.refresh()
        else:
            self.touch(*(line + 1 for line in damage.lines))
            if damage.header:
                self.touch(0)
        self.feed.pull()
        self._tell()
        if self.picking.picked.anchor is not None:
            self.picked_changed()

    def picked_changed(self) -> None:
        number = self.picking.number()
        if number != self._marked:
            self._marked = number
            self.post_message(self.Marked(number))
        self.refresh()

    def opened(self, row: Row) -> None:
        self.post_message(self.Opened(row))

    def say(self, text: str) -> None:
        self.post_message(self.Said(text))

    def answered(self, query: str, error: Exception | None) -> None:
        self.post_message(self.Looked(query, error))

    def later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return self.set_timer(seconds, callback)

    def _tell(self) -> None:
        row = self.state.current
        placed = (self.state.cursor, self.state.total)
        if placed != self._placed:
            self._placed = placed
            self.post_message(self.Placed(*placed))
        placement = row.placement if row else None
        if self._told_once and (placement == self._told or (row is None and self.state.total > 0)):
            return
        self._told, self._told_once = placement, True
        self.post_message(self.Moved(row, self._by_person))
        self._by_person = False

    # -- keys

    def perform(self, name: str, times: int | None) -> bool:
        """An action of this pane; False if it is none of ours."""
        number = times or 1
        state = self.state
        moves: dict[str, Callable[[], None]] = {
            "next": lambda: state.move_by(number),
            "previous": lambda: state.move_by(-number),
            "page_down": lambda: state.page(number),
            "page_up": lambda: state.page(-number),
            "half_page_down": lambda: state.page(number / 2),
            "half_page_up": lambda: state.page(-number / 2),
            "align_top": lambda: state.align(0.0),
            "align_middle": lambda: state.align(0.5),
            "align_bottom": lambda: state.align(1.0),
            "first": lambda: state.move_to(times - 1 if times else 0),
            "last": lambda: state.move_to(times - 1 if times else state.total - 1),
        }
        self._by_person = self._by_person or name in moves or name == "open"
        if name in moves:
            moves[name]()
            self.fed()
            return True
        if name == "open":
            if state.current is not None:
                self.threads.enter(state.current)
            return True
        if self.threads.perform(name, self._height):
            return True
        if self.picking.perform(name, times):
            self.fed()
            return True
        if name in {"next_unread", "previous_unread"}:
            self.feed.find_unread(older=name == "next_unread", found=self._go)
            return True
        return False

    def _go(self, key: RowKey | None) -> None:
        if key is None:
            self.say("No more unread messages this way")
            return
        self._by_person = True
        self.state.go_to(key)
        self.fed()

    # -- mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.state.scroll_to(self.state.top + 3)
        self.fed()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.state.scroll_to(self.state.top - 3)
        self.fed()

    def on_click(self, event: events.Click) -> None:
        y = self.line_of(event.y) - 1
        if y < 0:
            return
        if event.x >= self.content_size.width - 1 and self.state.total > self.state.height:
            self.state.scroll_to(round(y * (self.state.total - self.state.height) / max(1, self.state.height - 1)))
        elif self.state.top + y < self.state.total:
            again = self.state.top + y == self.state.cursor and event.chain > 1
            self._by_person = True
            self.state.move_to(self.state.top + y)
            if again and self.state.current is not None:
                self.threads.enter(self.state.current)
        self.fed()

    # -- painting

    @property
    def _height(self) -> int:
        return max(1, self.content_size.height - 1)

    def on_resize(self, event: events.Resize) -> None:
        self.state.resize(self._height)
        self.fit_columns()
        self.fed()

    def fit_columns(self) -> None:
        """As the width and the kind of list want them."""
        threads = isinstance(self.state.folding, Folding)
        self._columns = Columns.of(max(10, self.content_size.width - 1), threads=threads, style=self._style)
        self._dates = SmartDate(now(), narrow=self._columns.narrow_dates, apostrophe=self.glyphs.apostrophe)
        self.forget()

    def forget(self) -> None:
        self._strips.clear()

    def paint(self, y: int, width: int) -> Strip:
        if y == 0:
            return self._title(width)
        position = self.state.top + y - 1
        if self.state.total == 0:
            words = empty_line(self.source, self.state, (self.empty_hint, self.ways), y - 1)
            return self.painter.strip(spread(words, (), width, self.glyphs.ellipsis), width)
        row = self.state.row_at(position) if position < self.state.total else None
        bar = y - 1 in thumb(self.state.top, self.state.height, self.state.total)
        if row is None:
            text = f"    {self.glyphs.loading * 3}" if position < self.state.total else ""
            ground = (CURSOR if self.has_focus else CURSOR_IDLE) if position == self.state.cursor else BASE
            return self.painter.strip((Piece(text, "loading"),), width, ground, self.glyphs.thumb if bar else " ")
        if now() >= self._dates.day_ends or self._columns.width != max(10, width - 1):  # it may be painted first
            self.fit_columns()
        marked = self.picking.picked.holds(row, self.state.cursor_key)
        key = (row, position == self.state.cursor, bar, width, marked)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= KEPT_STRIPS:
                for old in list(self._strips)[: KEPT_STRIPS // 3]:
                    del self._strips[old]
            strip = self._strips[key] = self._paint_row(row, position, width, bar, marked)
        return strip

    def _paint_row(self, row: Row, position: int, width: int, bar: bool, marked: bool) -> Strip:
        source = self.source
        where = ""
        if source is not None and (source.thread is not None or (source.query is not None and source.mailbox is None)):
            box = self.feed.boxes.get(row.mailbox)
            where = mailbox_label(box) if box is not None else ""
        elif source is not None and source.parts:
            box = self.feed.boxes.get(row.mailbox)
            where = safe_line(box.account) if box is not None else ""
        outgoing = source is not None and source.outgoing
        pieces = format_row(row, self._columns, self.glyphs, self._dates, outgoing=outgoing, where=where)
        ground = BASE
        if marked:
            ground = MARKED
            pieces = (pieces[0], Piece(self.glyphs.marked, "picked"), *pieces[2:])
        if position == self.state.cursor:
            ground = CURSOR if self.has_focus else CURSOR_IDLE
            pieces = (Piece(self.glyphs.cursor, "cursor-mark"), *pieces[1:])
        return self.painter.strip(pieces, width, ground, self.glyphs.thumb if bar else " ")

    def _title(self, width: int) -> Strip:
        title, after, right = heading(self.source, self.state, self.glyphs)
        left, _ = self.head(title, after=after)
        return self.painter.strip(spread(left, right, width, self.glyphs.ellipsis), width, SIDE)
