"""Keys that are typed before there is a field for them come to the composer, in the order in which they were typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual import events
from textual.app import App

from mailtui.ui.screens.writing import HOLD, PAUSE, WritingDoor
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


class Queue:
    """An application of which only the queue is looked at."""

    def __init__(self) -> None:
        self.posted: list[events.Key] = []

    def post_message(self, event: events.Key) -> bool:
        self.posted.append(event)
        return True


class Bridge:
    time = 100.0

    def loop_time(self) -> float:
        return self.time


def key(letter: str) -> events.Key:
    return events.Key(letter, letter)


def door() -> WritingDoor:
    made = WritingDoor.__new__(WritingDoor)
    made._bridge = cast(Any, Bridge())
    made._held, made._passing, made._behind, made._until = None, [], [], 0.0
    made._deaf_until, made._slow = 0.0, False
    return made


def play(made: WritingDoor, queue: Queue, typed: list[events.Key]) -> str:
    """What the composer gets when the queue is worked off, with these keys in it before the held ones."""
    got, line = "", [*typed, *queue.posted]
    queue.posted.clear()
    while line:
        event = line.pop(0)
        if not made.hold(event):
            got += event.key
        line += queue.posted
        queue.posted.clear()
    return got


def test_keys_that_were_in_the_queue_do_not_overtake_those_that_were_held() -> None:
    made, queue = door(), Queue()
    made.begin()
    assert all(made.hold(key(letter)) for letter in "abc")
    made.opened(cast(App[None], queue))
    assert play(made, queue, [key(letter) for letter in "de"]) == "abcde"
    assert not made.hold(key("f"))


def test_a_composer_that_opens_another_keeps_the_order_too() -> None:
    made, queue = door(), Queue()
    made.begin()
    assert all(made.hold(key(letter)) for letter in "ab")
    made.opened(cast(App[None], queue))
    made.begin()
    assert play(made, queue, [key("c")]) == ""
    made.opened(cast(App[None], queue))
    assert play(made, queue, [key("d")]) == "abcd"


def test_a_composer_that_never_opens_gives_the_keys_back_to_the_list() -> None:
    made, queue = door(), Queue()
    made.begin()
    assert made.hold(key("a"))
    made.opened(None)
    assert queue.posted == []
    clock = cast(Any, made._bridge)
    assert made.hold(key("b")), "still the rest of a word: no command"
    clock.time += PAUSE / 2
    assert made.hold(key("b"))
    clock.time += PAUSE + 0.1
    assert not made.hold(key("b")), "after a pause it is meant for the list"
    made.begin()
    assert made.hold(key("c"))
    clock.time += HOLD + 1
    assert not made.hold(key("d"))


async def test_fast_fingers_on_the_screen(make: Make) -> None:
    """All keys are in the queue before anything could be opened."""
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, desk)
        for letter in "rquick brown fox":
            desk.app.post_message(events.Key("space" if letter == " " else letter, letter))
        await settle(pilot, desk, 1.5)
        assert "quick brown fox" in desk.text()
