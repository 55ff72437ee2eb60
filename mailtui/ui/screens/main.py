"""The main screen: folders, list, reader, search, status. It wires them to each other and knows no pane's inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.changes import AccountChanged, Answered, BodyArrived, Change, ListLeft, PicturesFetched
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import Revision
from mailtui.model.intents import Look
from mailtui.model.link import LinkState
from mailtui.model.mail import Row, RowKey
from mailtui.ui.actions import FOLDERS, GO_ROLES, LIST, READER
from mailtui.ui.bridge import Bridge
from mailtui.ui.clock import now
from mailtui.ui.keymap import Keymap
from mailtui.ui.opening import knowing_opener
from mailtui.ui.painting import Painter
from mailtui.ui.panes.folders import FoldersPane
from mailtui.ui.panes.messages import MessagesPane
from mailtui.ui.panes.reader import ReaderPane
from mailtui.ui.panes.search import SearchBar
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.arriving import Arrivals
from mailtui.ui.screens.bulk import BulkDoor
from mailtui.ui.screens.chords import Chords
from mailtui.ui.screens.deeds import Ask, Deeds
from mailtui.ui.screens.foldering import Foldering
from mailtui.ui.screens.handling import Handling
from mailtui.ui.screens.jumping import Jump
from mailtui.ui.screens.layouts import LEAST_HEIGHT, LEAST_WIDTH, Panes, arrange, panes_for
from mailtui.ui.screens.marks import Marks
from mailtui.ui.screens.news import leaving, sort_news, told, waiting
from mailtui.ui.screens.recollecting import EVERY, Recollection
from mailtui.ui.screens.remembering import RememberingScreen
from mailtui.ui.screens.writing import QUIET, WritingDoor
from mailtui.ui.terminal import Terminal
from mailtui.ui.widgets.lines import ActionWanted
from mailtui.view.figures import count
from mailtui.view.glyphs import Glyphs
from mailtui.view.saved import is_search
from mailtui.view.status import Status, apply
from mailtui.view.tree import mailbox_label
from mailtui.view.unified import ALL_INBOXES, inboxes

REST = 0.08
"""Seconds that the cursor rests on a message before the third pane shows it."""
_NEVER = Revision(0)


class MainScreen(RememberingScreen):
    """`overlay` opens palette and help: (name) -> None; it belongs to the app, and so does `terminal`."""

    AUTO_FOCUS = "#messages"

    def __init__(
        self,
        bridge: Bridge,
        settings: Settings,
        keymap: Keymap,
        painter: Painter,
        glyphs: Glyphs,
        overlay: Callable[[str], None],
        terminal: Terminal,
        *,
        demo: bool = False,
    ) -> None:
        super().__init__(
            SearchBar(painter, glyphs, lambda: self._mailboxes, self.suggest_people, lambda: self.memory.screen.recent),
            MessagesPane(painter, glyphs, bridge, settings.listing),
            ReaderPane(painter, glyphs, bridge, knowing_opener(settings)),
        )
        self.bridge = bridge
        self.settings = settings
        self.keymap = keymap
        self.overlay = overlay
        self._terminal = terminal
        self._arrivals = Arrivals(bridge, self.set_timer, terminal.news) if terminal.tells else None
        self._unread = -1
        order = [account.id for account in settings.accounts]
        self.folders = FoldersPane(painter, glyphs, order)
        self.status = StatusPane(painter, glyphs, keymap)
        self.small = Static("", id="small", markup=False)
        self.chords = Chords(self, keymap, self.status, lambda: self.scope, self.perform)
        self._zoomed = False
        ways = (("go_inbox", "inbox"), ("next_folder", "next folder"), ("sync_folder", "look for new mail"))
        shown = [(keymap.shown(name, LIST, 1), words) for name, words in ways]
        self.messages.ways = "      ".join(f"{key}  {words}" for key, words in shown if key)
        self._mailboxes: tuple[Mailbox, ...] = ()
        self._mail_status = Status(demo=demo)
        for account in order:
            self._mail_status = apply(self._mail_status, AccountChanged(_NEVER, account, LinkState.OFFLINE), 0)
        self.memory = Recollection(bridge, settings.store, self.set_timer, self.status.say)
        self.memory.changed = self._searches_changed
        self.jump = Jump(self.status.say)
        self._early: list[str] | None = []
        """Keys that came before there was a screen."""
        self._rest: Timer | None = None
        self.marks = Marks(bridge.send, self.set_timer, settings.mark_read_seconds)
        ask: Ask = lambda above, done: self.app.push_screen(above, done)  # noqa: E731
        self.deeds = Deeds(self, bridge, settings.after_action, ask)
        self.foldering = Foldering(self.folders, self.status, bridge, ask, self.memory)
        self.handling = Handling(self.reader, self.status, bridge, settings, keymap, ask)
        self.bulk = BulkDoor(self, bridge, settings, ask)
        self.writing = WritingDoor(self, bridge, settings, keymap, glyphs, ask)

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield self.folders
            with Horizontal(id="mail"):
                with Vertical(id="middle"):
                    yield self.search
                    yield self.messages
                yield self.reader
        yield self.status
        yield self.small

    def on_mount(self) -> None:
        self._lay_out()
        self.folders.update_links(self._mail_status.states())
        self.status.update(self._mail_status)
        self._read_tree()
        self.writing.start()
        self.set_timer(QUIET, self.writing.warm)
        ledger = self.bridge.reader.ledger
        self.bridge.ask("panel", ledger, lambda lines: self.deliver((waiting(lines),)), lambda error: None)
        outbox = self.bridge.reader.outbox
        self.set_interval(EVERY, self._keep)
        self.call_after_refresh(self._begin)
        self.bridge.ask("side:outbox", outbox, lambda found: self.deliver((leaving(found),)), lambda error: None)

    def _begin(self) -> None:
        """Keys that were typed ahead mean what they mean now."""
        early, self._early = self._early, None
        for key in early or ():
            self.take_key(key)

    # -- layout

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out((event.size.width, event.size.height))

    @property
    def scope(self) -> str:
        """Which pane has the keys."""
        focused = self.focused
        if focused is self.folders:
            return FOLDERS
        return READER if focused is self.reader else LIST

    def _lay_out(self, size: tuple[int, int] | None = None) -> None:
        """`size`: of a resize under way, which the app may hear of later than we do."""
        width, height = size or self.app.size
        layout = arrange(width, height, self.scope, self._zoomed, self.memory.screen.sizes)
        if layout == self._layout_now:
            return
        self._layout_now = layout
        tiny = layout.panes is Panes.NONE
        self.small.display = tiny
        self.query_one("#panes").display = self.status.display = not tiny
        if tiny:
            by = "x" if self.settings.ascii else "×"
            self.small.update(f"{width} {by} {height} is too small\nmailtui needs {LEAST_WIDTH} {by} {LEAST_HEIGHT}")
            return
        self.folders.display = layout.folders > 0
        self.folders.styles.width = layout.folders
        self.reader.display = layout.reader > 0
        self.reader.styles.width = "1fr" if layout.stacked or not layout.list else layout.reader
        self.reader.styles.height = layout.stacked or "1fr"
        self.query_one("#middle").display = layout.list > 0
        mail = self.query_one("#mail")
        mail.display = layout.list + layout.reader > 0
        mail.styles.layout = "vertical" if layout.stacked else "horizontal"
        self.reader.set_class(layout.list > 0 and layout.reader > 0 and not layout.stacked, "-beside")

    def _focus(self, pane: FoldersPane | MessagesPane | ReaderPane) -> None:
        """A pane has to be on the screen before it can have the keys."""
        width, height = self.app.size
        scope = FOLDERS if pane is self.folders else READER if pane is self.reader else LIST
        if pane is not self.reader:
            self._zoomed = False
        layout = arrange(width, height, scope, self._zoomed, self.memory.screen.sizes)
        if (
            (pane is self.folders and layout.folders)
            or (pane is self.reader and layout.reader)
            or pane is self.messages
        ):
            self.query_one("#mail").display = layout.list + layout.reader > 0
            self.query_one("#middle").display = layout.list > 0
            pane.display = True
        self.set_focus(pane)
        self.status.set_scope(scope)
        self._lay_out()

    def on_descendant_focus(self) -> None:
        self.status.set_typing(self.search.typing)
        self.status.set_scope(self.scope)
        self._lay_out()

    # -- keys

    def take_key(self, key: str) -> bool:
        """Feed the chord machine; False: the key belongs to a text field."""
        if self._early is not None:
            self._early.append(key)
            return True
        if self.search.hold(key):
            return True
        if self.jump.on:
            self.jump.take(key)
            return True
        if self.search.typing:
            return False
        self.chords.take(key)
        return True

    def perform(self, name: str, times: int | None = None) -> None:
        """An action by name: the focused pane's, else the screen's."""
        if name == "repeat":
            again = self.chords.again(times)
            if again is not None and not self.deeds.again(*again):
                self.perform(*again)
            return
        self.chords.remember(name, times)
        pane = {FOLDERS: self.folders, READER: self.reader}.get(self.scope, self.messages)
        if pane.perform(name, times):  # type: ignore[attr-defined]
            return
        if self.writing.perform(name) or self.bulk.perform(name):
            return
        if self.deeds.perform(name, times) or self.foldering.perform(name) or self.handling.perform(name, times):
            return
        if self.resize(name, times):
            return
        if name in GO_ROLES:
            self._go_role(GO_ROLES[name], name)
            return
        ways: dict[str, Callable[[], object]] = {
            "back": self._back,
            "go_all_inboxes": self._go_all_inboxes,
            "zoom": self._zoom,
            "conversation": self._converse,
            "next_unread": lambda: self.messages.perform("next_unread", times),
            "previous_unread": lambda: self.messages.perform("previous_unread", times),
            "next_message": lambda: self.messages.perform("next", times),
            "previous_message": lambda: self.messages.perform("previous", times),
            "search": self._open_search,
            "jump": self._jump,
            "ask_server": self._ask_server,
            "save_search": self._save_search,
            "search_reach": self._turn_results,
            "next_folder": lambda: self._step_folder(times or 1),
            "previous_folder": lambda: self._step_folder(-(times or 1)),
            "next_pane": lambda: self._step_pane(1),
            "previous_pane": lambda: self._step_pane(-1),
            "sync_folder": self._sync_folder,
            "sync_all": self._sync_all,
        }
        if name in ways:
            ways[name]()
        else:
            self.overlay(name)

    def _zoom(self) -> None:
        if panes_for(*self.app.size) is Panes.THREE:
            self._zoomed = not self._zoomed
            self._lay_out()

    def _step_pane(self, by: int) -> None:
        panes: list[FoldersPane | MessagesPane | ReaderPane] = [self.folders, self.messages]
        three = panes_for(*self.app.size) is Panes.THREE
        if (three and not self._zoomed) or self.scope == READER:
            panes.append(self.reader)
        at = {FOLDERS: 0, LIST: 1, READER: 2}[self.scope]
        self._focus(panes[(at + by) % len(panes)])

    # -- folders

    def _read_tree(self) -> None:
        def look() -> tuple[Mailbox, ...]:
            self.memory.load()
            return self.bridge.reader.mailboxes()

        self.bridge.ask("tree", look, self._tree_read, self._tree_failed)

    def _searches_changed(self) -> None:
        self.folders.update_tree(self._mailboxes, self.memory.shelf.mailboxes())

    def _tree_read(self, mailboxes: tuple[Mailbox, ...]) -> None:
        self._mailboxes = mailboxes
        self._searches_changed()
        self.memory.count()
        names = {box.id: mailbox_label(box) for box in mailboxes}
        self.messages.feed.boxes = {box.id: box for box in mailboxes}
        self.status.update(self._mail_status, names)
        self.deeds.folders_changed(mailboxes)
        unread = sum(box.unread for box in mailboxes if box.role is Role.INBOX)
        if unread != self._unread:
            self._unread = unread
            self._terminal.title(unread)
        if self._arrivals is not None:
            self._arrivals.watch(inboxes(mailboxes))
        tree = self.folders.tree_
        if self._home is not None and tree.mailbox(self._home.id) is None and not self.messages.searching:
            self._home = None  # it was deleted
        if self._home is None:
            before, cursor = self._remembered()
            first = before or tree.with_role(Role.INBOX, None) or next(iter(tree.mailboxes), None)
            if first is not None:
                self._show(first, cursor)
            else:
                if not self.settings.accounts:
                    self.messages.empty_hint = "no account yet: `mailtui config path` says where to write one"
                self.messages.refresh()
            return
        home = tree.mailbox(self._home.id)
        if home is not None:
            self._home = home
            self.messages.recount(home)

    def _tree_failed(self, error: Exception) -> None:
        self.status.say(f"The folders could not be read: {safe_line(str(error))}")

    def _show(self, mailbox: Mailbox, cursor: RowKey | None = None) -> None:
        self._home = mailbox
        self.marks.deliberate = False
        self.search.close()
        self.messages.show_mailbox(mailbox, cursor)
        self.folders.opened(mailbox.id)
        self.reader.close()
        if mailbox.id != ALL_INBOXES:  # inboxes are watched in any case
            self.bridge.send(Look(mailbox.id))

    @on(FoldersPane.Chosen)
    def _folder_chosen(self, event: FoldersPane.Chosen) -> None:
        self.go_to(event.mailbox, enter=event.enter)

    def go_to(self, mailbox: Mailbox, *, enter: bool = True) -> None:
        """Show a folder, with the keys in its list if `enter`."""
        if is_search(mailbox.id):
            if mailbox.id != self.folders.tree_.opened or not self.messages.searching:
                self._show_saved(mailbox)
            if enter:
                self._focus(self.messages)
            return
        searching = self.messages.searching
        if self._home is None or mailbox.id != self._home.id or searching:
            self._show(mailbox)
        if enter:
            self._focus(self.messages)

    @property
    def mailboxes(self) -> list[Mailbox]:
        """For the palette, in the order of the tree."""
        return self.folders.tree_.mailboxes

    def _step_folder(self, by: int) -> None:
        mailbox = self.folders.tree_.neighbour(self.folders.tree_.opened, by)
        if mailbox is not None:
            if self.scope == READER:
                self._focus(self.messages)
            self.go_to(mailbox, enter=False)

    def close_search(self) -> None:
        """Back to the folder; or to its senders, if one of them was shown."""
        source = self.messages.source
        super().close_search()
        self.bulk.search_closed(source.query if source is not None else None)

    def _go_all_inboxes(self) -> None:
        mailbox = self.folders.tree_.mailbox(ALL_INBOXES)
        if mailbox is not None:
            self.go_to(mailbox)
        else:
            self.status.say("There is one inbox only")

    def _go_role(self, role: Role, name: str) -> None:
        mailbox = self.folders.tree_.with_role(role, self._home.account if self._home else None)
        if mailbox is not None:
            self.go_to(mailbox)
        elif role is Role.FLAGGED:
            self._show_starred()
        else:
            self.status.say(f"There is no folder for {name.removeprefix('go_')} in this account")

    # -- list and reader

    @on(ActionWanted)
    def _wanted(self, event: ActionWanted) -> None:
        self.perform(event.action, event.times)

    @on(MessagesPane.Moved)
    def _cursor_moved(self, event: MessagesPane.Moved) -> None:
        self.marks.deliberate = event.by_person or self.marks.deliberate
        layout = self._layout_now
        if self._rest is not None:
            self._rest.stop()
        self.marks.stop()
        if event.row is None:
            self.reader.close()
        elif layout is not None and layout.reader:
            self._rest = self.set_timer(REST, self._show_current)

    @on(MessagesPane.Placed)
    def _placed(self, event: MessagesPane.Placed) -> None:
        self.status.set_place(f"{count(event.position + 1)} of {count(event.total)}" if event.total else "")

    def _show_current(self) -> None:
        row = self.messages.current
        if row is not None:
            self.reader.open(row)

    @on(MessagesPane.Opened)
    def _message_opened(self, event: MessagesPane.Opened) -> None:
        box = self.messages.feed.boxes.get(event.row.mailbox)
        if box is not None and box.role is Role.DRAFTS:
            self.writing.open_stored(event.row)
            return
        self.marks.deliberate = True
        again = self.reader.state.placement == event.row.placement
        self._focus(self.reader)
        self.reader.retry()
        self.reader.open(event.row)
        if again:
            self._start_reading()

    @on(ReaderPane.Shown)
    def _start_reading(self) -> None:
        """From now on it counts as being read, if it stays long enough."""
        placement = self.reader.state.placement
        if placement is None:
            return

        def still() -> Row | None:
            return self.messages.row(placement) if self.reader.state.placement == placement else None

        self.marks.opened(placement, still)

    @on(MessagesPane.Marked)
    def _marked(self, event: MessagesPane.Marked) -> None:
        self.status.set_marked(event.number)

    @on(MessagesPane.Said)
    def _said(self, event: MessagesPane.Said) -> None:
        self.status.say(event.text)

    # -- changes

    def deliver(self, changes: Sequence[Change]) -> None:
        """What happened in the last moment, gathered."""
        news = sort_news(changes, self._mail_status, now())
        self.bulk.changed(news.rows, refused=any(notice.level != "information" for notice in news.notices))
        if news.rows:
            self.messages.apply(news.rows)
            if self._arrivals is not None:
                self._arrivals.heard(news.rows)
        if news.everything:
            self.messages.reread()
        for body in news.bodies:
            self.writing.arrived(body)
            if isinstance(body, BodyArrived):
                self.reader.arrived(body)
            else:
                self.reader.failed(body)
        for answer in news.answers:
            self._answered(answer)
        if news.counts:
            self._read_tree()
        if news.status != self._mail_status:
            self._mail_status = news.status
            self.folders.update_links(news.status.states())
            self.status.update(news.status)
        if news.done is not None and not (self.writing.heard(news.done) or self.bulk.heard(news.done)):
            self.status.toast(safe_line(news.done.label), news.done.undone)
        if any(notice.level != "information" for notice in news.notices):
            self.messages.doubt()
        for notice in news.notices:
            self.notify(**told(notice))

    def _answered(self, answer: Answered | ListLeft | PicturesFetched) -> None:
        """What was asked for beyond the mail that is here."""
        if isinstance(answer, Answered):
            self.server_found(answer)
        elif isinstance(answer, ListLeft):
            self.bulk.answered(answer)
        else:
            self.handling.picturing.fetched(answer)
