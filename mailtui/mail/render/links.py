"""Where links lead, said in a way that can't lie."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import safe_line

_HOST = re.compile(r"(?:https?://)(?:[^/?#@\s]*@)?([^/?#:\s@\\]+)", re.IGNORECASE)
_LOOKS_LIKE_HOST = re.compile(
    r"(?:https?://)?(?:[^/?#@\s]*@)?((?:[\w-]{1,63}\.){1,8}[a-zA-Z]{2,24})(?=[/?#:]|$)", re.IGNORECASE
)
_BLANKS = re.compile(r"[\s\x00-\x1f]+")


def _ascii_host(url: str) -> str:
    """The URL with a host of other scripts in punycode, so that look-alike letters do not pass."""
    match = _HOST.match(url)
    if match is None or match[1].isascii():
        return url
    labels = [
        label if label.isascii() else "xn--" + label[:63].encode("punycode", "replace").decode("ascii")
        for label in match[1].lower().split(".")
    ]
    return url[: match.start(1)] + ".".join(labels) + url[match.end(1) :]


def safe_url(href: str) -> str:
    """A web or mail address that may be offered for opening, safe to show; "" for anything else (javascript:, data:,
    file:, relative ones)."""
    url = _BLANKS.sub("", href)[:4000]
    if url.lower().startswith(("http://", "https://", "mailto:")):
        return safe_line(_ascii_host(url))
    return ""


def host(url: str) -> str:
    """The host that a web address really leads to, "" if none."""
    match = _HOST.match(url)
    return match[1].lower().rstrip(".") if match else ""


def claims_other_host(text: str, url: str) -> str:
    """The real host if the text of a link looks like an address of another one, else ""."""
    claimed = _LOOKS_LIKE_HOST.match(text.strip()[:300])
    real = host(url)
    if claimed is None or not real:
        return ""
    name = claimed[1].lower().removeprefix("www.")
    plain = real.removeprefix("www.")
    same = plain == name or plain.endswith("." + name) or name.endswith("." + plain)
    return "" if same else real


class Misleading(NamedTuple):
    """A link whose text `says` an address of another host than the one it leads to."""

    number: int
    says: str
    host: str


@dataclass(slots=True)
class Links:
    """Numbers of the links of a message; one address has one number. `mentioned`: addresses that stand in the text as
    they are and need no number there."""

    numbers: dict[str, int] = field(default_factory=dict)
    mentioned: list[str] = field(default_factory=list)
    misleading: list[Misleading] = field(default_factory=list)

    def number(self, url: str) -> int:
        return self.numbers.setdefault(url, len(self.numbers) + 1)


def link_lines(links: Links, width: int, known: int) -> list[Line]:
    """The addresses of all numbers above `known`, below the text."""
    lines: list[Line] = []
    for url, number in links.numbers.items():
        if number <= known:
            continue
        mark = f"[{number}] "
        lines += wrap([Span(url, "link")], width, (Span(mark, "dim"),), (Span(" " * len(mark)),))
    return lines
