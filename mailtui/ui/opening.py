"""Opening a message: from the maildir to lines. Blocking, so it runs on a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mailtui.mail.render.pictures import Drawing
from mailtui.mail.sanitize import safe_line
from mailtui.mail.trust import Known, learn_servers
from mailtui.model.account import Settings
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.ports import MailReader
from mailtui.view.figures import size
from mailtui.view.pieces import Piece
from mailtui.view.reader import Attached, Document, Linked

SENT_READ = 2_000
"""Sent messages, the newest, whose recipients are people one knows."""
HEADS_READ = 40
"""Messages of the inbox, the newest, that tell which servers are one's own."""
HEAD = 16_384


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message at one width."""

    placement: PlacementId
    width: int
    html: bool = False
    quotes_folded: bool | None = None
    all_headers: bool = False
    whole: bool = False
    mailbox: MailboxId | None = None
    """Where it lies: whose mail it is."""
    pictures: Mapping[str, Drawing] = field(default_factory=dict)
    """What is drawn for its pictures."""


Remarks = Callable[[bytes, Mailbox | None, Known], tuple[str, str]]
"""From a message, where it lies, and what is known of the person's mail: a note and an aside, safe sentences or ""."""
Opener = Callable[[MailReader, Wanted], Document | None]


def raw_message(reader: MailReader, placement: PlacementId) -> bytes | None:
    """The bytes of a message; None if they are not on this computer. Raises StoreError, OSError."""
    content = reader.content(placement)
    if content is None:
        return None
    try:
        return Path(content.path).read_bytes()
    except FileNotFoundError:  # moved since it was looked up: look once more
        content = reader.content(placement)
        return Path(content.path).read_bytes() if content is not None else None


def open_message(reader: MailReader, wanted: Wanted) -> Document | None:
    """The rendered message; None if its body is not on this computer. Raises StoreError, OSError."""
    raw = raw_message(reader, wanted.placement)
    return render(raw, wanted) if raw is not None else None


class KnowingOpener:
    """Opens messages knowing to whom the person writes and which servers are theirs; learns that once per account."""

    def __init__(self, mine: Mapping[AccountId, str], remarks: Remarks | None = None) -> None:
        """`mine`: the person's own address by account. `remarks`: what else is told above the text."""
        self._mine = mine
        self._remarks = remarks
        self._known: dict[AccountId, Known] = {}

    def __call__(self, reader: MailReader, wanted: Wanted) -> Document | None:
        raw = raw_message(reader, wanted.placement)
        if raw is None:
            return None
        known = self.known(reader, wanted.mailbox)
        document = render(raw, wanted, known)
        if self._remarks is None:
            return document
        box = next((box for box in reader.mailboxes() if box.id == wanted.mailbox), None)
        note, aside = self._remarks(raw, box, known)
        aside = reader.why_filed(wanted.placement) or aside
        notes = (*document.notes, note) if note else document.notes
        return replace(document, notes=notes, asides=(aside,) if aside else ())

    def known(self, reader: MailReader, mailbox: MailboxId | None) -> Known:
        """For the account that the mailbox belongs to. Raises StoreError."""
        boxes = reader.mailboxes()
        account = next((box.account for box in boxes if box.id == mailbox), None)
        if account is None:
            return Known()
        if account not in self._known:
            mine = [box for box in boxes if box.account == account]
            self._known[account] = learn(reader, mine, self._mine.get(account, ""))
        return self._known[account]


def learn(reader: MailReader, mailboxes: Sequence[Mailbox], own: str) -> Known:
    """To whom the person writes (from what was sent), and which servers checked what came into the inbox."""
    from mailtui.mail.parse import fields_of

    people: dict[str, str] = {}
    heads = []
    for box in mailboxes:
        if box.role is Role.SENT:
            for row in reader.page(box.id, limit=SENT_READ):
                for one in row.to:
                    if one.addr and (one.name or one.addr.lower() not in people):
                        people[one.addr.lower()] = one.name
        elif box.role is Role.INBOX:
            for row in reader.page(box.id, limit=HEADS_READ):
                content = reader.content(row.placement)
                if content is not None:
                    heads.append(fields_of(_head(content.path), 0))
    return Known(people, learn_servers(heads), frozenset({own.lower()} - {""}))


def _head(path: str) -> bytes:
    """The first HEAD bytes of a message; none if it is gone by now."""
    try:
        with open(path, "rb") as stream:
            return stream.read(HEAD)
    except OSError:
        return b""


def render(raw: bytes, wanted: Wanted, known: Known | None = None) -> Document:
    """The renderer is imported here: the first list does not wait for it."""
    from mailtui.mail.render.reader import Options, render_message

    wishes = (wanted.html, wanted.quotes_folded, wanted.whole, wanted.all_headers)
    options = Options(*wishes, known or Known(), wanted.pictures)
    rendered = render_message(raw, wanted.width, options=options)
    return Document(
        headers=rendered.headers,
        lines=tuple(tuple(Piece(span.text, span.style) for span in line) for line in rendered.lines),
        attachments=tuple(
            Attached(safe_line(one.name), safe_line(one.type), size(one.size), one.number, one.danger)
            for one in rendered.attachments
        ),
        notes=rendered.notes,
        links=tuple(Linked(*link) for link in rendered.links),
        cut=rendered.cut,
        warnings=rendered.warnings,
        doubtful=rendered.doubtful,
        verified=rendered.verified,
        folded=rendered.folded,
        pictures=sum(not one.remote for one in rendered.pictures),
    )


def knowing_opener(settings: Settings) -> KnowingOpener:
    """For these accounts, with all there is to say. What that takes is imported with the first message."""

    def remarks(raw: bytes, mailbox: Mailbox | None, known: Known) -> tuple[str, str]:
        from mailtui.ui.remarks import Remarks

        return Remarks(settings.store)(raw, mailbox, known)

    return KnowingOpener({one.id: one.email for one in settings.accounts}, remarks)
