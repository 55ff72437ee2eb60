"""Folders that are wanted by name (FolderNamed): found whatever the server's delimiter is, made where they lack."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.errors import StoreError
from mailtui.model.folder import Role
from mailtui.model.intents import Copy, Deed, FolderNamed, Move, Redo, Undo
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, box, deliver, open_store, seen

DOTTED = ("INBOX", "INBOX.Archive", "INBOX.Old.Mail")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(open_store(tmp_path / "s", "INBOX", "Archive", "Work/Papers")) as store:
        deliver(store, box(store), 1, 2)
        yield store


@pytest.fixture
def dotted(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(open_store(tmp_path / "s", *DOTTED, delimiter=".")) as store:
        deliver(store, box(store), 1, 2)
        yield store


def move(store: Store, name: str) -> str:
    """Where a message is after it was moved to the folder of this name."""
    row = store.reader().page(box(store))[0]
    store.submit(Deed("Moved", (Move((row.placement,), FolderNamed(name)),)))
    (now,) = store.reader().rows((row.placement,))
    return next(one.name for one in store.base().mailboxes(ACCOUNT) if one.id == now.mailbox)


@pytest.mark.parametrize(
    ("name", "found"),
    [("Archive", "Archive"), ("archive", "Archive"), ("work/papers", "Work/Papers"), ("New", "New"), ("A/B", "A/B")],
)
def test_names(plain: Store, name: str, found: str) -> None:
    assert move(plain, name) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("archive", "INBOX.Archive"),
        ("old/mail", "INBOX.Old.Mail"),
        ("INBOX.Old.Mail", "INBOX.Old.Mail"),
        ("Invoices", "INBOX.Invoices"),
        ("Invoices/2026", "INBOX.Invoices.2026"),
        ("Invoices.", "INBOX.Invoices"),
        ("trash", "INBOX.Trash"),
    ],
)
def test_names_below_the_inbox(dotted: Store, name: str, found: str) -> None:
    assert move(dotted, name) == found


def test_a_role_that_lacks_is_made_with_its_role(plain: Store) -> None:
    assert move(plain, "junk") == "Junk"
    assert plain.base().role_mailbox(ACCOUNT, Role.JUNK) is not None


def test_made_once_for_all_and_taken_back_with_the_step(plain: Store) -> None:
    before = seen(plain)
    rows = plain.reader().page(box(plain))
    one, two = (row.placement for row in rows)
    plain.submit(Deed("Both", (Copy((one, two), FolderNamed("New")), Move((two,), FolderNamed("new")))))
    assert {name: len(found) for name, found in seen(plain).items() if found} == {"INBOX": 1, "New": 3}
    plain.submit(Undo())
    assert seen(plain) == before
    plain.submit(Redo())
    assert {name: len(found) for name, found in seen(plain).items() if found} == {"INBOX": 1, "New": 3}


def test_a_name_that_is_none_is_refused_and_nothing_counts(dotted: Store) -> None:
    row = dotted.reader().page(box(dotted))[0]
    before = seen(dotted)
    with pytest.raises(StoreError, match="can't be the name of a folder"):
        dotted.submit(
            Deed("Moved", (Copy((row.placement,), Role.ARCHIVE), Move((row.placement,), FolderNamed("a\x01"))))
        )
    assert seen(dotted) == before
