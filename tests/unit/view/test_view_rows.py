"""The message list against an oracle: whatever comes and goes, the cursor stays on its message and, once everything is
loaded, the screen shows exactly what is stored."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.view.anchors import STEP
from mailtui.view.loads import Load, Loaded, LoadKind, perform
from mailtui.view.rows import MessageRows
from tests.support.fake_store import FakeReader

INBOX = MailboxId(1)


def settle(state: MessageRows, reader: FakeReader) -> int:
    """Load until nothing more is wanted; returns how many loads that took."""
    loads = 0
    while (load := state.next_load()) is not None or (key := state.wants_rank()) is not None:
        if load is not None:
            state.loaded(perform(reader, (INBOX,), load))
        else:
            assert key is not None
            state.ranked(key, reader.rank(INBOX, key))
        loads += 1
        assert loads < 30, "loading never ends"
    return loads


def shown(state: MessageRows) -> list[int | None]:
    return [row.placement if (row := state.row_at(at)) else None for at in state.visible()]


def oracle(state: MessageRows, reader: FakeReader) -> list[int]:
    newest_first = list(reader._alive())[::-1]
    return newest_first[state.top : state.top + state.height]


def opened(total: int, height: int = 20) -> tuple[MessageRows, FakeReader]:
    reader = FakeReader(total)
    state = MessageRows(total, height)
    settle(state, reader)
    return state, reader


def test_opening_reads_one_page_whatever_the_size() -> None:
    for total in (0, 1, 50, 1_000_000):
        state, reader = opened(total)
        assert reader.calls["page"] <= 2
        assert reader.calls["most skipped"] == 0
        assert shown(state) == oracle(state, reader)
        reader.close()


def test_lines_beyond_the_cursor_stay_in_sight_and_it_can_be_put_anywhere() -> None:
    state, reader = opened(100, height=20)
    for position, top in ((16, 0), (17, 0), (18, 1), (50, 33)):
        while state.cursor < position:
            state.move_by(1)
        assert (state.cursor, state.top) == (position, top)
    state.move_by(-15)
    assert (state.cursor, state.top) == (35, 33)
    state.move_by(-1)
    assert state.top == 32
    for part, top in ((0.0, 34), (0.5, 24), (1.0, 15)):
        state.align(part)
        assert (state.cursor, state.top) == (34, top)
    state.move_to(35)  # a click does not scroll
    assert state.top == 16
    state.move_by(100)
    assert (state.cursor, state.top) == (99, 80)
    state.move_by(-100)
    assert (state.cursor, state.top) == (0, 0)
    state.align(1.0)
    assert state.top == 0
    reader.close()


@pytest.mark.parametrize("target", [999_999, 0, 500_000, 499_999, 123_456, 995_000, 4_999, 5_000])
def test_a_jump_costs_one_bounded_query(target: int) -> None:
    state, reader = opened(1_000_000)
    while (wanted := state.anchors.next_after(state.total)) is not None:
        after, skip = wanted
        rows = reader.page(INBOX, after=after, limit=1, skip=skip)
        state.anchors.add(rows[0].key if rows else None)
    reader.calls.clear()
    state.move_to(target)
    load = state.next_load()
    if load is not None:
        state.loaded(perform(reader, (INBOX,), load))
    assert reader.calls["most skipped"] <= STEP
    assert reader.calls["page"] <= 1
    assert shown(state) == list(range(1_000_000 - state.top, 1_000_000 - state.top - state.height, -1))
    assert state.current is not None
    assert state.current.placement == 1_000_000 - target
    reader.close()


def test_new_mail_pushes_the_list_only_when_one_watches_the_top() -> None:
    state, reader = opened(100)
    state.arrived(reader.rows(reader.deliver(3)))
    assert (state.top, state.cursor, len(state.fresh)) == (0, 3, 3)
    assert state.current is not None
    assert state.current.placement == 100
    state.move_by(10)
    state.arrived(reader.rows(reader.deliver(2)))
    assert (state.top, state.cursor - state.top) == (2, 13)
    assert len(state.fresh) == 5
    state.move_to(0)
    assert not state.fresh
    reader.close()


def test_removing_the_message_under_the_cursor_takes_the_next_older() -> None:
    state, reader = opened(100)
    state.move_to(5)
    reader.drop(95)
    state.removed([PlacementId(95)])
    settle(state, reader)
    assert state.current is not None
    assert (state.cursor, state.current.placement) == (5, 94)
    for number in range(1, 101):
        reader.drop(number)
    state.removed([PlacementId(number) for number in range(1, 101)])
    settle(state, reader)
    assert (state.total, state.cursor, state.top) == (0, 0, 0)
    assert shown(state) == []
    reader.close()


def test_an_answer_that_is_not_waited_for_is_dropped() -> None:
    state, reader = opened(100_000)
    state.move_to(50_000)
    first = state.next_load()
    state.move_to(99_999)
    second = state.next_load()
    assert first is not None
    assert second is not None
    state.loaded(perform(reader, (INBOX,), second))
    state.loaded(perform(reader, (INBOX,), first))
    assert shown(state) == oracle(state, reader)
    reader.close()


def test_restoring_the_cursor_reads_around_it() -> None:
    reader = FakeReader(100_000)
    key = reader.row(40_000).key
    state = MessageRows(100_000, 20, cursor_key=key)
    settle(state, reader)
    assert state.current is not None
    assert state.current.placement == 40_000
    assert shown(state) == oracle(state, reader)
    assert reader.calls["page"] <= 3
    reader.close()


def test_a_failed_load_is_asked_again() -> None:
    state = MessageRows(100, 20)
    load = state.next_load()
    assert load is not None
    assert state.next_load() is None
    state.load_failed(load)
    assert state.next_load() == load


def test_a_growing_list_reads_on_at_its_end() -> None:
    reader = FakeReader(2_000)
    state = MessageRows(0, 20, growing=True)
    for _ in range(30):
        load = state.next_load()
        if load is None:
            if state.complete:
                break
            state.move_by(90)
            continue
        assert load.kind in {LoadKind.JUMP, LoadKind.OLDER}
        from mailtui.view.loads import search

        state.loaded(search(reader, "invoice", None, load))
    expected = [number for number in range(2_000, 0, -1) if "Invoice" in reader.row(number).subject]
    assert [row.placement for row in state.window.rows] == expected
    assert state.complete
    reader.close()


def test_a_jump_after_mail_that_came_beside_a_read_lands_where_it_should() -> None:
    reader = FakeReader(3_000)
    state = MessageRows(3_000, 1)
    load = state.next_load()
    assert load is not None
    answer = perform(reader, (INBOX,), load)
    fresh = reader.deliver(1)
    state.move_to(1_300)
    state.arrived(reader.rows(fresh))
    state.loaded(answer)
    settle(state, reader)
    assert shown(state) == oracle(state, reader)
    reader.close()


class ListMachine(RuleBasedStateMachine):
    """Keys, arrivals, removals and re-reads, with answers and changes delivered late and out of step."""

    @initialize(total=st.sampled_from([0, 1, 5, 30, 700, 3_000]), height=st.integers(1, 40))
    def start(self, total: int, height: int) -> None:
        self.reader = FakeReader(total)
        self.state = MessageRows(total, height)
        self.news: deque[tuple[str, tuple[PlacementId, ...]]] = deque()
        self.load: Load | None = None
        self.answer: Loaded | None = None

    def teardown(self) -> None:
        if hasattr(self, "reader"):
            self.reader.close()

    @rule(steps=st.sampled_from([-200, -7, -1, 1, 2, 9, 250]))
    def move(self, steps: int) -> None:
        self.state.move_by(steps)

    @rule(part=st.floats(0, 1))
    def jump(self, part: float) -> None:
        self.state.move_to(int(self.state.total * part))

    @rule(pages=st.sampled_from([-1.0, -0.5, 0.5, 1.0]))
    def page(self, pages: float) -> None:
        self.state.page(pages)

    @rule(part=st.floats(0, 1))
    def wheel(self, part: float) -> None:
        self.state.scroll_to(int(self.state.total * part))

    @rule(height=st.integers(1, 40))
    def resize(self, height: int) -> None:
        self.state.resize(height)

    @rule(count=st.integers(1, 5))
    def deliver(self, count: int) -> None:
        self.news.append(("added", self.reader.deliver(count)))

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        alive = list(self.reader._alive())
        if alive:
            gone = data.draw(st.lists(st.sampled_from(alive), min_size=1, max_size=6, unique=True))
            self.reader.drop(*gone)
            self.news.append(("removed", tuple(PlacementId(number) for number in gone)))

    @rule()
    def whole(self) -> None:
        self.state.reread()

    @precondition(lambda self: self.news)
    @rule()
    def hear(self) -> None:
        kind, ids = self.news.popleft()
        before = self.state.cursor_key
        if kind == "added":
            self.state.arrived(self.reader.rows(ids))
        else:
            self.state.removed(ids)
        after = self.state.cursor_key
        if before is not None and before.placement not in ids:
            assert after is not None
            assert after.placement == before.placement, "the cursor left its message"

    @rule()
    def ask(self) -> None:
        load = self.state.next_load()
        if load is not None:
            self.load, self.answer = load, perform(self.reader, (INBOX,), load)

    @precondition(lambda self: self.answer is not None)
    @rule()
    def receive(self) -> None:
        answer, self.answer = self.answer, None
        assert answer is not None
        self.state.loaded(answer)

    @rule()
    def calm_down(self) -> None:
        """All news heard, all answers in: now the screen must be right."""
        before = self.state.cursor_key
        gone = set(self.reader.dropped)
        while self.news:
            self.hear()
        if self.answer is not None:
            self.receive()
        if self.state.in_flight is not None:
            self.state.load_failed(self.state.in_flight)
        settle(self.state, self.reader)
        self.state.recount(len(self.reader._alive()))
        settle(self.state, self.reader)
        assert self.state.total == len(self.reader._alive())
        assert shown(self.state) == oracle(self.state, self.reader)
        if before is not None and before.placement not in gone:
            assert self.state.cursor_key == before

    @invariant()
    def within_bounds(self) -> None:
        if not hasattr(self, "state"):
            return
        state = self.state
        assert 0 <= state.cursor < max(1, state.total)
        assert 0 <= state.top <= max(0, state.total - state.height)
        keys = [row.key for row in state.window.rows]
        assert keys == sorted(keys, reverse=True)
        assert len(set(keys)) == len(keys)


TestListMachine = ListMachine.TestCase
TestListMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, report_multiple_bugs=False)


def test_a_jump_that_knew_of_mail_before_we_did() -> None:
    machine = ListMachine()
    machine.start(total=700, height=1)
    try:
        machine.deliver(count=1)
        machine.move(steps=250)
        machine.ask()
        machine.receive()
        machine.calm_down()
    finally:
        machine.teardown()
