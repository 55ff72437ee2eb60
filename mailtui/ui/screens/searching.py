"""The part of the main screen that searches: the bar above the list, results in the list, the way back, and searches
that are kept as folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.changes import Answered
from mailtui.model.errors import QueryError
from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.intents import AskServer, SyncNow
from mailtui.model.mail import Address, Row
from mailtui.model.remembered import with_recent
from mailtui.ui.actions import FOLDERS, LIST, READER
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.folders import FoldersPane
from mailtui.ui.panes.messages import MessagesPane
from mailtui.ui.panes.reader import ReaderPane
from mailtui.ui.panes.search import SearchBar
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.above import KeyScreen
from mailtui.ui.screens.questions import Prompt
from mailtui.ui.screens.recollecting import Recollection
from mailtui.view.asking import Reach, following, narrowed, reaches
from mailtui.view.figures import plural
from mailtui.view.saved import is_search
from mailtui.view.tree import mailbox_label, mailbox_path
from mailtui.view.unified import ALL_INBOXES

if TYPE_CHECKING:
    from mailtui.ui.people import People


REREAD = (0.3, 1.5, 4.0, 10.0)
"""Seconds after which results are read again when a server found more."""


class SearchingScreen(KeyScreen):
    """Knows bar, list and reader, and where a search goes back to. The main screen adds everything else."""

    bridge: Bridge
    folders: FoldersPane
    status: StatusPane
    settings: Settings
    memory: Recollection
    _people: People | None = None
    _beyond = ("", 0)
    """What servers were asked last, and how many messages they found."""

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
        possible = self._reaches()
        self.search.look(self.search.reach if self.search.reach in possible else possible[0], self._where())
        source = self.messages.source
        self.search.open(source.query or "" if source is not None else "")

    def suggest_people(self, typed: str, done: Callable[[list[str]], None]) -> None:
        """Addresses of those whom this fits."""
        self.find_people(typed, lambda found: done([one.addr for one in found if one.addr.isprintable()]))

    def find_people(self, typed: str, done: Callable[[list[Address]], None]) -> None:
        """Who knows them is imported when somebody first asks."""
        from mailtui.ui.people import People

        self._people = self._people or People(self.bridge, self.settings)
        self._people.suggest(typed, done)

    # -- where

    def _reaches(self) -> list[Reach]:
        return reaches(self._home, len(self.settings.accounts) > 1)

    def _where(self) -> str:
        home, reach = self._home, self.search.reach
        if home is None or reach is Reach.EVERYWHERE:
            return "all mail"
        return safe_line(home.account) if reach is Reach.ACCOUNT else mailbox_label(home)

    @on(SearchBar.Turned)
    def _turned(self) -> None:
        self.search.reach = following(self.search.reach, self._reaches())
        self.search.look(self.search.reach, self._where())

    def _turn_results(self) -> None:
        """From the list: the same search somewhere else."""
        if not self.messages.searching or not self.search.typed:
            self.status.say("There is no search here: / begins one")
        else:
            self._turned()

    @on(SearchBar.Asked)
    def _asked(self, event: SearchBar.Asked) -> None:
        home, reach = self._home, self.search.reach
        folder = home.id if reach is Reach.FOLDER and home is not None else None
        query = narrowed(event.query, reach, home) if reach is Reach.ACCOUNT else event.query
        self.reader.close()
        self.messages.show_results(query, folder, f"in {self._where()}")

    # -- the server

    @on(SearchBar.Beyond)
    def _ask_server(self) -> None:
        """What the server finds among mail of which only headers are here comes here, and is found then."""
        source = self.messages.source
        if source is None or source.query is None:
            self.status.say("There is no search here: / begins one")
            return
        home = self._home.account if self.search.reach is Reach.ACCOUNT and self._home is not None else None
        self._beyond = (source.query, 0)
        self.bridge.send(AskServer(source.query, source.mailbox, home or None))
        self.status.say("Asking the server for mail whose text is not here")

    def server_found(self, answered: Answered) -> None:
        """The answer of one account."""
        query, before = self._beyond
        if answered.query != query:
            return
        self._beyond = (query, before + answered.found)
        name = safe_line(answered.account)
        if answered.found:
            words = f"{name} found {plural(answered.found, 'more message')}: the text is here now"
        elif answered.text:
            words = f"{name}: {safe_line(answered.text)}"
        else:
            words = f"{name} has nothing more" if not before else ""
        if words:
            self.status.say(words)
        if answered.found:
            for wait in REREAD:
                self.set_timer(wait, lambda: self._found_beyond(query))

    def _found_beyond(self, query: str) -> None:
        """What came is indexed in a moment."""
        source = self.messages.source
        if source is not None and source.query == query:
            self.messages.reread()

    # -- kept searches

    @on(SearchBar.Kept)
    def _save_search(self) -> None:
        source = self.messages.source
        query = self.search.typed if self.search.display else (source.query or "" if source is not None else "")
        if not query or not self.messages.searching:
            self.status.say("There is no search to save: / begins one")
            return
        if self.search.display:
            query = narrowed(query, self.search.reach, self._home)
        before = self.memory.shelf.of_query(query)
        verb = lambda typed: f"save {safe_line(query)} as {safe_line(typed.strip())}"  # noqa: E731
        prompt = Prompt(
            self.status.painter, self.status.glyphs, "Save the search", verb, "a name", before.name if before else ""
        )

        def named(typed: str | None) -> None:
            name = " ".join(safe_line(typed or "").split())[:80]
            if name:
                self.memory.save(name, query)
                self.status.say(f"{name} is among the folders now, under Searches")

        self.app.push_screen(prompt, named)

    def _show_saved(self, mailbox: Mailbox) -> None:
        """A saved search, opened like a folder."""
        one = self.memory.shelf.search(mailbox.id)
        if one is None:
            return
        self._show_search(one.query, f"“{safe_line(one.name)}”" if not self.settings.ascii else safe_line(one.name))
        self.folders.opened(mailbox.id)

    def _show_search(self, query: str, words: str) -> None:
        """Results for a query that nobody had to type."""
        self._back_to = self._back_to if self.messages.searching else self.messages.current
        self.search.reach = Reach.EVERYWHERE
        self.search.close()
        self.reader.close()
        self.messages.show_results(query, None, words)

    def _converse(self) -> None:
        """The message under the cursor, with all that belongs to it in the folders of its account."""
        row = self.messages.current
        if row is None:
            self.status.say("There is no message here")
            return
        self._back_to = self._back_to if self.messages.searching else row
        self.search.close()
        self.reader.close()
        self.messages.threads.converse(row)
        self._focus(self.messages)

    def look_for(self, query: str) -> None:
        """From the palette."""
        self._remember_search(query)
        self._show_search(query, f"for {safe_line(query)}")
        self._focus(self.messages)

    def _remember_search(self, query: str) -> None:
        screen = self.memory.screen
        self.memory.screen = replace(screen, recent=with_recent(screen.recent, query))

    @on(MessagesPane.Looked)
    def _looked(self, event: MessagesPane.Looked) -> None:
        if event.error is not None and not self.search.display:
            self.status.say(safe_line(str(event.error)))
        elif isinstance(event.error, QueryError):
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
            self._remember_search(self.search.typed)
            self._focus(self.messages)

    def close_search(self) -> None:
        """Back to the folder, and to the message where the cursor was."""
        self.search.close()
        if self._home is not None and is_search(self.folders.tree_.opened or MailboxId(0)):
            self.folders.opened(self._home.id)
        if self._home is not None and (self.messages.source is None or self.messages.searching):
            self.messages.show_mailbox(self._home, self._back_to.key if self._back_to else None)
        self._focus(self.messages)

    def _show_starred(self) -> None:
        """Servers that have no folder for it: a search that nobody had to type."""
        self._show_search("is:flagged", "for starred mail")
        self._focus(self.messages)

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
