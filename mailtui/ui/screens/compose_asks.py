"""What the composer asks: files to attach, another sender, when to send, which of the open messages, what to do about
what the checks found, anything by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical

from mailtui.mail.sanitize import safe_line
from mailtui.ui.actions import COMPOSER, in_scope
from mailtui.ui.bridge import Bridge
from mailtui.ui.keymap import Keymap, key_of
from mailtui.ui.painting import Painter
from mailtui.ui.screens.above import Above
from mailtui.ui.screens.overlays import Overlay, marked
from mailtui.ui.screens.questions import QuestionLines
from mailtui.ui.widgets.entry import Entry
from mailtui.ui.widgets.menu import Item
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces
from mailtui.view.reader import wrap


class AttachPrompt(Overlay):
    """Ends with what was typed: a path or a pattern. Tab goes on with the path that is chosen."""

    TITLE_TEXT = "Attach files"
    PLACEHOLDER = "a path, or a pattern such as ~/photos/*.jpg"

    def __init__(self, painter: Painter, glyphs: Glyphs, bridge: Bridge, look: Callable[[str], list[str]]) -> None:
        """`look`: paths for what was typed; blocking, runs on a thread."""
        super().__init__(painter, glyphs)
        self._bridge = bridge
        self._look = look
        self.entry.wanted = self.entry.wanted | {"tab", "shift+tab"}
        self.entry.select_on_focus = False
        self.title_line.way_out = "Tab goes on  Esc closes "
        self._shown_for: str | None = None
        """What was typed for the paths that are shown: Enter never takes one that is for another text."""
        self._waiting = ""
        """A key that waits for the paths of what is typed."""

    def on_mount(self) -> None:
        super().on_mount()
        self._ask("")

    def items(self, typed: str) -> list[Item]:
        self._waiting = ""
        self._ask(typed)
        return list(self.menu.items)

    def _ask(self, typed: str) -> None:
        self._bridge.ask("paths", lambda: self._look(typed), lambda found: self._came(typed, found), lambda error: None)

    def _came(self, typed: str, found: list[str]) -> None:
        if not self.is_attached or typed != self.entry.value:
            return
        start = typed.rpartition("/")[0]
        items = []
        for path in found:
            name = path[len(start) + 1 :] if start or path.startswith("/") else path
            style = "folder-open" if path.endswith("/") else "text"
            items.append(Item((Piece("  "), Piece(safe_line(name), style)), (), path))
        if any(char in typed for char in "*?["):
            pattern = (Piece("  "), Piece("all files that match ", "dim"), Piece(safe_line(typed), "strong"))
            items.insert(0, Item(pattern, (Piece("Enter ", "hint-key"),), typed))
        self.menu.show(items or [Item((Piece("  "), Piece("There is no such file.", "dim")))])
        self._shown_for = typed
        key, self._waiting = self._waiting, ""
        if key:
            self._take(key)

    def enter(self) -> None:
        self._take("enter")

    @on(Entry.Pressed)
    def _tabbed(self, event: Entry.Pressed) -> None:
        if event.key in {"tab", "shift+tab"}:
            event.stop()
            event.prevent_default()
            self._take("tab")

    def _take(self, key: str) -> None:
        """Enter or Tab: now, or as soon as what is shown is for what was typed."""
        if self._shown_for != self.entry.value:
            self._waiting = key
        elif key == "enter":
            self.menu.choose()
        elif self.menu.value:
            self._go_on(self.menu.value)

    def _go_on(self, value: str) -> None:
        self.entry.value = value
        self.entry.cursor_position = len(value)

    def chosen(self, value: str) -> None:
        """A folder is opened; a file ends it."""
        if value.endswith("/"):
            self._go_on(value)
        else:
            self.dismiss(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """A line to choose from; safe texts."""

    value: str
    text: str
    remark: str = ""


class Chooser(Overlay):
    """One of a few lines, by fuzzy name."""

    def __init__(
        self, painter: Painter, glyphs: Glyphs, title: str, placeholder: str, choices: Sequence[Choice]
    ) -> None:
        self.TITLE_TEXT, self.PLACEHOLDER = title, placeholder
        super().__init__(painter, glyphs)
        self._choices = tuple(choices)

    def items(self, typed: str) -> list[Item]:
        found: list[tuple[float, int, Item]] = []
        for order, one in enumerate(self._choices):
            hit = match(typed, one.text)
            if hit is not None:
                right = (Piece(f"{one.remark} ", "dim"),) if one.remark else ()
                found.append(
                    (-hit.score, order, Item((Piece("  "), *marked(one.text, hit.places, "text")), right, one.value))
                )
        return [item for _, _, item in sorted(found, key=lambda one: one[:2])]


def commands(painter: Painter, glyphs: Glyphs, keymap: Keymap) -> Chooser:
    """All that the composer can do, with its keys. Ends with the action's name."""
    choices = [
        Choice(action.name, action.description, keymap.shown(action.name, COMPOSER, 2))
        for action in in_scope(COMPOSER)
        if action.name != "commands"
    ]
    return Chooser(painter, glyphs, "Do anything", "what this message needs", choices)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a check found; safe texts. `key` mends it by way of `deed` ("" for none)."""

    text: str
    key: str = ""
    deed: str = ""
    word: str = ""


class Doubts(Above[str]):
    """Ends with `send`, `back`, or the deed of a doubt. `stop`: it can't be sent like this."""

    def __init__(self, painter: Painter, glyphs: Glyphs, doubts: Sequence[Doubt], *, stop: bool) -> None:
        super().__init__()
        self.body = QuestionLines(painter, glyphs, id="question")
        self._doubts = tuple(doubts)
        self._stop = stop
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="question-box"):
            yield self.body

    def on_mount(self) -> None:
        width = min(56, self.app.size.width * 94 // 100) - 6
        lines: list[Pieces] = []
        for doubt in self._doubts[:6]:
            words = wrap(doubt.text, width, 3)
            lines += [
                (Piece(f"  {'!' if not n else ' '} ", "warn"), Piece(line, "strong")) for n, line in enumerate(words)
            ]
            if doubt.key:
                lines.append((Piece("    "), Piece(doubt.key, "hint-key"), Piece(f" {doubt.word}", "hint")))
        more = len(self._doubts) - 6
        if more > 0:
            lines.append((Piece(f"    and {more} more", "dim"),))
        send = () if self._stop else (Piece("y", "hint-key"), Piece(" send anyway    ", "hint"))
        lines += [(), (Piece("  "), *send, Piece("Esc", "hint-key"), Piece(" back to writing", "hint"))]
        self.body.rows = lines
        self.body.styles.height = len(lines)
        self.body.focus()

    def on_key(self, event: events.Key) -> None:
        event.stop()
        key = key_of(event)
        deed = next((doubt.deed for doubt in self._doubts if doubt.key and doubt.key == key), "")
        if deed:
            self.dismiss(deed)
        elif key in {"y", "Y"} and not self._stop:
            self.dismiss("send")
        elif key in {"n", "N", "q", "escape", "ctrl+c"}:
            self.dismiss("back")
