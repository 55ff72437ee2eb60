"""A POP3 account from the socket to the files, against a server that can be made to fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

import pytest

from mailtui.model.account import Account
from mailtui.model.changes import Notice
from mailtui.model.errors import AuthError, LostError, MailtuiError
from mailtui.model.intents import Deed, Expunge, Move
from mailtui.model.keep import Keep, KeepPolicy
from mailtui.model.maildrop import MaildropEntry
from mailtui.store import names
from mailtui.store.store import Store
from tests.support.popping import CAPABILITIES, Maildrop, mail, pop_account
from tests.support.running_engine import ACCOUNT, running, sync
from tests.support.store_bed import audit

NEVER = KeepPolicy(Keep.NEVER)


async def visit(root: Path, account: Account) -> list[MailtuiError]:
    return await sync(root, account)


def held(root: Path) -> Counter[bytes]:
    """Every message file of the account, by its bytes; safety copies are not counted."""
    top = root / "mail" / ACCOUNT
    return Counter(path.read_bytes() for path in top.rglob("cur/*") if ".gone" not in path.parts)


def known(root: Path) -> dict[str, MaildropEntry]:
    with contextlib.closing(Store.open(str(root))) as store:
        return store.base().maildrop(ACCOUNT)


async def test_fetches_everything_once(tmp_path: Path) -> None:
    drop = Maildrop([mail(n) for n in range(1, 131)])
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
        assert held(tmp_path) == Counter(drop.messages)
        assert drop.count("RETR") == 130
        drop.heard.clear()
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert [line.partition(" ")[0] for line in drop.heard] == ["CAPA", "UTF8", "AUTH", "STAT", "UIDL", "LIST", "QUIT"]
    assert held(tmp_path) == Counter(drop.messages)
    assert len(drop.box) == 130
    assert audit(tmp_path) == []


ODD = [
    b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n",
    b".Subject: first\r\n\r\nx\r\n",
    b"Subject: long\r\n\r\n" + b"y" * 3000 + b"\r\n",
    b"Subject: longest\r\n\r\n" + b"z" * 1_000_000 + b"\r\n",
    b"Subject: nul\r\n\r\na\0b\r\n",
    b"Subject: breaks\r\n\r\na\rb\nc\r\r\n\n\r\n",
    b"Subject: unended\r\n\r\nno line break",
    b"Subject: cr\r\n\r\nends with\r",
    b"",
    b"\r\n",
    b"Subject: eight bits\r\n\r\n\xff\xfe\x80\r\n",
]


async def test_odd_messages_are_kept_byte_by_byte(tmp_path: Path) -> None:
    drop = Maildrop(ODD)
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert held(tmp_path) == Counter(ODD)


async def test_identical_messages_are_both_kept(tmp_path: Path) -> None:
    drop = Maildrop([mail(1), mail(1), mail(2)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        await visit(tmp_path, pop_account(drop.port))
    assert held(tmp_path) == Counter({mail(1): 2, mail(2): 1})
    assert drop.count("RETR") == 3


# -- deleting there


async def test_never_left_on_the_server(tmp_path: Path) -> None:
    drop = Maildrop([mail(n) for n in range(1, 61)])
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
        assert drop.box == {}
        assert held(tmp_path) == Counter(drop.messages)
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
    assert known(tmp_path) == {}


async def test_days_count_from_when_it_was_fetched(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)])
    account = pop_account(drop.port, keep=KeepPolicy(Keep.DAYS, 2))
    from mailtui.engine.clock import SystemClock

    class Later(SystemClock):
        ahead = 0.0

        def now(self) -> float:
            return super().now() + self.ahead

    clock = Later()
    async with drop.serving():
        account = pop_account(drop.port, keep=KeepPolicy(Keep.DAYS, 2))
        for days, left in ((0, 1), (1.9, 1), (2.1, 0)):
            clock.ahead = days * 86_400
            async with running(tmp_path, account, watch=False, clock=clock) as me:
                await me.sync_once()
            assert len(drop.box) == left


@pytest.mark.parametrize("way", ["trash", "forever"])
async def test_until_deleted_here(tmp_path: Path, way: str) -> None:
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        account = pop_account(drop.port, keep=KeepPolicy(Keep.UNTIL_DELETED))
        async with running(tmp_path, account, watch=False) as me:
            await me.sync_once()
            assert len(drop.box) == 2
            row = next(row for row in me.rows() if row.subject == "number 1")
            placements = (row.placement,)
            intent = Move(placements, me.mailbox("Trash").id) if way == "trash" else Expunge(placements)
            me.engine.send(Deed("delete", (intent,)))
            await me.until(lambda: len(me.rows()) == 1)
            await me.sync_once()
            assert me.failures == []
    assert list(drop.box.values()) == [mail(2)]


async def test_mail_whose_file_is_lost_is_never_deleted_but_fetched_again(tmp_path: Path) -> None:
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        victim = next(path for path in tmp_path.rglob("cur/*") if path.read_bytes() == mail(1))
        # As after a crash: nobody closed the store in order.
        with contextlib.closing(Store.open(str(tmp_path))) as store:
            store._set("at-work", 1)
            store.close = store._close  # type: ignore[method-assign]
            store._lock.release()
        victim.unlink()
        await visit(tmp_path, pop_account(drop.port, keep=NEVER))
    assert held(tmp_path) == Counter([mail(1), mail(2)])
    assert drop.box == {}


@pytest.mark.parametrize("answer", ["-ERR some messages not removed\r\n", ""])
async def test_a_quit_without_its_answer_is_asked_again(tmp_path: Path, answer: str) -> None:
    drop = Maildrop([mail(1), mail(2)])
    box = dict(drop.box)
    drop.say = lambda name, plain: answer.encode() if name == "QUIT" else plain
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port, keep=NEVER))
        assert all(entry.deleting for entry in known(tmp_path).values())
        drop.box = box  # it did not count
        drop.say = lambda name, plain: plain
        drop.heard.clear()
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
        assert drop.count("DELE") == 2
        assert drop.count("RETR") == 0
    assert drop.box == {}
    assert held(tmp_path) == Counter(drop.messages)


# -- servers that can do little


@pytest.mark.parametrize("lacks", [("UIDL",), ("UIDL", "TOP"), ("UIDL", "LIST"), ("UIDL", "TOP", "LIST", "CAPA")])
async def test_servers_without(tmp_path: Path, lacks: tuple[str, ...]) -> None:
    drop = Maildrop([mail(1), mail(2), mail(2), mail(3)], refuse=dict.fromkeys(lacks, "unknown command"))
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
        assert await visit(tmp_path, pop_account(drop.port)) == []
        drop.box["more"] = mail(4)
        drop.box.pop(next(iter(drop.box)))
        assert await visit(tmp_path, pop_account(drop.port)) == []
        assert held(tmp_path) == Counter([*drop.messages, mail(4)])
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
        assert drop.box == {}
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert held(tmp_path) == Counter([*drop.messages, mail(4)])


async def test_duplicate_names_in_a_listing(tmp_path: Path) -> None:
    drop = Maildrop()
    drop.box = {"same#1": mail(1), "same#2": mail(2), "other": mail(3)}
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
        drop.heard.clear()
        assert await visit(tmp_path, pop_account(drop.port)) == []
        assert drop.count("RETR") == 0
    assert held(tmp_path) == Counter([mail(1), mail(2), mail(3)])


async def test_a_name_that_is_used_anew(tmp_path: Path) -> None:
    drop = Maildrop()
    drop.box = {"1": mail(1)}
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        drop.box = {"1": mail(2, b"another length\r\n")}
        await visit(tmp_path, pop_account(drop.port))
        await visit(tmp_path, pop_account(drop.port))
        assert drop.count("RETR") == 2
        # The server says that it deleted the name, and gives it to a message of the same size.
        await visit(tmp_path, pop_account(drop.port, keep=NEVER))
        drop.box = {"1": mail(3, b"another length\r\n")}
        await visit(tmp_path, pop_account(drop.port, keep=NEVER))
    assert held(tmp_path) == Counter([mail(1), mail(2, b"another length\r\n"), mail(3, b"another length\r\n")])
    assert drop.box == {}


async def test_sizes_that_the_server_counts_anew_cost_one_look(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        drop.say = lambda name, plain: b"+OK\r\n1 99\r\n.\r\n" if name == "LIST" else plain
        for _ in range(3):
            await visit(tmp_path, pop_account(drop.port))
    assert drop.count("RETR") == 2
    assert held(tmp_path) == Counter([mail(1)])


async def test_a_listing_that_is_not_whole_forgets_and_deletes_nothing(tmp_path: Path) -> None:
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        drop.say = lambda name, plain: (
            b"+OK 1\r\n" + plain.split(b"\r\n")[1] + b"\r\n.\r\n" if name == "UIDL" else plain
        )
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
        assert drop.count("DELE") == 0
    assert len(known(tmp_path)) == 2


# -- refusals


@pytest.mark.parametrize(
    ("command", "words", "kind"),
    [
        ("AUTH", "[IN-USE] Do you have another POP session running?", LostError),
        ("AUTH", "maildrop already locked", LostError),
        ("AUTH", "[LOGIN-DELAY] minimum time between logins", LostError),
        ("AUTH", "[SYS/TEMP] authentication failure", LostError),
        ("AUTH", "[AUTH] invalid login", AuthError),
        ("AUTH", "invalid login", AuthError),
        ("UIDL", "[SYS/TEMP] try again", MailtuiError),
    ],
)
async def test_refusals(tmp_path: Path, command: str, words: str, kind: type[MailtuiError]) -> None:
    drop = Maildrop([mail(1)], refuse={command: words})
    async with drop.serving():
        (error,) = await visit(tmp_path, pop_account(drop.port))
    assert isinstance(error, kind)
    assert (error.retry.value == "never") == (kind is AuthError)
    assert words.rpartition("] ")[2][:20] in error.text


async def test_a_message_that_is_refused_does_not_stop_the_others(tmp_path: Path) -> None:
    drop = Maildrop([mail(n) for n in range(1, 6)], refuse_numbers={1: "corrupt"})
    async with drop.serving(), running(tmp_path, pop_account(drop.port, keep=NEVER), watch=False) as me:
        await me.sync_once()
        await me.sync_once()
        assert me.failures == []
        notices = [change.text for change in me.changes if isinstance(change, Notice)]
    assert len(notices) == 1
    assert "corrupt" in notices[0]
    assert held(tmp_path) == Counter(mail(n) for n in (2, 3, 4, 5))
    assert list(drop.box.values()) == [mail(1)]


# -- cuts


@pytest.mark.parametrize("keep", [KeepPolicy(), NEVER])
async def test_cut_at_many_places(tmp_path: Path, keep: KeepPolicy) -> None:
    whole = Maildrop([mail(n, b".\r\n" * n) for n in range(1, 71)])
    async with whole.serving():
        await visit(tmp_path / "whole", pop_account(whole.port, keep=keep))
    length, step = whole.sent, 1999
    drop = Maildrop(whole.messages)
    async with drop.serving():
        for place in (*range(1, 400, 57), *range(400, length, step), *range(length - 60, length, 9)):
            root = tmp_path / str(place)
            drop.box, drop.cut_after = dict(whole_box(drop)), place
            assert len(await visit(root, pop_account(drop.port, keep=keep))) <= 1
            lost = set(drop.messages) - set(held(root)) - set(drop.box.values())
            assert lost == set(), place
            drop.cut_after = None
            drop.heard.clear()
            assert await visit(root, pop_account(drop.port, keep=keep)) == []
            assert held(root) == Counter(drop.messages), place
            if keep is NEVER:
                assert drop.box == {}
            drop.heard.clear()
            await visit(root, pop_account(drop.port, keep=keep))
            assert drop.count("RETR") == 0
            assert audit(root) == []


def whole_box(drop: Maildrop) -> dict[str, bytes]:
    return Maildrop(drop.messages).box


async def test_a_server_that_falls_silent(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)], pause=3.0)
    async with drop.serving():
        (error,) = await visit(tmp_path, pop_account(drop.port, timeout=1.0))
    assert "did not answer" in error.text


# -- the index is lost


async def test_a_lost_index_fetches_nothing_again(tmp_path: Path) -> None:
    drop = Maildrop([mail(n) for n in range(1, 21)] + [mail(1)])
    async with drop.serving():
        account = pop_account(drop.port)
        async with running(tmp_path, account, watch=False) as me:
            await me.sync_once()
            row = next(row for row in me.rows() if row.subject == "number 7")
            me.engine.send(Deed("delete", (Expunge((row.placement,)),)))
            await me.until(lambda: len(me.rows()) == 20)
        for path in tmp_path.glob("*.sqlite*"):
            path.unlink()
        drop.heard.clear()
        async with running(tmp_path, account, watch=False) as me:
            await me.sync_once()
            assert me.failures == []
            assert len(me.rows()) == 20
    assert drop.count("RETR") == 0
    assert sum(held(tmp_path).values()) == 20


async def test_mail_that_was_lost_with_the_index_is_not_deleted_there(tmp_path: Path) -> None:
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        victim = next(path for path in tmp_path.rglob("cur/*") if path.read_bytes() == mail(1))
        for path in (*tmp_path.glob("*.sqlite*"), victim):
            path.unlink()
        assert await visit(tmp_path, pop_account(drop.port, keep=NEVER)) == []
    assert held(tmp_path) == Counter([mail(2)])
    assert list(drop.box.values()) == [mail(1)]


async def test_a_quit_that_nothing_depends_on_may_fail(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)])
    drop.say = lambda name, plain: b"" if name == "QUIT" else plain
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert held(tmp_path) == Counter([mail(1)])


async def test_names_whose_mail_never_came_are_fetched_again(tmp_path: Path) -> None:
    drop = Maildrop([mail(1), mail(2)])
    async with drop.serving():
        await visit(tmp_path, pop_account(drop.port))
        path = names.path_of(str(tmp_path / "mail" / ACCOUNT))
        drop.box["new"] = mail(3)
        before, _ = names.coming(ACCOUNT, [names.Name("new", "aaaaaaaaaaaa", b"x" * 16, 10, 1.0)])
        names.append(path, before + b'\n{"in": [["torn', lasting=True)  # killed before its file had its name
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert held(tmp_path) == Counter([mail(1), mail(2), mail(3)])


async def test_watching_fetches_what_arrives(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)])
    async with drop.serving(), running(tmp_path, pop_account(drop.port, poll_seconds=1), watch=True) as me:
        await me.until(lambda: len(me.rows()) == 1)
        drop.box["later"] = mail(2)
        await me.until(lambda: len(me.rows()) == 2)
        await asyncio.sleep(0)


async def test_without_pipelining_one_command_at_a_time(tmp_path: Path) -> None:
    few = tuple(name for name in CAPABILITIES if name != "PIPELINING")
    drop = Maildrop([mail(n) for n in range(1, 11)], capabilities=few)
    async with drop.serving():
        assert await visit(tmp_path, pop_account(drop.port)) == []
    assert held(tmp_path) == Counter(drop.messages)
