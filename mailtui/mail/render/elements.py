"""What the HTML elements of mail mean for the layout."""

from __future__ import annotations

import re

BLANKS = re.compile(r"[ \t\r\n\f]+")
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?:^|[;\s])(?:font-size|max-height|opacity)\s*:\s*0(?:\.0+)?(?:px|pt|em|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "source", "wbr", "param", "embed"))
DROPPED = frozenset(
    ("script", "style", "title", "template", "iframe", "object", "applet", "svg", "audio", "video", "math")
)
SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "fieldset", "dl", "figure"))
BLOCKS = frozenset(
    (
        *SPACED,
        *("div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "center", "form"),
        *("ul", "ol", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "figcaption"),
        *("body", "html", "option"),
    )
)
STYLES = {
    "b": "strong",
    "strong": "strong",
    "th": "strong",
    "i": "emphasis",
    "em": "emphasis",
    "cite": "emphasis",
    "code": "code",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
    "h5": "heading",
    "h6": "heading",
}
# An end tag that was forgotten: these start tags end an open element of the named kinds.
ENDS_OPEN = {
    "li": ("li",),
    "p": ("p",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("td", "th", "tr"),
    "option": ("option",),
}
SCOPES = frozenset(("table", "ul", "ol", "dl", "blockquote"))
