"""What the person does reaches real servers, can be taken back after that, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.model.account import Account, OfflineKind, OfflinePolicy
from mailtui.model.changes import Done, Notice
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Expunge,
    Move,
    Order,
    Redo,
    RenameMailbox,
    Restore,
    SetFlags,
    Subscribe,
    Undo,
)
from mailtui.model.ledger import LineState
from mailtui.model.mail import Flag, Flags
from mailtui.model.outgoing import Save
from tests.integration.test_sync_servers import reach, seeds
from tests.support.running_engine import ACCOUNT, Running, running
from tests.support.second_client import SecondClient, digest
from tests.support.servers import MailServer

ONCE = {"watch": False}


async def do(me: Running, wanted: Deed | Order) -> None:
    """As a command of the command line does it: journaled, no server asked."""
    changes = await me.engine._do(wanted)
    assert any(isinstance(change, Done) for change in changes) or not isinstance(wanted, Deed)


def ids(me: Running, *subjects: str, box: str = "INBOX") -> tuple[PlacementId, ...]:
    rows = {row.subject: row.placement for row in me.rows(box)}
    return tuple(rows[subject] for subject in subjects)


def subjects(me: Running, box: str) -> list[str]:
    return sorted(row.subject for row in me.rows(box))


def there(other: SecondClient, box: str) -> list[str]:
    return sorted(
        next(line[9:] for line in raw.decode().split("\r\n") if line.startswith("Subject: "))
        for raw in other.raw(box).values()
    )


def all_of(other: SecondClient) -> list[bytes]:
    return sorted(digest(raw) for box in other.mailboxes() for raw in other.raw(box).values())


def assert_in_step(me: Running, other: SecondClient) -> None:
    """Both sides show the same mail in the same places, and nothing waits."""
    assert me.reader.pending() == 0, me.reader.ledger()
    mine = {box.name: box for box in me.reader.mailboxes()}
    for name in other.mailboxes():
        assert me.bodies(name) == other.raw(name), name
        assert me.flags(name) == other.flags(name), name
        assert mine[name].total == len(other.raw(name)), name
    assert set(mine) == set(other.mailboxes())


@pytest.fixture
def user(mail_server: MailServer) -> str:
    name = mail_server.new_user()
    mail_server.seed(name, seeds(12))
    return name


def where(server: MailServer, user: str, **more: object) -> Account:
    return reach(server, user, **more)  # type: ignore[return-value, arg-type]


async def test_archiving_offline_shows_at_once_and_reaches_the_server(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        before = all_of(other)
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            words = {row.subject: row.word for row in me.rows()}
            await do(me, Deed("Archived 3", (Move(ids(me, "number 1", "number 2", "number 3"), Role.ARCHIVE),)))
            archive = next(box for box in me.reader.mailboxes() if box.role is Role.ARCHIVE)
            assert subjects(me, archive.name) == ["number 1", "number 2", "number 3"]
            assert me.mailbox().total == 9
            assert all(row.pending for row in me.rows(archive.name))
            assert len(other.raw()) == 12
            await me.sync_once()
            assert me.failures == []
            assert_in_step(me, other)
            assert there(other, archive.name) == ["number 1", "number 2", "number 3"]
            assert {row.subject: row.word for row in me.rows(archive.name)}.items() <= words.items()
            assert all_of(other) == before


async def test_every_kind_of_deed_and_its_undo_after_the_server_confirmed(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        other.create("Work")
        before = all_of(other)
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            work = me.mailbox("Work").id
            flags = me.flags()
            junk = Flags.of(["$Junk"])
            await do(me, Deed("Moved", (Move(ids(me, "number 1"), work),)))
            await do(me, Deed("Copied", (Copy(ids(me, "number 2"), work),)))
            await do(me, Deed("Deleted", (Move(ids(me, "number 4"), Role.TRASH),)))
            await do(me, Deed("Deleted for ever", (Expunge(ids(me, "number 5")),)))
            spam = ids(me, "number 6")
            await do(me, Deed("Spam", (Move(spam, Role.JUNK), SetFlags(spam, junk, Flags.of(["$NotJunk"])))))
            await do(me, Deed("Starred", (SetFlags(ids(me, "number 7", "number 8"), Flags(int(Flag.FLAGGED))),)))
            await me.sync_once()
            assert_in_step(me, other)
            assert there(other, "Work") == ["number 1", "number 2"]
            assert "number 5" not in [subject for box in other.mailboxes() for subject in there(other, box)]
            assert len(me.reader.history()) == 6
            for _ in range(6):
                await do(me, Undo())
            assert len(me.rows()) == 12
            assert me.reader.pending()
            await me.sync_once()
            assert me.failures == []
            assert_in_step(me, other)
            assert there(other, "INBOX") == sorted(f"number {n}" for n in range(1, 13))
            assert all_of(other) == before
            assert sorted(map(sorted, flags.values())) == sorted(
                sorted(names - {"$NotJunk"}) for names in me.flags().values()
            )
            for _ in range(6):
                await do(me, Redo())
            await me.sync_once()
            assert_in_step(me, other)
            assert there(other, "Work") == ["number 1", "number 2"]


async def test_a_deed_and_its_undo_that_both_wait_send_nothing(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            uids = {row.uid for row in me.rows()}
            await do(me, Deed("Trashed", (Move(tuple(row.placement for row in me.rows()), Role.TRASH),)))
            assert me.mailbox().total == 0
            await do(me, Undo())
            assert me.mailbox().total == 12
            await me.sync_once()
            assert_in_step(me, other)
            assert {row.uid for row in me.rows()} == uids, "no message was moved and moved back"


async def test_folders_are_made_renamed_and_deleted_and_that_is_taken_back(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        before = all_of(other)
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            await do(me, Deed("Made", (CreateMailbox(ACCOUNT, "Plans"),)))
            await do(me, Deed("Moved", (Move(ids(me, "number 1", "number 2"), me.mailbox("Plans").id),)))
            await do(me, Deed("Renamed", (RenameMailbox(me.mailbox("Plans").id, "Big plans"),)))
            await me.sync_once()
            assert_in_step(me, other)
            assert there(other, "Big plans") == ["number 1", "number 2"]
            await do(me, Deed("Renamed", (RenameMailbox(me.mailbox("Big plans").id, "Old"),)))
            await do(me, Deed("Subscribed", (Subscribe(me.mailbox("Old").id, False),)))
            await me.sync_once()
            assert_in_step(me, other)
            await do(me, Deed("Deleted folder", (DeleteMailbox(me.mailbox("Old").id),)))
            assert "Old" not in [box.name for box in me.reader.mailboxes()]
            await me.sync_once()
            assert "Old" not in other.mailboxes()
            assert len(me.reader.safety_copies()) == 2
            await do(me, Undo())
            assert subjects(me, "Old") == ["number 1", "number 2"]
            await me.sync_once()
            assert me.failures == []
            assert_in_step(me, other)
            assert all_of(other) == before


async def test_a_folder_that_waits_for_its_deletion_can_be_kept(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        other.create("Keep")
        other.move(other.uids()[:3], "Keep")
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            await do(me, Deed("Deleted folder", (DeleteMailbox(me.mailbox("Keep").id),)))
            await do(me, Undo())
            assert me.mailbox("Keep").total == 3
            await me.sync_once()
            assert_in_step(me, other)


async def test_the_phone_moved_it_meanwhile_and_the_person_wins(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    """F-row of conflicts: the later explicit action of the person decides where mail lies; nothing vanishes."""
    with mail_server.client(user) as other:
        for box in ("Phone", "Person", "Aaa"):
            other.create(box)
        before = all_of(other)
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            words = {row.subject: row.word for row in me.rows()}
            for subject in ("number 1", "number 2", "number 3"):
                await do(me, Deed("Moved", (Move(ids(me, subject), me.mailbox("Person").id),)))
            uids = sorted(other.uids())
            other.move([uids[0]], "Phone")
            other.move([uids[1]], "Aaa")
            other.expunge([uids[2]])
            await me.sync_once()
            await me.sync_once()
            assert me.failures == []
            assert_in_step(me, other)
            assert there(other, "Person") == ["number 1", "number 2", "number 3"]
            assert all_of(other) == before
            assert {row.subject: row.word for row in me.rows("Person")}.items() <= words.items()


async def test_flags_of_both_sides_are_merged(mail_server: MailServer, tmp_path: Path, user: str) -> None:
    with mail_server.client(user) as other:
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            (one,) = ids(me, "number 1")
            await do(me, Deed("Starred", (SetFlags((one,), Flags(int(Flag.FLAGGED))),)))
            first = sorted(other.uids())[0]
            other.add_flags([first], "\\Answered")
            await me.sync_once()
            assert_in_step(me, other)
            assert {"\\Flagged", "\\Answered"} <= other.flags()[first]


async def test_a_folder_deleted_by_another_client_is_made_again_for_what_waits(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        other.create("Soon gone")
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            await do(me, Deed("Moved", (Move(ids(me, "number 1"), me.mailbox("Soon gone").id),)))
            other.delete("Soon gone")
            await me.sync_once()
            await me.sync_once()
            assert me.failures == []
            assert there(other, "Soon gone") == ["number 1"]
            assert_in_step(me, other)


async def test_a_folder_renamed_by_another_client_keeps_its_mail_and_its_rows(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        other.create("Before")
        other.move(other.uids()[:4], "Before")
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            words = {row.subject: row.word for row in me.rows("Before")}
            files = {me.reader.content(row.placement).path for row in me.rows("Before")}  # type: ignore[union-attr]
            other.rename("Before", "After")
            await me.sync_once()
            assert {row.subject: row.word for row in me.rows("After")} == words
            assert {me.reader.content(row.placement).path for row in me.rows("After")} == files  # type: ignore[union-attr]
            assert_in_step(me, other)


async def test_deleted_mail_is_restored_from_its_safety_copy(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    policy = OfflinePolicy(OfflineKind.HEADERS)
    with mail_server.client(user) as other:
        before = all_of(other)
        async with running(tmp_path, where(mail_server, user, offline=policy), watch=False) as me:
            await me.sync_once()
            await do(me, Deed("Deleted for ever", (Expunge(ids(me, "number 1", "number 2")),)))
            await me.sync_once()
            assert len(other.raw()) == 10
            copies = me.reader.safety_copies()
            assert sorted(copy.subject for copy in copies) == ["number 1", "number 2"]
            await do(me, Restore(tuple(copy.word for copy in copies)))
            await me.sync_once()
            assert all_of(other) == before
            assert me.reader.safety_copies() == ()
            assert me.reader.pending() == 0


async def test_ten_thousand_become_a_few_commands(mail_server: MailServer, tmp_path: Path) -> None:
    """Coalescing, seen by what a large set costs the journal and the server: one line, one history step."""
    user = mail_server.new_user()
    mail_server.seed(user, seeds(1200))
    with mail_server.client(user) as other:
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            everything = tuple(row.placement for row in me.rows())
            await do(me, Deed("Read", (SetFlags(everything, Flags(int(Flag.SEEN))),)))
            await do(me, Deed("Archived", (Move(everything, Role.ARCHIVE),)))
            assert me.reader.pending() == 2
            await me.sync_once()
            assert_in_step(me, other)
            archive = next(box for box in me.reader.mailboxes() if box.role is Role.ARCHIVE)
            assert len(other.raw(archive.name)) == 1200
            assert all("\\Seen" in flags for flags in other.flags(archive.name).values())


async def test_a_running_mailtui_pushes_at_once_and_hears_of_it(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    with mail_server.client(user) as other:
        async with running(tmp_path, where(mail_server, user), watch=True) as me:
            await me.until(lambda: len(me.rows()) == 12)
            me.engine.send(Deed("Archived", (Move(ids(me, "number 1"), Role.ARCHIVE),)))
            await me.until(lambda: any(isinstance(change, Done) for change in me.changes))
            await me.until(lambda: me.reader.pending() == 0)
            archive = next(box for box in me.reader.mailboxes() if box.role is Role.ARCHIVE)
            assert there(other, archive.name) == ["number 1"]
            me.engine.send(Undo())
            await me.until(lambda: len(other.raw()) == 12 and me.reader.pending() == 0)
            await me.until(lambda: len(me.rows()) == 12)


async def test_what_the_store_refuses_is_told_and_leaves_no_trace(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    async with running(tmp_path, where(mail_server, user), watch=False) as me:
        await me.sync_once()
        me.engine.send(Deed("Made", (CreateMailbox(ACCOUNT, "INBOX"),)))
        await me.until(lambda: any(isinstance(change, Notice) for change in me.changes))
        assert me.reader.history() == ()
        assert me.reader.ledger() == ()


async def test_a_refusal_gives_the_mail_back_and_stays_in_the_ledger(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    """A name that no server takes: the folder was never there, the mail is where it was, the ledger has the words."""
    async with running(tmp_path, where(mail_server, user), watch=False) as me:
        await me.sync_once()
        name = "x" * 4000
        await do(me, Deed("Made", (CreateMailbox(ACCOUNT, name),)))
        await do(me, Deed("Moved", (Move(ids(me, "number 1"), me.mailbox(name).id),)))
        await me.sync_once()
        await me.sync_once()
        assert len(me.rows()) == 12
        lines = me.reader.ledger()
        assert [line.state for line in lines] == [LineState.FAILED] * 2
        assert all(line.answer for line in lines)
        assert me.reader.pending() == 0


async def test_a_draft_goes_up_once_and_is_replaced_by_the_next(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    flags = Flags(int(Flag.DRAFT | Flag.SEEN))

    def written(number: int) -> str:
        path = tmp_path / f"draft {number}"
        path.write_bytes(f"From: a@b.c\r\nMessage-ID: <d{number}@b.c>\r\nSubject: draft {number}\r\n\r\nx\r\n".encode())
        return str(path)

    with mail_server.client(user) as other:
        async with running(tmp_path / "store", where(mail_server, user), watch=False) as me:
            await me.sync_once()
            old: PlacementId | None = None
            for number in range(5):  # saved five times without a connection
                await me.engine._do(Save(ACCOUNT, Role.DRAFTS, written(number), flags, old))
                drafts = next(box for box in me.reader.mailboxes() if box.role is Role.DRAFTS)
                (row,) = me.rows(drafts.name)
                old = row.placement
            await me.sync_once()
            assert me.failures == []
            assert there(other, drafts.name) == ["draft 4"]
            (uid,) = other.raw(drafts.name)
            await me.engine._do(Save(ACCOUNT, Role.DRAFTS, written(5), flags, old))
            assert subjects(me, drafts.name) == ["draft 5"]
            assert there(other, drafts.name) == ["draft 4"]
            await me.sync_once()
            assert there(other, drafts.name) == ["draft 5"]
            assert uid not in other.raw(drafts.name)
            assert_in_step(me, other)
