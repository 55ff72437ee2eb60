"""What another client does at the very moment in which mailtui acts."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from mailtui.model.facts import Attempt, Carried, MailboxDelta, Road
from mailtui.model.folder import Checkpoint
from mailtui.model.intents import Deed, Move
from mailtui.store.store import Store
from tests.integration.test_sync_servers import seeds
from tests.integration.test_two_way_matrix import here, mailboxes, on_server
from tests.integration.test_two_way_servers import assert_in_step, do, ids, where
from tests.support.poor_server import PASSWORD, Fault, How, poor_server
from tests.support.running_engine import ACCOUNT, running
from tests.support.servers import MailServer


@pytest.fixture
def user(mail_server: MailServer) -> str:
    name = mail_server.new_user()
    mail_server.seed(name, seeds(6))
    return name


async def test_an_answer_written_down_after_the_mail_was_gone_again_leaves_no_row(
    mail_server: MailServer, tmp_path: Path, user: str
) -> None:
    """A message moved to Work is expunged there by another client, and Work is read, before the answer of the move."""
    with mail_server.client(user) as other:
        other.create("Work")
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
            (placement,) = ids(me, "number 2")
            work, inbox = me.mailbox("Work"), me.mailbox()
        assert work.checkpoint is not None
        validity = work.checkpoint.uidvalidity
        (uid,) = [uid for uid, raw in other.raw().items() if b"Subject: number 2\r\n" in raw]
        other.move([uid], "Work")
        (new,) = other.uids("Work")
        other.expunge([new], "Work")
        said = other.imap.status("Work", "(UIDNEXT HIGHESTMODSEQ)")[1][0].decode()
        uidnext, modseq = (int(word) for word in re.findall(r"\d+", said.rpartition("(")[2]))
        attempt = Attempt(1, ACCOUNT, Road.MOVE, work.id, (placement,), inbox.id, (uid,))
        store = Store.open(str(tmp_path))
        store.apply([MailboxDelta(ACCOUNT, work.id, validity, checkpoint=Checkpoint(validity, uidnext, modseq, 1))])
        store.apply([Carried(ACCOUNT, attempt, validity, ((placement, new),))])
        store.close()
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            assert len(me.rows("Work")) == 1
            await me.sync_once()
            assert_in_step(me, other)


async def test_a_move_of_what_another_client_took_away_is_no_refusal(tmp_path: Path) -> None:
    """Dovecot refuses the whole set when another client removed one of it a moment ago."""
    boxes = mailboxes()
    async with (
        poor_server(boxes) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await do(me, Deed("Moved", (Move(ids(me, "number 2", "number 3"), me.mailbox("Lists").id),)))
        real = server.unreliable.hit
        (taken,) = [uid for uid, mail in boxes["INBOX"].messages.items() if b"number 2\r\n" in mail.raw]

        def hit(name: str) -> Fault | None:
            if name != "UID MOVE":
                return real(name)
            if taken in boxes["INBOX"].messages:
                boxes["Trash"].append(boxes["INBOX"].messages[taken].raw, [], 1_700_000_002)
                boxes["INBOX"].expunge([taken])
            asked = server.unreliable.commands[-1].split("\n")[1].split(" ")[3]
            missed = str(taken) in re.split("[,:]", asked)
            return Fault(name, How.REFUSE, "Some of the requested messages no longer exist") if missed else None

        server.unreliable.hit = hit  # type: ignore[method-assign]
        await me.sync_once()
        assert me.reader.ledger() == ()
        assert here(me) == on_server(boxes)
        assert sorted(subject for subject, _ in here(me)["Lists"]) == ["number 2", "number 3"]
        assert here(me)["Trash"] == []


async def test_a_row_that_is_missing_is_brought_again(mail_server: MailServer, tmp_path: Path, user: str) -> None:
    with mail_server.client(user) as other:
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            await me.sync_once()
        with contextlib.closing(sqlite3.connect(tmp_path / "index.sqlite")) as db, db:
            db.execute("DELETE FROM placement WHERE uid = 3")
            db.execute("UPDATE mailbox SET total = total - 1, unread = unread - 1 WHERE name = 'INBOX'")
        for path in tmp_path.glob("mail/*/INBOX/cur/*,U=3,*"):
            path.unlink()
        async with running(tmp_path, where(mail_server, user), watch=False) as me:
            assert len(me.rows()) == 5
            await me.sync_once()
            assert me.bodies() == other.raw()
