"""How folders are listed: newest first, in another order, or as threads, and which of these are folded; with the keys
for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.listing import NEWEST, ORDERS, THREADS, By
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.model.remembered import FolderOrder
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.feed import Feed
from mailtui.view.ordering import Order
from mailtui.view.threaded import ThreadRows

_ONE = {"toggle_fold", "fold", "unfold"}
_NAMES = {"toggle_threads", *_ONE, "fold_all", "unfold_all"}


class Owner(Protocol):
    """The pane that shows them."""

    def say(self, text: str) -> None: ...

    def opened(self, row: Row) -> None:
        """This message is wanted."""

    def fit_columns(self) -> None:
        """The list may be of another kind now."""

    def fed(self) -> None:
        """The state is another one now."""

    def begin(self) -> None:
        """It is another list."""


class Threads:
    """Call it on the event loop only."""

    def __init__(self, bridge: Bridge, feed: Feed, owner: Owner, usual: str = NEWEST) -> None:
        """`usual`: how folders are listed unless the person says otherwise, one of `ORDERS`."""
        self._usual = usual
        self._bridge = bridge
        self._feed = feed
        self._owner = owner
        self._here = ("", "")
        self._orders: dict[tuple[str, str], str] = {}
        """By account and folder."""
        self._folded: dict[MailboxId, Folding] = {}

    def recall(self, orders: Iterable[FolderOrder]) -> None:
        """What was chosen before this start."""
        self._orders = {(one.account, one.folder): one.order for one in orders if one.order in ORDERS} | self._orders

    def orders(self) -> tuple[FolderOrder, ...]:
        """What was chosen, for the next start."""
        return tuple(FolderOrder(*names, order) for names, order in self._orders.items() if order != self._usual)

    def of(self, mailbox: Mailbox) -> Folding | Order | None:
        """How this folder is listed; None: newest first."""
        self._here = (mailbox.account, mailbox.name)
        name = self._orders.get(self._here, self._usual)
        if name == THREADS:
            return self._folded.get(mailbox.id, Folding())
        return None if name == NEWEST else Order(By(name))

    def perform(self, name: str, height: int) -> bool:
        """An action of threads; False if it is none."""
        if name not in _NAMES:
            return False
        source, state = self._feed.source, self._feed.state
        if source is None or source.mailbox is None or source.query is not None or source.thread is not None:
            self._owner.say("What a search found is not put in threads")
        elif name == "toggle_threads":
            self._switch(height)
        elif not isinstance(state, ThreadRows) or not isinstance(state.folding, Folding):
            self._owner.say("The list shows no threads: T shows them")
        elif name in _ONE:
            self._fold_one(source.mailbox, state, state.folding, name)
        else:
            self._fold(source.mailbox, state, Folding(name == "unfold_all"))
        return True

    def _switch(self, height: int) -> None:
        threads = not isinstance(self._feed.state.folding, Folding)
        self._show(THREADS if threads else NEWEST, Folding() if threads else None, height)
        self._owner.say("Threads: z a unfolds one, z R all" if threads else "Newest first")

    def sort(self, name: str | None) -> None:
        """Another order for the list on show, by its name: `newest`, or one of `By`; None: as it is."""
        source, height = self._feed.source, self._feed.state.height
        if name is None:
            return
        if source is None or source.mailbox is None or source.query is not None or source.thread is not None:
            self._owner.say("Only folders are listed in other orders")
        else:
            self._show(name, None if name == NEWEST else Order(By(name)), height)

    def _show(self, name: str, folding: Folding | Order | None, height: int) -> None:
        state = self._feed.state
        row = state.current
        cursor = RowKey(row.date, row.placement) if row is not None and state.cursor else None
        self._orders[self._here] = name
        self._feed.show_as(folding, height, cursor)
        self._owner.fit_columns()
        self._owner.fed()

    def _fold_one(self, mailbox: MailboxId, state: ThreadRows, folding: Folding, name: str) -> None:
        row = state.current
        if row is None or row.line is None or row.line.count == 1:
            self._owner.say("This message is alone in its thread")
        elif name == "toggle_fold" or folding.shows(row.thread) == (name == "fold"):
            self._fold(mailbox, state, folding.toggled(row.thread))
        else:
            self._owner.say("The thread is folded" if name == "fold" else "The thread is unfolded")

    def _fold(self, mailbox: MailboxId, state: ThreadRows, folding: Folding) -> None:
        self._folded[mailbox] = folding
        state.fold(folding)
        self._owner.fit_columns()
        self._owner.fed()

    def converse(self, row: Row) -> None:
        """All messages of its thread, wherever they lie."""
        self._feed.show_conversation(row, self._feed.state.height)
        self._owner.begin()

    def enter(self, row: Row) -> None:
        """Open a line. A folded thread unfolds, and its oldest unread message is opened, else its newest."""
        source, state, line = self._feed.source, self._feed.state, row.line
        if not isinstance(state, ThreadRows) or line is None or not line.whole or source is None:
            self._owner.opened(row)
            return
        first = next((one.placement for one in line.members if not one.bits & 1), row.placement)
        state.unfold_to(row.thread, row.key, first)
        if source.mailbox is not None and isinstance(state.folding, Folding):
            self._folded[source.mailbox] = state.folding
        self._owner.fit_columns()
        self._owner.fed()
        if first == row.placement:
            self._owner.opened(row)
        else:
            self._read(first)

    def _read(self, message: PlacementId) -> None:
        reader = self._bridge.reader

        def came(rows: tuple[Row, ...]) -> None:
            for row in rows:
                self._owner.opened(row)

        self._bridge.ask("side:thread", lambda: reader.rows((message,)), came, self._failed)

    def _failed(self, error: Exception) -> None:
        self._owner.say(f"The thread could not be read: {safe_line(str(error))}")
