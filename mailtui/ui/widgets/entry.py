"""Text fields: Textual's Input without markup, with keys that the surrounding screen wants for itself."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input


class Entry(Input):
    """Sends `Pressed` for the keys in `wanted` and keeps all others."""

    class Pressed(Message):
        """A key that is none of the field's."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, placeholder: str, wanted: frozenset[str], *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=True)
        self.wanted = wanted
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key in self.wanted:
            event.stop()
            event.prevent_default()
            self.post_message(self.Pressed(event.key))
            return
        await super()._on_key(event)
