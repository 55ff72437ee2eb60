"""The text that one writes: Textual's TextArea with the colours of quotes, and without anything in it that a terminal
could obey."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from mailtui.mail.compose.reworking import Rework, answer_within, filled, quoted_more, without_quote
from mailtui.mail.sanitize import MARK
from mailtui.ui.painting import BASE, Painter
from mailtui.view.composer import quote_depth

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_UNFIT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SHOWN = {code: chr(0x2400 + code) for code in range(0x20) if code not in (9, 10)}
_SHOWN |= {0x7F: "\u2421"} | dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), MARK)
_PATH_STARTS = ("/", "~", "'/", '"/', "file://")


def clean(text: str) -> str:
    """Line ends as \\n, no control characters: nothing of it is lost that belongs into a mail."""
    return _UNFIT.sub("", _LINE_ENDS.sub("\n", text)).expandtabs(8)


class Writing(TextArea):
    """`Pasted` comes instead of the text when it looks like paths: the screen finds out and calls `insert`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "to_start", "To the start of the text", show=False),
        Binding("ctrl+end", "to_end", "To its end", show=False),
    ]

    class Pasted(Message):
        """What may be files that were dropped on the terminal."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, painter: Painter) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            max_checkpoints=500,
            id="writing",
        )
        self.painter = painter
        self.cursor_blink = False

    def repainted(self, painter: Painter) -> None:
        """Other colours from now on."""
        self.painter = painter
        self.notify_style_update()
        self.refresh()

    def get_line(self, line_index: int) -> Text:
        """Quotes in their colours, the signature dimmed; every character stays one character."""
        line = self.document.get_line(line_index)
        text = Text(line.translate(_SHOWN), end="", no_wrap=True)
        depth = quote_depth(line)
        if depth:
            text.stylize(self.painter.style(f"quote{depth}", BASE))
        elif line == "-- ":
            text.stylize(self.painter.style("dim", BASE))
        return text

    async def _on_key(self, event: events.Key) -> None:
        """Enter amid a quoted line makes room for an answer there."""
        if event.key == "enter" and not self.read_only and self.selection.is_empty:
            rework = answer_within(self.document.lines, *self.cursor_location)
            if rework is not None:
                event.stop()
                event.prevent_default()
                self._rework(rework)
                return
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if event.text.strip().startswith(_PATH_STARTS):
            self.post_message(self.Pasted(event.text))
        else:
            self.put(event.text)

    def put(self, text: str) -> None:
        """Insert where the cursor is, in place of what is selected."""
        result = self._replace_via_keyboard(clean(text), *self.selection)
        if result is not None:
            self.move_cursor(result.end_location)

    def rework(self, name: str) -> str:
        """`fill`, `cut_quote` or `quote` where the cursor is, one step to undo. What to say if there is none."""
        lines, row = self.document.lines, self.cursor_location[0]
        (first, _), (last, column) = sorted(self.selection)
        if name == "fill":
            done, otherwise = filled(lines, row), "This paragraph is filled already"
        elif name == "cut_quote":
            done, otherwise = without_quote(lines, row), "There is no quote from here on"
        else:
            done, otherwise = quoted_more(lines, first, last - (last > first and not column)), ""
        if done is None:
            return otherwise
        self._rework(done)
        return ""

    def _rework(self, rework: Rework) -> None:
        start, end = (rework.first, 0), (rework.last, len(self.document.get_line(rework.last)))
        text = "\n".join(rework.lines)
        if not rework.lines:  # the line end above goes too, or the one below if it begins the text
            if rework.last + 1 < self.document.line_count:
                end = (rework.last + 1, 0)
            else:
                start = (rework.first - 1, len(self.document.get_line(rework.first - 1)))
        self.history.checkpoint()
        self._replace_via_keyboard(text, start, end)
        self.history.checkpoint()
        self.move_cursor(rework.cursor)

    def action_to_start(self) -> None:
        self.move_cursor((0, 0))

    def action_to_end(self) -> None:
        self.move_cursor(self.document.end)
