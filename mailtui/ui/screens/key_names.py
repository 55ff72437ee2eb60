"""What the keyboard sends: each key by the name that the config file has for it, and what it does. For writing
`[keys]`, and for finding out what a terminal keeps to itself."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.ui.actions import describe
from mailtui.ui.keymap import Keymap, key_of
from mailtui.ui.painting import Painter
from mailtui.ui.screens.above import Above
from mailtui.ui.screens.overlays import OverlayTitle
from mailtui.ui.widgets.menu import Item, Menu
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece

MOST = 200
"""Keys that are remembered."""
_COLUMN = 16
"""Cells for a name."""


class KeyNames(Above[None]):
    """The newest key stands first. Two escapes in a row end it."""

    def __init__(self, painter: Painter, glyphs: Glyphs, keymap: Keymap, scope: str) -> None:
        super().__init__()
        self._keymap = keymap
        self._scope = scope
        self._last = ""
        self.title_line = OverlayTitle(painter, glyphs, id="overlay-title")
        self.title_line.text = "Press keys to see their names"
        self.title_line.way_out = "Esc Esc closes "
        self.menu = Menu(painter, glyphs, id="overlay-menu")
        self.menu.choosing = False
        self.menu.can_focus = True
        self.menu.styles.margin = (1, 0, 0, 0)

    def compose(self) -> ComposeResult:
        with Vertical(id="overlay"):
            yield self.title_line
            yield self.menu

    def on_mount(self) -> None:
        self.menu.focus()
        self.menu.show([Item((Piece("  "), Piece("They do nothing meanwhile.", "dim")))])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = key_of(event)
        if key == self._last == "escape":
            self.dismiss(None)
            return
        self.menu.show([self._item(key), *(self.menu.items if self._last else ())][:MOST])
        self._last = key

    def _item(self, key: str) -> Item:
        name = safe_line(key)
        gap = " " * max(2, _COLUMN - cell_width(name))
        return Item((Piece("  "), Piece(name, "hint-key"), Piece(gap), Piece(self._does(key), "text")))

    def _does(self, key: str) -> str:
        """Safe text."""
        bindings = self._keymap.bindings[self._scope]
        action = describe(bindings.get((key,)) or "", self._scope)
        if action is not None:
            return f"{action.name}: {action.description}"
        more = len(bindings.continuations((key,)))
        return f"begins {more} sequences" if more else "nothing here"
