"""The reader pane as a value: which message it is about, how far opening it got, and its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import overload

from mailtui.mail.render.pictures import Drawing
from mailtui.mail.sanitize import cell_width, clip, cut, pad, safe_line
from mailtui.model.ids import PlacementId
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread


class Stage(Enum):
    EMPTY = "empty"
    OPENING = "opening"
    FETCHING = "fetching"
    """The message is not on this computer yet; asked for."""
    SHOWN = "shown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment, safe texts. `number`: its place among the parts of the message. `danger`: why not to open it."""

    name: str
    kind: str
    size: str
    number: int = 0
    danger: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link of the text, safe texts. If its text `says` another host than the one it leads to, `host` is the real
    one."""

    number: int
    url: str
    says: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered message. Every text is safe; every line fits the width it was rendered for."""

    headers: tuple[tuple[str, str], ...] = ()
    lines: tuple[Pieces, ...] = ()
    attachments: tuple[Attached, ...] = ()
    notes: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    """Less than a note: what one may want to know."""
    warnings: tuple[str, ...] = ()
    """Why one had better not trust it: a sentence each."""
    doubtful: bool = False
    """Whether the first of them is about the sender."""
    verified: str = ""
    """What one's own mail server says in favour of the sender."""
    links: tuple[Linked, ...] = ()
    cut: bool = False
    """Whether there is more than is shown."""
    folded: bool = False
    """Whether quotes are folded away."""
    pictures: int = 0
    """Places of pictures that came with it."""


@dataclass(frozen=True, slots=True)
class ReaderState:
    """What is shown, and how."""

    placement: PlacementId | None = None
    stage: Stage = Stage.EMPTY
    document: Document | None = None
    text: str = ""
    hint: str = ""
    html: bool = False
    quotes_folded: bool | None = None
    """None: only a long quote at the end of the text."""
    all_headers: bool = False
    whole: bool = False
    """Beyond the first part of a very long text."""
    pictures: Mapping[str, Drawing] = field(default_factory=dict)
    """What is drawn for those that are shown."""


COMPACT = ("from", "to", "cc", "date")
ATTACHMENTS_SHOWN = 6
"""Lines that attachments may take above the text."""
MARGIN = 2
"""Blank cells at both sides of the text."""
_EDGE = Piece(" " * MARGIN)


def text_width(width: int) -> int:
    """Cells for the text of a message in a pane of `width`: never so wide that the eye loses the line."""
    return max(20, min(width - 2 * MARGIN, 100))


class PaneLines(Sequence[Pieces]):
    """The lines of the pane: `head` as it is; those of the text get their margin only when they are looked at, so that
    a hundred thousand of them cost nothing."""

    def __init__(self, head: Sequence[Pieces] = (), text: Sequence[Pieces] = (), width: int = 0) -> None:
        self._head = head
        self._text = text
        self._width = width

    def __len__(self) -> int:
        return len(self._head) + len(self._text)

    @overload
    def __getitem__(self, index: int) -> Pieces: ...

    @overload
    def __getitem__(self, index: slice) -> list[Pieces]: ...

    def __getitem__(self, index: int | slice) -> Pieces | list[Pieces]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if index < len(self._head):
            return self._head[index]
        return fit((_EDGE, *self._text[index - len(self._head)]), self._width)


def layout(state: ReaderState, width: int, glyphs: Glyphs) -> PaneLines:
    """The lines of the pane from the top: card, attachments, notes, text. Each at most `width` cells."""
    document = state.document
    if document is None:
        return PaneLines()
    head = [*_card(state, document, width, glyphs), *_extras(document, width, glyphs)]
    return PaneLines(head, document.lines, width)


def _card(state: ReaderState, document: Document, width: int, glyphs: Glyphs) -> list[Pieces]:
    room = width - 2 * MARGIN
    edge = Piece(" " * MARGIN)
    subject = next((value for name, value in document.headers if name.lower() == "subject"), "") or "(no subject)"
    out: list[Pieces] = [()]
    out.extend((edge, Piece(line, "title")) for line in wrap(subject, room, 3, glyphs.ellipsis))
    shown = [
        (name, value)
        for name, value in document.headers
        if name.lower() != "subject" and (state.all_headers or name.lower() in COMPACT)
    ]
    column = min(max((len(name) for name, _ in shown), default=4), 18)
    for name, value in shown:
        key = Piece(pad(clip(name, column, glyphs.ellipsis), column) + "  ", "key")
        limit = 40 if state.all_headers else 2
        for index, line in enumerate(wrap(value, max(8, room - column - 2), limit, glyphs.ellipsis)):
            style = "person" if name.lower() == "from" else "value"
            out.append((edge, key if index == 0 else Piece(" " * (column + 2)), Piece(line, style)))
    out.append((edge, Piece(glyphs.rule * max(room, 0), "rule")))
    return out


def _extras(document: Document, width: int, glyphs: Glyphs) -> list[Pieces]:
    out: list[Pieces] = []
    edge = Piece(" " * MARGIN)
    many = len(document.attachments) > ATTACHMENTS_SHOWN
    for one in document.attachments[: ATTACHMENTS_SHOWN - 1 if many else None]:
        mark = Piece("! ", "warn") if one.danger else Piece(f"{glyphs.attachment} ", "note")
        left = (edge, mark, Piece(one.name, "file"), Piece(f"  {one.kind}", "dim"))
        out.append(spread(left, (Piece(one.size, "dim"), edge), width, glyphs.ellipsis))
    if many:
        rest = len(document.attachments) - ATTACHMENTS_SHOWN + 1
        out.append(fit((edge, Piece(f"{glyphs.attachment} and {rest} more files", "note")), width, glyphs.ellipsis))
    for warning in document.warnings:
        lines = wrap(warning, width - 2 * MARGIN - 2, 4, glyphs.ellipsis)
        out.extend(
            (edge, Piece("  " if index else "! ", "error"), Piece(line, "warn")) for index, line in enumerate(lines)
        )
    if document.verified:
        out.append(
            fit((edge, Piece(f"{glyphs.done} ", "good"), Piece(document.verified, "dim")), width, glyphs.ellipsis)
        )
    between, room = f" {glyphs.separator} ", width - 2 * MARGIN - 2
    for style, notes in (("notice", document.notes), ("dim", document.asides)):
        for note in _side_by_side(notes, between, room):
            out.extend((edge, Piece(line, style)) for line in wrap(note, room, 4, glyphs.ellipsis))
    if out:
        out.append((edge, Piece(glyphs.rule * max(width - 2 * MARGIN, 0), "rule")))
    return [*out, ()] if not document.lines or document.lines[0] else out


def _side_by_side(notes: tuple[str, ...], between: str, room: int) -> list[str]:
    """As many on a line as fit."""
    out: list[str] = []
    for note in notes:
        both = f"{out[-1]}{between}{note}" if out else ""
        if both and cell_width(both) <= room:
            out[-1] = both
        else:
            out.append(note)
    return out


def wrap(text: str, cells: int, limit: int, ellipsis: str = "…") -> list[str]:
    """Safe text in at most `limit` lines of `cells`, broken at blanks where that is possible."""
    out: list[str] = []
    rest = safe_line(text).strip()
    cells = max(cells, 2)
    while rest and len(out) < limit:
        if cell_width(rest) <= cells:
            out.append(rest)
            return out
        if len(out) == limit - 1:
            out.append(clip(rest, cells, ellipsis))
            return out
        fits = max(1, cut(rest, cells))
        blank = rest.rfind(" ", 0, fits + 1)
        at = blank if blank > fits // 3 else fits
        out.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return out
