"""The words of the message list that are no messages: its title line, and what it says when it is empty."""

from __future__ import annotations

from mailtui.mail.sanitize import safe_line
from mailtui.ui.panes.feed import Source
from mailtui.view.figures import count
from mailtui.view.glyphs import Glyphs
from mailtui.view.ordering import Order
from mailtui.view.pieces import Piece, Pieces
from mailtui.view.rows import MessageRows


def heading(source: Source | None, state: MessageRows, glyphs: Glyphs) -> tuple[str, Pieces, Pieces]:
    """The title, what follows it, and what stands at the right edge."""
    if source is None:
        return "Messages", (), ()
    after: Pieces = ()
    if state.total or source.query is not None:
        more = "+" if state.growing and not state.complete and state.loaded_once else ""
        by_lines = state.folding is None or source.thread is not None
        text = f"  {count(state.total if by_lines else source.total)}{more}"
        if source.query is None and source.unread:
            text += f" {glyphs.separator} {count(source.unread)} unread"
        if state.folding is not None:
            text += f" {glyphs.separator} {state.folding.words if isinstance(state.folding, Order) else 'threads'}"
        after = (Piece(text, "dim"),)
    right = (Piece(f"{count(len(state.fresh))} new {glyphs.up} ", "new"),) if state.fresh else ()
    return safe_line(source.title), after, right


def empty_line(source: Source | None, state: MessageRows, hints: tuple[str, str], line: int) -> Pieces:
    """What an empty list says on this line."""
    lines = empty_lines(source, state, *hints)
    index = line - max(1, state.height // 3)
    return (Piece("   "), lines[index]) if 0 <= index < len(lines) else ()


def empty_lines(source: Source | None, state: MessageRows, hint: str, ways: str) -> list[Piece]:
    """Why it is empty, and what to do. `hint`: what to do when there is no folder at all; `ways`: keys that lead out of
    an empty one."""
    if source is None:
        words = hint or "the first look at the server shows them"
        return [Piece("No folder yet", "strong"), Piece(words, "dim")]
    if not state.loaded_once:
        return []
    if source.query is not None:
        return [
            Piece("Nothing found", "strong"),
            Piece("fewer words; ^T elsewhere; ^G asks the server; Esc back", "dim"),
        ]
    return [
        Piece("Nothing here", "strong"),
        Piece(ways, "dim"),
    ]
