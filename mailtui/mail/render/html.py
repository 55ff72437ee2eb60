"""HTML mail as lines: one walk over its tags, bounded in bytes, tags and depth, linear on anything. Loads nothing,
runs nothing, shows no hidden text; says where links really lead and what it left out."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

from mailtui.mail.render.blocks import Block, Cell, Grid, Table, block_lines, fold_quotes
from mailtui.mail.render.elements import (
    BLANKS,
    BLOCKS,
    DROPPED,
    ENDS_OPEN,
    HIDDEN,
    SCOPES,
    SPACED,
    STYLES,
    VOID,
)
from mailtui.mail.render.lines import Line, Span
from mailtui.mail.render.links import Links, Misleading, claims_other_host, link_lines, safe_url
from mailtui.mail.render.pictures import Pictures
from mailtui.mail.render.tokens import Token, Tokenizer, attributes
from mailtui.mail.sanitize import safe_line, safe_text

MAX_SOURCE = 2_000_000
MAX_TOKENS = 100_000
WHOLE = 10
MAX_DEPTH = 256
MAX_QUOTES = 12
MAX_INDENT = 24
MAX_TABLES = 24
_MAX_LINKS = 500


@dataclass(slots=True)
class HtmlText:
    """What an HTML part looks like, and what was left out."""

    lines: list[Line]
    remote_images: int = 0
    hidden: bool = False
    """Whether text made invisible was dropped."""
    cut: bool = False
    forms: int = 0
    folded: bool = False


@dataclass(slots=True)
class _Element:
    """An open element and what to put back when it ends."""

    name: str
    style: str
    hidden: bool
    pre: bool
    quote: int
    indent: int
    href: str
    table: Table | None = None
    outer: list[Block | Grid] | None = None
    link_start: int = -1


@dataclass(slots=True)
class _List:
    ordered: bool
    next: int = 1


@dataclass(slots=True)
class _Converter:
    """The walk: where text goes now and how it looks there."""

    blocks: list[Block | Grid] = field(default_factory=list)
    stack: list[_Element] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    links: Links = field(default_factory=Links)
    pictures: Pictures = field(default_factory=Pictures)
    spans: list[Span] = field(default_factory=list)
    style: str = ""
    hidden: bool = False
    pre: bool = False
    quote: int = 0
    indent: int = 0
    href: str = ""
    bullet: str = ""
    alt: str = ""
    """What the picture says that came just before."""
    gap: bool = False
    remote: int = 0
    forms: int = 0
    dropped: bool = False
    cut: bool = False

    # --- text

    def text(self, raw: str) -> None:
        if self.hidden:
            self.dropped = self.dropped or not raw.isspace()
            return
        if "&" in raw:
            raw = html.unescape(raw)
        if self.pre:
            if not self.spans:
                raw = raw.removeprefix("\r\n").removeprefix("\n")
            self.add(safe_text(raw))
            return
        text = BLANKS.sub(" ", raw)
        self.add(text if text.isascii() and text.isprintable() else safe_line(text))

    def add(self, text: str, style: str | None = None) -> None:
        if not self.pre and text.startswith(" ") and (not self.spans or self.spans[-1].text.endswith(" ")):
            text = text.lstrip(" ")
        if text:
            self.alt = self.alt if text.isspace() else ""
            chosen = style if style is not None else ("link" if self.href else self.style)
            self.spans.append(Span(text, chosen))

    def flush(self, gap: bool = False) -> None:
        """End the paragraph; `gap`: a blank line belongs between it and the next one."""
        spans = self.spans
        if self.pre:
            filled = bool(spans)
        else:
            if spans and spans[-1].text.endswith(" "):
                last = spans.pop()
                if last.text.strip():
                    spans.append(Span(last.text.rstrip(" "), last.style))
            filled = any(span.text.strip() for span in spans)
        if filled:
            kind = "pre" if self.pre else "flow"
            self.blocks.append(Block(kind, spans, self.quote, self.indent, self.bullet, self.gap))
            self.bullet = ""
            self.gap = gap
        else:
            self.gap = self.gap or gap
        self.spans = []

    # --- elements

    def open(self, token: Token) -> None:
        name = token.value
        if name in ENDS_OPEN:
            self.end_open(ENDS_OPEN[name])
        attrs = attributes(token.rest) if token.rest.strip(" /") else {}
        if name in VOID:
            self.void(name, attrs)
            return
        if name == "form" and not self.hidden:
            self.forms += 1
        if len(self.stack) >= MAX_DEPTH:
            self.cut = True
            if name in BLOCKS:
                self.flush()
            return
        if name in BLOCKS:
            self.flush(name in SPACED)
        self.push(name, attrs)

    def push(self, name: str, attrs: dict[str, str]) -> None:
        element = _Element(name, self.style, self.hidden, self.pre, self.quote, self.indent, self.href)
        self.stack.append(element)
        if name in DROPPED or "hidden" in attrs or ("style" in attrs and HIDDEN.search(attrs["style"])):
            self.dropped = self.dropped or name not in DROPPED
            self.hidden = True
        self.style = STYLES.get(name, self.style)
        if name == "a":
            self.href = safe_url(attrs.get("href", "")) if not self.hidden else ""
            element.link_start = len(self.spans)
        elif name in {"pre", "xmp"}:
            self.pre = True
        elif name == "blockquote":
            self.quote = min(self.quote + 1, MAX_QUOTES)
        elif name in {"ul", "ol"}:
            start = attrs.get("start", "1")
            first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
            self.lists.append(_List(name == "ol", first))
            self.indent = min(self.indent + (4 if name == "ol" else 2), MAX_INDENT)
        elif name == "li":
            self.item()
        elif name == "dd":
            self.indent = min(self.indent + 2, MAX_INDENT)
        elif name == "table":
            self.begin_table(element)
        elif name in {"tr", "td", "th"}:
            self.begin_cell(name)

    def item(self) -> None:
        if not self.lists:
            self.bullet = ""
            return
        current = self.lists[-1]
        self.bullet = f"{current.next}. " if current.ordered else "• "
        current.next += 1

    def begin_table(self, element: _Element) -> None:
        if len(self.tables) >= MAX_TABLES or self.hidden:
            return
        for table in self.tables:
            table.nested = True
        element.table = Table()
        element.outer = self.blocks
        self.tables.append(element.table)

    def begin_cell(self, name: str) -> None:
        table = self.innermost_table()
        if table is None:
            return
        if name == "tr" or not table.rows:
            table.rows.append([])
        if name != "tr":
            cell = Cell(header=name == "th")
            table.rows[-1].append(cell)
            self.blocks = cell.blocks
            self.gap = False

    def innermost_table(self) -> Table | None:
        for element in reversed(self.stack):
            if element.name == "table":
                return element.table
        return None

    def void(self, name: str, attrs: dict[str, str]) -> None:
        if name == "br":
            if self.pre:
                self.add("\n")
            elif self.spans:
                self.flush()
            else:
                self.gap = True
        elif name == "hr" and not self.hidden:
            self.flush(True)
            self.blocks.append(Block("rule", [], self.quote, self.indent, gap=True))
        elif name == "img":
            self.image(attrs)

    def image(self, attrs: dict[str, str]) -> None:
        source = attrs.get("src", "").strip()
        if source[:6].lower().startswith(("http:", "https:", "//", "ftp:")) and not self.hidden:
            self.remote += 1
        tiny = attrs.get("width", "").strip() in {"0", "1"} or attrs.get("height", "").strip() in {"0", "1"}
        hidden = self.hidden or HIDDEN.search(attrs.get("style", ""))
        if tiny or hidden:
            return
        alt = safe_line(BLANKS.sub(" ", attrs.get("alt", "")).strip())[:200]
        shown = self.pictures.meet(source, alt, attrs.get("width", ""))
        if shown is not None:
            self.flush()
            self.blocks.append(Block("picture", [], self.quote, self.indent, gap=self.gap, picture=shown))
            self.gap = False
        if alt and (alt != self.alt or self.href):  # cut pictures say the same in each of their pieces
            self.add(f"[{alt}]", "link" if self.href else "dim")
            self.alt = alt

    def close(self, name: str) -> None:
        if name in VOID:
            if name == "br":
                self.void(name, {})
            return
        place = self.find_open(name)
        if place < 0:
            if name in BLOCKS:
                self.flush(name == "p")
            return
        while len(self.stack) > place:
            self.pop()

    def find_open(self, name: str) -> int:
        """Where the innermost open element of the name is; inline ends do not reach out of a cell."""
        for place in range(len(self.stack) - 1, -1, -1):
            found = self.stack[place].name
            if found == name:
                return place
            if found in {"td", "th", "table"} and name not in {
                "table",
                "tr",
                "tbody",
                "thead",
                "tfoot",
                "body",
                "html",
            }:
                return -1
        return -1

    def end_open(self, names: tuple[str, ...]) -> None:
        """End the elements whose end tag was left out, back to the nearest table or list."""
        place = -1
        for index in range(len(self.stack) - 1, -1, -1):
            found = self.stack[index].name
            if found in names:
                place = index
            elif found in SCOPES:
                break
        while place >= 0 and len(self.stack) > place:
            self.pop()

    def pop(self) -> None:
        element = self.stack.pop()
        name = element.name
        if name == "a":
            self.end_link(element)
        if name in BLOCKS:
            self.flush(name in SPACED)
        if name in {"ul", "ol"} and self.lists:
            self.lists.pop()
            if not self.lists:
                self.gap = True
        if element.table is not None:
            self.end_table(element, element.table)
        self.style, self.hidden, self.pre = element.style, element.hidden, element.pre
        self.quote, self.indent, self.href = element.quote, element.indent, element.href
        if name == "li":
            self.bullet = ""

    def end_link(self, element: _Element) -> None:
        url = self.href
        inside = self.spans[max(element.link_start, 0) :]
        text = "".join([span.text for span in inside]).strip()
        if not url or not text or len(self.links.numbers) >= _MAX_LINKS:
            return
        if text.rstrip("/") in {url.rstrip("/"), url.removeprefix("mailto:")}:
            self.links.mentioned.append(url)
            return
        number = self.links.number(url)
        real = claims_other_host(text, url)
        if real:
            self.links.misleading.append(Misleading(number, text[:80], real))
        self.spans.append(Span(f" [{number}: {real}]" if real else f" [{number}]", "strong" if real else "dim"))

    def end_table(self, element: _Element, table: Table) -> None:
        self.tables.pop()
        outer = element.outer
        assert outer is not None
        grid = table.grid()
        if grid is not None:
            outer.append(Grid(grid, element.quote, element.indent))
        else:
            for row in table.rows:
                for cell in row:
                    outer += cell.blocks
        if self.blocks is not outer and grid is None and not any(self.blocks is cell.blocks for cell in _cells(table)):
            outer += self.blocks
        self.blocks = outer
        self.gap = True

    def finish(self) -> None:
        while self.stack:
            self.pop()
        self.flush()


def _cells(table: Table) -> list[Cell]:
    return [cell for row in table.rows for cell in row]


def html_text(
    source: str,
    width: int,
    *,
    links: Links | None = None,
    pictures: Pictures | None = None,
    quotes_folded: bool | None = False,
    whole: bool = False,
) -> HtmlText:
    """Lines of a decoded text/html body, each at most `width` cells, with its links numbered and listed at the end.
    `links` and `pictures` hold those of the parts before. `quotes_folded` None: only a long quote at the end.

    At most MAX_SOURCE characters, MAX_TOKENS tags and texts (ten times that if `whole`), MAX_DEPTH levels; `cut` says
    if there was more."""
    more = WHOLE if whole else 1
    converter = _Converter(cut=len(source) > MAX_SOURCE * more, links=links if links is not None else Links())
    converter.pictures = pictures if pictures is not None else converter.pictures
    known = len(converter.links.numbers)
    for count, token in enumerate(Tokenizer(source[: MAX_SOURCE * more])):
        if count >= MAX_TOKENS * more:
            converter.cut = True
            break
        if token.kind == "text":
            converter.text(token.value)
        elif token.kind == "open":
            converter.open(token)
        else:
            converter.close(token.value)
    converter.finish()
    blocks = fold_quotes(converter.blocks, max(width, 2), quotes_folded)
    lines = block_lines(blocks, max(width, 2))
    listed = link_lines(converter.links, max(width, 2), known)
    if listed:
        lines += [(), *listed] if lines else listed
    folded = len(blocks) != len(converter.blocks)
    return HtmlText(lines, converter.remote, converter.dropped, converter.cut, converter.forms, folded)
