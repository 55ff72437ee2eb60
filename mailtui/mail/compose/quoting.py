"""The words of a message as a person quotes them: its own text, whole, without its signature."""

from __future__ import annotations

import re

from mailtui.mail.compose.drafts import typed
from mailtui.mail.parse import Message
from mailtui.mail.render.choose import Choice
from mailtui.mail.sanitize import safe_text

MOST = 400_000
"""Characters of a message that are quoted."""
LONGEST_SIGNATURE = 16
"""Lines, with the one that begins it."""
_EARLIER = re.compile(r">|-{3,} ?\w|_{10,}|(?:From|Von|De|Da|Van|Fra|Från): ")


def own_text(message: Message) -> str:
    """What the message says, paragraphs that flow in one line each; HTML as it is read. What lies within an attached
    message is not its own. Safe for a terminal."""
    texts: list[str] = []
    depth = 0
    for piece in Choice(message, prefer_html=False).pieces():
        if piece.kind in {"message", "end"}:
            depth += 1 if piece.kind == "message" else -1
        elif not depth and piece.kind in {"plain", "html"} and sum(map(len, texts)) < MOST:
            texts.append(safe_text(typed(message, piece)[:MOST]).strip("\n"))
    return "\n\n".join(filter(None, texts))


def without_signature(text: str) -> str:
    """Without what follows a line that begins a signature (RFC 3676 section 4.3); quotes below it stay. A long text
    below such a line is none."""
    lines = text.split("\n")
    for number in range(len(lines) - 1, -1, -1):
        if lines[number] not in {"-- ", "--"}:
            continue
        end = next((at for at in range(number + 1, len(lines)) if _EARLIER.match(lines[at])), len(lines))
        if end < len(lines):
            while end > number + 1 and lines[end - 1].strip() and lines[end][:1] == ">":
                end -= 1  # the line that says whose quote it is
            while end > number + 1 and not lines[end - 1].strip():
                end -= 1
        if end - number <= LONGEST_SIGNATURE:
            return "\n".join((*lines[:number], *lines[end:])).rstrip("\n")
    return text


def quoted(text: str) -> str:
    """Every line with a mark; marks that are there get one more without a blank between."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
