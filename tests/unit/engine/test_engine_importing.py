"""Maildirs and mbox files of other programs are copied into a local account, each message once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.engine.foreign import read_foreign
from mailtui.engine.importing import BATCH, Imported, Importer
from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.intents import DeleteMailbox, Expunge, Move
from mailtui.model.mail import Flags
from mailtui.store.requests import Filed, LocalAccounts
from tests.support.local_store import LOCAL, LocalBed, local_bed
from tests.support.store_bed import raw

DAY = 1_700_000_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalBed]:
    with local_bed(tmp_path / "store") as made:
        yield made
        assert made.audit() == []


def bring(here: LocalBed, path: Path, folder: str | None = None) -> Imported:
    before = {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
    report = Importer(here.store, LOCAL, folder, lambda done, part: None).run(read_foreign(str(path)))
    assert {file: file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()} == before
    return report


def unix(number: int) -> bytes:
    return raw(number).replace(b"\r\n", b"\n")


def put(folder: Path, name: str, data: bytes, *, at: int = DAY) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at, at))
    return path


def mbox(*numbers: int, head: bytes = b"") -> bytes:
    line = b"From anna@example Tue Nov 14 22:13:20 2023\n"
    return b"".join(line + head + unix(number) + b"\n" for number in numbers)


def subjects(here: LocalBed) -> list[tuple[str, str]]:
    return sorted((name, row.subject) for name, row in here.rows())


# -- mbox


def test_an_mbox_goes_into_the_inbox(here: LocalBed, tmp_path: Path) -> None:
    path = put(tmp_path, "old.mbox", mbox(1, 2) + mbox(3, head=b"Status: RO\nX-Keywords: work\n"))
    report = bring(here, path)
    assert (report.added, report.known, report.unread, report.folders) == (3, 0, 0, {"INBOX": 3})
    assert subjects(here) == [("INBOX", f"number {n}") for n in (1, 2, 3)]
    assert here.flags(1) == Flags()
    assert here.flags(3) == Flags.of(["\\Seen", "work"])
    (first,) = here.mails(1)
    assert here.path(first).read_bytes() == raw(1), "the bytes that a server would have sent"
    assert here.store.base().internaldate(first) == DAY


def test_what_is_here_is_not_imported_again(here: LocalBed, tmp_path: Path) -> None:
    path = put(tmp_path, "old.mbox", mbox(1, 2, 3))
    bring(here, path)
    here.do(Move(here.mails(1), Role.ARCHIVE), Expunge(here.mails(2)))
    before = here.seen()
    report = bring(here, path)
    assert (report.added, report.known) == (0, 3)
    assert here.seen() == before
    put(tmp_path, "old.mbox", mbox(1, 2, 3, 4))
    assert bring(here, path).added == 1


def test_a_message_that_is_there_twice_comes_twice(here: LocalBed, tmp_path: Path) -> None:
    path = put(tmp_path, "old.mbox", mbox(1, 1))
    assert bring(here, path).added == 2
    report = bring(here, path)
    assert (report.added, report.known) == (0, 2)
    assert subjects(here) == [("INBOX", "number 1")] * 2


@pytest.mark.parametrize("folder", ["Old mail/2023", "archive", "Archive"])
def test_a_folder_can_be_named(here: LocalBed, tmp_path: Path, folder: str) -> None:
    report = bring(here, put(tmp_path, "old.mbox", mbox(1)), folder)
    wanted = folder if "/" in folder else "Archive"
    assert report.folders == {wanted: 1}
    assert here.where(1) == wanted


def test_what_is_no_mail_is_told(here: LocalBed, tmp_path: Path) -> None:
    deleted = mbox(2, head=b"X-Mozilla-Status: 0009\n")
    report = bring(here, put(tmp_path, "old.mbox", mbox(1) + deleted + mbox(3)))
    assert (report.added, report.unread) == (2, 1)
    assert report.left == [(str(tmp_path / "old.mbox"), "deleted there")]
    for name, data in (("picture", b"\x89PNG\r\n"), ("text", b"Subject: x\n\n")):
        with pytest.raises(StoreError, match="no mbox"):
            bring(here, put(tmp_path, name, data))
    (tmp_path / "empty folder").mkdir()
    with pytest.raises(StoreError, match="no maildir"):
        bring(here, tmp_path / "empty folder")
    assert bring(here, put(tmp_path, "empty", b"")).added == 0


def test_a_run_that_was_cut_short_is_begun_anew(here: LocalBed, tmp_path: Path) -> None:
    path = put(tmp_path, "old.mbox", mbox(*range(1, BATCH + 100)))
    source = read_foreign(str(path))
    importer = Importer(here.store, LOCAL, None, lambda done, part: None)
    for _, mail in zip(range(BATCH + 50), source, strict=False):
        importer._take(mail)  # type: ignore[arg-type]
    here.reopen(crashed=True)
    assert len(here.rows()) == BATCH
    report = bring(here, path)
    assert (report.added, report.known) == (99, BATCH)
    assert len({row.subject for _, row in here.rows()}) == len(here.rows()) == BATCH + 99


# -- maildirs


def test_a_plain_maildir(here: LocalBed, tmp_path: Path) -> None:
    box = tmp_path / "Mail"
    put(box, f"cur/{DAY - 50}.M1.host:2,FRS", unix(1))
    put(box, f"cur/{DAY + 99999}.M2.host,U=3:2,Pa", unix(2))
    put(box, f"new/{DAY}.M3.host", raw(3), at=DAY + 500)
    put(box, f"cur/{DAY}.M4.host:2,", b"\n")
    put(box, "tmp/half", unix(9))
    put(box, "cur/.hidden", unix(9))
    put(box, "dovecot-keywords", b"0 $Work\n3 other\nnonsense\n")
    report = bring(here, box)
    assert (report.added, report.unread, report.folders) == (3, 1, {"INBOX": 3})
    assert here.flags(1) == Flags.of(["\\Flagged", "\\Answered", "\\Seen"])
    assert here.flags(2) == Flags.of(["$Forwarded", "$Work"])
    assert here.flags(3) == Flags()
    dates = [here.store.base().internaldate(mail) for mail in here.mails(1, 2, 3)]
    assert dates == [DAY - 50, DAY, DAY], "the earlier of what the name says and what the file says"
    assert [here.path(mail).read_bytes() for mail in here.mails(1, 2, 3)] == [raw(1), raw(2), raw(3)]


@pytest.mark.parametrize("plus", [True, False], ids=["maildir++", "folders in folders"])
def test_folders_find_their_places(here: LocalBed, tmp_path: Path, plus: bool) -> None:
    box = tmp_path / "Mail"
    folders = ("Sent Items", "Papierkorb", "Work.Caf&AOk-", "Lists")
    for number, name in enumerate(folders):
        folder = box / (f".{name}" if plus else name.replace(".", "/"))
        put(folder, f"cur/{DAY}.M{number}.host:2,S", unix(number))
    put(box, f"cur/{DAY}.M77.host:2,S", unix(77))
    assert bring(here, box).folders == {"Sent": 1, "Trash": 1, "Work/Café": 1, "Lists": 1, "INBOX": 1}
    assert bring(here, box, "Old").added == 0
    put(box, f"cur/{DAY}.M78.host:2,S", unix(78))
    put(box / (".Sent Items" if plus else "Sent Items"), f"cur/{DAY}.M79.host:2,S", unix(79))
    assert bring(here, box, "Old").folders == {"Old": 1, "Old/Sent Items": 1}


def test_a_maildir_of_ours_is_a_maildir_too(here: LocalBed, tmp_path: Path) -> None:
    with local_bed(tmp_path / "other") as other:
        other.drop("INBOX", 1, 2)
        bring(other, put(tmp_path, "old.mbox", mbox(5, head=b"X-Keywords: work\n")), "Odd: name/x")
        wanted = other.shape()
    report = bring(here, tmp_path / "other" / "mail" / LOCAL)
    assert report.folders == {"INBOX": 2, "Odd: name/x": 1}
    assert here.shape() == wanted


def test_a_deleted_role_folder_is_made_again(here: LocalBed, tmp_path: Path) -> None:
    here.do(DeleteMailbox(here.box("Sent")))
    put(tmp_path / "Mail" / ".Sent", f"cur/{DAY}.M1.host:2,S", unix(1))
    (tmp_path / "Mail" / "cur").mkdir()
    assert bring(here, tmp_path / "Mail").folders == {"Sent": 1}
    assert here.store.base().role_mailbox(LOCAL, Role.SENT) == here.box("Sent")


def test_a_file_that_can_not_be_read_costs_only_itself(
    here: LocalBed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "Mail"
    put(box, f"cur/{DAY}.M1.host:2,", unix(1))
    put(box, f"cur/{DAY}.M2.host:2,", unix(2))
    source = read_foreign(str(box))
    first = next(source)
    shutil.move(box / "cur" / f"{DAY}.M2.host:2,", tmp_path / "away")
    report = Importer(here.store, LOCAL, None, lambda done, part: None).run([first, *source])
    assert (report.added, report.unread) == (1, 1)
    assert report.left[0][1] == "No such file or directory"


def test_nothing_is_filed_into_an_account_of_a_server(here: LocalBed, tmp_path: Path) -> None:
    box = here.box("INBOX")
    here.store.apply([LocalAccounts((), (LOCAL,))])
    with pytest.raises(StoreError, match="on a server"):
        here.store.apply([Filed(box, ())])
    here.store.apply([LocalAccounts((LOCAL,))])
