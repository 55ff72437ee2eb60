"""The list of threads against an oracle: whatever comes, goes and is folded, the cursor stays on its message or on the
line that holds it, and the screen shows what is stored."""

from __future__ import annotations

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import NO_FLAGS, Flag, Flags, Folding, Row, RowKey
from mailtui.view.columns import Columns, format_row
from mailtui.view.dates import SmartDate
from mailtui.view.deeds import Target
from mailtui.view.glyphs import ASCII, UNICODE
from mailtui.view.loads import Load, Loaded, LoadKind, perform
from mailtui.view.threaded import ThreadRows, unread
from mailtui.view.unified import rank
from tests.support.fake_store import NOW, FakeReader

INBOX = MailboxId(1)
SEEN = Flags(int(Flag.SEEN))


def settle(state: ThreadRows, reader: FakeReader) -> None:
    for _ in range(30):
        load = state.next_load()
        if load is not None:
            state.loaded(perform(reader, (INBOX,), load, state.folding))
        elif (key := state.wants_rank()) is not None:
            state.ranked(key, rank(reader, (INBOX,), key, state.folding))
        else:
            return
    raise AssertionError("loading never ends")


def opened(total: int, threads: dict[int, int], height: int = 20) -> tuple[ThreadRows, FakeReader]:
    reader = FakeReader(total)
    reader.thread_of.update(threads)
    state = ThreadRows(height, Folding())
    settle(state, reader)
    return state, reader


def shown(state: ThreadRows) -> list[Row | None]:
    return [state.row_at(at) for at in state.visible()]


def folding_of(state: ThreadRows) -> Folding:
    assert isinstance(state.folding, Folding)
    return state.folding


def placed(state: ThreadRows) -> int:
    assert state.current is not None
    return state.current.placement


FAMILY = {100: 500, 90: 500, 80: 500, 99: 600, 98: 600}


def test_a_thread_is_one_line_and_unfolds_under_the_cursor() -> None:
    state, reader = opened(100, FAMILY)
    assert state.total == 97
    first = state.current
    assert first is not None
    assert first.line is not None
    assert (first.line.count, first.placement, len(first.line.people)) == (3, 100, 1)
    state.move_by(1)
    assert placed(state) == 99
    state.fold(folding_of(state).toggled(state.current.thread))  # type: ignore[union-attr]
    settle(state, reader)
    assert (state.total, state.cursor, placed(state)) == (98, 1, 98), "on the first message of the thread"
    state.move_by(1)
    assert placed(state) == 99
    state.fold(Folding())
    settle(state, reader)
    assert (state.cursor, placed(state)) == (1, 99)
    state.fold(Folding(unfolded=True))
    settle(state, reader)
    assert (state.total, state.cursor, state.top) == (100, 3, 2), "the line of the screen is the same"
    state.move_to(0)
    assert [row.line.rails for row in shown(state)[:6] if row and row.line] == ["", "+", "L", "", "L", ""]
    reader.close()


def test_the_cursor_stays_on_its_thread_when_an_answer_takes_it_to_the_top() -> None:
    state, reader = opened(100, FAMILY)
    state.move_to(40)
    message = placed(state)
    (new,) = reader.deliver(1)
    reader.thread_of[new] = reader.thread_of[message] = 700
    state.arrived(reader.rows((new,)))
    assert len(state.fresh) == 1
    settle(state, reader)
    assert (state.cursor, placed(state)) == (0, new)
    state.move_to(30)
    line, message = state.cursor - state.top, placed(state)
    other = reader.deliver(2)
    state.arrived(reader.rows(other))
    settle(state, reader)
    assert (state.cursor - state.top, placed(state), state.cursor) == (line, message, 32)
    reader.close()


def test_what_leaves_is_gone_at_once_and_a_thread_with_rests_stays() -> None:
    state, reader = opened(100, FAMILY)
    state.hide([PlacementId(100), PlacementId(90), PlacementId(80), PlacementId(99)])
    assert (placed(state), state.total) == (99, 96), "the second thread has one left"
    settle(state, reader)
    reader.drop(100, 90, 80, 99)
    state.removed([PlacementId(number) for number in (100, 90, 80, 99)])
    settle(state, reader)
    assert (placed(state), state.total) == (98, 96)
    state.hide([PlacementId(97)])
    assert state.unhide()
    settle(state, reader)
    assert state.total == 96
    reader.close()


def test_flags_of_a_folded_thread_show_at_once_for_all_of_it() -> None:
    state, reader = opened(100, FAMILY)
    row = state.current
    assert row is not None
    assert row.line is not None
    assert unread(row)
    targets = Target.all_of(row)
    assert {one.placement for one in targets} == {80, 90, 100}
    assert {one.thread for one in targets} == {500}
    assert Target.of(row).placement == 100
    state.reflag([one.placement for one in targets], SEEN, NO_FLAGS)
    now = state.current
    assert now is not None
    assert now.line is not None
    assert (now.line.unread, unread(now)) == (0, False)
    state.reflag([PlacementId(80)], Flags(int(Flag.FLAGGED)), SEEN)
    now = state.current
    assert now is not None
    assert now.line is not None
    assert (now.line.unread, bool(now.flags.bits & Flag.FLAGGED)) == (1, True)
    assert not Target.of(now).bits & Flag.FLAGGED, "the message itself has no star"
    assert state.unguess()
    settle(state, reader)
    assert state.current == row
    reader.close()


def test_answers_folded_as_before_are_dropped() -> None:
    state, reader = opened(5_000, {5_000: 9_000, 4_000: 9_000})
    state.move_to(2_500)
    load = state.next_load()
    assert load is not None
    assert load.kind is LoadKind.JUMP
    early = perform(reader, (INBOX,), load, state.folding)
    state.fold(Folding(unfolded=True))
    state.loaded(early)
    settle(state, reader)
    assert state.total == 5_000
    assert shown(state) == reader.threaded.every(INBOX, folding_of(state))[state.top : state.top + 20]
    reader.close()


def test_rows_say_how_many_who_and_how_they_hang() -> None:
    state, reader = opened(100, FAMILY)
    dates = SmartDate(NOW, narrow=True)

    def text(row: Row | None, width: int = 70, ascii_: bool = False) -> str:
        assert row is not None
        glyphs = ASCII if ascii_ else UNICODE
        return "".join(one.text for one in format_row(row, Columns.of(width, threads=True), glyphs, dates))

    folded = state.current
    assert folded is not None
    assert folded.line is not None
    assert f"▸{folded.line.unread}/3" in text(folded)
    assert f"+{folded.line.unread}/3" in text(folded, ascii_=True)
    assert "+3 " in text(folded, 40, ascii_=True)
    assert "Re:" not in text(folded)
    state.fold(Folding(unfolded=True))
    settle(state, reader)
    rows = shown(state)
    assert "▾3" in text(rows[0])
    assert "├╴" in text(rows[1])
    assert "└╴" in text(rows[2])
    assert "`-" in text(rows[2], ascii_=True)
    for width in range(12, 140, 9):
        assert {len(text(row, width, ascii_=True)) for row in rows[:4] if row and row.subject.isascii()} <= {width}
    reader.close()


class ThreadMachine(RuleBasedStateMachine):
    @initialize(total=st.sampled_from([0, 1, 5, 40, 250]), height=st.integers(1, 30), unfolded=st.booleans())
    def start(self, total: int, height: int, unfolded: bool) -> None:
        self.reader = FakeReader(total)
        for number in range(1, total + 1):
            if number % 3 == 0:
                self.reader.thread_of[number] = 10_000 + number * 7 % 11
        self.state = ThreadRows(height, Folding(unfolded))
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

    @rule(part=st.floats(0, 1))
    def wheel(self, part: float) -> None:
        self.state.scroll_to(int(self.state.total * part))

    @rule(everything=st.booleans(), unfolded=st.booleans())
    def fold(self, everything: bool, unfolded: bool) -> None:
        row = self.state.current
        if everything:
            self.state.fold(Folding(unfolded))
        elif row is not None:
            self.state.fold(folding_of(self.state).toggled(row.thread))

    @rule(count=st.integers(1, 3), thread=st.sampled_from([None, 10_000, 10_004, 20_000]))
    def arrive(self, count: int, thread: int | None) -> None:
        new = self.reader.deliver(count)
        if thread is not None:
            self.reader.thread_of.update(dict.fromkeys(new, thread))
        self.news.append(("added", new))

    @rule(picks=st.lists(st.integers(0, 50), min_size=1, max_size=3), at_once=st.booleans())
    def leave(self, picks: list[int], at_once: bool) -> None:
        alive = list(self.reader._alive())[::-1]
        gone = tuple(PlacementId(alive[pick]) for pick in set(picks) if pick < len(alive))
        if gone:
            if at_once:
                self.state.hide(gone)
            self.reader.drop(*gone)
            self.news.append(("removed", gone))

    @rule()
    def hear(self) -> None:
        if self.news:
            kind, which = self.news.popleft()
            if kind == "added":
                self.state.arrived(self.reader.rows(which))
            else:
                self.state.removed(which)

    @rule()
    def ask(self) -> None:
        load = self.state.next_load()
        if load is not None:
            self.load, self.answer = load, perform(self.reader, (INBOX,), load, self.state.folding)

    @rule()
    def take(self) -> None:
        if self.answer is not None:
            self.state.loaded(self.answer)
            self.answer = None

    @rule()
    def all_is_told(self) -> None:
        """Then the screen shows what is stored, and the cursor is where its message is."""
        while self.news:
            self.hear()
        self.take()
        before = self.state.current
        settle(self.state, self.reader)
        every = self.reader.threaded.every(INBOX, folding_of(self.state))
        assert self.state.total == len(every)
        assert shown(self.state) == every[self.state.top : self.state.top + self.state.height]
        now = self.state.current  # None: the wheel has left it behind
        if before is not None and now is not None and before.placement in self.reader._alive():
            assert now.line is not None
            inside = {one.placement for one in now.line.members} | {now.placement}
            assert before.placement in inside or now.thread == before.thread


ThreadMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestThreadMachine = ThreadMachine.TestCase


def test_the_cursor_of_a_plain_list_is_found_in_threads() -> None:
    reader = FakeReader(5_000)
    reader.thread_of.update({100: 9_000, 200: 9_000, 300: 9_000})
    key = RowKey(reader.row(100).date, PlacementId(100))
    state = ThreadRows(20, Folding(), key)
    settle(state, reader)
    assert placed(state) == 300, "the line that it is folded into"
    state.go_to(reader.row(4_000).key)
    settle(state, reader)
    assert placed(state) == 4_000
    reader.close()


def test_what_is_folded_comes_into_sight() -> None:
    machine = ThreadMachine()
    machine.start(total=250, height=17, unfolded=True)
    try:
        machine.all_is_told()
        machine.jump(part=0.25)
        machine.wheel(part=0.0)
        assert machine.state.top == 0
        machine.fold(everything=False, unfolded=False)
        machine.all_is_told()
        assert machine.state.cursor in machine.state.visible()
    finally:
        machine.teardown()
