"""What feeds the message list: pages, changed rows and positions come in through the bridge, in bounded reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Protocol

from textual.timer import Timer

from mailtui.mail.sanitize import safe_line
from mailtui.mail.threads import plain_subject
from mailtui.model.changes import RowsChanged
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId, PlacementId, ThreadId
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.unread import next_unread
from mailtui.view.loads import Load, Loaded, perform, search
from mailtui.view.ordering import Conversation, Order
from mailtui.view.rows import MessageRows
from mailtui.view.threaded import ThreadRows, unread
from mailtui.view.tree import mailbox_label
from mailtui.view.unified import ALL_INBOXES, inboxes, page, rank

MOST_NAMED = 500
"""More changed rows than this are not looked at one by one: the list is read again."""
CONVERSATION = MailboxId(-2)
"""In the place of a mailbox, where there are messages of many."""
CALM = 1.0
"""Seconds without a change before positions are put right and marks are set."""
DOUBT = 10.0
"""Seconds after which messages that were to leave, and of which the store says nothing, are shown again."""
RETURN = 3.0
"""Seconds that an undo may take to move the cursor."""
_UNSEARCHED = {Role.JUNK, Role.TRASH}
_OUTGOING = {Role.SENT, Role.DRAFTS}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows come from: a mailbox, or a search (then `mailbox` None means everywhere)."""

    mailbox: MailboxId | None
    title: str
    query: str | None = None
    outgoing: bool = False
    unread: int = 0
    total: int = 0
    parts: tuple[MailboxId, ...] = ()
    """What a folder that unites others is made of."""
    thread: ThreadId | None = None
    """A conversation: this thread of the parts."""

    @property
    def boxes(self) -> tuple[MailboxId, ...]:
        """Mailboxes that the rows are read from; none: everywhere."""
        return self.parts or (() if self.mailbox is None else (self.mailbox,))

    def holds(self, mailbox: MailboxId) -> bool:
        """Whether rows of this mailbox belong here."""
        return mailbox in self.boxes


class Owner(Protocol):
    """The pane that shows the list."""

    def fed(self) -> None:
        """The state is another one now."""

    def say(self, text: str) -> None: ...

    def answered(self, query: str, error: Exception | None) -> None:
        """A search came back."""

    def later(self, seconds: float, callback: Callable[[], None]) -> Timer: ...


class Feed:
    """One list at a time. Call it on the event loop only."""

    def __init__(self, bridge: Bridge, owner: Owner) -> None:
        self.source: Source | None = None
        self.state = MessageRows()
        self.boxes: dict[MailboxId, Mailbox] = {}
        self._bridge = bridge
        self._owner = owner
        self._added: set[PlacementId] = set()
        self._updated: set[PlacementId] = set()
        self._again: set[PlacementId] = set()
        """What changed while it was being read: what comes of that reading is old already."""
        self._left: set[PlacementId] = set()
        """What is not in this list any more."""
        self._returning = False
        self._calm: Timer | None = None
        self._doubt: Timer | None = None
        self._soon: Timer | None = None
        self._read_at = 0.0

    # -- what is shown

    def show_mailbox(
        self, mailbox: Mailbox, height: int, cursor: RowKey | None = None, folding: Folding | Order | None = None
    ) -> None:
        """`folding`: as threads, or in another order."""
        outgoing = mailbox.role in _OUTGOING
        parts = inboxes(self.boxes.values()) if mailbox.id == ALL_INBOXES else ()
        self.source = Source(mailbox.id, mailbox_label(mailbox), None, outgoing, mailbox.unread, mailbox.total, parts)
        self.show_as(folding, height, cursor)

    def show_conversation(self, row: Row, height: int) -> None:
        """All messages of its thread in the folders of its account, but for spam and trash that it is not in itself."""
        here = self.boxes.get(row.mailbox)
        parts = tuple(
            box.id
            for box in self.boxes.values()
            if here is not None
            and box.account == here.account
            and (box.id == here.id or (box.selectable and box.role not in _UNSEARCHED))
        )
        title = safe_line(plain_subject(row.subject[:200])).strip() or "(no subject)"
        self.source = Source(CONVERSATION, title, parts=parts, thread=row.thread)
        self._begin(ThreadRows(height, Conversation(row.thread), RowKey(row.date, row.placement)))

    def show_as(self, folding: Folding | Order | None, height: int, cursor: RowKey | None) -> None:
        """The same mailbox as threads, in another order, or newest first."""
        assert self.source is not None
        if folding is None:
            self._begin(MessageRows(self.source.total, height, cursor_key=cursor))
        else:
            self._begin(ThreadRows(height, folding, cursor))

    def show_results(self, query: str, mailbox: MailboxId | None, where: str, height: int) -> None:
        self.source = Source(mailbox, f"Search {where}", query)
        self._begin(MessageRows(0, height, growing=True))

    def _begin(self, state: MessageRows) -> None:
        self.state = state
        self._added.clear()
        self._updated.clear()
        self._again.clear()
        self._left.clear()

    def recount(self, mailbox: Mailbox) -> bool:
        """The store's counts of a mailbox; False if it is not the one on show."""
        source = self.source
        if source is None or source.query is not None or source.mailbox != mailbox.id:
            return False
        self.source = replace(source, unread=mailbox.unread, total=mailbox.total, title=mailbox_label(mailbox))
        self.state.recount(mailbox.total)
        self._when_calm()
        return True

    # -- changes

    def apply(self, changes: Iterable[RowsChanged]) -> None:
        """Rows came, went, or look different."""
        source = self.source
        if source is None:
            return
        changes = tuple(changes)
        moved = self._moved(changes) if source.query is not None else set()
        if self._left & moved:  # undone
            self._left -= moved
            self.state.reread()
        if source.mailbox is not None:
            moved = set()
        for change in changes:
            if source.query is None and not source.holds(change.mailbox):
                continue
            if change.whole or len(change.added) + len(change.updated) > MOST_NAMED:
                self.state.hidden.clear()
                self.state.reread()
                continue
            gone = set(change.removed) - moved
            self._updated |= set(change.removed) & moved
            self._added -= gone
            self._updated -= gone
            self._again -= gone
            self.state.removed(gone)
            self._left |= gone
            if source.query is None:
                self._added.update(change.added)
            self._updated.update(change.updated)
            if self._bridge.busy("rows"):
                self._again.update(change.added, change.updated)
        self._updated &= self.state.window.placements()
        self._read_named()
        self._when_calm()

    def _moved(self, changes: Sequence[RowsChanged]) -> set[PlacementId]:
        """What a search in all mail still finds, in another mailbox now."""
        unsearched = {box.id for box in self.boxes.values() if box.role in _UNSEARCHED}
        return {one for change in changes if change.mailbox not in unsearched for one in change.added}

    def hide(self, leaving: Collection[PlacementId]) -> None:
        """They are about to leave; if the store does not say so in time they come back."""
        self.state.hide(leaving)
        if self._doubt is not None:
            self._doubt.stop()
        self._doubt = self._owner.later(DOUBT, partial(self._doubted, self.state))

    def _doubted(self, state: MessageRows) -> None:
        self._doubt = None
        if state is self.state and state.unhide():
            self._owner.say("The store has not confirmed it yet: the messages are shown again")
            self._owner.fed()

    def _read_named(self) -> None:
        wanted = tuple(self._added | self._updated)
        if not wanted or self._bridge.busy("rows"):
            return
        if len(wanted) > 4 * MOST_NAMED:
            self._named_failed(None)
            return
        reader, state = self._bridge.reader, self.state
        self._bridge.ask("rows", lambda: reader.rows(wanted), partial(self._named, state, wanted), self._named_failed)

    def _named(self, state: MessageRows, wanted: Sequence[PlacementId], rows: Sequence[Row]) -> None:
        source = self.source
        again, self._again = self._again & set(wanted), set()
        if state is self.state and source is not None:
            here = [row for row in rows if source.query is not None or source.holds(row.mailbox)]
            back = [row for row in here if row.placement in self._added & self._left]
            state.arrived(row for row in here if row.placement in self._added)
            self._came_back(back)
            state.updated(row for row in here if row.placement in self._updated - again)
            self._added.difference_update(wanted)
            self._updated.difference_update(wanted)
            self._updated |= again
        self._read_named()
        self._owner.fed()

    def returning(self) -> None:
        """Something is being undone: the cursor goes to what comes back."""
        self._returning = True
        self._owner.later(RETURN, self._returned)

    def _returned(self) -> None:
        self._returning = False

    def _came_back(self, rows: Sequence[Row]) -> None:
        """They are not new to the person."""
        self._left.difference_update(row.placement for row in rows)
        self.state.fresh.difference_update(row.placement for row in rows)
        if rows and self._returning:
            self.state.go_to(max(row.key for row in rows))

    def _named_failed(self, error: Exception | None) -> None:
        self._added.clear()
        self._updated.clear()
        self.state.reread()

    # -- loading

    def pull(self) -> None:
        """Ask for what is missing."""
        source, state, reader = self.source, self.state, self._bridge.reader
        if self._too_soon():
            return
        load = state.next_load() if source is not None else None
        if load is None or source is None:
            return
        folding = state.folding
        self._read_at = monotonic()

        def work() -> Loaded:
            if source.query is not None:
                return search(reader, source.query, source.mailbox, load)
            assert source.mailbox is not None
            return perform(reader, source.boxes, load, folding)

        kind = "search" if source.query is not None else "list"
        self._bridge.ask(kind, work, partial(self._loaded, state, source), partial(self._failed, state, source, load))

    def _too_soon(self) -> bool:
        """Whether a list of threads, which is read again for every change, was read just now."""
        state = self.state
        if not isinstance(state, ThreadRows) or not (state.stale and state.patient):
            return False
        wait = self._read_at + CALM / 4 - monotonic()
        if wait > 0 and self._soon is None:
            self._soon = self._owner.later(wait, self._now_then)
        return wait > 0

    def _now_then(self) -> None:
        self._soon = None
        self.pull()

    def _loaded(self, state: MessageRows, source: Source, loaded: Loaded) -> None:
        if state is not self.state:
            return
        state.loaded(loaded)
        if source.query is not None:
            self._owner.answered(source.query, None)
        self._owner.fed()
        self._when_calm(0.2)

    def _failed(self, state: MessageRows, source: Source, load: Load, error: Exception) -> None:
        state.load_failed(load)
        if state is not self.state:
            return
        if source.query is not None:
            self._owner.answered(source.query, error)
        else:
            self._owner.say(f"This folder could not be read: {safe_line(str(error))}")

    # -- in calm moments

    def _when_calm(self, wait: float = CALM) -> None:
        if self._calm is None and self.source is not None and self.source.query is None:
            self._calm = self._owner.later(wait, self._put_right)

    def _put_right(self) -> None:
        """Positions exact again, marks along the list: bounded reads, one after the other, never in the way."""
        self._calm = None
        source, state, reader = self.source, self.state, self._bridge.reader
        if source is None or source.mailbox is None or source.query is not None:
            return
        boxes, folding = source.boxes, state.folding
        key = state.wants_rank()
        if key is not None:
            work = partial(rank, reader, boxes, key, folding)
            self._bridge.ask("rank", work, partial(self._ranked, state, key), self._ignore)
            return
        wanted = state.anchors.next_after(state.total)
        if wanted is not None and not self._bridge.busy("side"):
            after, skip = wanted
            self._bridge.ask(
                "side",
                lambda: page(reader, boxes, folding, after=after, limit=1, skip=skip),
                partial(self._marked, state, folding),
                self._ignore,
            )

    def _ranked(self, state: MessageRows, key: RowKey, rank: int) -> None:
        if state is self.state:
            state.ranked(key, rank)
            self._owner.fed()
            self._when_calm()

    def _marked(self, state: MessageRows, folding: Folding | Order | None, rows: Sequence[Row]) -> None:
        if folding != state.folding:
            return
        state.anchors.add(rows[0].key if rows else None)
        if state is self.state:
            self._put_right()

    def _ignore(self, error: Exception) -> None:
        """Only comfort is lost; the next calm moment tries again."""

    # -- next unread

    def find_unread(self, *, older: bool, found: Callable[[RowKey | None], None]) -> None:
        """The key of the next unread message this way, None if there is none; from what is loaded at once."""
        source, state, reader = self.source, self.state, self._bridge.reader
        step = 1 if older else -1
        at = state.cursor + step
        while (row := state.row_at(at)) is not None:
            if unread(row):
                found(row.key)
                return
            at += step
        if source is None or source.mailbox is None or source.query is not None or not 0 <= at < state.total:
            found(None)
            return
        edge = state.row_at(at - step)
        boxes, key, folding = source.boxes, edge.key if edge else state.cursor_key, state.folding

        def done(key: RowKey | None) -> None:
            if state is self.state:
                found(key)

        self._bridge.ask("side", lambda: next_unread(reader, boxes, key, folding, older=older), done, self._ignore)
