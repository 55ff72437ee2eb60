"""The unified inbox: which mailboxes it is made of, and its rows merged by date."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.mail import Row, RowKey
from mailtui.view import unified
from mailtui.view.tree import FolderTree
from tests.support.fake_store import FakeReader, mailbox, row

ONE, TWO = MailboxId(1), MailboxId(101)
BOTH = (ONE, TWO)


class Two(FakeReader):
    """Odd placements lie in one inbox, even ones in the other."""

    def _rows(self, box: int) -> list[Row]:
        mine = [number for number in range(1, 51) if number % 2 == (box == ONE)]
        return [replace(row(number, box, total=50), date=1_000 + number // 3) for number in mine]

    def page(
        self,
        mailbox: MailboxId,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        rows = sorted(self._rows(mailbox), key=lambda one: one.key, reverse=newest_first)
        if after is not None:
            rows = [one for one in rows if (one.key < after if newest_first else one.key > after)]
        return tuple(rows[skip : skip + limit])

    def rank(self, mailbox: MailboxId, key: RowKey) -> int:
        return sum(one.key > key for one in self._rows(mailbox))


def _boxes() -> list[Mailbox]:
    return [
        mailbox(1, "INBOX", Role.INBOX, total=30, unread=2, account=AccountId("home")),
        mailbox(2, "Sent", Role.SENT, total=5, unread=0, account=AccountId("home")),
        mailbox(101, "INBOX", Role.INBOX, total=20, unread=1, account=AccountId("work")),
    ]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_are_one_list(newest_first: bool, limit: int) -> None:
    reader = Two(50)
    whole = sorted((*reader._rows(1), *reader._rows(101)), key=lambda one: one.key, reverse=newest_first)
    assert len({one.mailbox for one in whole}) == 2
    assert list(unified.page(reader, BOTH, limit=1000, newest_first=newest_first)) == whole
    found: list[Row] = []
    while True:
        after = found[-1].key if found else None
        rows = unified.page(reader, BOTH, after=after, limit=limit, newest_first=newest_first)
        found += rows
        if len(rows) < limit:
            break
    assert found == whole
    assert list(unified.page(reader, BOTH, limit=limit, skip=9, newest_first=newest_first)) == whole[9 : 9 + limit]


def test_the_place_of_a_row() -> None:
    reader = Two(50)
    whole = unified.page(reader, BOTH, limit=1000)
    for place in (0, 1, 17, len(whole) - 1):
        assert unified.rank(reader, BOTH, whole[place].key) == place
    assert unified.page(reader, (ONE,), limit=3) == reader.page(ONE, limit=3)


def test_it_is_there_for_several_accounts_only() -> None:
    boxes = _boxes()
    one = unified.unified(boxes)
    assert one is not None
    assert (one.total, one.unread) == (50, 3)
    assert unified.inboxes(boxes) == BOTH
    assert unified.unified(boxes[:2]) is None
    tree = FolderTree()
    tree.update(boxes)
    assert tree.mailboxes[0].id == unified.ALL_INBOXES
    first = tree.with_role(Role.INBOX, None)
    assert first is not None
    assert first.id == ONE


def test_a_search_in_all_of_them() -> None:
    asked: list[MailboxId | None] = []

    class Asked(Two):
        def search(
            self,
            query: str,
            *,
            mailbox: MailboxId | None = None,
            account: str | None = None,
            limit: int = 50,
            before: RowKey | None = None,
            unfinished: bool = False,
        ) -> tuple[Row, ...]:
            assert unfinished
            asked.append(mailbox)
            return self.page(mailbox or ONE, after=before, limit=limit)

    reader = Asked(50)
    found = unified.search(reader, "x", BOTH, limit=5)
    assert found == unified.page(reader, BOTH, limit=5)
    unified.search(reader, "x", (), limit=5)
    assert asked == [ONE, TWO, None]
    assert PlacementId(50) == found[0].placement
