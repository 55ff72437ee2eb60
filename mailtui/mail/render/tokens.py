"""HTML cut into tags and text: own tokenizer, forgiving, linear on anything, knows no page and loads none."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = re.compile(r"[a-zA-Z][^\s/<>]*+")
# Always matches; whether it got to the end of the tag is in group 1. `<` ends it, outside of quoted values.
_REST = re.compile(r"""(?:[^<>"'=]|=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])*+(>?)""")
_ATTRIBUTE = re.compile(r"""([^\s=/"'<>]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?+""")
_RAW = frozenset(("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template", "svg"))
_MAX_ATTRIBUTES = 60


class Token(NamedTuple):
    """kind: text, open or close. `value`: the undecoded text or the tag name in lower case. `rest`: undecoded
    attributes."""

    kind: str
    value: str
    rest: str = ""


def attributes(rest: str) -> dict[str, str]:
    """Attributes of a tag, decoded; the first of a name counts."""
    found: dict[str, str] = {}
    for count, match in enumerate(_ATTRIBUTE.finditer(rest)):
        if count >= _MAX_ATTRIBUTES:
            break
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), html.unescape(value) if "&" in value else value)
    return found


class Tokenizer:
    """Walks once through the source. What costs a look at the rest of the text in vain is not looked for again."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.wasted = 0
        self.missing: set[str] = set()

    def __iter__(self) -> Iterator[Token]:
        source = self.source
        pending = 0
        while True:
            less = source.find("<", self.position)
            if less < 0:
                break
            self.position = less
            token = self.tag(less)
            if token is None and self.position == less + 1:
                continue  # no tag: this `<` belongs to the text
            if less > pending:
                yield Token("text", source[pending:less])
            if token is not None:
                yield token
                if token.kind == "open" and token.value in _RAW:
                    yield from self.raw(token.value)
            pending = self.position
        if pending < len(source):
            yield Token("text", source[pending:])

    def tag(self, less: int) -> Token | None:
        """The tag at a `<`, and the position moved behind it; None if there is none: moved by one if it is only a
        `<`, further behind a comment or declaration."""
        char = self.source[less + 1 : less + 2]
        if char == "!" or char == "?":
            self.declaration(less)
            return None
        closing = char == "/"
        name = _NAME.match(self.source, less + 1 + closing)
        end = self.tag_end(name.end()) if name is not None else -1
        if name is None or end < 0:
            self.position = less + 1
            return None
        rest = self.source[name.end() : end]
        self.position = end + 1
        return Token("close" if closing else "open", name[0].lower(), rest)

    def tag_end(self, start: int) -> int:
        """Where the `>` of a tag stands, -1 if it has none."""
        if self.wasted <= len(self.source):
            match = _REST.match(self.source, start)
            assert match is not None
            if match[1]:
                return match.end() - 1
            self.wasted += match.end() - start
            return -1
        return self.find(">", start)

    def find(self, needle: str, start: int) -> int:
        if needle in self.missing:
            return -1
        place = self.source.find(needle, start)
        if place < 0:
            self.missing.add(needle)
        return place

    def declaration(self, less: int) -> None:
        """Skip a comment, doctype or processing instruction; one without an end only up to the next `>`."""
        if self.source.startswith("<!--", less):
            end = self.find("-->", less + 2)
            if end >= 0:
                self.position = end + 3
                return
        end = self.find(">", less)
        self.position = end + 1 if end >= 0 else less + (4 if self.source.startswith("<!--", less) else 2)

    def raw(self, name: str) -> Iterator[Token]:
        """Content that is no markup; if its end tag never comes, markup goes on behind the start tag."""
        if name in self.missing:
            return
        match = re.compile(f"</{re.escape(name)}(?=[\\s/>])", re.IGNORECASE).search(self.source, self.position)
        if match is None:
            self.missing.add(name)
            yield Token("close", name)
            return
        if name == "textarea" or name == "xmp":
            yield Token("text", self.source[self.position : match.start()])
        self.position = match.start()
