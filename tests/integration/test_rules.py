"""Rules are asked about mail that has just arrived, on every protocol, once, also when mailtui is killed meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mailtui.model.account import Account, LocalSettings, OfflineKind, OfflinePolicy
from mailtui.model.changes import Done
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import RULES, Deed, FolderNamed, Move, Undo
from mailtui.model.rules import Rule
from tests.integration.test_sync_servers import reach, seeds
from tests.support.popping import Maildrop, mail, pop_account
from tests.support.ruling_child import RULES as CHILD_RULES
from tests.support.running_engine import ACCOUNT, Running, running
from tests.support.servers import MailServer
from tests.support.store_bed import raw

INVOICE = Rule("invoices", "body:invoice", to=FolderNamed("Invoices"), mark=("read",), label=("money",))
NUMBERS = Rule("numbers", "subject:number", to=Role.ARCHIVE)
PAPER = Account(ACCOUNT, "anna@example.org", "Anna", local=LocalSettings())
ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("MAILTUI_RULE_KILLS", "4"))
"""100 for the long run."""


def subjects(me: Running, box: str = "INBOX") -> list[str]:
    return sorted(row.subject for row in me.rows(box))


async def test_pop3_only_mail_that_came_later_and_a_step_of_the_history_for_each_rule(tmp_path: Path) -> None:
    drop = Maildrop([mail(1, b"an invoice\r\n")])
    rules = (INVOICE, Rule("mine", "from:anna subject:3", mark=("star",)))
    async with drop.serving(), running(tmp_path, pop_account(drop.port), watch=False, rules=rules) as me:
        await me.sync_once()
        assert subjects(me) == ["number 1"]
        drop.box |= {f"n{n}": mail(n, b"your invoice\r\n" if n < 4 else b"hello\r\n") for n in (2, 3, 4)}
        await me.sync_once()
        assert subjects(me) == ["number 1", "number 4"]
        rows = {row.subject: row.flags.names() for row in me.rows("Invoices")}
        assert rows == {"number 2": ("\\Seen", "money"), "number 3": ("\\Seen", "\\Flagged", "money")}
        told = {step.label for step in me.reader.history()}
        assert told == {
            "Rule invoices: moved 1 to Invoices, marked read, labelled money",
            "Rules invoices, mine: 1 message",
        }
        assert {step.author for step in me.reader.history()} == {RULES}
        assert not [change for change in me.changes if isinstance(change, Done)]


async def test_what_a_person_put_back_is_never_ruled_again(tmp_path: Path) -> None:
    drop = Maildrop([mail(1)])
    async with drop.serving():
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=(NUMBERS,)) as me:
            await me.sync_once()
            drop.box |= {"n2": mail(2), "n3": mail(3)}
            await me.sync_once()
            assert subjects(me, "Archive") == ["number 2", "number 3"]
            (step,) = me.reader.history()
            assert step.label == "Rule numbers: archived 2"
            back = next(row.placement for row in me.rows("Archive") if row.subject == "number 3")
            await me.engine._do(Deed("Moved", (Move((back,), me.mailbox().id),)))
            await me.engine._do(Undo(step=step.id))
            assert subjects(me) == ["number 1", "number 2", "number 3"]
            await me.sync_once()
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=(NUMBERS,)) as me:
            await me.sync_once()
            assert subjects(me) == ["number 1", "number 2", "number 3"]


async def test_local_mail_that_another_program_delivers(tmp_path: Path) -> None:
    async with running(tmp_path, PAPER, watch=True, rules=(NUMBERS,)) as me:
        await me.until(lambda: {box.role for box in me.reader.mailboxes()} >= {Role.INBOX, Role.ARCHIVE})
        await asyncio.sleep(0.3)
        (tmp_path / "mail" / ACCOUNT / "INBOX" / "new" / "1700000000.M1.elsewhere").write_bytes(raw(1))
        await me.until(lambda: subjects(me, "Archive") == ["number 1"])
        assert subjects(me) == []


async def test_rules_of_other_accounts_and_rules_that_stop_leave_mail_alone(tmp_path: Path) -> None:
    rules = (
        Rule("other", "number", (AccountId("other"),), to=Role.TRASH),
        Rule("keep", "subject:2", stop=True),
        NUMBERS,
    )
    drop = Maildrop([])
    async with drop.serving(), running(tmp_path, pop_account(drop.port), watch=False, rules=rules) as me:
        await me.sync_once()
        drop.box |= {"n2": mail(2), "n3": mail(3)}
        await me.sync_once()
        assert (subjects(me), subjects(me, "Archive")) == (["number 2"], ["number 3"])


async def test_a_real_server_gets_it(mail_server: MailServer, tmp_path: Path) -> None:
    """Also the folder that the rule names, and a copy; and the undo comes there too."""
    user = mail_server.new_user()
    mail_server.seed(user, seeds(3))
    rule = Rule("filed", "subject:number body:fresh", (), FolderNamed("Filed"), FolderNamed("Copies"), label=("new",))
    with mail_server.client(user) as other:
        where = reach(mail_server, user)
        async with running(tmp_path, where, watch=False, rules=(rule,)) as me:  # type: ignore[arg-type]
            await me.sync_once()
            other.append(mail(7, b"fresh\r\n"))
            other.append(mail(8, b"stale\r\n"))
            await me.sync_once()
            assert me.failures == []
            assert (subjects(me, "Filed"), subjects(me, "Copies")) == (["number 7"], ["number 7"])
            assert me.reader.pending() == 0
            filed = next(name for name in other.mailboxes() if name.endswith("Filed"))
            copies = next(name for name in other.mailboxes() if name.endswith("Copies"))
            assert [names & {"new"} for names in other.flags(filed).values()] == [{"new"}]
            assert len(other.raw(copies)) == 1
            assert len(other.raw()) == 4
            (step,) = me.reader.history()
            await me.engine._do(Undo(step=step.id))
            await me.sync_once()
            await me.sync_once()
            assert len(other.raw()) == 5
            assert filed not in other.mailboxes()
            assert subjects(me) == ["number 1", "number 2", "number 3", "number 7", "number 8"]


async def test_live_mail_is_ruled_while_one_watches(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(2))
    where = reach(dovecot, user)
    with dovecot.client(user) as other:
        async with running(tmp_path, where, watch=True, rules=(NUMBERS,)) as me:  # type: ignore[arg-type]
            await me.until(lambda: len(me.rows()) == 2 and all(row.body_here for row in me.rows()))
            await asyncio.sleep(0.3)
            other.append(mail(7))
            await me.until(lambda: len(other.raw("Archive")) == 1)
            assert len(other.raw()) == 2


@pytest.mark.parametrize("place", ["no", "arrived", "before", "after", "marked"])
async def test_killed_between_arrival_and_act(place: str, tmp_path: Path) -> None:
    """Never lost, never done twice: also the copy, of which there could be two."""
    drop = Maildrop([mail(1)])
    async with drop.serving():
        assert await _child(tmp_path, drop.port, "no") == 0
        drop.box |= {"n2": mail(2), "n3": mail(3).replace(b"Subject: number", b"Subject: only")}
        killed = 0 if place == "no" else -signal.SIGKILL
        assert await _child(tmp_path, drop.port, place) == killed
        for _ in range(2):
            assert await _child(tmp_path, drop.port, "no") == 0
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=CHILD_RULES) as me:
            assert Counter(row.subject for row in me.rows("Copies")) == {"number 2": 1, "only 3": 1}
            assert subjects(me, "Filed/Here") == ["number 2"]
            assert subjects(me) == ["number 1", "only 3"]
            flags = {row.subject: row.flags.names() for row in (*me.rows(), *me.rows("Filed/Here"))}
            assert flags == {
                "number 1": (),
                "number 2": ("\\Seen", "seen-by-rule"),
                "only 3": ("\\Seen", "seen-by-rule"),
            }
            assert len(me.reader.history()) == 2


async def test_killed_at_random(tmp_path: Path) -> None:
    """Mail keeps coming, and mailtui is killed at any moment: each message is filed once and copied once."""
    drop, chance = Maildrop([mail(1)]), random.Random(7)
    async with drop.serving():
        assert await _child(tmp_path, drop.port, "no") == 0
        for number in range(2, 2 + KILLS):
            drop.box[f"n{number}"] = mail(number)
            await _child(tmp_path, drop.port, "no", kill_after=chance.uniform(0.3, 2.0))
        for _ in range(2):
            assert await _child(tmp_path, drop.port, "no") == 0
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=CHILD_RULES) as me:
            once = Counter(f"number {number}" for number in range(2, 2 + KILLS))
            assert Counter(row.subject for row in me.rows("Copies")) == once
            assert Counter(row.subject for row in me.rows("Filed/Here")) == once
            assert all("seen-by-rule" in row.flags.keywords for row in me.rows("Filed/Here"))
            assert subjects(me) == ["number 1"]


async def _child(root: Path, port: int, place: str, *, kill_after: float | None = None) -> int:
    """Its exit status. `kill_after`: seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ruling_child", str(root), str(port), place, cwd=ROOT
    )
    if kill_after is not None:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(process.wait()), kill_after)
        process.kill()
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.parametrize("kind", [OfflineKind.ALL, OfflineKind.HEADERS])
async def test_without_texts_rules_go_by_headers(dovecot: MailServer, tmp_path: Path, kind: OfflineKind) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(2))
    rules = (Rule("a", "subject:7 from:anna", to=FolderNamed("Filed")), Rule("b", "subject:number", label=("n",)))
    where = reach(dovecot, user, offline=OfflinePolicy(kind))
    with dovecot.client(user) as other:
        async with running(tmp_path, where, watch=False, rules=rules) as me:  # type: ignore[arg-type]
            await me.sync_once()
            other.append(mail(7))
            other.append(mail(8))
            await me.sync_once()
            assert len(other.raw("Filed")) == 1
            assert sorted(len(names & {"n"}) for names in other.flags().values()) == [0, 0, 1]


async def test_what_waits_for_its_text_is_asked_about_when_it_has_it_also_after_a_crash(tmp_path: Path) -> None:
    """Headers first, then the engine is gone; the text comes with the next one."""
    drop = Maildrop([])
    async with drop.serving():
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=(INVOICE,)) as me:
            await me.sync_once()
            drop.box["n2"] = mail(2, b"an invoice\r\n")
            me.engine._sorter._arrivals._connections = (late := _Late(me))  # type: ignore[union-attr]
            await me.sync_once()
            assert late.asked
            assert subjects(me) == ["number 2"]
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=(INVOICE,)) as me:
            await me.sync_once()
            assert subjects(me, "Invoices") == ["number 2"]
            step = me.reader.history()[0]
            await me.engine._do(Undo(step=step.id))
            await me.sync_once()
        async with running(tmp_path, pop_account(drop.port), watch=False, rules=(INVOICE,)) as me:
            await me.sync_once()
            assert subjects(me) == ["number 2"]


class _Late:
    """Connections on which every row lacks its text still."""

    def __init__(self, me: Running) -> None:
        self._real = me.engine._sorter._arrivals._connections  # type: ignore[union-attr]
        self.asked = 0

    def get(self) -> _Late:
        return self

    def execute(self, sql: str, *values: Any) -> object:
        self.asked += "p.body FROM" in sql
        return self._real.get().execute(sql.replace("p.file, p.body FROM", "p.file, 0 FROM"), *values)

    def close(self) -> None:
        self._real.close()
