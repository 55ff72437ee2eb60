"""Rows of the list of failures that two-way mail has to bear: those that no other file shows, and where the others are.

`ROWS` names at least one test for each row; a test below looks that they are there."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mailtui.demo.mailboxes import Mailbox
from mailtui.model.folder import Role
from mailtui.model.intents import CreateMailbox, Deed, Expunge, Move, Restore, SetFlags, Subscribe
from mailtui.model.ledger import LineState
from mailtui.protocols.imap.link import ImapLink
from mailtui.protocols.imap.results import AppendUid
from mailtui.protocols.imap.worker import live
from tests.integration.test_two_way_matrix import (
    STAR,
    assert_done,
    everything,
    here,
    ids,
    mail,
    mailboxes,
    on_server,
)
from tests.support.poor_server import PASSWORD, Fault, How, poor_server
from tests.support.running_engine import ACCOUNT, Running, running

ROWS: dict[str, tuple[str, ...]] = {
    "F1 kill -9": ("test_kill_points_of_a_first_sync", "test_kill_points_of_a_resync", "test_a_kill_anywhere_"),
    "F6 cut anywhere": ("test_f6_", "test_cut_of_the_servers_stream", "test_cut_of_what_the_client_says"),
    "F7 the peer is gone": ("test_a_peer_that_is_gone_ends_in_a_timeout", "test_idle_that_is_refused_or_never_ends"),
    "F8 slow": ("test_one_byte_at_a_time_does_not_go_on_for_ever", "test_a_slow_but_steady_body_is_no_timeout"),
    "F9 nobody there": ("test_nobody_listens", "test_no_such_host", "test_a_handshake_that_never_comes"),
    "F10 BYE and not now": (
        "test_bad_greetings",
        "test_goodbye_in_the_middle",
        "test_goodbye_in_idle",
        "test_what_a_server_can_not_do_now_waits_with_its_words",
    ),
    "F11 renumbered": (
        "test_uidvalidity_change_matches_mail_and_fetches_nothing_twice",
        "test_the_mailbox_is_renumbered_while_moves_wait",
        "test_the_mailbox_is_renumbered_after_a_move_whose_answer_was_lost",
        "test_nothing_is_lost_or_doubled_when",
    ),
    "F12 unasked news": ("test_f12_", "test_news_while_commands_run"),
    "F13 numbers that can't be": ("test_f13_", "test_select_that_can_not_be_trusted", "test_numbers_beyond_64_bits_"),
    "F14 literals and lines without bounds": (
        "test_impossible_literals_end_the_connection",
        "test_a_literal_that_stops_short",
        "test_a_literal_that_swallows_the_answer",
        "test_a_million_lines_do_not_pile_up",
    ),
    "F15 odd lines": ("test_odd_lines_are_borne_or_end_the_connection",),
    "F16 mail that looks like protocol": ("test_bodies_are_stored_byte_by_byte_whatever_they_say",),
    "F17 poor servers": (
        "test_every_subset_of_capabilities",
        "test_a_connection_cut_at_any_command_does_nothing_twice",
    ),
    "F18 changed on both sides": (
        "test_flags_of_both_sides_are_merged",
        "test_the_phone_moved_it_meanwhile_and_the_person_wins",
        "test_f18_",
    ),
    "F20 other programs in the maildir": ("test_f20_", "test_a_file_moved_to_another_folder_is_a_move"),
    "F34 what was moved is not fetched again": ("test_f34_",),
    "F35 folders change on the server": (
        "test_f35_",
        "test_a_folder_deleted_by_another_client_is_made_again_for_what_waits",
        "test_a_folder_renamed_by_another_client_keeps_its_mail_and_its_rows",
    ),
    "F36 quota on append, mail changed by the server": ("test_f36_",),
}
CUTS = int(os.environ.get("MAILTUI_CUTS", "40"))
"""Places at which the connection is cut; the length of the conversation (about 8,000) for every single one."""


def test_every_row_has_its_tests() -> None:
    top = Path(__file__).parent.parent
    known = {
        name
        for path in top.rglob("test_*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.M)
    }
    missing = [
        (row, wanted)
        for row, tests in ROWS.items()
        for wanted in tests
        if not any(name == wanted or (wanted.endswith("_") and name.startswith(wanted)) for name in known)
    ]
    assert missing == []


async def test_f6_a_connection_cut_after_any_octet_does_nothing_twice(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path / "whole", account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await everything(me)
        server.unreliable.budget = 1_000_000
        await me.sync_once()
        length = 1_000_000 - server.unreliable.budget
        assert_done(me, server)
    for number in range(CUTS):
        async with (
            poor_server(mailboxes()) as (server, account),
            running(tmp_path / f"cut{number}", account, watch=False, password=PASSWORD) as me,
        ):
            await me.sync_once()
            await everything(me)
            server.unreliable.budget = max(1, length * number // CUTS)
            await me.sync_once()
            server.unreliable.budget = None
            await me.sync_once()
            await me.sync_once()
            assert_done(me, server)


async def test_f12_news_between_and_within_our_commands(tmp_path: Path) -> None:
    """While a thousand wishes go out, other clients deliver, mark and expunge in the same mailbox."""
    async with (
        poor_server(mailboxes(60)) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        box, chance = server.mailboxes["INBOX"], random.Random(5)
        gone: set[str] = set()
        real = server.unreliable.hit

        def amid(name: str) -> Fault | None:
            if name in ("UID STORE", "UID MOVE", "UID FETCH", "UID SEARCH"):
                box.append(mail(100 + len(box.messages) + len(gone)), [], 1_700_001_000)
                victim = chance.choice([uid for uid in box.uids if uid > 40])
                gone.add(box.messages[victim].raw.decode().split("Subject: ")[1].split("\r\n")[0])
                box.expunge([victim])
                box.set_flags(box.uids[-1], frozenset({"\\Answered"}))
            return real(name)

        server.unreliable.hit = amid  # type: ignore[method-assign]
        for n in range(1, 41):
            wish = SetFlags(ids(me, n), STAR) if n % 2 else Move(ids(me, n), Role.ARCHIVE)
            await me.engine._do(Deed(f"deed {n}", (wish,)))
        await me.sync_once()
        server.unreliable.hit = real  # type: ignore[method-assign]
        await me.sync_once()
        there = on_server(server.mailboxes)
        assert here(me) == there
        assert {subject for subject, _ in there["Archive"]} == {f"number {n}" for n in range(2, 41, 2)}
        starred = {subject for subject, flags in there["INBOX"] if "\\Flagged" in flags}
        assert starred == {f"number {n}" for n in range(1, 41, 2)}
        assert gone


async def test_f13_a_server_that_counts_backwards_is_compared_in_full(tmp_path: Path) -> None:
    """HIGHESTMODSEQ and UIDNEXT fall back, as after a restore from a backup without a new UIDVALIDITY."""
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        box = server.mailboxes["INBOX"]
        for uid in box.uids:
            for flags in (frozenset({"\\Flagged"}), frozenset[str]()):
                box.set_flags(uid, flags)
        await me.sync_once()
        box.highestmodseq = 2
        for message in box.messages.values():
            message.modseq = 1
        box.set_flags(1, frozenset({"\\Answered"}))
        box.expunge([2])
        await me.engine._do(Deed("Starred", (SetFlags(ids(me, 5), STAR),)))
        await me.sync_once()
        await me.sync_once()
        assert here(me) == on_server(server.mailboxes)
        assert ("number 5", ("\\Flagged",)) in here(me)["INBOX"]
        assert me.reader.pending() == 0


async def test_f18_deleted_there_while_it_was_changed_here(tmp_path: Path) -> None:
    """A flag on mail that is gone is overtaken; a move of mail that is gone brings it back."""
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        await me.engine._do(Deed("Starred", (SetFlags(ids(me, 1), STAR),)))
        await me.engine._do(Deed("Archived", (Move(ids(me, 2), Role.ARCHIVE),)))
        server.mailboxes["INBOX"].expunge([1, 2])
        for _ in range(3):
            await me.sync_once()
        there = on_server(server.mailboxes)
        assert here(me) == there
        assert [subject for subject, _ in there["Archive"]] == ["number 2"]
        assert "number 1" not in {subject for found in there.values() for subject, _ in found}
        assert [copy.subject for copy in me.reader.safety_copies()] == ["number 1"]
        assert me.reader.pending() == 0


def _edit(root: Path, chance: random.Random, number: int) -> str:
    """One change that another mail program might make. What became of it, in words, for the failure's sake."""
    folders = {path.parent.name: path for path in root.glob("mail/*/*/cur") if path.parent.name != ".gone"}
    inbox, lists = folders["INBOX"], folders["Lists"]
    files = sorted(path for path in inbox.iterdir() if ":2," in path.name)
    kind = chance.choice(["flag", "move", "deliver", "delete"]) if len(files) > 4 else "deliver"
    if kind == "deliver":
        name = f"17000100{number:02}.M{number}P1.elsewhere"
        (inbox.parent / "tmp" / name).write_bytes(mail(200 + number))
        (inbox.parent / "tmp" / name).rename(inbox.parent / "new" / name)
        return f"deliver {200 + number}"
    chosen = chance.choice(files)
    base, _, letters = chosen.name.rpartition(":2,")
    if kind == "delete" and ",U=" not in base:
        kind = "move"  # nobody else has it yet: it would be gone for good
    if kind == "flag":
        letters = "".join(sorted(set(letters) ^ {chance.choice("FRS")}))
        chosen.rename(inbox / f"{base}:2,{letters}")
    elif kind == "move":
        chosen.rename(lists / chosen.name)
    else:
        chosen.unlink()
    return f"{kind} {chosen.name}"


async def test_f20_another_program_edits_the_maildir_while_we_run(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes(12)) as (server, account),
        running(tmp_path, account, watch=True, password=PASSWORD) as me,
    ):
        await me.until(lambda: me.mailbox().total == 12 and all(me.reader.content(row.placement) for row in me.rows()))
        chance, done = random.Random(20), []
        for number in range(25):
            done.append(_edit(tmp_path, chance, number))
            await asyncio.sleep(chance.choice([0.0, 0.1, 0.4]))
        delivered = {f"number {word.split()[1]}" for word in done if word.startswith("deliver")}
        wanted = {f"number {n}" for n in range(1, 13)} | delivered

        def settled() -> bool:
            there = on_server(server.mailboxes)
            return (
                here(me) == there
                and sorted(subject for found in there.values() for subject, _ in found) == sorted(wanted)
                and me.reader.pending() == 0
            )

        try:
            await me.until(settled, 40)
        except AssertionError as error:
            raise AssertionError(f"{error}; {done}; {here(me)}; {on_server(server.mailboxes)}") from error
        moved = [word for word in done if word.startswith("move")]
        assert moved
        assert on_server(server.mailboxes)["Lists"] or on_server(server.mailboxes)["Trash"]


async def test_f34_what_was_moved_is_not_fetched_into_the_inbox_again(tmp_path: Path) -> None:
    async with poor_server(mailboxes()) as (server, account):
        async with running(tmp_path, account, watch=False, password=PASSWORD) as me:
            await me.sync_once()
            await me.engine._do(Deed("Spam", (Move(ids(me, 3, 4), Role.JUNK),)))
        async with running(tmp_path, account, watch=False, password=PASSWORD) as me:
            # The look at the server comes before the push is done: it still shows them in the Inbox.
            server.unreliable.faults = [Fault("UID MOVE", How.REFUSE, "[INUSE] later", times=2)]
            await me.sync_once()
            assert {row.subject for row in me.rows("Junk")} == {"number 3", "number 4"}
            assert len(me.rows()) == 6
            server.unreliable.faults = []
            await me.sync_once()
            assert here(me) == on_server(server.mailboxes)
            assert len(me.rows("Junk")) == 2


async def test_f35_folders_that_the_server_lacks_are_made_when_they_are_needed(tmp_path: Path) -> None:
    boxes = mailboxes()
    for name in ("Trash", "Archive", "Junk"):
        boxes.delete(name)
    async with (
        poor_server(boxes) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await me.sync_once()
        for n, role in enumerate((Role.TRASH, Role.ARCHIVE, Role.JUNK, Role.ADVERTISING), 1):
            await me.engine._do(Deed(role.value, (Move(ids(me, n), role),)))
        await me.engine._do(Deed("Unsubscribed", (Subscribe(me.mailbox("Lists").id, False),)))
        boxes["Lists"].subscribed = False
        await me.sync_once()
        await me.sync_once()
        there = on_server(server.mailboxes)
        assert here(me) == there
        filled = {name: found[0][0] for name, found in there.items() if found and name != "INBOX"}
        assert sorted(filled.values()) == [f"number {n}" for n in range(1, 5)]
        assert {box.role for box in me.reader.mailboxes()} >= {Role.TRASH, Role.ARCHIVE, Role.JUNK, Role.ADVERTISING}


async def test_f36_over_quota_the_copy_stays_here_and_goes_up_later(tmp_path: Path) -> None:
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await _deleted_and_restored(me)
        server.unreliable.faults = [Fault("APPEND", How.REFUSE, "[OVERQUOTA] mailbox is full", times=1000)]
        for _ in range(2):
            await me.sync_once()
        assert "number 1" in {row.subject for row in me.rows()}
        assert me.raw(next(row for row in me.rows() if row.subject == "number 1")) == mail(1)
        waiting = [line for line in me.reader.ledger() if "full" in line.answer]
        assert {line.state for line in waiting} == {LineState.WAITING}
        server.unreliable.faults = []
        for _ in range(2):
            await me.sync_once()
        assert here(me) == on_server(server.mailboxes)
        assert len(here(me)["INBOX"]) == 8


@pytest.mark.parametrize("without", [(), ("UIDPLUS",)], ids=["APPENDUID", "no UIDPLUS"])
async def test_f36_a_server_that_changes_what_it_takes(
    tmp_path: Path, without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It adds a header on APPEND: the sizes differ, the Message-ID tells that it is the same."""
    async with (
        poor_server(mailboxes(), without) as (server, account),
        running(tmp_path, account, watch=False, password=PASSWORD) as me,
    ):
        await _deleted_and_restored(me)
        real = Mailbox.append_all

        def changed(box: Mailbox, mails: Sequence[tuple[bytes, frozenset[str], int]]) -> list[int]:
            return real(box, [(b"X-Received-By: us\r\n" + raw, flags, date) for raw, flags, date in mails])

        monkeypatch.setattr(Mailbox, "append_all", changed)
        for _ in range(3):
            await me.sync_once()
        assert sorted(row.subject for row in me.rows()) == [f"number {n}" for n in range(1, 9)]
        assert here(me) == on_server(server.mailboxes)
        assert me.reader.pending() == 0


async def _deleted_and_restored(me: Running) -> None:
    await me.sync_once()
    await me.engine._do(Deed("Deleted", (Expunge(ids(me, 1)),)))
    await me.engine._do(Deed("Made", (CreateMailbox(ACCOUNT, "New"),)))
    await me.sync_once()
    await me.engine._do(Restore(tuple(copy.word for copy in me.reader.safety_copies())))


async def test_f20_a_file_that_is_renamed_just_as_it_goes_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once between the look at its name and its reading, which costs a round; nothing else stops for it."""
    monkeypatch.setattr(live, "POLL", 0.3)
    real, renamed = ImapLink.append, list[str]()

    async def late(link: ImapLink, mailbox: str, data: bytes | Path, *rest: Any) -> AppendUid | None:
        if not renamed and isinstance(data, Path):
            renamed.append(data.name)
            data.rename(data.with_name("1700010001.M1P1.elsewhere:2,F"))
        return await real(link, mailbox, data, *rest)

    monkeypatch.setattr(ImapLink, "append", late)
    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=True, password=PASSWORD) as me,
    ):
        await me.until(lambda: me.mailbox().total == 8)
        inbox = next(tmp_path.glob("mail/*/INBOX/cur"))
        (inbox.parent / "new" / "1700010000.M0P1.elsewhere").write_bytes(mail(201))
        await me.until(lambda: renamed)
        await me.until(lambda: here(me) == on_server(server.mailboxes) and me.reader.pending() == 0, 20)
        assert ("number 201", ("\\Flagged",)) in here(me)["INBOX"]


async def test_f20_a_file_that_nobody_may_read_holds_up_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL", 0.3)
    real, broken = Path.read_bytes, [True]

    def read(path: Path) -> bytes:
        if broken[0] and path.name.startswith("1700010000"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    async with (
        poor_server(mailboxes()) as (server, account),
        running(tmp_path, account, watch=True, password=PASSWORD) as me,
    ):
        await me.until(lambda: me.mailbox().total == 8)
        monkeypatch.setattr(Path, "read_bytes", read)
        inbox = next(tmp_path.glob("mail/*/INBOX/cur"))
        (inbox.parent / "new" / "1700010000.M0P1.elsewhere").write_bytes(mail(201))
        await me.until(lambda: any("Permission denied" in line.answer for line in me.reader.ledger()))
        await me.engine._do(Deed("Star", (SetFlags(ids(me, 3), add=STAR),)))
        await me.until(lambda: [one for one in on_server(server.mailboxes)["INBOX"] if "\\Flagged" in one[1]])
        broken[0] = False
        await me.until(lambda: here(me) == on_server(server.mailboxes) and me.reader.pending() == 0, 20)
