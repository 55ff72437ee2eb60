"""A raw message as the reader shows it: header card, lines, attachments, links, facts about what is not shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mailtui.mail.attachments import MAX_SIGNED, listed
from mailtui.mail.parse import Message, parse_message
from mailtui.mail.render.choose import Choice
from mailtui.mail.render.lines import Line, Span
from mailtui.mail.render.page import LinkInfo, Options, Page, all_rows, date_text, header_rows
from mailtui.mail.render.pictures import PictureInfo, is_picture
from mailtui.mail.smime import SIGNATURES, Opened, opened
from mailtui.mail.trust import judge

__all__ = ["AttachmentInfo", "Line", "LinkInfo", "Options", "PictureInfo", "Rendered", "Span", "render_message"]


class AttachmentInfo(NamedTuple):
    """An attachment: `name` safe to show (not yet a safe file name; made up if it has none), MIME type, decoded size
    in bytes (estimated for coded parts), and its number among the parts of the message, from 1."""

    name: str
    type: str
    size: int
    number: int
    danger: str = ""
    """Why it had better not be opened."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Everything the reader paints; all texts are safe, every line fits the width it was made for."""

    headers: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    attachments: tuple[AttachmentInfo, ...]
    notes: tuple[str, ...]
    links: tuple[LinkInfo, ...] = ()
    cut: bool = False
    """Whether more is shown with `whole`."""
    warnings: tuple[str, ...] = ()
    """Why one had better be careful, a sentence each; those about the sender come first."""
    doubtful: bool = False
    """Whether some of them are about the sender."""
    verified: str = ""
    """What one's own mail server says in favour of the sender."""
    folded: bool = False
    """Whether quotes are folded away."""
    pictures: tuple[PictureInfo, ...] = ()
    """Those that could be shown, in reading order; attached ones come last."""
    other: str = ""
    """What the same text is also there as: "HTML", "plain text" or ""."""


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"


def _facts(page: Page, message: Message, types: Iterable[str]) -> None:
    kinds = set(types)
    if page.remote_images:
        page.note(_count(page.remote_images, "remote image not loaded", "remote images not loaded"))
    if message.cut:
        page.note("the message has too many or too deeply nested parts; not all of them are shown")
    if "multipart/encrypted" in kinds:
        page.note("encrypted; not decrypted")
    if "multipart/signed" in kinds and kinds & SIGNATURES:
        page.note(Opened("signed").sentence)
    elif "multipart/signed" in kinds:
        page.note("signed; the signature was not checked")
    if "message/external-body" in kinds:
        page.note("refers to a text elsewhere, which was not fetched")


def _misleading(links: Sequence[LinkInfo]) -> tuple[str, ...]:
    """One sentence about links that say another host than they lead to."""
    wrong = [link for link in links if link.says]
    if not wrong:
        return ()
    first = f"[{wrong[0].number}] says {wrong[0].says}, leads to {wrong[0].host}"
    if len(wrong) == 1:
        return (f"a link leads elsewhere than it says: {first}",)
    return (f"{len(wrong)} links lead elsewhere than they say: {first}",)


def _read(page: Page, choice: Choice, depth: int = 0) -> None:
    """What S/MIME has signed is read like everything else."""
    for piece in choice.pieces():
        if piece.kind != "smime":
            page.show(piece)
            continue
        found = opened(page.message.raw, piece.part)
        page.note(found.sentence)
        if found.content and depth < MAX_SIGNED:
            around, page.message = page.message, parse_message(found.content)
            inside = Choice(page.message, page.options.html)
            _read(page, inside, depth + 1)
            choice.types |= inside.types
            page.message = around


def render_message(
    raw: bytes, width: int, *, html: bool = False, quotes_folded: bool | None = False, options: Options | None = None
) -> Rendered:
    """A raw message for a reader of `width` cells (at least 2). Plain text is preferred unless HTML is asked for or it
    only says that there is HTML. `options` says more than the other two. Never raises, fetches nothing."""
    options = options or Options(html, quotes_folded)
    message = parse_message(raw)
    page = Page(message, max(width, 2), options)
    choice = Choice(message, options.html)
    _read(page, choice)
    _facts(page, message, choice.types)
    start = message.root.start
    rows = all_rows(message.raw, start) if options.all_headers else ()
    attached = listed(message, choice)
    met = {one.source for one in page.pictures.found}
    for one in attached:
        if is_picture(one.type, one.file_name) and f"cid:{one.part.content_id}" not in met:
            page.attached_picture(one.number, one.name)
    attachments = tuple(
        AttachmentInfo(one.name, one.type, one.size, one.number, "; ".join(one.dangers)) for one in attached
    )
    links = page.found_links()
    judgement = judge(message.envelope, message.fields(), options.known)
    return Rendered(
        rows or header_rows(message.envelope, date_text(message.raw, start)),
        page.all_lines(),
        attachments,
        tuple(page.notes),
        links,
        page.cut,
        (*judgement.warnings, *_misleading(links)),
        bool(judgement.warnings),
        judgement.verified,
        page.folded,
        tuple(page.pictures.found),
        page.other,
    )
