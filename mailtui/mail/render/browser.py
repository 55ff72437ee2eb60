"""An HTML part rewritten for a browser: one local file that loads nothing, runs nothing and asks nobody. Made anew from
an allow-list of tags and attributes; a strict Content-Security-Policy stands in front as the second wall."""

# ruff: noqa: SIM905 - pools of words read better as one string

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping

from mailtui.mail.bodies import part_bytes, part_text
from mailtui.mail.parse import Message, Part, parse_message
from mailtui.mail.render.choose import Choice
from mailtui.mail.render.links import safe_url
from mailtui.mail.render.tokens import Tokenizer, attributes
from mailtui.mail.sanitize import safe_line

MAX_SOURCE = 8_000_000
MAX_PICTURES = 20_000_000
"""Bytes of pictures of the mail itself (cid:) that are put into the file."""
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-src 'none'; connect-src 'none'; script-src 'none'"
)
_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl"
    " dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp"
    " section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_VOID = frozenset(("br", "col", "hr", "img", "wbr"))
_ATTRIBUTES = frozenset(
    "abbr align alt bgcolor border cellpadding cellspacing char charoff clear color colspan dir face headers height"
    " hspace lang noshade nowrap rowspan rules scope size span start style summary title type valign value vspace"
    " width".split()
)
_STYLE_LOADS = re.compile(r"url|@|\\|image|expression|behaviou?r|binding|/\*|position\s*:\s*(?:fixed|sticky)", re.I)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PICTURES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"))
_HEAD = (
    '<!doctype html>\n<html><head><meta charset="utf-8">\n'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">\n'
    "<title>{title}</title>\n</head>\n<body>\n"
)


def _style(value: str) -> str:
    """Declarations that can't load anything or leave their place."""
    kept = [one for one in value.split(";") if one.strip() and not _STYLE_LOADS.search(one)]
    return ";".join(kept)


def _attributes(name: str, given: Mapping[str, str], pictures: Mapping[str, str]) -> str:
    out = []
    for key, value in given.items():
        if key == "style":
            value = _style(value)
        elif key not in _ATTRIBUTES:
            continue
        out.append(f' {key}="{html.escape(value)}"')
    if name == "a" and (url := safe_url(given.get("href", ""))):
        out.append(f' href="{html.escape(url)}" target="_blank" rel="noopener noreferrer"')
    if name == "img":
        source = given.get("src", "").strip()
        picture = pictures.get(source[4:].strip("<>")) if source[:4].lower() == "cid:" else None
        if picture:
            out.append(f' src="{picture}"')
        elif not given.get("alt"):
            out.append(' alt="[picture]"')
    return "".join(out)


def clean_html(source: str, pictures: Mapping[str, str]) -> str:
    """The allowed tags of an HTML text with their allowed attributes; everything else is dropped or escaped.
    `pictures`: data: addresses by Content-ID."""
    out: list[str] = []
    for token in Tokenizer(source[:MAX_SOURCE]):  # it leaves out what is inside of script, style, svg and the like
        if token.kind == "text":
            out.append(html.escape(html.unescape(token.value), quote=False))
        elif token.value not in _TAGS:
            continue
        elif token.kind == "close":
            out.append(f"</{token.value}>" if token.value not in _VOID else "")
        else:
            out.append(f"<{token.value}{_attributes(token.value, attributes(token.rest), pictures)}>")
    return "".join(out)


def _pictures(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    room = MAX_PICTURES
    stack: list[Part] = [message.root]
    while stack:
        part = stack.pop()
        stack.extend(part.children)
        if part.content_id and part.type in _PICTURES and part.end - part.body <= room:
            data = part_bytes(message.raw, part)
            room -= len(data)
            found[part.content_id] = f"data:{part.type};base64,{base64.b64encode(data).decode('ascii')}"
    return found


def browser_page(raw: bytes) -> str:
    """The whole message as one HTML document. Plain text where there is no HTML. Never raises."""
    message = parse_message(raw)
    title = html.escape(safe_line(message.envelope.subject)[:200])
    pictures = _pictures(message)
    pieces = []
    for shown in Choice(message, prefer_html=True).pieces():
        if shown.kind == "html":
            pieces.append(f"<div>{clean_html(part_text(message.raw, shown.part, MAX_SOURCE), pictures)}</div>")
        elif shown.kind == "plain":
            text = html.escape(part_text(message.raw, shown.part, MAX_SOURCE), quote=False)
            pieces.append(f'<pre style="white-space:pre-wrap">{text}</pre>')
        elif shown.kind == "message":
            pieces.append("<hr>")
    text = _CONTROLS.sub("\ufffd", "\n".join(pieces))
    return f"{_HEAD.format(policy=html.escape(POLICY), title=title)}{text}\n</body></html>\n"
