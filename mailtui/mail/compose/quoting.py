"""The words of a message as a person quotes them: its own text, whole, without its signature."""

from __future__ import annotations

from mailtui.mail.bodies import part_text
from mailtui.mail.compose.flowed import unflow
from mailtui.mail.parse import Message, Part
from mailtui.mail.render.choose import Choice
from mailtui.mail.render.reader import render_message
from mailtui.mail.sanitize import safe_text

WIDTH = 76
"""Cells of what was HTML."""


def own_text(message: Message) -> str:
    """What the message says, paragraphs that flow in one line each; HTML as it is read. Safe for a terminal."""
    choice = Choice(message, prefer_html=False)
    pieces = [piece for piece in choice.pieces() if piece.kind in {"plain", "html"}]
    if not pieces:
        return ""
    if any(piece.kind == "html" for piece in pieces):
        rendered = render_message(message.raw, WIDTH)
        return "\n".join("".join(span.text for span in line).rstrip() for line in rendered.lines).strip("\n")
    return "\n\n".join(_plain(message, piece.part).strip("\n") for piece in pieces)


def _plain(message: Message, part: Part) -> str:
    text = safe_text(part_text(message.raw, part))
    if part.params.get("format", "").lower() == "flowed":
        return unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
    return text


def without_signature(text: str) -> str:
    """Up to the last line that begins one (RFC 3676 section 4.3), if that is near the end."""
    lines = text.split("\n")
    for number in range(len(lines) - 1, max(-1, len(lines) - 16), -1):
        if lines[number] in {"-- ", "--"}:
            return "\n".join(lines[:number]).rstrip("\n")
    return text


def quoted(text: str) -> str:
    """Every line with a mark; marks that are there get one more without a blank between."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
