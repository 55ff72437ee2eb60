"""How folders are listed: newest first, in another order, or as threads, and which of these are folded; with the keys
for it."""

from __future__ import annotations

from typing import Protocol

from mailtui.mail.sanitize import safe_line
from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.listing import By
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.feed import Feed
from mailtui.view.ordering import NEWEST, Order
from mailtui.view.threaded import ThreadRows

_NAMES = {"toggle_threads", "toggle_fold", "fold_all", "unfold_all"}


class Owner(Protocol):
    """The pane that shows them."""

    def say(self, text: str) -> None: ...

    def opened(self, row: Row) -> None:
        """This message is wanted."""

    def fit_columns(self) -> None:
        """The list may be of another kind now."""

    def fed(self) -> None:
        """The state is another one now."""


class Threads:
    """Call it on the event loop only."""

    def __init__(self, bridge: Bridge, feed: Feed, owner: Owner) -> None:
        self.usual = False
        """Whether folders show threads unless the person says otherwise."""
        self._bridge = bridge
        self._feed = feed
        self._owner = owner
        self._chosen: dict[MailboxId, Folding | Order | None] = {}

    def of(self, mailbox: MailboxId) -> Folding | Order | None:
        """How this folder was shown last; None: newest first."""
        return self._chosen.get(mailbox, Folding() if self.usual else None)

    def perform(self, name: str, height: int) -> bool:
        """An action of threads; False if it is none."""
        if name not in _NAMES:
            return False
        source, state = self._feed.source, self._feed.state
        if source is None or source.mailbox is None or source.query is not None:
            self._owner.say("What a search found is not put in threads")
        elif name == "toggle_threads":
            self._switch(source.mailbox, height)
        elif not isinstance(state, ThreadRows) or not isinstance(state.folding, Folding):
            self._owner.say("The list shows no threads: T shows them")
        elif name == "toggle_fold":
            self._toggle(source.mailbox, state, state.folding)
        else:
            self._fold(source.mailbox, state, Folding(name == "unfold_all"))
        return True

    def _switch(self, mailbox: MailboxId, height: int) -> None:
        folding = None if isinstance(self._feed.state.folding, Folding) else Folding()
        self._show(mailbox, folding, height)
        self._owner.say("Threads: z a unfolds one, z R all" if folding is not None else "Newest first")

    def sort(self, name: str | None) -> None:
        """Another order for the list on show, by its name: `newest`, or one of `By`; None: as it is."""
        source, height = self._feed.source, self._feed.state.height
        if name is None:
            return
        if source is None or source.mailbox is None or source.query is not None:
            self._owner.say("What a search found is listed newest first")
        else:
            self._show(source.mailbox, None if name == NEWEST else Order(By(name)), height)

    def _show(self, mailbox: MailboxId, folding: Folding | Order | None, height: int) -> None:
        state = self._feed.state
        row = state.current
        cursor = RowKey(row.date, row.placement) if row is not None and state.cursor else None
        self._chosen[mailbox] = folding
        self._feed.show_as(folding, height, cursor)
        self._owner.fit_columns()
        self._owner.fed()

    def _toggle(self, mailbox: MailboxId, state: ThreadRows, folding: Folding) -> None:
        row = state.current
        if row is None or row.line is None or row.line.count == 1:
            self._owner.say("This message is alone in its thread")
        else:
            self._fold(mailbox, state, folding.toggled(row.thread))

    def _fold(self, mailbox: MailboxId, state: ThreadRows, folding: Folding) -> None:
        self._chosen[mailbox] = folding
        state.fold(folding)
        self._owner.fit_columns()
        self._owner.fed()

    def enter(self, row: Row) -> None:
        """Open a line. A folded thread unfolds, and its oldest unread message is opened, else its newest."""
        source, state, line = self._feed.source, self._feed.state, row.line
        if not isinstance(state, ThreadRows) or line is None or not line.whole or source is None:
            self._owner.opened(row)
            return
        first = next((one.placement for one in line.members if not one.bits & 1), row.placement)
        state.unfold_to(row.thread, row.key, first)
        if source.mailbox is not None:
            self._chosen[source.mailbox] = state.folding
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
