"""mailtui's own IMAP connection against the demo's server: the whole ladder, and servers that offer less."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.profile import settings
from mailtui.demo.samples.build import FOLDERS, filled_mailboxes, posted
from mailtui.demo.server import DemoServer
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap.link import ImapLink
from mailtui.protocols.imap.replies import FetchReply

NOW = 1_795_418_000


class Collect:
    """A literal sink that keeps the bytes."""

    def __init__(self, size: int) -> None:
        self.data = bytearray()

    def feed(self, data: memoryview) -> None:
        self.data += data

    def finish(self) -> bytes:
        return bytes(self.data)

    def abort(self) -> None:
        self.data.clear()


@asynccontextmanager
async def linked(*without: str) -> AsyncIterator[tuple[Mailboxes, ImapLink]]:
    boxes = filled_mailboxes(posted(NOW))
    server = DemoServer(boxes, without=without)
    account = settings(await server.start(), "/nowhere").accounts[0]
    assert account.imap is not None
    link = await ImapLink.open(account.imap, account.imap.secret.plain)
    try:
        yield boxes, link
        await link.logout()
    finally:
        await link.close()
        await server.stop()


LESS = [(), ("QRESYNC",), ("CONDSTORE",), ("LITERAL+", "SASL-IR"), ("LIST-EXTENDED", "ESEARCH"), ("UTF8=ACCEPT",)]


@pytest.mark.parametrize("without", LESS, ids=lambda names: "+".join(names) or "everything")
async def test_every_sample_arrives_byte_for_byte(without: tuple[str, ...]) -> None:
    async with linked(*without) as (boxes, link):
        listed = await link.list_mailboxes()
        assert {box.name for box in listed if box.selectable} == {"INBOX", *FOLDERS}
        assert "\\junk" in next(box for box in listed if box.name == "Junk").attributes
        for box in listed:
            if not box.selectable:
                continue
            got: list[FetchReply] = []
            chosen = await link.select(box.name)
            await link.uid_fetch("1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])", on_fetch=got.append, sink=Collect)
            held = boxes[box.name]
            assert (chosen.exists, chosen.uidvalidity) == (len(held.uids), held.uidvalidity)
            assert bool(chosen.highestmodseq) == ("CONDSTORE" not in without)
            assert [(reply.uid, reply.body, reply.internaldate) for reply in got] == [
                (uid, message.raw, message.internaldate) for uid, message in held.messages.items()
            ]
            assert [reply.flags for reply in got] == [Flags.of(m.flags) for m in held.messages.values()]
            assert list(await link.uid_search()) == held.uids


async def test_qresync_brings_what_changed() -> None:
    async with linked() as (boxes, link):
        inbox = boxes["INBOX"]
        before = inbox.highestmodseq
        inbox.expunge([3, 4, 7])
        inbox.set_flags(9, frozenset({"\\Flagged"}))
        got: list[FetchReply] = []
        chosen = await link.select("INBOX", qresync=(inbox.uidvalidity, before, "1:115"), on_fetch=got.append)
        assert chosen.qresync_used
        assert chosen.vanished == ((3, 4), (7, 7))
        assert [(reply.uid, reply.flags) for reply in got] == [(9, Flags(Flag.FLAGGED))]
        result = await link.uid_store("9", "+", Flags(Flag.SEEN), unchanged_since=before)
        assert result.modified == ((9, 9),)
        await link.uid_store("9", "+", Flags(Flag.SEEN))
        assert inbox.messages[9].flags == {"\\Flagged", "\\Seen"}


async def test_idle_wakes_for_new_mail() -> None:
    async with linked() as (boxes, link):
        await link.select("INBOX")
        waiting = asyncio.create_task(link.idle(seconds=20))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        boxes["INBOX"].append(b"Subject: x\r\n\r\n")
        assert await asyncio.wait_for(waiting, 5)
