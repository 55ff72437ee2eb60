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

    def action_to_start(self) -> None:
        self.move_cursor((0, 0))

    def action_to_end(self) -> None:
        self.move_cursor(self.document.end)
