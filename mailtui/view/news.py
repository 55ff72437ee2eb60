"""New mail in words, for a notification: one line for a title, one for what came. Safe texts, short."""

from __future__ import annotations

from collections.abc import Sequence

from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.mail import Row
from mailtui.view.figures import plural

MOST = 120
"""Cells of a line."""
MOST_NAMES = 3


def author(row: Row) -> str:
    one = row.from_[0] if row.from_ else None
    return (safe_line(one.name) or safe_line(one.addr)) if one is not None else "somebody"


def arrived(rows: Sequence[Row]) -> tuple[str, str]:
    """Title and text for messages, newest first: one by its author and subject, several by number and authors."""
    if len(rows) == 1:
        title, body = author(rows[0]), safe_line(rows[0].subject) or "(no subject)"
    else:
        names = list(dict.fromkeys(author(row) for row in rows))
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        title, body = plural(len(rows), "new message"), ", ".join(names[:MOST_NAMES]) + more
    return clip(title.strip(), MOST, "…"), clip(body.strip(), MOST, "…")


def signal(way: str, title: str, body: str) -> str:
    """The escape sequence that tells a terminal of it; "" for none. The texts are safe lines: no control character ends
    it early, and no semicolon is taken for a border within it."""
    if way == "osc9":
        return f"\x1b]9;{title}: {body}\x1b\\"
    if way == "osc777":
        return f"\x1b]777;notify;{title.replace(';', ',')};{body.replace(';', ',')}\x1b\\"
    return ""
