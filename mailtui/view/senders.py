"""Senders of a folder as lines to choose from. All texts are made safe here."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.mail.sanitize import clip, pad, safe_line
from mailtui.model.senders import SenderGroup
from mailtui.view.dates import SmartDate
from mailtui.view.figures import count
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.pieces import Piece

WHO = 24
"""Cells for the name; fewer where the line is short."""


def who(group: SenderGroup) -> str:
    """What it is called: the author's name, else the address; a list of several by its id. Safe text."""
    if not group.alone and group.lists:
        return safe_line(group.lists[0])
    return safe_line(group.name).strip() or safe_line(group.address) or "(unknown sender)"


def query(group: SenderGroup) -> str:
    """The search that finds its messages; "" if there is none."""
    value = (group.address if group.alone else group.lists[0]).replace('"', "").replace("\\", "").strip()
    return f'{"from" if group.alone else "list"}:"{value}"' if value else ""


def entries(groups: Iterable[SenderGroup], date: SmartDate, glyphs: Glyphs, width: int) -> list[Entry]:
    """How many, from whom, and the newest of it."""
    groups = tuple(groups)
    cells = min(WHO, max(10, width // 3))
    figures = max((len(count(one.count)) for one in groups), default=1)
    out = []
    for one in groups:
        fresh = one.unread > 0
        left = (
            Piece(f" {glyphs.unread} " if fresh else "   ", "mark"),
            Piece(f"{count(one.count):>{figures}}  ", "dim"),
            Piece(pad(clip(who(one), cells, glyphs.ellipsis), cells) + "  ", "unread-sender" if fresh else "sender"),
            Piece(safe_line(one.subject[:300]) or "(no subject)", "unread-subject" if fresh else "subject"),
        )
        out.append(Entry(left, (Piece(f" {date(one.newest.date):>7} ", "dim"),), one.key))
    return out
