"""Above the screen: a sheet to be read (preview, source, what a command said), and the list of attachments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from mailtui.mail.sanitize import safe_line
from mailtui.ui.bridge import Bridge
from mailtui.ui.inside import Letter, Sheet
from mailtui.ui.painting import Painter
from mailtui.ui.screens.panels import Panel
from mailtui.ui.widgets.menu import Item
from mailtui.view.figures import size
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.pieces import Piece
from mailtui.view.reader import Linked

EDGE = Piece("  ")


class ReadSheet(Panel):
    """Lines that scroll. `look` makes them on a thread."""

    KEYS = (("j k", "scroll"), ("q", "close"))
    AGAIN = 0

    def __init__(self, painter: Painter, glyphs: Glyphs, bridge: Bridge, title: str, make: Callable[[], Sheet]) -> None:
        """`title`: safe; the sheet brings its own when it comes."""
        super().__init__(painter, glyphs, bridge)
        self.title_line.text = title
        self._make = make

    def on_mount(self) -> None:
        """The panel's own comes after it."""
        self.menu.choosing = False
        self.menu.show([Item((EDGE, Piece(f"Opening{self.glyphs.ellipsis}", "dim")))])

    def read(self) -> None:
        self.bridge.ask("file:sheet", self._make, self._came, self._failed)

    def _came(self, found: Any) -> None:
        if self.is_attached:
            self.title_line.text = found.title
            self.title_line.refresh()
            self.menu.show([Item((EDGE, *line)) for line in found.lines])
            self.foot.say(safe_line(found.remark))

    def _failed(self, error: Exception) -> None:
        if self.is_attached:
            self.menu.show([Item((EDGE, Piece(safe_line(str(error)), "error")))])

    def act(self, key: str, value: str) -> bool:
        return False


class Attachments(Panel):
    """What is attached; keys look at it, open it, save it."""

    TITLE_TEXT = "Attachments"
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Enter", "look"),
        ("o", "open"),
        ("s", "save"),
        ("S", "save all"),
        ("|", "pipe"),
    )
    EMPTY = "Nothing is attached to this message."
    AGAIN = 0

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        bridge: Bridge,
        letter: Letter,
        deed: Callable[[str, int, Callable[[str], None]], None],
    ) -> None:
        """`deed(name, number, say)` does what a key stands for; `say` shows a safe sentence in the foot."""
        super().__init__(painter, glyphs, bridge)
        self._letter = letter
        self._deed = deed

    def look(self) -> Any:
        return self._letter.attachments()

    def entries(self, found: Any) -> list[Entry]:
        several = len(str(len(found)))
        out = []
        for place, one in enumerate(found, 1):
            left = (
                Piece(f"  {place:>{several}}  ", "dim"),
                Piece(one.name, "text"),
                Piece(f"  {one.type}", "dim"),
            )
            out.append(Entry(left, (Piece(f"{size(one.size):>5} ", "dim"),), str(one.number)))
            out += [Entry((Piece(" " * (several + 4)), Piece(f"! {danger}", "warn"))) for danger in one.dangers]
        return out

    def act(self, key: str, value: str) -> bool:
        names = {"enter": "look", "space": "look", "o": "open", "s": "save", "S": "save_all", "|": "pipe"}
        if key not in names:
            return False
        self._deed(names[key], int(value), self._say)
        return True

    def _say(self, text: str) -> None:
        if self.is_attached:
            self.foot.say(text)


class Links(Panel):
    """The links of the text; keys open or copy one."""

    TITLE_TEXT = "Links"
    KEYS = (("Enter", "open"), ("y", "copy"), ("q", "close"))
    AGAIN = 0

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        bridge: Bridge,
        links: Sequence[Linked],
        deed: Callable[[str, Linked, Callable[[str], None]], None],
    ) -> None:
        """`deed(name, link, say)` opens or copies; `say` shows a safe sentence in the foot."""
        super().__init__(painter, glyphs, bridge)
        self._links = {str(link.number): link for link in links}
        self._deed = deed

    def read(self) -> None:
        """They are here already."""
        self._came(self._links)

    def entries(self, found: Any) -> list[Entry]:
        several = len(str(len(found)))
        out = []
        for link in found.values():
            left = (Piece(f"  {link.number:>{several}}  ", "dim"), Piece(link.url, "link"))
            out.append(Entry(left, (), str(link.number)))
            if link.says:
                words = f"! says {link.says}, leads to {link.host}"
                out.append(Entry((Piece(" " * (several + 4)), Piece(words, "warn"))))
        return out

    def act(self, key: str, value: str) -> bool:
        names = {"enter": "open", "o": "open", "y": "copy", "c": "copy"}
        if key not in names:
            return False
        self._deed(names[key], self._links[value], self._say)
        return True

    def _say(self, text: str) -> None:
        if self.is_attached:
            self.foot.say(text)
