"""Markdown as HTML for the other half of multipart/alternative. Raw HTML in it stays text; links only lead to where
links may (no javascript:, data: or file:)."""

from __future__ import annotations

import re
from html import escape

from mailtui.mail.compose.flowed import SIGNATURE

_LOADS = re.compile(r'<img src="(?!cid:)[^"]*"([^>]*)>')
_SHOWN = re.compile(r'<img src="cid:([^"]*)"')
_PAGE = '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{}</body>\n</html>\n'


def to_html(text: str) -> str:
    """A whole HTML page of CommonMark with tables and strikethrough; single line ends are kept as they were typed."""
    from markdown_it import MarkdownIt

    converter = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    body, mark, signature = _parts(text)
    html: str = converter.render(body)
    html = _LOADS.sub("", html)  # pictures from elsewhere would tell on those who read it
    if mark:
        lines = "<br>\n".join(escape(line, quote=False) for line in signature.split("\n"))
        html += f"<p>{SIGNATURE}<br>\n{lines}</p>\n"
    return _PAGE.format(html)


def pictures(page: str) -> frozenset[str]:
    """Content-IDs of the pictures that a page from `to_html` shows."""
    return frozenset(_SHOWN.findall(page))


def _parts(text: str) -> tuple[str, str, str]:
    """(text, mark of the signature, signature): `-- ` would make a heading of the line above it."""
    if text.startswith(f"{SIGNATURE}\n"):
        return "", SIGNATURE, text[len(SIGNATURE) + 1 :]
    place = text.rfind(f"\n{SIGNATURE}\n")
    if place < 0:
        return text, "", ""
    return text[: place + 1], SIGNATURE, text[place + len(SIGNATURE) + 2 :]
