"""The commands over a real store: nothing between the words and the files is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.cli.upkeep import schema_text
from mailtui.model.facts import Delivery, MailboxDelta, MailboxesListed
from mailtui.model.folder import Checkpoint, RemoteMailbox
from mailtui.model.ids import AccountId
from mailtui.model.mail import Flags
from mailtui.store.store import Store

Captured = pytest.CaptureFixture[str]
HOME = AccountId("home")
RAW = b"From: Anna <anna@example.org>\r\nMessage-ID: <1@x>\r\nSubject: The plan\r\n\r\nHello\r\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "config.toml"
    config.write_text(
        '[general]\nstore = "store"\n'
        '[accounts.home]\nemail = "a@example.org"\nimap = { host = "127.0.0.1", password_command = "true" }\n'
    )
    monkeypatch.setenv("MAILTUI_CONFIG", str(config))
    return tmp_path / "store"


@contextmanager
def opened(root: Path) -> Iterator[Store]:
    store = Store.open(str(root))
    try:
        yield store
    finally:
        store.close()


def deliver(store: Store) -> None:
    """One message in INBOX, as a worker would bring it."""
    store.apply([MailboxesListed(HOME, (RemoteMailbox("INBOX", "/", frozenset()),))])
    (mailbox,) = store.base().mailboxes(HOME)
    file = store.spool(mailbox.id).open()
    file.feed(RAW)
    spooled = file.finish()
    delivery = Delivery(
        uid=7,
        flags=Flags.of(("\\Seen",)),
        internaldate=1_700_000_000,
        size=spooled.size,
        digest=spooled.digest,
        head=spooled.head,
        spool=spooled.path,
    )
    store.apply([MailboxDelta(HOME, mailbox.id, 1, deliveries=(delivery,), checkpoint=Checkpoint(1, 8))])


def listed(capsys: Captured) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["list", "-f", "inbox", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_no_store_yet(root: Path, capsys: Captured) -> None:
    assert main(["folders"]) == exits.STORE
    assert "mailtui sync" in capsys.readouterr().err


def test_from_delivery_to_bytes(root: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with opened(root) as store:
        deliver(store)
    assert main(["list", "-f", "inbox", "--json"]) == 0
    (found,) = json.loads(capfdbinary.readouterr().out)
    assert (found["uid"], found["flags"], found["subject"], found["folder"]) == (7, ["seen"], "The plan", "INBOX")
    jsonschema.Draft202012Validator(json.loads(schema_text("message"))).validate(found)
    assert main(["show", found["id"], "--raw"]) == 0
    assert capfdbinary.readouterr().out == RAW


def test_reads_beside_a_writer_but_reindexes_only_alone(root: Path, capsys: Captured) -> None:
    with opened(root) as store:
        deliver(store)
        assert len(listed(capsys)) == 1
        assert main(["reindex"]) == exits.TRY_LATER
        assert "process" in capsys.readouterr().err
    assert main(["reindex"]) == 0


def test_reindex_gives_the_same_messages(root: Path, capsys: Captured) -> None:
    with opened(root) as store:
        deliver(store)
    before = listed(capsys)
    for file in root.glob("*.sqlite*"):
        file.unlink()
    assert main(["reindex"]) == 0
    assert capsys.readouterr().out == "indexed 1 message in 1 folder\n"
    after = listed(capsys)
    keep = ("id", "uid", "flags", "subject", "from", "date", "size", "message_id")
    assert [[one[key] for key in keep] for one in after] == [[one[key] for key in keep] for one in before]
    assert main(["reindex", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(schema_text("reindex"))).validate(report)
    assert report["messages"] == 1


def test_doctor_finds_a_real_store_sound(root: Path, capsys: Captured) -> None:
    with opened(root) as store:
        deliver(store)
        main(["doctor", "--json"])
        found = json.loads(capsys.readouterr().out)["findings"]
        assert any(one["check"] == "lock" and "another mailtui writes" in one["text"] for one in found)
    store_findings = [one for one in found if one["area"] == "store"]
    assert {one["level"] for one in store_findings} <= {"ok", "warn"}
    assert any(one["text"] == "index.sqlite is sound" for one in store_findings)
