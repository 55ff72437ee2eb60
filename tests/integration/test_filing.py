"""New mail is filed by itself: spam and advertising, for their reasons, undone at will, never twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.model.account import Account, Settings
from mailtui.model.changes import Done, Notice
from mailtui.model.folder import Role
from mailtui.model.intents import SORTER, Deed, Move, SetFlags, Undo
from mailtui.model.mail import Flag, Flags
from mailtui.model.outgoing import Save
from mailtui.model.rules import Rule
from mailtui.store.learning import LearningFile
from mailtui.store.reader import open_reader
from mailtui.store.store import Store
from tests.support.popping import Maildrop, mail, pop_account
from tests.support.running_engine import KnownSecret, Running
from tests.support.running_engine import account as imap_account
from tests.support.servers import MailServer
from tests.support.teaching import counted, digest, figures, flagged_mail, ham_mail, news_mail, spam_mail

JUNK, NOT_JUNK = Flags.of(["$Junk"]), Flags.of(["$NotJunk"])


def filing(account: Account, *, spam: bool = True, advertising: bool = True) -> Account:
    return replace(account, file_spam=spam, file_advertising=advertising)


@contextlib.asynccontextmanager
async def running(
    root: Path, account: Account, *, learn: bool = True, watch: bool = False, rules: tuple[Rule, ...] = ()
) -> AsyncIterator[Running]:
    settings = Settings((account,), str(root), learn=learn, rules=rules)
    engine = Engine(settings, Store.open(str(root)), KnownSecret(), SystemClock())
    reader = open_reader(str(root))
    me = Running(engine, reader, root)
    try:
        engine.start(watch=watch)
        engine.listen(me.heard)
        yield me
    finally:
        await engine.stop()
        reader.close()


def subjects(me: Running, name: str = "INBOX") -> list[str]:
    try:
        return sorted(row.subject for row in me.rows(name))
    except StopIteration:
        return []


async def do(me: Running, label: str, *intents: Move | SetFlags) -> None:
    await me.engine._do(Deed(label, intents))


@contextlib.asynccontextmanager
async def old_drop(root: Path, *messages: bytes) -> AsyncIterator[tuple[Maildrop, Account]]:
    """A maildrop that was visited once."""
    drop = Maildrop([mail(1), *messages])
    async with drop.serving():
        account = filing(pop_account(drop.port))
        async with running(root, account) as me:
            await me.sync_once()
        yield drop, account


async def test_advertising_goes_where_it_belongs_and_says_why(tmp_path: Path) -> None:
    async with old_drop(tmp_path, news_mail(1)) as (drop, account), running(tmp_path, account) as me:
        assert subjects(me) == ["20% off, letter 1", "number 1"], "old mail stays"
        drop.box["a"], drop.box["b"] = news_mail(2), ham_mail(3)
        await me.sync_once()
        assert subjects(me, "Advertising") == ["20% off, letter 2"]
        assert subjects(me) == ["20% off, letter 1", "Re: the garden 3", "number 1"]
        (step,) = me.reader.history()
        assert step.author == SORTER
        assert step.label.startswith("Filed as advertising: 20% off, letter 2 (")
        assert "List-Unsubscribe" in step.label
        assert not [change for change in me.changes if isinstance(change, Done)]
        with contextlib.closing(LearningFile(str(tmp_path))) as file:
            found = file.decided(digest(news_mail(2)))
        assert found is not None
        assert (found.kind, found.filed) == ("advertising", True)
        assert "List-Unsubscribe" in found.reason
        (row,) = me.rows("Advertising")
        assert me.reader.why_filed(row.placement) == f"Filed as advertising: {found.reason}"
        await me.engine._do(Undo(step=step.id))
        await me.sync_once()
        assert "20% off, letter 2" in subjects(me)
        assert subjects(me, "Advertising") == []
        assert me.reader.why_filed(row.placement) == "", "it was taken back"


async def test_a_rule_has_the_first_word(tmp_path: Path) -> None:
    rules = (
        Rule("stay", '"letter 2"', stop=True),
        Rule("keep", '"letter 3"', to=Role.ARCHIVE),
        Rule("star", '"letter 4"', label=("shop",)),
    )
    async with old_drop(tmp_path) as (drop, account), running(tmp_path, account, rules=rules) as me:
        for number in range(2, 6):
            drop.box[f"n{number}"] = news_mail(number)
        await me.sync_once()
        there = ["20% off, letter 2", "20% off, letter 4", "number 1"]
        assert subjects(me) == there, "where a rule did something, or stopped, nothing is filed"
        assert subjects(me, "Archive") == ["20% off, letter 3"], "what a rule moved is not moved again"
        assert subjects(me, "Advertising") == ["20% off, letter 5"]
        await me.sync_once()
        assert subjects(me) == there, "nor is it looked at later"


async def test_n_brings_it_back_and_teaches_the_sender(tmp_path: Path) -> None:
    async with old_drop(tmp_path) as (drop, account), running(tmp_path, account) as me:
        drop.box["a"] = news_mail(2)
        await me.sync_once()
        (row,) = me.rows("Advertising")
        await do(me, "Marked as not advertising", Move((row.placement,), Role.INBOX))
        drop.box["b"], drop.box["c"] = news_mail(3), news_mail(4, "news@mail.other.example")
        await me.sync_once()
        assert subjects(me) == ["20% off, letter 2", "20% off, letter 3", "number 1"]
        assert subjects(me, "Advertising") == ["20% off, letter 4"]
        await do(me, "Marked as advertising", Move((row.placement,), Role.ADVERTISING))
        drop.box["d"] = news_mail(5)
        drop.box["e"] = news_mail(6, subject="Your order 4711 was shipped, parcel")
        await me.sync_once()
        assert "20% off, letter 5" in subjects(me, "Advertising")
        assert "Your order 4711 was shipped, parcel 6" in subjects(me), "what one ordered is never filed"


@pytest.mark.parametrize("people", ["written to", "answered"])
async def test_mail_of_people_one_writes_to_stays(tmp_path: Path, people: str) -> None:
    async with old_drop(tmp_path) as (drop, account), running(tmp_path, account) as me:
        await _sent(me, "news@mail.shop.example" if people == "written to" else "somebody@else.example")
        answer = b"In-Reply-To: <mine@example.com>\r\n" if people == "answered" else b""
        drop.box["a"] = answer + news_mail(2)
        await me.sync_once()
        assert subjects(me) == ["20% off, letter 2", "number 1"]


async def _sent(me: Running, to: str) -> None:

    path = me.root / "letter.eml"
    path.write_bytes(
        f"From: anna@example.com\r\nTo: {to}\r\nMessage-ID: <mine@example.com>\r\nSubject: hello\r\n\r\nHi\r\n".encode()
    )
    await me.engine._do(Deed("", (Save(me.mailbox().account, Role.SENT, str(path), Flags(Flag.SEEN)),)))


async def test_what_the_server_calls_spam_is_filed_without_being_taught(tmp_path: Path) -> None:
    async with old_drop(tmp_path) as (drop, account), running(tmp_path, account) as me:
        drop.box["a"] = flagged_mail(2)
        await me.sync_once()
        assert subjects(me, "Junk") == ["Re: the garden 2"]
        (step,) = me.reader.history()
        assert "X-Spam-Flag: YES" in step.label


async def test_words_alone_file_nothing_before_enough_was_taught(tmp_path: Path) -> None:
    spam, ham = [spam_mail(n) for n in range(100, 160)], [ham_mail(n) for n in range(200, 260)]
    async with old_drop(tmp_path, *spam, *ham) as (drop, account), running(tmp_path, account) as me:
        await _mark(me, "FAST!! 10", Role.JUNK)
        await _mark(me, "garden 20", Role.ARCHIVE)
        drop.box["a"] = spam_mail(1)
        await me.sync_once()
        assert figures(tmp_path) == (10, 10)
        assert "MAKE MONEY FAST!! 1" in subjects(me)
        for tens in (11, 12, 13, 14, 15):
            await _mark(me, f"FAST!! {tens}", Role.JUNK)
            await _mark(me, f"garden {tens + 10}", Role.ARCHIVE)
        drop.box["b"], drop.box["c"] = spam_mail(2), ham_mail(3)
        await me.sync_once()
        assert figures(tmp_path) == (60, 60)
        assert "MAKE MONEY FAST!! 2" in subjects(me, "Junk")
        assert "Re: the garden 3" in subjects(me)
        assert counted(tmp_path, spam_mail(2)) is None, "it does not teach itself"
        row = next(row for row in me.rows("Junk") if row.subject.endswith("FAST!! 2"))
        await do(me, "Not spam", Move((row.placement,), Role.INBOX), SetFlags((row.placement,), NOT_JUNK, JUNK))
        await me.sync_once()
        assert "MAKE MONEY FAST!! 2" in subjects(me), "mail that was taken back is never filed again"
        assert counted(tmp_path, spam_mail(2)) is False


async def _mark(me: Running, start: str, to: Role) -> None:
    ids = tuple(row.placement for row in me.rows() if start in row.subject)
    assert len(ids) == 10
    await do(me, "Marked", Move(ids, to))


@pytest.mark.parametrize("spam", [True, False])
async def test_only_what_the_account_wants(tmp_path: Path, spam: bool) -> None:
    async with old_drop(tmp_path) as (drop, account):
        account = filing(account, spam=spam, advertising=not spam)
        async with running(tmp_path, account) as me:
            drop.box["a"], drop.box["b"] = flagged_mail(2), news_mail(3)
            await me.sync_once()
            assert len(subjects(me, "Junk")) == spam
            assert len(subjects(me, "Advertising")) == (not spam)


async def test_without_learning_nothing_is_kept(tmp_path: Path) -> None:
    async with old_drop(tmp_path, spam_mail(5)) as (_, account), running(tmp_path, account, learn=False) as me:
        (row,) = [row for row in me.rows() if "FAST" in row.subject]
        await do(me, "Marked as spam", Move((row.placement,), Role.JUNK))
        await me.sync_once()
    assert figures(tmp_path) == (0, 0)


async def test_a_crash_between_the_decision_and_the_deed_files_once(tmp_path: Path) -> None:
    async with old_drop(tmp_path) as (drop, account):
        async with running(tmp_path, account) as me:
            sorter = me.engine._sorter
            assert sorter is not None

            async def dies(deed: Deed) -> None:
                raise asyncio.CancelledError

            commit, sorter._commit = sorter._commit, dies
            drop.box["a"] = news_mail(2)
            with contextlib.suppress(asyncio.CancelledError):
                await me.sync_once()
            assert "20% off, letter 2" in subjects(me)

            async def dies_later(deed: Deed) -> None:
                await commit(deed)
                raise asyncio.CancelledError

            sorter._commit = dies_later
        async with running(tmp_path, account) as me:
            sorter = me.engine._sorter
            assert sorter is not None
            commit, sorter._commit = sorter._commit, dies_later
            with contextlib.suppress(asyncio.CancelledError):
                await me.sync_once()
            assert subjects(me, "Advertising") == ["20% off, letter 2"]
        async with running(tmp_path, account) as me:
            await me.sync_once()
            assert subjects(me, "Advertising") == ["20% off, letter 2"]
            assert len(me.reader.history()) == 1


async def test_a_full_disk_for_the_learning_file_leaves_mail_in_the_inbox(tmp_path: Path) -> None:
    async with old_drop(tmp_path) as (drop, account), running(tmp_path, account) as me:
        file = LearningFile(str(tmp_path))
        file.db.execute("CREATE TRIGGER full BEFORE INSERT ON decision BEGIN SELECT raise(FAIL, 'disk is full'); END")
        drop.box["a"] = news_mail(2)
        await me.sync_once()
        assert subjects(me) == ["20% off, letter 2", "number 1"]
        await me.until(lambda: [change for change in me.changes if isinstance(change, Notice)])
        (notice,) = [change for change in me.changes if isinstance(change, Notice)]
        assert "disk is full" in notice.text
        assert "stays in the Inbox" in notice.hint
        file.db.execute("DROP TRIGGER full")
        file.close()
        await me.sync_once()
        assert subjects(me, "Advertising") == ["20% off, letter 2"]


# -- IMAP


async def test_on_imap_the_folder_is_made_and_the_server_follows(mail_server: MailServer, tmp_path: Path) -> None:
    user = mail_server.new_user()
    account = filing(imap_account(user, mail_server.imap_port))
    with mail_server.client(user) as other:
        other.append(news_mail(1))
        async with running(tmp_path, account, watch=True) as me:
            await me.until(lambda: subjects(me) == ["20% off, letter 1"] and _marked(me))
            other.append(news_mail(2))
            other.append(flagged_mail(3))
            await me.until(lambda: subjects(me, "Advertising") == ["20% off, letter 2"])
            await me.until(lambda: subjects(me, "Junk") == ["Re: the garden 3"])
            await me.until(lambda: me.reader.pending() == 0)
            assert subjects(me) == ["20% off, letter 1"]
        assert list(other.raw("Advertising").values()) == [news_mail(2)]
        assert list(other.raw("Junk").values()) == [flagged_mail(3)]
        assert list(other.raw().values()) == [news_mail(1)]


def _marked(me: Running) -> bool:
    with contextlib.closing(LearningFile(str(me.root))) as file:
        return file.mark(me.mailbox().account) is not None


async def test_on_imap_nothing_is_filed_unasked(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    with dovecot.client(user) as other:
        async with running(tmp_path, imap_account(user, dovecot.imap_port)) as me:
            await me.sync_once()
            other.append(news_mail(2))
            await me.sync_once()
            assert subjects(me) == ["20% off, letter 2"]
        assert "Advertising" not in other.mailboxes()


async def test_on_imap_what_another_client_moves_back_stays(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    with dovecot.client(user) as other:
        async with running(tmp_path, filing(imap_account(user, dovecot.imap_port))) as me:
            await me.sync_once()
            other.append(news_mail(2))
            await me.sync_once()
            assert subjects(me, "Advertising") == ["20% off, letter 2"]
            other.move(other.uids("Advertising"), "INBOX", "Advertising")
            await me.sync_once()
            await me.sync_once()
            assert subjects(me) == ["20% off, letter 2"]
            assert subjects(me, "Advertising") == []


async def test_on_imap_mail_that_was_read_elsewhere_stays(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    with dovecot.client(user) as other:
        async with running(tmp_path, filing(imap_account(user, dovecot.imap_port))) as me:
            await me.sync_once()
            other.append(news_mail(2), flags=["\\Seen"])
            await me.sync_once()
            assert subjects(me) == ["20% off, letter 2"]


async def test_undo_reaches_the_server(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    with dovecot.client(user) as other:
        async with running(tmp_path, filing(imap_account(user, dovecot.imap_port))) as me:
            await me.sync_once()
            other.append(news_mail(2))
            await me.sync_once()
            (step,) = me.reader.history()
            await me.engine._do(Undo(step=step.id))
            await me.sync_once()
            assert subjects(me) == ["20% off, letter 2"]
        assert list(other.raw().values()) == [news_mail(2)]
