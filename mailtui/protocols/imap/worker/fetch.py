"""Fetching one slice: whole messages, headers, or flags, each one streamed command, as typed results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mailtui.model.facts import Delivery, FlagsAt, HeaderOnly
from mailtui.model.ids import MailboxId
from mailtui.model.mail import NO_FLAGS
from mailtui.protocols.imap.link import FetchReply
from mailtui.protocols.imap.seqset import format_uids
from mailtui.protocols.imap.worker.desk import Connection, Desk
from mailtui.store.maildir import Spooled, SpoolFile
from mailtui.sync.adopt import Listed

HEADER_FIELDS = (
    "DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES LIST-ID CONTENT-TYPE MIME-VERSION"
)
HEADERS = f"UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({HEADER_FIELDS})]"
WHOLE = "UID FLAGS INTERNALDATE BODY.PEEK[]"
IDENTITY = "UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass
class Slice:
    """What one command brought, plus flags of other messages that the server mentioned unasked."""

    deliveries: list[Delivery] = field(default_factory=list)
    headers: list[HeaderOnly] = field(default_factory=list)
    flags: list[FlagsAt] = field(default_factory=list)
    vanished: list[tuple[int, int]] = field(default_factory=list)

    def uids(self) -> set[int]:
        return (
            {mail.uid for mail in self.deliveries} | {mail.uid for mail in self.headers} | {at.uid for at in self.flags}
        )


def _items(desk: Desk, connection: Connection, items: str) -> str:
    return f"({items} MODSEQ)" if connection.link.capabilities.condstore else f"({items})"


async def whole(desk: Desk, connection: Connection, mailbox: MailboxId, uids: Iterable[int]) -> Slice:
    """Whole messages, written to the mailbox's tmp/ while they arrive. On any error nothing stays spooled."""
    found = Slice()
    spool = desk.spool(mailbox)
    open_files: list[SpoolFile] = []

    def sink(size: int) -> SpoolFile:
        file = spool.open()
        open_files.append(file)
        return file

    def arrived(reply: FetchReply) -> None:
        spooled = reply.body
        if reply.uid is None:
            return
        if not isinstance(spooled, Spooled):
            if reply.flags is not None:
                found.flags.append(FlagsAt(reply.uid, reply.flags, reply.modseq))
            return
        found.deliveries.append(
            Delivery(
                uid=reply.uid,
                flags=reply.flags or NO_FLAGS,
                internaldate=reply.internaldate or int(desk.clock.now()),
                size=spooled.size,
                digest=spooled.digest,
                head=spooled.head,
                spool=spooled.path,
                modseq=reply.modseq,
            )
        )

    try:
        await connection.link.uid_fetch(
            format_uids(uids),
            _items(desk, connection, WHOLE),
            on_fetch=arrived,
            sink=sink,
            on_vanished=found.vanished.extend,
        )
    except BaseException:
        for file in open_files:
            file.abort()
        raise
    return found


async def headers(desk: Desk, connection: Connection, uids: Iterable[int]) -> Slice:
    """Only what the list shows."""
    found = Slice()

    def arrived(reply: FetchReply) -> None:
        if reply.uid is None:
            return
        if reply.header is None:
            if reply.flags is not None:
                found.flags.append(FlagsAt(reply.uid, reply.flags, reply.modseq))
            return
        found.headers.append(
            HeaderOnly(
                uid=reply.uid,
                flags=reply.flags or NO_FLAGS,
                internaldate=reply.internaldate or int(desk.clock.now()),
                size=reply.size or 0,
                head=reply.header,
                modseq=reply.modseq,
            )
        )

    await connection.link.uid_fetch(
        format_uids(uids), _items(desk, connection, HEADERS), on_fetch=arrived, on_vanished=found.vanished.extend
    )
    return found


async def flags(
    desk: Desk,
    connection: Connection,
    uids: str,
    each: Callable[[FlagsAt], None],
    *,
    changed_since: int | None = None,
    on_vanished: Callable[[Iterable[tuple[int, int]]], None] | None = None,
) -> None:
    """Flags of a UID set such as `1:*`, one call per message as it arrives."""

    def arrived(reply: FetchReply) -> None:
        if reply.uid is not None and reply.flags is not None:
            each(FlagsAt(reply.uid, reply.flags, reply.modseq))

    # A CHANGEDSINCE fetch implies MODSEQ (RFC 7162 section 3.1.4.1).
    await connection.link.uid_fetch(
        uids, "(UID FLAGS)", on_fetch=arrived, changed_since=changed_since, on_vanished=on_vanished
    )


async def identities(connection: Connection, parse_id: Callable[[bytes], str], *, at_least: int = 1) -> list[Listed]:
    """Messages of the selected mailbox by Message-ID, size and date, from a UID on: for finding mail again after a
    UIDVALIDITY change, or after a command whose answer was lost."""
    found: list[Listed] = []

    def arrived(reply: FetchReply) -> None:
        # `n:*` names the newest message even when it lies below n (RFC 9051 section 9, seq-range).
        if reply.uid is not None and reply.size is not None and reply.uid >= at_least:
            found.append(
                Listed(
                    reply.uid,
                    parse_id(reply.header or b""),
                    reply.size,
                    reply.internaldate or 0,
                    reply.flags or NO_FLAGS,
                )
            )

    await connection.link.uid_fetch(f"{at_least}:*", f"({IDENTITY})", on_fetch=arrived)
    return found
