"""The link by itself against real servers: every way in, every command, byte-identical mail, several at once."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest

from mailtui.model.account import Secret, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, RefusedError, TlsError
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap.link import CopyUid, FetchReply, ImapLink
from mailtui.protocols.imap.replies import Exists, Reply
from tests.support.certificates import Authority
from tests.support.scripted import imap_settings
from tests.support.servers import MailServer, Seed

pytestmark = pytest.mark.server


def settings(server: MailServer, user: str, security: Security = Security.NONE) -> ServerSettings:
    port = server.imaps_port if security is Security.TLS else server.imap_port
    return imap_settings(port, user=user, security=security, ca_file=server.ca_file, timeout=20.0, host=server.host)


async def entered(server: MailServer, user: str, security: Security = Security.NONE, **more: object) -> ImapLink:
    return await ImapLink.open(settings(server, user, security), Secret(server.password), **more)  # type: ignore[arg-type]


def letter(number: int, size: int = 300) -> bytes:
    body = hashlib.sha256(str(number).encode()).hexdigest() * (size // 64 + 1)
    lines = "\r\n".join(body[at : at + 70] for at in range(0, size, 70))
    head = f"From: a@example.org\r\nSubject: letter {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n"
    return f"{head}{lines}\r\n".encode()


class Kept:
    def __init__(self, size: int) -> None:
        self.data = bytearray()

    def feed(self, data: memoryview) -> None:
        self.data += data

    def finish(self) -> object:
        return bytes(self.data)

    def abort(self) -> None:
        self.data.clear()


async def bodies(link: ImapLink) -> dict[int, bytes]:
    found: dict[int, bytes] = {}

    def on_fetch(reply: FetchReply) -> None:
        if reply.uid is not None and isinstance(reply.body, bytes):
            found[reply.uid] = reply.body

    await link.uid_fetch("1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])", on_fetch=on_fetch, sink=Kept)
    return found


@pytest.mark.parametrize("security", list(Security))
async def test_every_way_in_and_every_byte_out(mail_server: MailServer, security: Security) -> None:
    user = mail_server.new_user()
    letters = [letter(n, 50 if n % 5 else 150_000) for n in range(20)]
    letters.append(b"Subject: odd\r\n\r\nA1 OK done\r\n* BYE\r\n.\r\n{5}\r\n+ \r\n)\r\n")
    mail_server.seed(user, [Seed(raw) for raw in letters])
    link = await entered(mail_server, user, security)
    selected = await link.select("INBOX")
    assert selected.exists == len(letters)
    assert sorted((await bodies(link)).values()) == sorted(letters)
    assert list(await link.uid_search()) == sorted(await bodies(link))
    await link.logout()
    assert link.closed


async def test_wrong_password_and_foreign_certificate(
    dovecot: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    user = dovecot.new_user()
    with pytest.raises(AuthError) as caught:
        await ImapLink.open(settings(dovecot, user), Secret("canary-word"))
    assert "canary-word" not in str(caught.value)
    other = str(Authority(tmp_path_factory.mktemp("ca")).ca_file)
    for security in (Security.TLS, Security.STARTTLS):
        with pytest.raises(TlsError, match="can't be trusted"):
            await ImapLink.open(replace(settings(dovecot, user, security), ca_file=other), Secret(dovecot.password))
    for auth in ("plain", "login"):
        link = await ImapLink.open(replace(settings(dovecot, user), auth=auth), Secret(dovecot.password))
        await link.close()


async def test_mailboxes_with_every_sort_of_name(mail_server: MailServer) -> None:
    link = await entered(mail_server, mail_server.new_user())
    listed = await link.list_mailboxes()
    inbox = next(mailbox for mailbox in listed if mailbox.name == "INBOX")
    prefix = "INBOX" + (inbox.delimiter or "") if (await link.namespaces()).personal[0][0].startswith(b"INBOX") else ""
    names = []
    for name in ("Entwürfe", "R&D", "日本語", 'with "quotes"', "with space", "📬", "a'b"):
        try:
            await link.create(prefix + name)
        except RefusedError:
            assert '"' in name  # Cyrus has rules of its own about those
            continue
        names.append(prefix + name)
        await link.subscribe(prefix + name)
    there = {mailbox.name: mailbox for mailbox in await link.list_mailboxes()}
    assert set(names) <= set(there)
    for name in names:
        assert "\\subscribed" in there[name].attributes or not link.capabilities.list_extended
        assert (await link.status(name)).messages == 0
        assert (await link.select(name)).exists == 0
    await link.unselect()
    await link.rename(names[0], names[0] + "2")
    await link.unsubscribe(names[1])
    await link.delete(names[1])
    after = {mailbox.name for mailbox in await link.list_mailboxes()}
    assert names[0] + "2" in after
    assert not {names[0], names[1]} & after
    with pytest.raises(RefusedError):
        await link.select(names[1])
    await link.noop()
    await link.close()


async def test_messages_there_and_back(mail_server: MailServer) -> None:
    link = await entered(mail_server, mail_server.new_user())
    inbox = next(mailbox for mailbox in await link.list_mailboxes() if mailbox.name == "INBOX")
    personal = (await link.namespaces()).personal
    target = (f"INBOX{inbox.delimiter}" if personal and personal[0][0].startswith(b"INBOX") else "") + "Ärchiv"
    await link.create(target)
    big = letter(1, 3_000_000)
    placed = await link.append("INBOX", big, Flags(Flag.SEEN, ("$Forwarded",)), 837596665)
    assert placed is not None
    await link.append("INBOX", letter(2))
    selected = await link.select("INBOX")
    assert (selected.exists, selected.uidvalidity) == (2, placed.uidvalidity)
    seen: list[FetchReply] = []
    await link.uid_fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])", on_fetch=seen.append)
    first = seen[0]
    assert (first.uid, first.size, first.internaldate) == (placed.uid, len(big), 837596665)
    assert first.flags == Flags(Flag.SEEN, ("$Forwarded",))
    assert first.header == big.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    stored = await link.uid_store(str(placed.uid), "+", Flags(Flag.FLAGGED), unchanged_since=first.modseq or None)
    assert stored.modified == ()
    assert first.flags is not None
    copied = await link.uid_copy(str(placed.uid), target)
    moved = await link.uid_move(str(placed.uid), target)
    assert isinstance(copied, CopyUid)
    assert isinstance(moved, CopyUid)
    assert [old for old, _ in moved.pairs()] == [placed.uid]
    await link.select(target)
    there = await bodies(link)
    assert set(there.values()) == {big}
    assert set(there) == {new for one in (copied, moved) for _, new in one.pairs()}
    gone = min(there)
    await link.uid_store(str(gone), "+", Flags(Flag.DELETED))
    await link.uid_expunge(str(gone))
    assert list(await link.uid_search("ALL")) == [max(there)]
    await link.close()


async def test_qresync_tells_what_changed(mail_server: MailServer) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, [Seed(letter(n)) for n in range(12)])
    link = await entered(mail_server, user)
    assert link.capabilities.qresync
    before = await link.select("INBOX")
    uids = list(await link.uid_search())
    await link.unselect()
    with mail_server.client(user) as other:
        other.add_flags(uids[2:4], r"\Flagged")
        other.expunge([uids[0], uids[5], uids[6]])
    changed: list[FetchReply] = []
    known = (before.uidvalidity, before.highestmodseq, f"1:{uids[-1]}")
    after = await link.select("INBOX", qresync=known, on_fetch=changed.append)
    assert after.qresync_used
    gone = {uid for low, high in after.vanished for uid in range(low, high + 1)}
    assert gone & set(uids) == {uids[0], uids[5], uids[6]}
    flagged = {reply.uid for reply in changed if reply.flags and reply.flags.bits & Flag.FLAGGED}
    assert flagged == set(uids[2:4])
    await link.close()


async def test_idle_hears_of_new_mail_and_of_the_end(dovecot: MailServer) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, [Seed(letter(1))])
    news: list[Reply] = []
    link = await entered(dovecot, user, on_untagged=news.append)
    await link.select("INBOX")
    assert await link.idle(seconds=0.3) is False

    async def deliver() -> None:
        def append() -> None:
            with dovecot.client(user) as other:
                other.append(letter(2))

        await asyncio.to_thread(append)

    heard, _ = await asyncio.gather(link.idle(seconds=20), deliver())
    assert heard
    assert Exists(2) in news
    await link.close()
    with pytest.raises(LostError):
        await link.noop()
