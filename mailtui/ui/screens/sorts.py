"""In which order a folder is listed: chosen by name."""

from __future__ import annotations

from mailtui.model.listing import NEWEST
from mailtui.model.mail import Folding
from mailtui.ui.painting import Painter
from mailtui.ui.screens.overlays import Overlay, marked
from mailtui.ui.widgets.menu import Item
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import Glyphs
from mailtui.view.ordering import WORDS, Order
from mailtui.view.pieces import Piece


class Sorts(Overlay):
    """Ends with `newest` or the name of a `By`; None: as it is."""

    TITLE_TEXT = "List in another order"
    PLACEHOLDER = "date, sender, subject, size, unread"

    def __init__(self, painter: Painter, glyphs: Glyphs, now: Folding | Order | None) -> None:
        super().__init__(painter, glyphs)
        self._now = NEWEST if now is None else now.by.value if isinstance(now, Order) else ""

    def items(self, typed: str) -> list[Item]:
        out: list[Item] = []
        for name, words in ((NEWEST, "newest first"), *((by.value, words) for by, words in WORDS.items())):
            hit = match(typed, words)
            if hit is not None or name.startswith(typed.lower()):
                right = (Piece("now ", "dim"),) if name == self._now else ()
                out.append(Item((Piece("  "), *marked(words, hit.places if hit else (), "text")), right, name))
        return out
