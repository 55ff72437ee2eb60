"""Plain text as lines: format=flowed (RFC 3676), quotes, signatures, links, patches. A generator: the first screen
costs no more than its own lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailtui.mail.render.lines import Line, Span, line_width, wrap
from mailtui.mail.render.links import safe_url
from mailtui.mail.render.refill import Source, hanging, refilled
from mailtui.mail.sanitize import safe_text

MAX_QUOTE_MARKS = 12
FOLD_FROM = 4
"""Quoted lines in a row that are worth folding."""
FOLD_END_FROM = 8
"""Quoted lines at the end of a text that are folded away unless somebody asks for them."""
MAX_LINKS = 500
_AFTER_QUOTE = 12
"""Lines of signature and blanks that may follow the quote at the end."""

_QUOTE = re.compile(r"(?:>[ ]?)+")
_URL = re.compile(r"(?:https?://|ftp://|mailto:|www\.)[^\s<>\"\u2420-\u2424]+")
_URL_TAIL = ".,;:!?'*_"
_PATCH = re.compile(r"^(?:diff --git |--- [^\n]*\n\+\+\+ )", re.MULTILINE)
_PATCH_META = ("diff --git ", "index ", "--- ", "+++ ", "new file ", "deleted file ", "rename ", "similarity ")


def _split_quote(line: str) -> tuple[int, str]:
    """(quote depth, text behind the marks) of a line that is not flowed: `> > x` counts like `>> x`."""
    if not line.startswith(">"):
        return 0, line
    match = _QUOTE.match(line)
    assert match is not None
    return match[0].count(">"), line[match.end() :]


def _fixed(text: str) -> Iterator[Source]:
    for line in text.split("\n"):
        depth, rest = _split_quote(line)
        yield Source(depth, rest if rest == "-- " else rest.rstrip(" "))


def _flowed(text: str, delsp: bool) -> Iterator[Source]:
    """RFC 3676 section 4: lines that end in a blank go on in the next one of the same quote depth."""
    held: list[str] = []
    held_depth = 0
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        signature = rest == "-- "
        if held and (depth != held_depth or signature):
            yield Source(held_depth, "".join(held).rstrip(" "))
            held = []
        if signature:
            yield Source(depth, rest)
        elif rest.endswith(" "):
            held.append(rest[:-1] if delsp else rest)
            held_depth = depth
        else:
            yield Source(depth, "".join(held) + rest)
            held = []
    if held:
        yield Source(held_depth, "".join(held).rstrip(" "))


def link_spans(text: str, style: str = "") -> list[Span]:
    """Safe text as spans, with URLs in style `link`."""
    if "://" not in text and "www." not in text and "mailto:" not in text:
        return [Span(text, style)]
    spans: list[Span] = []
    position = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(_URL_TAIL)
        while url.endswith(")") and url.count("(", 0, 2000) < url.count(")", 0, 2000):
            url = url[:-1].rstrip(_URL_TAIL)
            if len(match[0]) - len(url) > 20:
                break
        if match.start() > position:
            spans.append(Span(text[position : match.start()], style))
        spans.append(Span(url, "link"))
        position = match.start() + len(url)
    if position < len(text):
        spans.append(Span(text[position:], style))
    return spans


def text_links(text: str) -> list[str]:
    """Addresses that a plain text mentions and that may be opened, safe, MAX_LINKS at most."""
    if "://" not in text and "www." not in text and "mailto:" not in text:
        return []
    found: dict[str, None] = {}
    for span in link_spans(safe_text(text)):
        if span.style == "link":
            url = safe_url(span.text if not span.text.startswith("www.") else f"https://{span.text}")
            if url:
                found[url] = None
                if len(found) >= MAX_LINKS:
                    break
    return list(found)


def fold_span(lines: int) -> Span:
    """What stands for quoted lines that are folded away."""
    return Span(f"[{lines} quoted lines]", "fold")


def is_fold(line: Line) -> bool:
    """Whether quoted lines are folded away here."""
    return len(line) == 1 and line[0].style == "fold"


def quote_style(depth: int) -> str:
    """Style of a quote depth: quote1, quote2, quote3, quote1, ..."""
    return f"quote{(depth - 1) % 3 + 1}" if depth else ""


def quote_prefix(depth: int) -> Line:
    """The marks in front of a quoted line."""
    return (Span("> " * min(depth, MAX_QUOTE_MARKS), quote_style(depth)),) if depth else ()


def _patch_style(line: str) -> str:
    if line.startswith(_PATCH_META):
        return "strong"
    if line.startswith("@@"):
        return "heading"
    if line.startswith("+"):
        return "diff-add"
    return "diff-del" if line.startswith("-") else ""


class _Styler:
    """Knows whether the lines so far have led into a signature or a patch."""

    def __init__(self, patches: bool) -> None:
        self.patches = patches
        self.inside = ""

    def style(self, source: Source) -> str:
        if source.depth:
            return quote_style(source.depth)
        if source.text == "-- ":
            self.inside = "signature"
        elif self.patches and self.inside != "patch" and source.text.startswith(("diff --git ", "--- ")):
            self.inside = "patch" if len(source.text) > 4 else self.inside
        if self.inside == "patch":
            return _patch_style(source.text)
        return self.inside


def _folded(sources: Iterator[Source]) -> Iterator[Source | int]:
    """Long runs of quoted lines as their number."""
    run: list[Source] = []
    for source in sources:
        if source.depth:
            run.append(source)
            continue
        yield from run if len(run) < FOLD_FROM else (len(run),)
        run = []
        yield source
    yield from run if len(run) < FOLD_FROM else (len(run),)


def _folded_end(sources: Iterator[Source]) -> Iterator[Source | int]:
    """The quote that a whole text ends with as its length, if it is long and something new stands before it."""
    lines = list(sources)
    end = len(lines)
    while end > 0 and not lines[end - 1].depth and len(lines) - end < _AFTER_QUOTE:
        end -= 1
    after = [line.text for line in lines[end:] if line.text.strip()]
    start = end
    while start > 0 and (lines[start - 1].depth or not lines[start - 1].text.strip()):
        start -= 1
    while start < end and not lines[start].depth:
        start += 1
    new = any(line.text.strip() for line in lines[:start])
    if end - start < FOLD_END_FROM or not new or (after and after[0] != "-- "):
        yield from lines
        return
    yield from lines[:start]
    yield end - start
    yield from lines[end:]


def text_lines(
    text: str,
    width: int,
    *,
    flowed: bool = False,
    delsp: bool = False,
    quotes_folded: bool | None = False,
    refill: bool = False,
) -> Iterator[Line]:
    """Lines of a decoded text/plain body, each at most `width` cells. `flowed` and `delsp` are its Content-Type
    parameters format=flowed and delsp=yes; `quotes_folded` shows long quotes as one line, None only one at the end;
    `refill` joins prose that was broken into lines wider than `width`."""
    safe = safe_text(text).rstrip("\n ")
    sources = _flowed(safe, delsp) if flowed else _fixed(safe)
    styler = _Styler(_PATCH.search(safe) is not None)
    items: Iterator[Source | int] = sources
    if quotes_folded is not False:
        items = _folded(sources) if quotes_folded else _folded_end(sources)
    if refill and not flowed:
        items = refilled(items, width)
    for item in items:
        if isinstance(item, int):
            yield from wrap([fold_span(item)], width)
        else:
            yield from _lines(item, styler, width)


def _lines(source: Source, styler: _Styler, width: int) -> list[Line]:
    style = styler.style(source)
    if not source.text and not source.depth:
        return [()]
    spans, first = link_spans(source.text, style), quote_prefix(source.depth)
    size = line_width(first) + line_width(spans)
    hang = hanging(source.text, width - line_width(first)) if size > width else 0
    return wrap(spans, width, first, (*first, Span(" " * hang)) if hang else first)
