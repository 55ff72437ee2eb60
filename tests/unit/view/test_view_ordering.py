"""Lists in other orders: pages are slices of the sorted list, and the cursor stays on its message."""

from __future__ import annotations

import random

import pytest

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.listing import By
from mailtui.model.mail import NO_FLAGS, Flags, RowKey
from mailtui.view.loads import LoadKind, perform
from mailtui.view.ordering import Order
from mailtui.view.threaded import ThreadRows
from mailtui.view.unified import landing, page, rank, total
from tests.support.fake_store import FakeReader

INBOX = MailboxId(1)
BOXES = (INBOX,)


def sorted_ids(reader: FakeReader, by: By) -> list[int]:
    if by is By.OLDEST:
        return list(reader._alive())
    return list(reader.ordered(BOXES, by, 10_000))


def settle(state: ThreadRows, reader: FakeReader) -> None:
    for _ in range(30):
        load = state.next_load()
        if load is not None:
            state.loaded(perform(reader, BOXES, load, state.folding))
        elif (key := state.wants_rank()) is not None:
            state.ranked(key, rank(reader, BOXES, key, state.folding))
        else:
            return
    raise AssertionError("loading never ends")


def shown(state: ThreadRows) -> list[int | None]:
    return [row.placement if (row := state.row_at(at)) else None for at in state.visible()]


@pytest.mark.parametrize("by", list(By))
def test_pages_are_slices(by: By) -> None:
    reader, chance, order = FakeReader(300), random.Random(3), Order(by)
    every = page(reader, BOXES, order, limit=1000)
    assert [row.placement for row in every] == sorted_ids(reader, by)
    keys = [row.key for row in every]
    assert keys == sorted(keys, reverse=True)
    assert total(reader, BOXES, order) == 300
    for _ in range(60):
        at, limit, skip = chance.randrange(300), chance.randrange(1, 40), chance.randrange(20)
        key = keys[at]
        assert page(reader, BOXES, order, after=key, limit=limit, skip=skip) == every[at + 1 + skip :][:limit]
        up = page(reader, BOXES, order, after=key, limit=limit, skip=skip, newest_first=False)
        assert up == every[:at][::-1][skip:][:limit]
        assert rank(reader, BOXES, key, order) == at
        assert landing(reader, BOXES, order, RowKey(0, PlacementId(0), 0, every[at].placement)) == key
    assert page(reader, BOXES, order, limit=5, newest_first=False) == every[:-6:-1]
    assert landing(reader, BOXES, order, RowKey(0, PlacementId(0), 0, PlacementId(9_999))) is None
    reader.close()


@pytest.mark.parametrize("by", list(By))
def test_the_cursor_stays_on_its_message_while_mail_comes_and_goes(by: By) -> None:
    reader = FakeReader(400)
    state = ThreadRows(20, Order(by))
    settle(state, reader)
    assert shown(state) == sorted_ids(reader, by)[:20]
    state.move_to(200)
    settle(state, reader)
    row = state.current
    assert row is not None
    for step in range(6):
        state.arrived(reader.rows(reader.deliver(2)))
        reader.drop(10 + step)
        state.removed([PlacementId(10 + step)])
        settle(state, reader)
        now = state.current
        assert now is not None
        assert now.placement == row.placement
        assert shown(state) == sorted_ids(reader, by)[state.top : state.top + 20]
        assert state.total == len(reader._alive())
    assert not state.fresh, "new mail may be anywhere"
    reader.close()


def test_what_is_gone_since_it_was_sorted_leaves_no_hole_in_a_page() -> None:
    reader, order = FakeReader(100), Order(By.SIZE)
    every = page(reader, BOXES, order, limit=100)
    reader.drop(*(row.placement for row in every[10:15]))
    found = page(reader, BOXES, order, after=every[7].key, limit=10)
    assert [row.placement for row in found] == [row.placement for row in (*every[8:10], *every[15:23])]
    order.refresh(reader, BOXES)
    assert total(reader, BOXES, order) == 95
    reader.close()


def test_the_next_unread_in_the_order_on_show() -> None:
    reader, order = FakeReader(200), Order(By.SENDER)
    every = page(reader, BOXES, order, limit=200)
    wanted = [row.key for row in every if not row.flags.seen]
    assert order.next_unread(reader, BOXES, wanted[3], down=True, most=1000) == wanted[4]
    assert order.next_unread(reader, BOXES, wanted[3], down=False, most=1000) == wanted[2]
    assert order.next_unread(reader, BOXES, wanted[-1], down=True, most=1000) is None
    reader.close()


def test_a_large_mailbox_is_sorted_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtui.view.ordering.MOST", 50)
    reader, order = FakeReader(300), Order(By.SUBJECT)
    assert total(reader, BOXES, order) == 50
    assert order.words == "by subject, newest 50"
    oldest = Order(By.OLDEST)
    assert total(reader, BOXES, oldest) == 300
    assert oldest.words == "oldest first"
    reader.close()


def test_flags_are_shown_at_once_and_a_stale_list_is_sorted_anew() -> None:
    reader = FakeReader(100)
    state = ThreadRows(20, Order(By.UNREAD))
    settle(state, reader)
    first = state.current
    assert first is not None
    assert not first.flags.seen
    state.reflag([first.placement], Flags(1), NO_FLAGS)
    assert state.current is not None
    assert state.current.flags.seen
    reader.flagged[first.placement] = Flags(1)
    state.updated([reader.row(first.placement)])
    load = state.next_load()
    assert load is not None
    assert load.kind is LoadKind.AROUND
    state.loaded(perform(reader, BOXES, load, state.folding))
    assert state.current.placement == first.placement
    assert state.cursor > 10, "it went down with its message"
    reader.close()
