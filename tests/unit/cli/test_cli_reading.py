"""folders, list, search, show over a store in memory; the JSON against its published schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailtui.cli import choose, exits
from mailtui.cli.main import main
from mailtui.cli.messages import marks, pages
from mailtui.cli.output import Column as TableColumn
from mailtui.cli.output import iso_date, print_table, to_json
from mailtui.cli.upkeep import schema_text
from mailtui.mail.sanitize import cell_width
from mailtui.model.errors import StoreError, UsageError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, MessageId, PlacementId, Revision, ThreadId, Word
from mailtui.model.mail import Address, Content, Envelope, Flags, Row, RowKey

Captured = pytest.CaptureFixture[str]

CONFIG = """
[accounts.home]
email = "a@example.org"
imap = { host = "127.0.0.1", password_command = "true" }
[accounts.work]
email = "w@example.org"
imap = { host = "127.0.0.1", password_command = "true" }
"""
RAW = (
    b"From: Anna <anna@example.org>\r\nTo: me@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"\r\nHello \x1b[31mthere\r\n"
)


def mailbox(number: int, account: str, name: str, role: Role = Role.NONE, delimiter: str = "/") -> Mailbox:
    return Mailbox(
        id=MailboxId(number),
        account=AccountId(account),
        name=name,
        delimiter=delimiter,
        role=role,
        attributes=frozenset(),
        total=3,
        unread=1,
        remote_total=None,
        selectable=True,
        checkpoint=None,
    )


MAILBOXES = (
    mailbox(1, "home", "INBOX", Role.INBOX),
    mailbox(2, "home", "Old/archive", Role.NONE),
    mailbox(3, "home", "Archiv", Role.ARCHIVE),
    mailbox(4, "work", "INBOX", Role.INBOX),
    mailbox(5, "work", "Lists/archive", Role.NONE),
    mailbox(6, "work", "\x1b[2JTrash 日本", Role.TRASH),
)


def row(number: int, **more: Any) -> Row:
    values: dict[str, Any] = {
        "placement": PlacementId(number),
        "word": Word(f"word{number:08d}"),
        "message": MessageId(number),
        "thread": ThreadId(7),
        "mailbox": MailboxId(1),
        "uid": number,
        "flags": Flags.of(("\\Seen", "$Junk")),
        "date": 1_700_000_000 - number,
        "from_": (Address("Anna \x1b]0;x\x07", "anna@example.org"),),
        "to": (),
        "subject": f"Subject {number} \x9b31m\u202e",
        "size": 1000,
        "message_id": f"{number}@x",
        "attachment": False,
        "body_here": True,
        "pending": False,
    }
    return Row(**{**values, **more})


class FakeReader:
    """Three hundred messages in home's INBOX, whose text is a file."""

    def __init__(self, raw: Path | None) -> None:
        self._raw = raw
        self.all = [row(number) for number in range(1, 1301)]
        self.closed = False
        self.searched: list[dict[str, Any]] = []

    def revision(self) -> Revision:
        return Revision(1)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        return MAILBOXES

    def page(
        self,
        mailbox: MailboxId,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        rows = [one for one in self.all if one.mailbox == mailbox and (after is None or one.key < after)]
        return tuple(rows[skip : skip + limit])

    def rank(self, mailbox: MailboxId, key: RowKey) -> int:
        raise NotImplementedError

    def rows(self, placements: Sequence[PlacementId]) -> tuple[Row, ...]:
        raise NotImplementedError

    def by_word(self, word: Word) -> Row | None:
        return next((one for one in self.all if one.word == word), None)

    def thread(self, thread: ThreadId) -> tuple[Row, ...]:
        raise NotImplementedError

    def envelope(self, placement: PlacementId) -> Envelope | None:
        raise NotImplementedError

    def content(self, placement: PlacementId) -> Content | None:
        return Content(str(self._raw), len(RAW)) if self._raw is not None else None

    def search(
        self,
        query: str,
        *,
        mailbox: MailboxId | None = None,
        account: str | None = None,
        limit: int = 50,
        before: RowKey | None = None,
    ) -> tuple[Row, ...]:
        self.searched.append({"query": query, "mailbox": mailbox, "account": account})
        return tuple(one for one in self.all if before is None or one.key < before)[:limit]

    def interrupt(self) -> None:
        raise NotImplementedError

    def pending(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG)
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    raw = tmp_path / "raw"
    raw.write_bytes(RAW)
    found = FakeReader(raw)
    monkeypatch.setattr("mailtui.boot.open_reader", lambda settings: found)
    return found


def conforms(name: str, value: object) -> None:
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(value)


def test_folders_json(reader: FakeReader, capsys: Captured) -> None:
    assert main(["folders", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == [one.name for one in MAILBOXES]
    assert found[0] == {
        "account": "home",
        "name": "INBOX",
        "role": "inbox",
        "total": 3,
        "unread": 1,
        "remote_total": None,
        "selectable": True,
    }
    assert found[1]["role"] is None
    for one in found:
        conforms("folder", one)
    assert reader.closed


def test_folders_as_a_table(reader: FakeReader, capsys: Captured) -> None:
    assert main(["folders", "-a", "work"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["ACCOUNT", "UNREAD", "TOTAL", "ROLE", "FOLDER"]
    assert len(out.splitlines()) == 4
    assert "\x1b" not in out
    assert "home" not in out


def test_list_json(reader: FakeReader, capsys: Captured) -> None:
    assert main(["list", "-f", "inbox", "-a", "home", "--limit", "2", "--json"]) == 0
    out = capsys.readouterr().out
    found = json.loads(out)
    assert [one["id"] for one in found] == ["word00000001", "word00000002"]
    first = found[0]
    assert list(first)[:12] == (
        ["id", "account", "folder", "uid", "flags", "from", "to", "subject", "date", "size", "message_id", "thread"]
    )
    assert first["flags"] == ["seen", "$Junk"]
    assert first["from"] == [{"name": "Anna \x1b]0;x\x07", "email": "anna@example.org"}]
    assert first["date"] == "2023-11-14T22:13:19Z"
    assert (first["folder"], first["account"], first["thread"]) == ("INBOX", "home", "7")
    for one in found:
        conforms("message", one)
    assert not set(out) & {"\x1b", "\x9b", "\u202e", "\x07"}


def test_list_is_empty_array_for_an_empty_folder(reader: FakeReader, capsys: Captured) -> None:
    assert main(["list", "-f", "Archiv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(("limit", "count"), [("0", 1300), ("1", 1), ("500", 500), ("501", 501), ("9999", 1300)])
def test_limit(reader: FakeReader, capsys: Captured, limit: str, count: int) -> None:
    assert main(["list", "-f", "inbox", "-a", "home", "--limit", limit, "--json"]) == 0
    ids = [one["id"] for one in json.loads(capsys.readouterr().out)]
    assert len(ids) == len(set(ids)) == count


def test_paging_asks_no_more_than_it_needs() -> None:
    asked: list[int] = []

    def turn(after: RowKey | None, limit: int) -> tuple[Row, ...]:
        asked.append(limit)
        return tuple(row(number) for number in range(limit))

    assert len(list(pages(turn, 700))) == 700
    assert asked == [500, 200]


def test_list_as_a_table_is_safe(reader: FakeReader, capsys: Captured) -> None:
    assert main(["list", "-f", "inbox", "-a", "home"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 51
    assert "word00000001" in out
    assert not set(out) & {"\x1b", "\x9b", "\u202e", "\x07"}


def test_search(reader: FakeReader, capsys: Captured) -> None:
    assert main(["search", "from:anna", "plan", "-f", "trash", "-a", "work", "--limit", "3", "--json"]) == 0
    assert reader.searched == [{"query": "from:anna plan", "mailbox": 6, "account": "work"}]
    assert len(json.loads(capsys.readouterr().out)) == 3
    assert main(["search", "x"]) == 0
    assert reader.searched[-1] == {"query": "x", "mailbox": None, "account": None}


def test_folder_in_several_accounts(reader: FakeReader, capsys: Captured) -> None:
    assert main(["list", "-f", "inbox"]) == exits.USAGE
    err = capsys.readouterr().err
    assert "-a home" in err
    assert "-a work" in err


def test_unknown_things(reader: FakeReader, capsys: Captured) -> None:
    assert main(["list", "-f", "Archif"]) == exits.NOT_FOUND
    assert "did you mean 'Archiv'?" in capsys.readouterr().err
    assert main(["list", "-f", "inbox", "-a", "hom"]) == exits.NOT_FOUND
    assert "did you mean 'home'?" in capsys.readouterr().err
    assert main(["show", "nothing"]) == exits.NOT_FOUND
    assert reader.closed


@pytest.mark.parametrize(
    ("word", "account", "number"),
    [
        ("Archiv", None, 3),
        ("archive", None, 3),
        ("ARCHIVE", None, 3),
        ("Old/archive", None, 2),
        ("old/ARCHIVE", None, 2),
        ("inbox", "work", 4),
        ("INBOX", "home", 1),
        ("archive", "work", 5),
        ("trash", None, 6),
    ],
)
def test_ways_to_name_a_folder(word: str, account: str | None, number: int) -> None:
    assert choose.folder(MAILBOXES, word, AccountId(account) if account else None).id == number


def test_folder_that_could_be_several_in_one_account() -> None:
    several = (mailbox(1, "home", "a/x"), mailbox(2, "home", "b/x"))
    with pytest.raises(UsageError) as raised:
        choose.folder(several, "x")
    assert "'a/x' (home), 'b/x' (home)" in raised.value.hint
    with pytest.raises(exits.NotFoundError) as missing:
        choose.folder((), "none")
    assert "mailtui sync" in missing.value.hint


def test_show_raw_is_byte_identical(reader: FakeReader, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["show", "word00000001", "--raw"]) == 0
    assert capfdbinary.readouterr().out == RAW


def test_show_text_is_readable_and_safe(reader: FakeReader, capsys: Captured) -> None:
    assert main(["show", "word00000001"]) == 0
    out = capsys.readouterr().out
    assert "Grüße" in out
    assert "Anna <anna@example.org>" in out
    assert "Hello" in out
    assert "\x1b" not in out


def test_show_json(reader: FakeReader, capsys: Captured) -> None:
    assert main(["show", "word00000001", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    conforms("shown-message", found)
    assert {"name": "Subject", "value": "Grüße"} in found["headers"]
    assert found["text"].startswith("Hello")


def test_show_a_message_that_is_not_here(reader: FakeReader, capsys: Captured) -> None:
    reader._raw = None
    assert main(["show", "word00000001"]) == exits.TRY_LATER
    assert main(["show", "word00000001", "--raw"]) == exits.TRY_LATER
    assert "mailtui sync" in capsys.readouterr().err
    assert main(["show", "word00000001", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    conforms("shown-message", found)
    assert found["text"] is None


def test_show_a_message_whose_file_is_gone(reader: FakeReader, capsys: Captured) -> None:
    reader._raw = Path("/nowhere/raw")
    assert main(["show", "word00000001"]) == exits.STORE
    assert "reindex" in capsys.readouterr().err


def test_no_store_yet(reader: FakeReader, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def missing(settings: object) -> None:
        raise StoreError("there is no store")

    monkeypatch.setattr("mailtui.boot.open_reader", missing)
    assert main(["folders"]) == exits.STORE


def test_marks() -> None:
    flags = Flags.of(("\\Flagged", "\\Answered", "\\Draft", "\\Deleted"))
    assert marks(row(1, flags=flags, attachment=True, pending=True)) == "N!rdx@~"
    assert marks(row(1)) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-62135596800, "0001-01-01T00:00:00Z"),
        (-(10**15), "0001-01-01T00:00:00Z"),
        (10**15, "9999-12-31T23:59:59Z"),
    ],
)
def test_dates_never_fail(seconds: int, text: str) -> None:
    assert iso_date(seconds) == text


def test_json_is_one_safe_line_that_reads_back() -> None:
    nasty = "ä日\x00\x1b\x85\x9b\u2028\u202e\u200d\ud800\ufeff\n"
    line = to_json({"x": nasty})
    assert json.loads(line) == {"x": nasty}
    assert line.isprintable()


def test_table_keeps_its_columns(capsys: Captured) -> None:
    print_table(
        (TableColumn("A", most=6), TableColumn("N", right=True), TableColumn("B")),
        [
            ("日本語日本語", "1", "x"),
            ("👩‍👩‍👧e\u0301", "1,000", "y"),
            ("a\nb", "22", "z"),
        ],
    )
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert {cell_width(line) for line in lines} == {6 + 2 + 5 + 2 + 1}


def test_table_is_cut_on_a_terminal(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table((TableColumn("A"), TableColumn("B")), [("a" * 10, "日" * 50)])
    assert cell_width(capsys.readouterr().out.splitlines()[1]) in (29, 30)
