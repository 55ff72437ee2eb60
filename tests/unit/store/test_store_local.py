"""Accounts whose server keeps nothing: every wish is so at once, and nothing waits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.changes import Done
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    Deed,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    Redo,
    RenameMailbox,
    Restore,
    SetFlags,
    Subscribe,
    Undo,
    Upload,
)
from mailtui.model.mail import Flags
from mailtui.model.outgoing import Fate, FinalDot, Recipient, Save, Send, SubmissionEnded, Submitting
from mailtui.store.requests import LocalAccounts
from mailtui.store.store import Store
from tests.support.local_store import LOCAL, LocalBed, local_bed
from tests.support.store_bed import raw

SEEN, STAR = Flags.of(["\\Seen"]), Flags.of(["\\Flagged", "work"])


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalBed]:
    with local_bed(tmp_path) as made:
        made.drop("INBOX", 1, 2, 3, 4)
        yield made
        assert made.audit() == []


# -- the account


def test_it_has_every_mailbox_from_the_start(here: LocalBed) -> None:
    base = here.store.base()
    boxes = {box.name: box for box in base.mailboxes(LOCAL)}
    assert {name: box.role.value for name, box in boxes.items()} == {
        "INBOX": "inbox",
        "Archive": "archive",
        "Trash": "trash",
        "Junk": "junk",
        "Sent": "sent",
        "Drafts": "drafts",
        "Advertising": "advertising",
    }
    for box in boxes.values():
        assert (box.delimiter, box.selectable, box.checkpoint, box.server_name) == ("/", True, None, box.name)
    assert base.role_mailbox(LOCAL, Role.JUNK) == boxes["Junk"].id
    assert base.role_mailbox(LOCAL, Role.FLAGGED) is None
    assert base.role_mailbox(AccountId("other"), Role.INBOX) is None


def test_telling_it_twice_changes_nothing(here: LocalBed) -> None:
    assert here.store.apply([LocalAccounts((LOCAL,))]) == []


def test_an_account_that_moved_to_a_server_is_local_no_longer(here: LocalBed) -> None:
    here.store.apply([LocalAccounts((), (LOCAL,))])
    here.do(SetFlags(here.mails(1), SEEN))
    assert len(here.store.base().pending(LOCAL)) == 1
    here.store.apply([LocalAccounts((LOCAL,))])
    assert here.store.base().pending(LOCAL) == ()
    assert here.flags(1) == SEEN


# -- every intent, there and back, also across a restart


def deeds(here: LocalBed) -> dict[str, list[Intent]]:
    return {
        "read": [SetFlags(here.mails(1, 2), SEEN)],
        "star": [SetFlags(here.mails(1), STAR)],
        "move": [Move(here.mails(1, 2), here.box("Archive"))],
        "archive": [Move(here.mails(3), Role.ARCHIVE)],
        "delete": [Move(here.mails(1, 3), Role.TRASH)],
        "junk": [Move(here.mails(1), Role.JUNK)],
        "advertising": [Move(here.mails(2), Role.ADVERTISING)],
        "copy": [Copy(here.mails(1, 2), here.box("Archive"))],
        "copy beside": [Copy(here.mails(1), here.box("INBOX"))],
        "expunge": [Expunge(here.mails(1, 4))],
        "mark and move": [
            SetFlags(here.mails(1), STAR),
            Move(here.mails(1), Role.TRASH),
            SetFlags(here.mails(1), SEEN),
        ],
        "move and copy back": [Move(here.mails(1), Role.TRASH), Copy(here.mails(1), here.box("INBOX"))],
        "move on": [Move(here.mails(1), Role.TRASH), Move(here.mails(1), Role.ARCHIVE), Expunge(here.mails(1))],
        "create": [CreateMailbox(LOCAL, "Work/2026")],
        "rename": [RenameMailbox(here.box("Archive"), "Old")],
        "subscribe": [Subscribe(here.box("Archive"), False)],
        "delete a folder": [DeleteMailbox(here.box("Full"))],
    }


NAMES = (
    *("read", "star", "move", "archive", "delete", "junk", "advertising", "copy", "copy beside", "expunge"),
    *("mark and move", "move and copy back", "move on", "create", "rename", "subscribe", "delete a folder"),
)


@pytest.mark.parametrize("restart", [False, True], ids=["", "with restarts"])
@pytest.mark.parametrize("name", NAMES)
def test_a_deed_is_done_undone_and_redone(here: LocalBed, name: str, restart: bool) -> None:
    here.do(CreateMailbox(LOCAL, "Full"))
    here.drop("Full", 5, 6)
    before = here.seen()
    changes = here.do(*deeds(here)[name], label=name)
    assert [change.label for change in changes if isinstance(change, Done)] == [name]
    after = here.seen()
    assert after != before
    assert here.audit() == []
    if restart:
        here.reopen()
        assert here.seen() == after
    here.order(Undo())
    assert here.seen() == before
    assert here.audit() == []
    if restart:
        here.reopen()
        assert here.seen() == before
    here.order(Redo())
    assert here.shape() == shape_of(after)
    here.order(Undo())
    assert here.seen() == before
    here.reindex()
    assert here.seen() == before


def shape_of(seen: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without words: a copy made again is another row."""
    return {name: sorted(row[1:] for row in rows) for name, rows in seen.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_deed_and_its_undo_can_share_a_transaction(here: LocalBed, name: str) -> None:
    here.do(CreateMailbox(LOCAL, "Full"))
    here.drop("Full", 5, 6)
    before = here.seen()
    here.together(Deed(name, tuple(deeds(here)[name])), Undo())
    assert here.seen() == before
    here.together(Redo(), Undo(), Redo())
    assert here.seen() != before


@pytest.mark.parametrize("name", NAMES)
def test_reindexing_from_the_files_alone_shows_the_same(here: LocalBed, name: str) -> None:
    here.do(CreateMailbox(LOCAL, "Full"))
    here.drop("Full", 5, 6)
    here.do(*deeds(here)[name])
    after = here.seen()
    here.lose_index()
    assert here.seen() == after
    assert here.audit() == []
    here.do(Move(here.mails(2), Role.JUNK))  # it is local still
    assert here.store.base().pending(LOCAL) == ()


def test_what_is_expunged_can_be_recovered(here: LocalBed) -> None:
    here.do(Move(here.mails(1), Role.ARCHIVE))
    here.do(Expunge(here.mails(1, 2)))
    with contextlib.closing(here.store.reader()) as reader:
        copies = {copy.subject: copy for copy in reader.safety_copies()}
    assert {name: copy.mailbox for name, copy in copies.items()} == {"number 1": "Archive", "number 2": "INBOX"}
    here.order(Restore(tuple(copy.word for copy in copies.values())))
    assert here.where(1) == "Archive"
    assert here.where(2) == "INBOX"
    assert here.store.base().pending(LOCAL) == ()


def test_what_was_in_a_deleted_folder_is_recovered_into_the_inbox(here: LocalBed) -> None:
    here.do(CreateMailbox(LOCAL, "Full"))
    here.drop("Full", 5)
    here.do(DeleteMailbox(here.box("Full")))
    here.do(RenameMailbox(here.box("Archive"), "Full"))
    with contextlib.closing(here.store.reader()) as reader:
        (copy,) = reader.safety_copies()
    here.order(Restore((copy.word,)))
    assert here.where(5) == "INBOX"


def test_an_upload_is_no_wish_that_waits(here: LocalBed) -> None:
    before = here.seen()
    here.do(Upload(here.mails(1)))
    assert here.seen() == before


def test_the_role_of_a_deleted_folder_comes_back_with_it(here: LocalBed) -> None:
    here.do(DeleteMailbox(here.box("Trash")), label="deleted")
    assert here.store.base().role_mailbox(LOCAL, Role.TRASH) is None
    here.reopen()
    assert here.store.base().role_mailbox(LOCAL, Role.TRASH) is None, "the person did not want it"
    here.order(Undo())
    assert here.store.base().role_mailbox(LOCAL, Role.TRASH) == here.box("Trash")


def test_a_deleted_role_folder_is_made_when_it_is_needed(here: LocalBed) -> None:
    here.do(DeleteMailbox(here.box("Trash")))
    here.do(Move(here.mails(1), Role.TRASH))
    assert here.where(1) == "Trash"
    here.lose_index()
    assert here.store.base().role_mailbox(LOCAL, Role.TRASH) == here.box("Trash")


def test_folders_below_follow_a_renamed_one(here: LocalBed) -> None:
    here.do(CreateMailbox(LOCAL, "A"), CreateMailbox(LOCAL, "A/b"))
    here.drop("A/b", 9)
    here.do(RenameMailbox(here.box("A"), "Z/y"))
    assert here.where(9) == "Z/y/b"
    assert {box.server_name for box in here.store.base().mailboxes(LOCAL)} >= {"Z/y", "Z/y/b"}
    here.lose_index()
    assert here.where(9) == "Z/y/b"


def test_what_can_not_be_is_refused_and_leaves_nothing(here: LocalBed) -> None:
    before = here.seen()
    for wrong in (
        CreateMailbox(LOCAL, "Archive"),
        RenameMailbox(here.box("INBOX"), "x"),
        DeleteMailbox(here.box("INBOX")),
        Move(here.mails(1), MailboxId(999)),
    ):
        with pytest.raises(StoreError):
            here.do(wrong)
    with pytest.raises(StoreError):
        here.do(Move(here.mails(1), Role.TRASH), Expunge(here.mails(2)), CreateMailbox(LOCAL, "Archive"))
    assert here.seen() == before


def test_a_folder_that_could_not_be_made_leaves_nothing(here: LocalBed) -> None:
    before = here.seen()
    with pytest.raises(StoreError):
        here.do(CreateMailbox(LOCAL, "New"), CreateMailbox(LOCAL, "New/a"), CreateMailbox(LOCAL, "Archive"))
    assert not (here.folder("INBOX").parent / "New").exists()
    here.lose_index()
    assert here.seen() == before


def test_a_mailbox_for_a_role_is_there_within_a_transaction(here: LocalBed) -> None:
    applier = here.store._applier
    with here.store._transaction():
        assert applier.of_role(LOCAL, Role.SENT) == here.box("Sent")
    here.do(DeleteMailbox(here.box("Sent")))
    with here.store._transaction():
        sent = applier.of_role(LOCAL, Role.SENT)
    assert here.box("Sent") == sent
    assert here.store.base().pending(LOCAL) == ()


def test_keywords_have_the_letters_of_the_folder_they_are_in(here: LocalBed) -> None:
    here.do(SetFlags(here.mails(1), Flags.of(["one", "two"])))
    here.do(SetFlags(here.mails(2), Flags.of(["two"])))
    here.do(Move(here.mails(2), Role.ARCHIVE))
    here.do(Move(here.mails(1), Role.ARCHIVE))
    here.lose_index()
    assert here.flags(1) == Flags.of(["one", "two"])
    assert here.flags(2) == Flags.of(["two"])


def test_more_keywords_than_letters_survive_a_reindex(here: LocalBed) -> None:
    many = Flags.of([f"word{number}" for number in range(40)])
    here.do(SetFlags(here.mails(1), many))
    here.do(SetFlags(here.mails(2), Flags.of(["word30", "word39"])))
    here.reindex()
    assert here.flags(1) == many
    assert here.flags(2) == Flags.of(["word30", "word39"])


def test_safety_copies_know_their_folder_after_a_reindex(here: LocalBed) -> None:
    here.do(SetFlags(here.mails(1), STAR), Move(here.mails(1), Role.ARCHIVE), Expunge(here.mails(1)))
    here.reindex()
    with contextlib.closing(here.store.reader()) as reader:
        (copy,) = reader.safety_copies()
    assert copy.mailbox == "Archive"
    here.order(Restore((copy.word,)))
    assert here.where(1) == "Archive"
    assert here.flags(1) == STAR


def test_copies_that_come_back_are_the_same_for_later_steps(here: LocalBed) -> None:
    here.do(Copy(here.mails(1), here.box("Archive")), label="copied")
    (copied,) = [row.placement for name, row in here.rows() if name == "Archive"]
    here.do(Move((copied,), Role.TRASH), label="deleted")
    after = here.seen()
    here.order(Undo(2))
    here.order(Redo(2))
    assert here.seen() == after


def test_many_at_once_take_few_statements(here: LocalBed) -> None:
    """Bulk: the work per message does not grow with their number."""
    here.drop("INBOX", *range(100, 500))
    few, many = here.mails(*range(100, 110)), here.mails(*range(110, 490))
    for make in (
        lambda some: SetFlags(some, SEEN),
        lambda some: Move(some, Role.ARCHIVE),
        lambda some: Expunge(some),
    ):
        cost = [statements(here.store, make(some)) / len(some) for some in (few, many)]
        assert cost[1] <= cost[0] + 1


def statements(store: Store, intent: Intent) -> int:
    """Steps of SQLite's machine, in thousands."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    store._db.set_progress_handler(count, 100)
    try:
        store.submit(Deed("bulk", (intent,)))
    finally:
        store._db.set_progress_handler(None, 0)
    return counted[0]


# -- mail that is written here


def test_a_draft_that_is_saved_again_replaces_itself(here: LocalBed, tmp_path: Path) -> None:
    path, old = tmp_path.parent / f"{tmp_path.name}-draft", None
    for number in (21, 22, 23):
        path.write_bytes(raw(number))
        here.do(Save(LOCAL, Role.DRAFTS, str(path), Flags.of(["\\Draft", "\\Seen"]), old), label="")
        (old,) = here.mails(number)
        assert here.audit() == []
    assert [row.subject for name, row in here.rows() if name == "Drafts"] == ["number 23"]
    with contextlib.closing(here.store.reader()) as reader:
        assert reader.safety_copies() == (), "nobody wants what was written anew"
    here.reopen(crashed=True)
    assert here.where(23) == "Drafts"


def test_a_message_that_was_sent_lies_in_sent(here: LocalBed, tmp_path: Path) -> None:
    path = tmp_path.parent / f"{tmp_path.name}-letter"
    path.write_bytes(raw(21))
    (answered,) = here.mails(1)
    here.do(Send(LOCAL, str(path), "me@example", ("bob@example",), 0.0, answers=answered))
    with contextlib.closing(here.store.reader()) as reader:
        (outgoing,) = reader.outbox()
    here.store.apply([Submitting(LOCAL, outgoing.id), FinalDot(LOCAL, outgoing.id, ("bob@example",))])
    here.store.apply([SubmissionEnded(LOCAL, outgoing.id, (Recipient("bob@example", Fate.SENT, "250 ok"),), "ok")])
    assert here.where(21) == "Sent"
    assert here.flags(1) == Flags.of(["\\Answered"])
    assert here.audit() == []
