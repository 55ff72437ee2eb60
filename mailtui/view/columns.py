"""One message as one row: which columns a width has room for, and the row in them.

This is where words from a mail become something to paint, so this is where they are made safe.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.mail.sanitize import cell_width, clip, pad, safe_line
from mailtui.mail.threads import plain_subject
from mailtui.model.listing import USUAL_STYLE, ListStyle
from mailtui.model.mail import Address, Flag, Row
from mailtui.view import labels
from mailtui.view.dates import SmartDate
from mailtui.view.figures import size as human_size
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces
from mailtui.view.threaded import unread as is_unread

_FORWARDED = "$forwarded"
_LONGEST_SUBJECT = 400
_MOST_PEOPLE = 8


USUAL = ("from", "subject", "attachment", "size", "date")
"""From left to right; a narrow list leaves some out."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 = the column is not shown. The subject takes what is left."""

    width: int
    sender: int
    size: int
    date: int
    snippet: bool
    count: int = 0
    """Messages of a thread, in a list of threads."""
    order: tuple[str, ...] = USUAL

    @property
    def narrow_dates(self) -> bool:
        return self.date < 10

    @classmethod
    def of(cls, width: int, *, threads: bool = False, style: ListStyle = USUAL_STYLE) -> Columns:
        """The columns of a list that is `width` cells wide; those that a person named, as far as there is room."""
        order = style.columns or USUAL
        named = set(order)
        wide = width >= 110
        narrow = width < 34
        sender = 0 if narrow else max(10, min(24, width // 4 + (2 if width < 64 else 0)))
        date = 10 if wide else 7 if width >= 24 else 0
        return cls(
            width,
            sender if "from" in named else 0,
            5 if "size" in named and (wide or (bool(style.columns) and width >= 50)) else 0,
            date if "date" in named else 0,
            snippet=style.snippets and width >= 64,
            count=(6 if width >= 44 else 4) if threads else 0,
            order=order,
        )


def correspondent(row: Row, *, outgoing: bool) -> str:
    """Who stands in the sender column: the first author, or where it went in Sent and Drafts; of a folded thread all
    authors. Safe text."""
    if row.line is not None and len(row.line.people) > 1 and not outgoing:
        return ", ".join(_first_name(one) for one in row.line.people[:_MOST_PEOPLE])
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


def _first_name(address: Address) -> str:
    return short_name(address).partition(" ")[0].rstrip(",")


def subject_text(row: Row) -> str:
    """Safe text; never empty. Of a folded thread without marks of answers."""
    subject = row.subject[:_LONGEST_SUBJECT]
    if row.line is not None and row.line.whole:
        subject = plain_subject(subject)
    return safe_line(subject).strip() or "(no subject)"


def format_row(
    row: Row, columns: Columns, glyphs: Glyphs, date: SmartDate, *, outgoing: bool = False, where: str = ""
) -> Pieces:
    """The row, exactly `columns.width` cells wide. Styles: mark, star, note, pending, sender, subject, snippet, where,
    size, date; those of an unread message begin with `unread-`. `where`: the mailbox, safe text, in a search."""
    unread = "unread-" if is_unread(row) else ""
    head = [*_marks(row, glyphs)]
    if columns.count:
        head.extend(_number(row, columns.count, glyphs))
    at = columns.order.index("subject")
    for name in columns.order[:at]:
        head.extend(_column(name, row, columns, glyphs, date, unread, outgoing=outgoing, behind=False))
    tail: list[Piece] = []
    for name in columns.order[at + 1 :]:
        tail.extend(_column(name, row, columns, glyphs, date, unread, outgoing=outgoing, behind=True))
    tail.append(Piece(" "))
    room = columns.width - sum(cell_width(piece.text) for piece in head) - sum(cell_width(one.text) for one in tail)
    return (*head, *_subject(row, columns, glyphs, room, unread, where), *tail)


def _column(
    name: str,
    row: Row,
    columns: Columns,
    glyphs: Glyphs,
    date: SmartDate,
    unread: str,
    *,
    outgoing: bool,
    behind: bool,
) -> list[Piece]:
    """One column, with the gap to the subject's side. `behind`: the subject stands to its left."""
    match name:
        case "from" if columns.sender:
            who = pad(clip(correspondent(row, outgoing=outgoing), columns.sender, glyphs.ellipsis), columns.sender)
            return [Piece(f"  {who}" if behind else f"{who}  ", unread + "sender")]
        case "size" if columns.size:
            text = f"{human_size(row.size):>{columns.size}}"
            return [Piece(text if behind else f"{text}  ", "size")]
        case "date" if columns.date:
            text = date(row.date)
            shown = f" {text:>{columns.date}}" if behind else f"{text:>{columns.date}}  "
            return [Piece(shown, unread + "date")]
        case "attachment":
            sign = glyphs.attachment if row.attachment else " "
            return [Piece(f" {sign}" if behind else f"{sign} ", "note")]
        case _:
            return []


def _marks(row: Row, glyphs: Glyphs) -> list[Piece]:
    """Four cells: a margin (the cursor stands there), read state, star, blank."""
    bits = row.flags.bits
    if is_unread(row):
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


def _number(row: Row, cells: int, glyphs: Glyphs) -> list[Piece]:
    """How many messages a thread has, before them how many are unread; folded or not."""
    line = row.line
    if line is None or line.count == 1 or line.order:
        return [Piece(" " * cells)]
    text = _short(line.count)
    if line.folded and 0 < line.unread < line.count and cells > 4:
        longer = f"{_short(line.unread)}/{text}"
        text = longer if len(longer) < cells - 1 else text
    style = "mark" if line.folded and line.unread else "note"
    return [Piece(glyphs.folded if line.folded else glyphs.unfolded, "note"), Piece(f"{text:<{cells - 1}}", style)]


def _short(number: int) -> str:
    return str(number) if number < 100 else "99+" if number < 1000 else f"{number // 1000}k"


def _subject(row: Row, columns: Columns, glyphs: Glyphs, room: int, unread: str, where: str) -> list[Piece]:
    """The subject, the mailbox before it and the first words of the text behind it, filled to `room` cells."""
    out: list[Piece] = []
    rails = "".join(glyphs.rails[one] for one in row.line.rails) if row.line is not None else ""
    if rails and room > len(rails):
        out.append(Piece(rails, "rails"))
        room -= len(rails)
    if where:
        label = clip(where, max(room // 3, 0), glyphs.ellipsis) + " "
        out.append(Piece(label, "where"))
        room -= cell_width(label)
    if row.flags.keywords and (tags := labels.shown(row, max(room // 3, 0), glyphs.ellipsis)):
        out.append(Piece(tags + " ", "where"))
        room -= cell_width(tags) + 1
    says = safe_line(row.snippet[:300]).strip() if rails and plain_subject(row.subject) != row.subject else ""
    subject = clip(says or subject_text(row), room, glyphs.ellipsis)
    out.append(Piece(subject, unread + "subject" if not says or unread else "snippet"))
    room -= cell_width(subject)
    if columns.snippet and room > 12 and row.snippet and not says:
        text = clip("  " + safe_line(row.snippet[:300]).strip(), room, glyphs.ellipsis)
        out.append(Piece(text, "snippet"))
        room -= cell_width(text)
    out.append(Piece(" " * room))
    return out
