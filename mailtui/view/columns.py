"""One message as one row: which columns a width has room for, and the row in them.

This is where words from a mail become something to paint, so this is where they are made safe.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.mail.sanitize import cell_width, clip, pad, safe_line
from mailtui.model.mail import Address, Flag, Row
from mailtui.view import labels
from mailtui.view.dates import SmartDate
from mailtui.view.figures import size as human_size
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces

_FORWARDED = "$forwarded"
_LONGEST_SUBJECT = 400


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 = the column is not shown. The subject takes what is left."""

    width: int
    sender: int
    size: int
    date: int
    snippet: bool

    @property
    def narrow_dates(self) -> bool:
        return self.date < 10

    @classmethod
    def of(cls, width: int) -> Columns:
        """The columns of a list that is `width` cells wide."""
        if width < 34:
            return cls(width, sender=0, size=0, date=7 if width >= 24 else 0, snippet=False)
        sender = max(10, min(24, width // 4 + (2 if width < 64 else 0)))
        return cls(width, sender, size=5 if width >= 110 else 0, date=10 if width >= 110 else 7, snippet=width >= 64)


def correspondent(row: Row, *, outgoing: bool) -> str:
    """Who stands in the sender column: the first author, or where it went in Sent and Drafts. Safe text."""
    people = row.to if outgoing else row.from_
    if not people:
        return "(no recipient)" if outgoing else "(unknown sender)"
    name = short_name(people[0])
    if outgoing:
        name = f"To {name}"
    return f"{name} +{len(people) - 1}" if len(people) > 1 else name


def short_name(address: Address) -> str:
    """The display name, else the address; safe text."""
    name = safe_line(address.name[:200]).strip()
    if name and any(char.isalnum() for char in name):
        return name.strip("'\"")
    return safe_line(address.addr[:200]).strip() or "(unknown)"


def subject_text(row: Row) -> str:
    """Safe text; never empty."""
    return safe_line(row.subject[:_LONGEST_SUBJECT]).strip() or "(no subject)"


def format_row(
    row: Row, columns: Columns, glyphs: Glyphs, date: SmartDate, *, outgoing: bool = False, where: str = ""
) -> Pieces:
    """The row, exactly `columns.width` cells wide. Styles: mark, star, note, pending, sender, subject, snippet, where,
    size, date; those of an unread message begin with `unread-`. `where`: the mailbox, safe text, in a search."""
    unread = "" if row.flags.bits & Flag.SEEN else "unread-"
    pieces = [*_marks(row, glyphs)]
    left = columns.width - 4
    if columns.sender:
        who = pad(clip(correspondent(row, outgoing=outgoing), columns.sender, glyphs.ellipsis), columns.sender)
        pieces.append(Piece(who + "  ", unread + "sender"))
        left -= columns.sender + 2
    tail = _tail(row, columns, glyphs, date, unread)
    left -= sum(cell_width(piece.text) for piece in tail)
    pieces.extend(_subject(row, columns, glyphs, left, unread, where))
    return (*pieces, *tail)


def _marks(row: Row, glyphs: Glyphs) -> list[Piece]:
    """Four cells: a margin (the cursor stands there), read state, star, blank."""
    bits = row.flags.bits
    if not bits & Flag.SEEN:
        first = Piece(glyphs.unread, "mark")
    elif bits & Flag.ANSWERED:
        first = Piece(glyphs.answered, "note")
    elif any(keyword.lower() == _FORWARDED for keyword in row.flags.keywords):
        first = Piece(glyphs.forwarded, "note")
    elif bits & Flag.DRAFT:
        first = Piece(glyphs.draft, "note")
    else:
        first = Piece(" ")
    second = Piece(glyphs.star, "star") if bits & Flag.FLAGGED else Piece(" ")
    third = Piece(glyphs.pending, "pending") if row.pending else Piece(" ")
    return [Piece(" "), first, second, third]


def _tail(row: Row, columns: Columns, glyphs: Glyphs, date: SmartDate, unread: str) -> list[Piece]:
    out = [Piece(f" {glyphs.attachment}" if row.attachment else "  ", "note")]
    if columns.size:
        out.append(Piece(f"{human_size(row.size):>{columns.size}}", "size"))
    if columns.date:
        out.append(Piece(f" {date(row.date):>{columns.date}}", unread + "date"))
    out.append(Piece(" "))
    return out


def _subject(row: Row, columns: Columns, glyphs: Glyphs, room: int, unread: str, where: str) -> list[Piece]:
    """The subject, the mailbox before it and the first words of the text behind it, filled to `room` cells."""
    out: list[Piece] = []
    if where:
        label = clip(where, max(room // 3, 0), glyphs.ellipsis) + " "
        out.append(Piece(label, "where"))
        room -= cell_width(label)
    if row.flags.keywords and (tags := labels.shown(row, max(room // 3, 0), glyphs.ellipsis)):
        out.append(Piece(tags + " ", "where"))
        room -= cell_width(tags) + 1
    subject = clip(subject_text(row), room, glyphs.ellipsis)
    out.append(Piece(subject, unread + "subject"))
    room -= cell_width(subject)
    if columns.snippet and room > 12 and row.snippet:
        text = clip("  " + safe_line(row.snippet[:300]).strip(), room, glyphs.ellipsis)
        out.append(Piece(text, "snippet"))
        room -= cell_width(text)
    out.append(Piece(" " * room))
    return out
