"""The pictures of one message, found, read and decoded for the reader. Blocking: runs on a thread."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from mailtui.mail.render.lines import Line, Span
from mailtui.mail.render.pictures import Drawing, PictureInfo
from mailtui.model.errors import FileError
from mailtui.view.picture import MOST_LINES, cells_for, in_letters, picture_lines, scaled

if TYPE_CHECKING:
    from mailtui.files.pictures import Picture
    from mailtui.mail.parse import Message

MOST = 40
"""Pictures of one message that are drawn."""
WIDEST = 100
"""Cells; no text of a message is wider."""
AT_ONCE = 3
"""Processes that decode."""
_LEAST_WIDE, _LEAST_HIGH = 16, 4
"""Pixels; what is smaller holds a place or draws a line."""


@dataclass(frozen=True, slots=True)
class Album:
    """`drawn`: by source, for Options.pictures. `html`: whether they stand in the HTML only. `remote`: the https
    addresses that are not here. `problem`: why one could not be shown, a sentence, and what helps."""

    drawn: Mapping[str, Drawing] = field(default_factory=dict)
    html: bool = False
    remote: tuple[str, ...] = ()
    problem: tuple[str, str] = ("", "")


def album(raw: bytes, store: str, *, html: bool, plain: bool) -> Album:
    """All pictures of a message that are on this computer: its own, and those that were fetched. `html`: which text the
    reader shows. `plain`: by letters, for a terminal with ASCII only. Never raises."""
    infos, html = _infos(raw, html)
    found, remote = _gathered(raw, store, infos)
    drawn, problem = _decoded({info.source: data for info, data in found}, plain)
    return Album(drawn, html, remote, problem)


def files(raw: bytes, store: str, *, html: bool) -> list[tuple[str, bytes]]:
    """The same pictures as they are, each with a name to be shown."""
    found, _ = _gathered(raw, store, _infos(raw, html)[0])
    return [(info.alt or _named(info), data) for info, data in found]


def _named(info: PictureInfo) -> str:
    return info.source.rpartition("/")[2].partition("?")[0][:80] if info.remote else "Picture"


_Found: TypeAlias = list[tuple[PictureInfo, bytes]]


def _gathered(raw: bytes, store: str, infos: list[PictureInfo]) -> tuple[_Found, tuple[str, ...]]:
    """(what is here, each once; the remote ones that are not)"""
    from mailtui.files.fetched_pictures import FetchedPictures
    from mailtui.mail.parse import parse_message

    message, fetched = parse_message(raw), FetchedPictures(store)
    found: _Found = []
    remote: list[str] = []
    for info in list({info.source: info for info in reversed(infos)}.values())[::-1]:
        data = fetched.find(info.source) if info.remote else _own(message, info.source)
        if data and len(found) < MOST:
            found.append((info, data))
        elif info.remote and not data:
            remote.append(info.source)
    return found, tuple(remote)


def _infos(raw: bytes, html: bool) -> tuple[list[PictureInfo], bool]:
    """Where pictures stand in the text that is shown; if that has none of its own, in the HTML beside it."""
    from mailtui.mail.render.reader import Options, render_message

    shown = render_message(raw, WIDEST, options=Options(html))
    infos = list(shown.pictures)
    if shown.other == "HTML":
        beside = render_message(raw, WIDEST, options=Options(html=True)).pictures
        if any(not info.source.startswith("part:") for info in beside):
            return list(beside), True
    return infos, html


def _own(message: Message, source: str) -> bytes:
    """What came with the message; empty if it did not."""
    from mailtui.files.pictures import MOST as MOST_BYTES
    from mailtui.mail.attachments import attachments, content
    from mailtui.mail.bodies import part_bytes

    kind, _, rest = source.partition(":")
    if kind == "data":
        try:
            return b64decode(rest.partition(",")[2].encode("ascii", "ignore"))
        except ValueError:
            return b""
    if kind == "part":
        one = next((one for one in attachments(message) if str(one.number) == rest), None)
        return _bounded(content(message.raw, one), MOST_BYTES) if one is not None else b""
    stack = [message.root]
    while stack:
        part = stack.pop()
        if part.content_id == rest and not part.children:
            return part_bytes(message.raw, part)
        stack += part.children
    return b""


def _bounded(chunks: Iterable[bytes], limit: int) -> bytes:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) > limit:
            break
    return bytes(held)


def _decoded(found: Mapping[str, bytes], plain: bool) -> tuple[dict[str, Drawing], tuple[str, str]]:
    from mailtui.files.pictures import shrink

    def one(data: bytes) -> Picture | FileError:
        try:
            return shrink(data, WIDEST, MOST_LINES * 2)
        except FileError as error:
            return error

    drawn: dict[str, Drawing] = {}
    problem = ("", "")
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pictures") as threads:
        for source, made in zip(found, threads.map(one, found.values()), strict=True):
            if isinstance(made, FileError):
                problem = (made.text, made.hint)
            elif made.was[0] >= _LEAST_WIDE and made.was[1] >= _LEAST_HIGH:
                drawn[source] = drawing(made, plain=plain)
    return drawn, problem


def drawing(picture: Picture, *, plain: bool) -> Drawing:
    """What draws it in the room that there is."""

    @cache
    def draw(room: int, pixels: int) -> tuple[Line, ...]:
        wide = cells_for(pixels or picture.was[0], max(room, 1))
        lines = picture_lines(*scaled(picture.pixels, picture.width, picture.height, wide))
        return tuple(tuple(Span(*piece) for piece in (in_letters(line) if plain else line)) for line in lines)

    return draw
