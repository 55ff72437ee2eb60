"""The door to what is done about newsletters and advertising: imported when somebody asks for it, not for the first
screen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from mailtui.model.account import Settings
from mailtui.model.changes import Done, ListLeft, RowsChanged
from mailtui.model.folder import Mailbox
from mailtui.model.mail import Row
from mailtui.model.senders import SenderGroup
from mailtui.ui.bridge import Bridge
from mailtui.ui.opening import KnowingOpener
from mailtui.ui.screens.deeds import Ask, Deeds
from mailtui.view.deeds import Target
from mailtui.view.tree import mailbox_label
from mailtui.view.unified import ALL_INBOXES

if TYPE_CHECKING:
    from mailtui.ui.screens import leaving
    from mailtui.ui.screens.senders import Senders

    class Desk(leaving.Desk, Protocol):
        """The screen that all of this happens on."""

        deeds: Deeds

        @property
        def home(self) -> Mailbox | None: ...

        def show_found(self, query: str, mailbox: Mailbox, where: str) -> None:
            """A search of the folder, `where`: safe words."""


class BulkDoor:
    """Says of every action by name whether it is one of these."""

    def __init__(self, desk: Desk, bridge: Bridge, settings: Settings, ask: Ask) -> None:
        self._desk = desk
        self._bridge = bridge
        self._settings = settings
        self._ask = ask
        self._leaving: leaving.Leaving | None = None
        self._panel: Senders | None = None
        self._opener: KnowingOpener | None = None
        """Knows to whom the person writes."""
        self._came_from: tuple[str, str] | None = None
        """The search that shows a sender, and the sender's key."""

    @property
    def leaving(self) -> leaving.Leaving:
        """Made when it is first asked for."""
        if self._leaving is None:
            from mailtui.ui.screens.leaving import Leaving

            self._leaving = Leaving(self._desk, self._bridge, self._settings, self._ask)
        return self._leaving

    def perform(self, name: str) -> bool:
        """An action by name; False if it is none of ours."""
        if name == "unsubscribe":
            self.leaving.leave_here()
        elif name == "senders":
            self.show_senders()
        elif name == "why":
            self._why()
        else:
            return False
        return True

    def _why(self) -> None:
        row, status, reader = self._desk.here, self._desk.status, self._bridge.reader
        if row is None:
            status.say("There is no message here")
            return
        from mailtui.ui.remarks import Remarks
        from mailtui.ui.screens.sheets import ReadSheet
        from mailtui.ui.why import why

        if self._opener is None:
            self._opener = KnowingOpener({one.id: one.email for one in self._settings.accounts})
        width = max(20, min(100, self._desk.app.size.width * 94 // 100 - 6))
        make = partial(why, reader, self._opener, Remarks(self._settings.store), row, width)
        self._ask(ReadSheet(status.painter, status.glyphs, self._bridge, "Why", make), lambda _: None)

    # -- by sender

    def show_senders(self, at: str = "") -> None:
        """Of the folder that the list shows, or goes back to. `at`: the key of the sender to begin on."""
        box, status = self._desk.home, self._desk.status
        if box is None or box.id == ALL_INBOXES:
            status.say("Choose one folder first: several can't be shown by sender")
            return
        from mailtui.ui.screens.senders import Senders

        self._panel = Senders(status.painter, status.glyphs, self._bridge, box, self, at)
        self._ask(self._panel, self._closed)

    def _closed(self, _: object) -> None:
        self._panel = None

    def to_sender(self, name: str, targets: tuple[Target, ...], who: str) -> None:
        """An action on all messages of a sender."""
        if self._desk.deeds.to_sender(name, targets, who) and self._panel is not None:
            self._panel.leaving(targets)

    def leave(self, row: Row) -> None:
        """Off the list of this message."""
        self.leaving.leave(row)

    def open_sender(self, box: Mailbox, group: SenderGroup) -> None:
        """Its messages in the list; from there back to the senders."""
        from mailtui.view.senders import query, who

        wanted = query(group)
        if wanted:
            self._came_from = (wanted, group.key)
            self._desk.show_found(wanted, box, f"from {who(group)} in {mailbox_label(box)}")
        else:
            self._desk.status.say("They have no sender that could be searched for")

    def search_closed(self, query: str | None) -> None:
        """The list shows its folder again: where it was a sender's mail, the senders too."""
        came_from, self._came_from = self._came_from, None
        if came_from is not None and came_from[0] == query:
            self.show_senders(came_from[1])

    # -- what happened

    def changed(self, rows: Iterable[RowsChanged], *, refused: bool) -> None:
        """Rows came, went or look different; something was refused."""
        if self._panel is not None and (refused or any(one.mailbox == self._panel.box.id for one in rows)):
            self._panel.changed()

    def heard(self, done: Done) -> bool:
        """Something was done. True: it is told by us."""
        return self._leaving is not None and self._leaving.heard(done)

    def answered(self, change: ListLeft) -> None:
        """A list's server said something."""
        self.leaving.answered(change)

    def close(self) -> None:
        if self._leaving is not None:
            self._leaving.close()
