"""Draws a mistake: file and line, the line itself, a caret under the mistake, what to do. Hides passwords that stand
on the line, also under a misspelt key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailtui.mail.sanitize import cell_width, safe_line

ROOM = 96
"""Cells of source line that are shown."""

_WORD = re.compile(r"""([A-Za-z0-9_-]+)["']?(?:\s*[=:]\s*|\s+)(?=[^\s=:])""")
_LONG_SECRET = re.compile(r"""=\s*(?P<quotes>\"\"\"|''')""")
_HARMLESS = {"password_command", "token_command", "keyring", "port", "host"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """`start` and `end` are offsets into the text; None: the whole file is meant."""

    text: str
    start: int | None = None
    end: int | None = None
    hint: str = ""


def draw(file: str, source: str, mistake: Mistake) -> str:
    """The picture, several lines without a last line end."""
    if mistake.start is None:
        return "\n".join(filter(None, (f"{file}: {mistake.text}", mistake.hint and f"  {mistake.hint}")))
    start = min(mistake.start, len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", line_start)
    line_end = len(source) if line_end < 0 else line_end
    number = source.count("\n", 0, line_start) + 1
    end = max(start + 1, min(mistake.end if mistake.end is not None else start + 1, line_end))
    line, caret = _excerpt(source, line_start, line_end, start - line_start, end - line_start)
    margin = " " * len(str(number))
    hint = f" {mistake.hint}" if mistake.hint else ""
    return f"{file}:{number}: {mistake.text}\n  {number} | {line}\n  {margin} | {caret}{hint}"


def point(source: str, start: int, end: int) -> tuple[int, str, str]:
    """Number of the line that holds `start`, the line as shown, and carets under the place."""
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", line_start)
    line_end = len(source) if line_end < 0 else line_end
    line, caret = _excerpt(source, line_start, line_end, start - line_start, min(end, line_end) - line_start)
    return source.count("\n", 0, line_start) + 1, line, caret


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean 'port'?`, or nothing."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{match[0]}'?" if match else ""


def _excerpt(source: str, line_start: int, line_end: int, start: int, end: int) -> tuple[str, str]:
    """The line as shown, and the caret line under it."""
    line = source[line_start:line_end].replace("\t", " ")
    line = _veil(source, line_start, line)
    start, end = min(start, len(line)), min(end, len(line))
    skip = max(0, start - ROOM // 2) if len(line) > ROOM else 0
    before = ("… " if skip else "") + safe_line(line[skip:start])
    marked = safe_line(line[start:end])
    after = safe_line(line[end : skip + ROOM])
    more = " …" if len(line) > skip + ROOM else ""
    carets = "^" * max(1, min(cell_width(marked), ROOM))
    return (before + marked + after + more).rstrip(), " " * cell_width(before) + carets


def _veil(source: str, line_start: int, line: str) -> str:
    """The line without secrets: everything behind `password =` is hidden, and lines inside of a long string that
    belongs to such a key."""
    for found in _WORD.finditer(line):
        if _secret(found[1]):
            return line[: found.end()] + "********"
    return "********" if _inside_long_secret(source[:line_start]) else line


def _inside_long_secret(before: str) -> bool:
    for found in _LONG_SECRET.finditer(before):
        key = before[: found.start()].rstrip().rpartition("\n")[2].split(".")[-1].strip(" \t\"'{,")
        if _secret(key.split()[-1] if key.split() else "") and found["quotes"] not in before[found.end() :]:
            return True
    return False


def _secret(key: str) -> bool:
    name = key.lower().replace("-", "_")
    if name in _HARMLESS or name.endswith(("command", "cmd", "eval", "file")):
        return False
    likely = any(part in name for part in ("pass", "pwd", "secret", "token")) or name == "pw"
    return likely or bool(difflib.get_close_matches(name, ["password"], cutoff=0.6))
