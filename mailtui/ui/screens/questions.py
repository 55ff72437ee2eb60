"""What is asked before something is done: yes or no, a few words, a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId
from mailtui.ui.painting import RAISED, Painter
from mailtui.ui.screens.above import Above
from mailtui.ui.screens.overlays import Overlay, marked
from mailtui.ui.widgets.lines import LinesWidget
from mailtui.ui.widgets.menu import Item
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import Glyphs
from mailtui.view.naming import full_name, is_taken
from mailtui.view.pieces import Piece, Pieces, fit
from mailtui.view.reader import wrap
from mailtui.view.tree import mailbox_path

_KEYS_LINE: Pieces = (
    Piece("  "),
    Piece("y", "hint-key"),
    Piece(" yes    ", "hint"),
    Piece("n", "hint-key"),
    Piece(" no", "hint"),
)


class QuestionLines(LinesWidget):
    """The question, a remark, and the keys that answer it."""

    GROUND = RAISED
    can_focus = True
    lines: Sequence[Piece] = ()
    rows: Sequence[Pieces] = ()
    """Whole lines in place of all that."""

    def paint(self, y: int, width: int) -> Strip:
        if self.rows:
            row = self.rows[y] if y < len(self.rows) else ()
            return self.painter.strip(fit(row, width, self.glyphs.ellipsis), width, RAISED)
        if y == len(self.lines) + 1:
            return self.painter.strip(fit(_KEYS_LINE, width, self.glyphs.ellipsis), width, RAISED)
        if y < len(self.lines):
            pieces = fit((Piece("  "), self.lines[y]), width, self.glyphs.ellipsis)
            return self.painter.strip(pieces, width, RAISED)
        return self.painter.blank(width, RAISED)


class Question(Above[bool]):
    """Only `y` says yes."""

    def __init__(self, painter: Painter, glyphs: Glyphs, question: str, remark: str = "") -> None:
        """Safe texts."""
        super().__init__()
        self.body = QuestionLines(painter, glyphs, id="question")
        self._texts = (question, remark)

    def compose(self) -> ComposeResult:
        with Vertical(id="question-box"):
            yield self.body

    def on_mount(self) -> None:
        width = min(56, self.app.size.width * 94 // 100) - 4
        question, remark = self._texts
        lines = [Piece(line, "strong") for line in wrap(question, width, 3)]
        lines += [Piece(line, "dim") for line in wrap(remark, width, 4)] if remark else []
        self.body.lines = lines
        self.body.styles.height = len(lines) + 2
        self.body.focus()

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in {"y", "Y"}:
            self.dismiss(True)
        elif event.key in {"n", "N", "q", "escape", "ctrl+c"}:
            self.dismiss(False)


class Prompt(Overlay):
    """A few words. Ends with them, or None. `verb`: what Enter will do with them."""

    SMALL = True

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        title: str,
        verb: Callable[[str], str],
        placeholder: str = "",
        value: str = "",
        why_not: Callable[[str], str] | None = None,
    ) -> None:
        """`verb` makes safe text of what was typed; "" if that won't do. `why_not`: safe words for that."""
        self.TITLE_TEXT, self.PLACEHOLDER = title, placeholder
        super().__init__(painter, glyphs)
        self._verb = verb
        self._why_not = why_not
        self._value = value

    def on_mount(self) -> None:
        super().on_mount()
        self.entry.value = self._value

    def items(self, typed: str) -> list[Item]:
        words = self._verb(typed) if typed.strip() else ""
        if words:
            return [Item((Piece("  "), Piece(words, "text")), (Piece("Enter ", "hint-key"),), typed)]
        why = self._why_not(typed) if typed.strip() and self._why_not is not None else ""
        return [Item((Piece("  "), Piece(why, "warn")))] if why else []


class Picker(Overlay):
    """A mailbox of one account. Ends with `to:MAILBOX`, or `new:NAME` for one that is to be made."""

    PLACEHOLDER = "a few letters of its name, or a new name"

    def __init__(
        self,
        painter: Painter,
        glyphs: Glyphs,
        title: str,
        mailboxes: Sequence[Mailbox],
        taken: Sequence[Mailbox],
        first: MailboxId | None,
    ) -> None:
        """`mailboxes`: those to choose from; `taken`: all of the account. `first`: where it went last time."""
        self.TITLE_TEXT = title
        super().__init__(painter, glyphs)
        self._boxes = sorted(mailboxes, key=lambda box: box.id != first)
        self._all = tuple(taken)
        self._first = first

    def items(self, typed: str) -> list[Item]:
        found: list[tuple[float, int, Item]] = []
        for order, box in enumerate(self._boxes):
            name = mailbox_path(box)
            hit = match(typed, name)
            if hit is not None:
                right = (Piece("last time ", "dim"),) if box.id == self._first else ()
                item = Item((Piece("  "), *marked(name, hit.places, "text")), right, f"to:{box.id}")
                found.append((-hit.score, order, item))
        items = [item for _, _, item in sorted(found, key=lambda one: one[:2])]
        name = full_name(typed, self._all)
        if name and not is_taken(name, self._all):
            shown = safe_line(typed.strip())
            left = (Piece("  + ", "accent"), Piece("create folder ", "dim"), Piece(shown, "strong"))
            items.append(Item(left, (), f"new:{name}"))
        return items
