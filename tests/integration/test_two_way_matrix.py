"""Every kind of deed on servers with every subset of capabilities, and with every command cut or refused: what the
person did arrives, once, and nothing else changes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from mailtui.demo.mailboxes import Mailboxes
from mailtui.model.errors import MailtuiError
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import Copy, CreateMailbox, Deed, Expunge, Move, Restore, Retry, SetFlags, Undo
from mailtui.model.ledger import LineState
from mailtui.model.mail import Flag, Flags
from tests.support.poor_server import PASSWORD, SWITCHES, Fault, How, PoorServer, poor_server
from tests.support.running_engine import ACCOUNT, Running, running

STAR = Flags(int(Flag.FLAGGED))


def mail(n: int) -> bytes:
    return (
        f"From: Ann <ann@example.org>\r\nSubject: number {n}\r\nDate: Tue, 14 Nov 2023 22:00:{n:02} +0000\r\n"
        f"Message-ID: <{n}@example.org>\r\n\r\ntext of {n}\r\n"
    ).encode()


def mailboxes(count: int = 8) -> Mailboxes:
    boxes = Mailboxes(7)
    for name, use in (("Trash", "\\Trash"), ("Archive", "\\Archive"), ("Junk", "\\Junk")):
        boxes.create(name, (use,))
    boxes.create("Lists")
    for n in range(1, count + 1):
        boxes["INBOX"].append(mail(n), ["\\Seen"] if n % 2 else [], 1_700_000_000 + n)
    return boxes


def on_server(boxes: Mailboxes) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Subjects with flags by mailbox; what is marked deleted counts as gone."""
    found = {}
    for box in boxes.sorted():
        found[box.name] = sorted(
            (_subject(message.raw), tuple(sorted(message.flags)))
            for message in box.messages.values()
            if "\\Deleted" not in message.flags
        )
    return found


def here(me: Running) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {
        box.name: sorted((row.subject, tuple(sorted(row.flags.names()))) for row in me.rows(box.name))
        for box in me.reader.mailboxes()
    }


def _subject(raw: bytes) -> str:
    return next(line[9:] for line in raw.decode().split("\r\n") if line.startswith("Subject: "))


def ids(me: Running, *numbers: int, box: str = "INBOX") -> tuple[PlacementId, ...]:
    rows = {row.subject: row.placement for row in me.rows(box)}
    return tuple(rows[f"number {n}"] for n in numbers)


async def everything(me: Running) -> None:
    """One of each kind."""
    await me.engine._do(Deed("Archived", (Move(ids(me, 1, 2), Role.ARCHIVE),)))
    await me.engine._do(Deed("Copied", (Copy(ids(me, 3), me.mailbox("Lists").id),)))
    await me.engine._do(Deed("Deleted", (Expunge(ids(me, 4)),)))
    await me.engine._do(Deed("Starred", (SetFlags(ids(me, 5), STAR),)))
    await me.engine._do(Deed("Made", (CreateMailbox(ACCOUNT, "New"),)))
    await me.engine._do(Deed("Moved", (Move(ids(me, 6), me.mailbox("New").id), SetFlags(ids(me, 7), STAR))))


WANTED = {
    "INBOX": {3, 5, 7, 8},
    "Archive": {1, 2},
    "Lists": {3},
    "New": {6},
    "Trash": set(),
    "Junk": set(),
}


def assert_done(me: Running, server: PoorServer) -> None:
    there = on_server(server.mailboxes)
    assert {name: {int(subject[7:]) for subject, _ in found} for name, found in there.items()} == WANTED
    assert all(count == 1 for found in there.values() for count in Counter(found).values()), "nothing is there twice"
    assert here(me) == there
    assert me.reader.pending() == 0, me.reader.ledger()
    for name in ("INBOX", "New"):
        starred = {subject for subject, flags in there[name] if "\\Flagged" in flags}
        assert starred == ({"number 5", "number 7"} if name == "INBOX" else set())


SUBSETS = [subset for size in range(len(SWITCHES) + 1) for subset in combinations(SWITCHES, size)]


@pytest.mark.parametrize("without", SUBSETS, ids=lambda subset: "-".join(subset) or "rich")
async def test_every_subset_of_capabilities(tmp_path: Path, without: tuple[str, ...]) -> None:
    async with (
        poor_server(mailboxes(), without) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        # Somebody else has marked mail deleted where we are about to delete: it must survive.
        server.mailboxes["INBOX"].append(mail(99), ["\\Deleted"], 1_700_000_099)
        await me.sync_once()
        await everything(me)
        await me.sync_once()
        marked = [message for message in server.mailboxes["INBOX"].messages.values() if "\\Deleted" in message.flags]
        assert mail(99) in [message.raw for message in marked]
        uid = next(message.uid for message in marked if message.raw == mail(99))
        server.mailboxes["INBOX"].expunge([uid])
        await me.sync_once()
        assert me.failures == []
        assert_done(me, server)
        assert [m for m in server.mailboxes["INBOX"].messages.values() if "\\Deleted" in m.flags] == [], (
            "what we marked leaves as soon as nothing of others would leave with it"
        )
        moves = server.unreliable.count("UID MOVE")
        assert bool(moves) == ("MOVE" not in without)


COMMANDS = [
    *("UID STORE", "UID MOVE", "UID COPY", "UID EXPUNGE", "EXPUNGE"),
    *("CREATE", "SUBSCRIBE", "SELECT", "UID SEARCH", "UID FETCH"),
]
POOR = [(), ("MOVE",), ("UIDPLUS",), ("MOVE", "UIDPLUS"), ("CONDSTORE",), ("QRESYNC",)]


@pytest.mark.parametrize("how", [How.CUT_BEFORE, How.CUT_AFTER, How.CUT_AMID], ids=lambda how: how.name.lower())
@pytest.mark.parametrize("without", POOR, ids=lambda subset: "-".join(subset) or "rich")
@pytest.mark.parametrize("command", COMMANDS)
async def test_a_connection_cut_at_any_command_does_nothing_twice(
    tmp_path: Path, command: str, how: How, without: tuple[str, ...]
) -> None:
    async with (
        poor_server(mailboxes(), without) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await everything(me)
        for skip in range(4):
            server.unreliable.faults = [Fault(command, how, skip=skip)]
            await me.sync_once()
        server.unreliable.faults = []
        await me.sync_once()
        await me.sync_once()
        assert_done(me, server)


@pytest.mark.parametrize("without", [(), ("UIDPLUS",)], ids=["rich", "no UIDPLUS"])
@pytest.mark.parametrize("how", [How.CUT_BEFORE, How.CUT_AFTER, How.CUT_AMID], ids=lambda how: how.name.lower())
async def test_an_append_cut_short_never_doubles(tmp_path: Path, how: How, without: tuple[str, ...]) -> None:
    async with (
        poor_server(mailboxes(), without) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await me.engine._do(Deed("Deleted", (Expunge(ids(me, 1, 2)),)))
        await me.sync_once()
        words = tuple(copy.word for copy in me.reader.safety_copies())
        assert len(words) == 2
        await me.engine._do(Restore(words))
        for skip in (0, 1):
            server.unreliable.faults = [Fault("APPEND", how, skip=skip)]
            await me.sync_once()
        server.unreliable.faults = []
        await me.sync_once()
        there = on_server(server.mailboxes)
        assert sorted(subject for subject, _ in there["INBOX"]) == [f"number {n}" for n in range(1, 9)]
        assert here(me) == there
        assert me.reader.pending() == 0
        assert {row.word for row in me.rows()} >= set(words)


REFUSALS = [
    ("UID MOVE", "[NOPERM] not yours"),
    ("UID MOVE", "no"),
    ("UID MOVE", "[CANNOT] never"),
    ("UID STORE", "[NOPERM] read only"),
    ("UID COPY", "[NOPERM] no copies"),
    ("UID EXPUNGE", "[NOPERM] no"),
    ("CREATE", "[NOPERM] no new folders"),
]


@pytest.mark.parametrize(("command", "answer"), REFUSALS, ids=[f"{c}-{a.split(']')[0][1:]}" for c, a in REFUSALS])
async def test_what_a_server_refuses_for_good_is_where_it_was_and_in_the_ledger(
    tmp_path: Path, command: str, answer: str
) -> None:
    """F-rows over quota and permission: the mail is kept, the screen shows what the server has, a retry works."""
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await everything(me)
        server.unreliable.faults = [Fault(command, How.REFUSE, answer, times=1000)]
        await me.sync_once()
        await me.sync_once()
        assert me.failures == []
        there, mine = on_server(server.mailboxes), here(me)
        if command == "UID COPY":
            assert mine.pop("Lists") == [("number 3", ("\\Seen",))], "the copy stays on this computer"
            assert there.pop("Lists") == []
        raws = [message.raw for box in server.mailboxes.sorted() for message in box.messages.values()]
        everywhere = {_subject(raw) for raw in raws}
        assert everywhere == {f"number {n}" for n in range(1, 9)} - (
            set() if command in ("UID EXPUNGE", "UID STORE") else {"number 4"}
        )
        if command != "UID EXPUNGE":
            assert mine == there
        failed = [line for line in me.reader.ledger() if line.state is LineState.FAILED]
        assert failed
        assert me.reader.pending() == 0
        text = answer.partition("] ")[2] or answer
        assert any(text in line.answer for line in failed)
        server.unreliable.faults = []
        for line in failed:
            await me.engine._do(Retry(line.id))
        await me.sync_once()
        assert_done(me, server)


@pytest.mark.parametrize("code", ["INUSE", "UNAVAILABLE", "SERVERBUG", "OVERQUOTA"])
async def test_what_a_server_can_not_do_now_waits_with_its_words(tmp_path: Path, code: str) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await me.engine._do(Deed("Archived", (Move(ids(me, 1), Role.ARCHIVE),)))
        server.unreliable.faults = [Fault("UID MOVE", How.REFUSE, f"[{code}] later", times=1000)]
        await me.sync_once()
        assert [row.subject for row in me.rows("Archive")] == ["number 1"]
        (line,) = me.reader.ledger()
        assert line.state is LineState.WAITING
        assert "later" in line.answer
        server.unreliable.faults = []
        await me.sync_once()
        assert me.reader.ledger() == ()
        assert on_server(server.mailboxes)["Archive"] == [("number 1", ("\\Seen",))]


async def test_one_message_that_is_refused_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes(40)) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        bad = next(row for row in me.rows() if row.subject == "number 17")
        real = server.unreliable.hit

        def hit(name: str) -> Fault | None:
            words = server.unreliable.commands[-1].split("\n")[1].split(" ")
            uids = [uid for part in words[3].split(",") for uid in _span(part)] if name == "UID MOVE" else []
            return Fault(name, How.REFUSE, "no") if bad.uid in uids else real(name)

        server.unreliable.hit = hit  # type: ignore[method-assign]
        await me.engine._do(Deed("Archived", (Move(tuple(row.placement for row in me.rows()), Role.ARCHIVE),)))
        await me.sync_once()
        await me.sync_once()
        assert [row.subject for row in me.rows()] == ["number 17"]
        assert len(me.rows("Archive")) == 39
        (line,) = me.reader.ledger()
        assert (line.state, line.messages) == (LineState.FAILED, 1)


def _span(part: str) -> range:
    low, _, high = part.partition(":")
    return range(int(low), int(high or low) + 1)


async def test_the_mailbox_is_renumbered_while_moves_wait(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await everything(me)
        server.mailboxes["INBOX"].renumber(4711)
        await me.sync_once()
        await me.sync_once()
        assert_done(me, server)


async def test_the_mailbox_is_renumbered_after_a_move_whose_answer_was_lost(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await everything(me)
        server.unreliable.faults = [Fault("UID MOVE", How.CUT_AFTER)]
        await me.sync_once()
        server.mailboxes["INBOX"].renumber(4711)
        server.mailboxes["Archive"].renumber(4712)
        for _ in range(3):
            await me.sync_once()
        assert_done(me, server)


async def test_a_stale_undo_of_a_refused_deed_is_harmless(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        before = here(me)
        await me.engine._do(Deed("Archived", (Move(ids(me, 1), Role.ARCHIVE),)))
        server.unreliable.faults = [Fault("UID MOVE", How.REFUSE, "[NOPERM] no", times=1000)]
        await me.sync_once()
        assert here(me) == before
        server.unreliable.faults = []
        await me.engine._do(Undo())
        await me.sync_once()
        assert here(me) == before == on_server(server.mailboxes)
        with pytest.raises(MailtuiError):
            await me.engine._do(Undo())


@pytest.mark.parametrize("without", [(), ("QRESYNC",), ("CONDSTORE",)], ids=["QRESYNC", "CONDSTORE", "plain"])
async def test_a_row_that_is_missing_is_found_by_the_count(tmp_path: Path, without: tuple[str, ...]) -> None:
    """Whatever the reason: QRESYNC would never speak of it again."""
    async with poor_server(mailboxes(), without) as (server, account):
        async with running(tmp_path, account, watch=False, password=PASSWORD) as me:
            await me.sync_once()
            row = next(row for row in me.rows() if row.subject == "number 3")
            content = me.reader.content(row.placement)
            assert content is not None
        with contextlib.closing(sqlite3.connect(tmp_path / "index.sqlite")) as db, db:
            db.execute("DELETE FROM placement WHERE id = ?", (row.placement,))
            db.execute("UPDATE mailbox SET total = total - 1 WHERE id = ?", (row.mailbox,))
        Path(content.path).unlink()
        async with running(tmp_path, account, watch=False, password=PASSWORD) as me:
            assert len(me.rows()) == 7
            await me.sync_once()
            assert me.failures == []
            assert here(me) == on_server(server.mailboxes)
            assert len(me.rows()) == 8


async def test_mail_in_a_folder_that_we_made_and_have_not_read_yet(tmp_path: Path) -> None:
    """The line broke between the MOVE into it and the look at it: what is wanted next is no failure, it waits."""
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await me.engine._do(Deed("Made", (CreateMailbox(ACCOUNT, "New"),)))
        await me.engine._do(Deed("Moved", (Move(ids(me, 6), me.mailbox("New").id),)))
        server.unreliable.faults = [Fault("LIST", How.CUT_BEFORE)]
        await me.sync_once()
        server.unreliable.faults = []
        await me.engine._do(Deed("Starred", (SetFlags(ids(me, 6, box="New"), STAR),)))
        for _ in range(2):
            await me.sync_once()
        assert me.reader.ledger() == ()
        assert here(me) == on_server(server.mailboxes)
        assert here(me)["New"] == [("number 6", ("\\Flagged",))]
