"""vCards (RFC 6350) as cards."""

from __future__ import annotations

from binascii import a2b_qp

from mailtui.mail.charsets import decode_bytes
from mailtui.mail.preview.content_lines import Item, items, plain
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import safe_line

MAX_CARDS = 500
_SHOWN = {
    "NICKNAME": "nickname",
    "ORG": "organisation",
    "TITLE": "title",
    "ROLE": "role",
    "EMAIL": "mail",
    "TEL": "phone",
    "ADR": "address",
    "URL": "web",
    "BDAY": "birthday",
    "IMPP": "chat",
    "NOTE": "note",
    "CATEGORIES": "groups",
}


def _value(item: Item) -> str:
    value = item.value
    if item.params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in item.params:
        value = decode_bytes(a2b_qp(value.encode("utf-8", "replace")), item.params.get("CHARSET", "utf-8"))
    if item.name in {"ADR", "ORG", "N"}:
        value = ", ".join(one.strip() for one in value.replace("\\;", "\\,").split(";") if one.strip())
    return safe_line(" ".join(plain(value).split()))


def contact_lines(text: str, width: int) -> list[Line]:
    """One card per contact; empty if there is none."""
    lines: list[Line] = []
    count = 0
    for item in items(text):
        if item.name == "BEGIN" and item.value.strip().upper() == "VCARD":
            count += 1
            if count > MAX_CARDS:
                lines.append((Span("and more", "dim"),))
                break
            if lines:
                lines.append(())
        elif count and item.name == "FN":
            lines += wrap([Span(_value(item), "heading")], width)
        elif count and item.name in _SHOWN and (value := _value(item)):
            kind = safe_line(item.params.get("TYPE", "")).lower()[:20]
            label = f"{_SHOWN[item.name]}{f' ({kind})' if kind else ''}: "
            style = "link" if item.name in {"EMAIL", "URL"} else ""
            lines += wrap([Span(label, "dim"), Span(value, style)], width, (Span("  "),))
    return lines
