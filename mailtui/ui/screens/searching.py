"""The part of the main screen that searches: the bar above the list, results in the list, and the way back."""

from __future__ import annotations

from textual import on

from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import QueryError
from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId
from mailtui.model.intents import SyncNow
from mailtui.model.mail import Row
from mailtui.ui.actions import FOLDERS, LIST, READER
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.folders import FoldersPane
from mailtui.ui.panes.messages import MessagesPane
from mailtui.ui.panes.reader import ReaderPane
from mailtui.ui.panes.search import SearchBar
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.above import KeyScreen
from mailtui.view.tree import mailbox_label, mailbox_path
from mailtui.view.unified import ALL_INBOXES


class SearchingScreen(KeyScreen):
    """Knows bar, list and reader, and where a search goes back to. The main screen adds everything else."""

    bridge: Bridge
    folders: FoldersPane
    status: StatusPane

    def __init__(self, search: SearchBar, messages: MessagesPane, reader: ReaderPane) -> None:
        super().__init__()
        self.search = search
        self.messages = messages
        self.reader = reader
        self._home: Mailbox | None = None
        """The mailbox that the list shows, or goes back to after a search."""
        self._back_to: Row | None = None

    @property
    def scope(self) -> str:
        raise NotImplementedError

    def _focus(self, pane: FoldersPane | MessagesPane | ReaderPane) -> None:
        raise NotImplementedError

    def to_list(self) -> None:
        """The keys go to the list."""
        self._focus(self.messages)

    def _open_search(self) -> None:
        if self.scope != LIST:
            self._focus(self.messages)
        if not self.messages.searching:
            self._back_to = self.messages.current
        self.search.open()

    @on(SearchBar.Asked)
    def _asked(self, event: SearchBar.Asked) -> None:
        where = self._home if event.here and self._home is not None and self._home.id != ALL_INBOXES else None
        words = f"in {mailbox_label(where)}" if where is not None else "in all mail"
        self.reader.close()
        self.messages.show_results(event.query, where.id if where else None, words)

    @on(MessagesPane.Looked)
    def _looked(self, event: MessagesPane.Looked) -> None:
        if isinstance(event.error, QueryError):
            self.search.complain(event.error)
        elif event.error is not None:
            self.search.complain(None, safe_line(str(event.error)))
        else:
            self.search.complain(None)

    @on(SearchBar.Done)
    def _search_done(self, event: SearchBar.Done) -> None:
        if event.cancelled:
            self.close_search()
        else:
            self._focus(self.messages)

    def close_search(self) -> None:
        """Back to the folder, and to the message where the cursor was."""
        self.search.close()
        if self._home is not None and (self.messages.source is None or self.messages.searching):
            self.messages.show_mailbox(self._home, self._back_to.key if self._back_to else None)
        self._focus(self.messages)

    def _show_starred(self) -> None:
        """Servers that have no folder for it: a search that nobody had to type."""
        self._back_to = self._back_to if self.messages.searching else self.messages.current
        self.search.close()
        self._focus(self.messages)
        self.reader.close()
        self.messages.show_results("is:flagged", None, "for starred mail")

    def show_found(self, query: str, mailbox: Mailbox, where: str) -> None:
        """A search of a folder that nobody had to type. `where`: safe words for the title."""
        self._back_to = self.messages.current
        self.search.close()
        self._focus(self.messages)
        self.reader.close()
        self.messages.show_results(query, mailbox.id, where)

    # -- writing

    @property
    def home(self) -> Mailbox | None:
        """The mailbox that the list shows, or goes back to."""
        return self._home

    @property
    def here(self) -> Row | None:
        """The message that is meant when one answers."""
        if self.scope == READER and self.reader.state.placement is not None:
            return self.messages.row(self.reader.state.placement)
        return self.messages.current

    @property
    def account(self) -> AccountId | None:
        return (self._home.account or None) if self._home is not None else None

    # -- ways

    def _back(self) -> None:
        if self.scope == READER or self.scope == FOLDERS:
            self.to_list()
        elif self.messages.picking.picked.any:
            self.messages.picking.clear()
        elif self.messages.searching:
            self.close_search()
        else:
            self._focus(self.folders)

    def _sync_folder(self) -> None:
        if self._home is not None and self._home.id == ALL_INBOXES:
            self._sync_all()
        elif self._home is not None:
            self.bridge.send(SyncNow(self._home.account, self._home.id))
            self.status.say(f"Looking for new mail in {mailbox_path(self._home)}")

    def _sync_all(self) -> None:
        self.bridge.send(SyncNow())
        self.status.say("Looking for new mail everywhere")
