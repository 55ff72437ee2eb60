"""Text that may be wrapped again by whoever reads it: format=flowed (RFC 3676)."""

from __future__ import annotations

from mailtui.mail.sanitize import cell_width

WIDTH = 72
"""Cells of a line (RFC 3676 section 4.2 wants 66 to 78)."""
SIGNATURE = "-- "


def flow(text: str) -> str:
    """Long lines are broken behind a blank, which says that they go on; quoted ones keep their marks. Blanks at the end
    of lines go, but for that of the signature's line."""
    lines: list[str] = []
    for line in text.split("\n"):
        marks, rest = split_marks(line)
        if rest == SIGNATURE or line.rstrip() == "--":
            lines.append(marks + (" " if marks else "") + SIGNATURE)
            continue
        room = WIDTH - len(marks) - bool(marks)
        pieces = broken(rest.rstrip(" \t"), max(room, 20))
        lines.extend(_stuffed(marks, piece) for piece in pieces)
    return "\n".join(lines)


def split_marks(line: str) -> tuple[str, str]:
    """(`>>`, the text behind them without the blank): `> > x` counts like `>> x`."""
    depth, place = 0, 0
    while place < len(line):
        if line[place] == ">":
            depth += 1
            place += 1
        elif line[place] == " " and depth and line[place + 1 : place + 2] == ">":
            place += 1
        else:
            break
    rest = line[place:]
    return ">" * depth, rest[1:] if depth and rest.startswith(" ") else rest


def _stuffed(marks: str, piece: str) -> str:
    """A blank in front of what would be misread (RFC 3676 section 4.4)."""
    if marks:
        return f"{marks} {piece}"
    return f" {piece}" if piece.startswith((" ", ">", "From ")) else piece


def broken(text: str, room: int) -> list[str]:
    """Pieces that end in a blank, but for the last. Words longer than a line stay whole."""
    if cell_width(text) <= room:
        return [text]
    pieces: list[str] = []
    line, cells = "", 0
    for word in _words(text):
        width = cell_width(word)
        if line and cells + width - (word[-1:] == " ") > room and line.strip() and line != SIGNATURE:
            pieces.append(line)
            line, cells = "", 0
        line += word
        cells += width
    pieces.append(line)
    return pieces


def _words(text: str) -> list[str]:
    """Each with the blanks behind it."""
    words: list[str] = []
    start = 0
    for place in range(1, len(text)):
        if text[place] != " " and text[place - 1] == " ":
            words.append(text[start:place])
            start = place
    words.append(text[start:])
    return words


def unflow(text: str, *, delsp: bool = False) -> str:
    """Paragraphs in one line each, quote marks as `>> `; the other way round."""
    lines: list[str] = []
    held, depth = "", ""
    for line in text.split("\n"):
        rest = line.lstrip(">")
        marks = line[: len(line) - len(rest)]
        rest = rest.removeprefix(" ")
        if held and (marks != depth or rest == SIGNATURE):
            lines.append(_marked(depth, held.rstrip(" ")))
            held = ""
        depth = marks
        if rest == SIGNATURE:
            lines.append(_marked(marks, rest))
        elif rest.endswith(" "):
            held += rest[:-1] if delsp else rest
        else:
            lines.append(_marked(marks, held + rest))
            held = ""
    if held:
        lines.append(_marked(depth, held.rstrip(" ")))
    return "\n".join(lines)


def _marked(marks: str, text: str) -> str:
    return f"{marks} {text}" if marks else text
