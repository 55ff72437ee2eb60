"""The folder pane: paints `view.tree`, says which folder was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.link import LinkState
from mailtui.ui.painting import CURSOR, CURSOR_IDLE, SIDE, Painter
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, spread
from mailtui.view.tree import FolderTree, format_node

OPEN_AFTER = 0.12
"""Seconds that the cursor rests on a folder before it is shown."""


class FoldersPane(LinesWidget):
    """Line 0 is the title."""

    can_focus = True
    GROUND = SIDE

    class Chosen(Message):
        """Show this folder; `enter`: and go there."""

        def __init__(self, mailbox: Mailbox, enter: bool) -> None:
            super().__init__()
            self.mailbox = mailbox
            self.enter = enter

    def __init__(self, painter: Painter, glyphs: Glyphs, order: Sequence[AccountId]) -> None:
        super().__init__(painter, glyphs, id="folders")
        self.tree_ = FolderTree(order)
        self.links: dict[AccountId, LinkState] = {}
        self._top = 0
        self._rest: Timer | None = None

    def update_tree(self, mailboxes: Sequence[Mailbox], searches: Sequence[Mailbox] = ()) -> None:
        self.tree_.update(mailboxes, searches)
        self._reveal()

    def update_links(self, links: dict[AccountId, LinkState]) -> None:
        if links != self.links:
            self.links = links
            self.refresh()

    def opened(self, mailbox: MailboxId | None) -> None:
        """This folder is on show now: mark it, put the cursor there."""
        self.tree_.opened = mailbox
        line = self.tree_.line_of(mailbox)
        if line is not None:
            self.tree_.cursor = line
        self._reveal()

    def perform(self, name: str, times: int | None) -> bool:
        steps = {
            "next": times or 1,
            "previous": -(times or 1),
            "page_down": self._height,
            "page_up": -self._height,
            "half_page_down": self._height // 2,
            "half_page_up": -(self._height // 2),
            "first": -10_000,
            "last": 10_000,
        }
        if name in steps:
            self.tree_.move_by(steps[name])
            self._reveal()
            if self._rest is not None:
                self._rest.stop()
            self._rest = self.set_timer(OPEN_AFTER, lambda: self._choose(enter=False))
            return True
        if name == "open":
            self._choose(enter=True)
            return True
        return False

    def _choose(self, *, enter: bool) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        mailbox = self.tree_.current
        if mailbox is not None:
            self.post_message(self.Chosen(mailbox, enter))

    def places(self) -> list[tuple[int, Mailbox]]:
        """Folders in sight that can be opened, with their lines."""
        shown = enumerate(self.tree_.nodes[self._top : self._top + self._height], 1)
        return [(line, node.mailbox) for line, node in shown if node.openable and node.mailbox is not None]

    def on_click(self, event: events.Click) -> None:
        line = self._top + self.line_of(event.y) - 1
        if 0 <= line < len(self.tree_.nodes) and self.tree_.nodes[line].openable:
            self.tree_.cursor = line
            self._reveal()
            self._choose(enter=False)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._top = max(0, min(self._top + 3, len(self.tree_.nodes) - self._height))
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._top = max(0, self._top - 3)
        self.refresh()

    @property
    def _height(self) -> int:
        return max(1, self.content_size.height - 1)

    def on_resize(self) -> None:
        self._reveal()

    def _reveal(self) -> None:
        cursor = self.tree_.cursor
        if cursor < self._top + 1:
            self._top = max(0, cursor - 1)
        elif cursor >= self._top + self._height:
            self._top = cursor - self._height + 1
        self._top = max(0, min(self._top, len(self.tree_.nodes) - self._height))
        self.refresh()

    def paint(self, y: int, width: int) -> Strip:
        if y == 0:
            left, right = self.head("Folders")
            return self.painter.strip(spread(left, right, width), width, SIDE)
        line = self._top + y - 1
        if line >= len(self.tree_.nodes):
            return self.painter.blank(width, SIDE)
        node = self.tree_.nodes[line]
        pieces = format_node(node, width, self.glyphs, self.links)
        here = line == self.tree_.cursor and node.openable
        if node.mailbox is not None and node.mailbox.id == self.tree_.opened:
            pieces = tuple(Piece(text, "folder-open" if name.startswith("folder") else name) for text, name in pieces)
        if not here:
            return self.painter.strip(pieces, width, SIDE)
        first = pieces[0]
        pieces = (Piece(self.glyphs.cursor, "cursor-mark"), Piece(first.text[1:], first.style), *pieces[1:])
        return self.painter.strip(pieces, width, CURSOR if self.has_focus else CURSOR_IDLE)
