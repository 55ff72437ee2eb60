"""The engine against real servers: what is on the server is in the store, byte for byte, and stays so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mailtui.model.account import OfflineKind, OfflinePolicy, Security
from mailtui.model.changes import BodyArrived, RowsChanged
from mailtui.model.errors import AuthError
from mailtui.model.folder import Role
from mailtui.model.intents import FetchBody, SetFlags
from mailtui.model.link import LinkState
from mailtui.model.mail import Flag, Flags
from tests.support.running_engine import account, running, sync
from tests.support.servers import MailServer, Seed

ALL = [Security.TLS, Security.STARTTLS, Security.NONE]


def mail(n: int, body: str = "") -> bytes:
    return (
        f"From: Ann <ann@example.org>\r\nTo: you@example.com\r\nSubject: number {n}\r\n"
        f"Date: Tue, 14 Nov 2023 22:{n // 60 % 60:02}:{n % 60:02} +0000\r\nMessage-ID: <{n}@example.org>\r\n\r\n"
        f"{body or f'text of {n}'}\r\n"
    ).encode()


def seeds(count: int) -> list[Seed]:
    return [Seed(mail(n), "S" if n % 3 else "", 1_700_000_000 + n) for n in range(1, count + 1)]


def reach(server: MailServer, user: str, security: Security = Security.NONE, **more: object) -> object:
    port = server.imaps_port if security is Security.TLS else server.imap_port
    return account(user, port, security=security, ca_file=server.ca_file, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("security", ALL, ids=lambda security: security.value)
async def test_first_sync_is_byte_identical(mail_server: MailServer, tmp_path: Path, security: Security) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(230))
    with mail_server.client(user) as other:
        other.append(mail(900) + b"8-bit \xe4\xff and NUL-free\r\n.\r\n", flags=["\\Flagged", "$Forwarded"])
        truth, flags = other.raw(), other.flags()
    async with running(tmp_path, reach(mail_server, user, security), watch=False) as me:  # type: ignore[arg-type]
        await me.sync_once()
        assert me.failures == []
        assert me.bodies() == truth
        assert me.flags() == flags
        box = me.mailbox()
        assert (box.total, box.unread) == (231, sum("\\Seen" not in names for names in flags.values()))
        assert {mailbox.role for mailbox in me.reader.mailboxes()} >= {Role.INBOX, Role.SENT, Role.TRASH, Role.JUNK}


async def test_a_second_sync_changes_nothing(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(40))
    where = reach(mail_server, user)
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    async with running(tmp_path, where, watch=False) as me:  # type: ignore[arg-type]
        await me.sync_once()
        assert not [change for change in me.changes if isinstance(change, RowsChanged)]


async def test_changes_of_another_client_arrive(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(60))
    where = reach(mail_server, user)
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    with mail_server.client(user) as other:
        uids = other.uids()
        other.add_flags(uids[:5], r"\Flagged $Junk")
        other.remove_flags(uids[10:12], r"\Seen")
        other.expunge(uids[20:30])
        other.append(mail(61))
        truth, flags = other.raw(), other.flags()
    async with running(tmp_path, where, watch=False) as me:  # type: ignore[arg-type]
        await me.sync_once()
        assert me.bodies() == truth
        assert me.flags() == flags
        assert me.mailbox().total == 51


async def test_mail_moved_by_another_client_keeps_its_id(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(5))
    where = reach(mail_server, user)
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    async with running(tmp_path, where, watch=False) as me:  # type: ignore[arg-type]
        before = {row.subject: row.word for row in me.rows()}
        with mail_server.client(user) as other:
            other.move(other.uids()[:1], "Archive")
        await me.sync_once()
        (moved,) = me.rows("Archive")
        assert moved.word == before["number 1"]
        assert me.raw(moved) == mail(1)
        assert len(me.rows()) == 4


async def test_new_mail_shows_while_we_watch(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(3))
    async with running(tmp_path, reach(mail_server, user), watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.state() is LinkState.IDLE)
        await asyncio.sleep(0.5)
        with mail_server.client(user) as other:
            other.append(mail(4))
            await me.until(lambda: me.mailbox().total == 4, 6)
            other.add_flags([other.uids()[0]], r"\Flagged")
            await me.until(lambda: "\\Flagged" in me.flags()[other.uids()[0]], 6)
            other.expunge([other.uids()[-1]])
            await me.until(lambda: me.mailbox().total == 3, 6)


async def test_one_connection_is_enough(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(3))
    async with running(tmp_path, reach(dovecot, user, connections=1), watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.mailbox().total == 3)
        await me.until(lambda: me.state() is LinkState.IDLE)
        with dovecot.client(user) as other:
            other.append(mail(4))
            await me.until(lambda: me.mailbox().total == 4, 6)
        row = me.rows()[0]
        me.engine.send(SetFlags((row.placement,), add=Flags(Flag.FLAGGED)))
        with dovecot.client(user) as other:
            await me.until(lambda: "\\Flagged" in other.flags()[row.uid or 0])


async def test_flags_set_here_reach_the_server(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(6))
    async with running(tmp_path, reach(mail_server, user), watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.mailbox().total == 6 and me.state() is LinkState.IDLE)
        rows = me.rows()
        me.engine.send(SetFlags(tuple(row.placement for row in rows), add=Flags(Flag.SEEN | Flag.FLAGGED)))
        await me.until(lambda: me.mailbox().unread == 0)
        with mail_server.client(user) as other:
            await me.until(lambda: all({"\\Seen", "\\Flagged"} <= flags for flags in other.flags().values()))
        await me.until(lambda: me.reader.pending() == 0)
        assert all(row.flags.seen and not row.pending for row in me.rows())


async def test_flags_set_offline_wait_and_go_out_with_the_next_sync(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(3))
    where = reach(dovecot, user)
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    nowhere = account(user, 1)
    async with running(tmp_path, nowhere, watch=True) as me:
        await me.until(lambda: me.state() is LinkState.WAITING)
        row = me.rows()[-1]
        me.engine.send(SetFlags((row.placement,), add=Flags(Flag.FLAGGED)))
        await me.until(lambda: me.reader.pending() == 1)
        assert me.rows()[-1].pending
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    with dovecot.client(user) as other:
        assert "\\Flagged" in other.flags()[row.uid or 0]


async def test_headers_only_fetches_a_body_when_it_is_opened(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(120))
    where = reach(mail_server, user, offline=OfflinePolicy(OfflineKind.HEADERS))
    async with running(tmp_path, where, watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.mailbox().total == 120 and me.state() is LinkState.IDLE)
        row = me.rows()[50]
        assert not row.body_here
        assert row.subject == "number 70"
        me.engine.send(FetchBody(row.placement))
        await me.until(lambda: any(isinstance(c, BodyArrived) and c.placement == row.placement for c in me.changes))
        (again,) = me.reader.rows([row.placement])
        assert again.body_here
        assert again.word == row.word
        assert me.raw(again) == mail(70)


async def test_uidvalidity_change_matches_mail_and_fetches_nothing_twice(
    mail_server: MailServer, tmp_path: Path
) -> None:
    user = mail_server.new_user()
    where = reach(mail_server, user)
    with mail_server.client(user) as other:
        other.create("Box")
        for n in range(1, 41):
            other.append(mail(n), "Box", date=1_700_000_000 + n)
        old, raw = other.uidvalidity("Box"), other.raw("Box")
    assert await sync(tmp_path, where) == []  # type: ignore[arg-type]
    async with running(tmp_path, where, watch=False) as me:  # type: ignore[arg-type]
        words = {row.subject: row.word for row in me.rows("Box")}
        files = {path.stat().st_ino for path in tmp_path.rglob("cur/*")}
        await asyncio.sleep(1.1)  # UIDVALIDITY is often the time in seconds
        with mail_server.client(user) as other:
            other.delete("Box")
            other.create("Box")
            for uid in sorted(raw, reverse=True):  # another order: other UIDs
                other.append(raw[uid], "Box", flags=["\\Flagged"], date=1_700_000_000 + uid)
            other.append(mail(99), "Box")
            assert other.uidvalidity("Box") != old
            truth = other.raw("Box")
        await me.sync_once()
        assert me.failures == []
        assert me.bodies("Box") == truth
        assert me.mailbox("Box").total == 41
        assert {row.subject: row.word for row in me.rows("Box") if row.subject != "number 99"} == words
        assert sum("\\Flagged" in flags for flags in me.flags("Box").values()) == 40
        assert files <= {path.stat().st_ino for path in tmp_path.rglob("cur/*")}, "mail was fetched again"


async def test_a_mailbox_deleted_by_another_client_keeps_its_mail_here(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(3))
    where = reach(mail_server, user)
    with mail_server.client(user) as other:
        other.create("Doomed")
        other.append(mail(1), "Doomed")
    async with running(tmp_path, where, watch=False) as me:  # type: ignore[arg-type]
        await me.sync_once()
        assert len(me.rows("Doomed")) == 1
        with mail_server.client(user) as other:
            other.delete("Doomed")
        await me.sync_once()
        assert me.failures == []
        assert mail(1) in [
            path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 5000
        ]


async def test_a_wrong_password_is_said_once_and_never_hammered(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    async with running(tmp_path, reach(mail_server, user), watch=False, password="wrong-canary") as me:  # type: ignore[arg-type]
        await me.sync_once()
        if mail_server.name == "cyrus":
            pytest.skip("the Cyrus of the tests takes any password")
        (error,) = me.failures
        assert isinstance(error, AuthError)
        assert "wrong-canary" not in f"{error} {error.hint} {error!r}"
