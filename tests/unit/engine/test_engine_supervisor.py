from __future__ import annotations

import asyncio

import pytest

from mailtui.engine import supervisor as module
from mailtui.engine.supervisor import Failure, Supervisor
from mailtui.model.errors import AuthError, LostError, MailtuiError, Retry, StoreError, StoreLockedError


async def until(condition: object, seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.001)


async def test_a_failing_script_is_run_again_by_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def soon(attempt: int, chance: float) -> float:
        asked.append(attempt)
        return 0.001

    monkeypatch.setattr(module, "delay", soon)
    supervisor, failures, runs = Supervisor(), list[Failure](), list[int]()

    async def script() -> None:
        runs.append(1)
        raise LostError("gone")

    supervisor.keep("x", script, failures.append, asyncio.Event())
    await until(lambda: len(runs) >= 4)
    await supervisor.stop()
    assert asked[:3] == [1, 2, 3]
    assert all(failure.retry_in == 0.001 for failure in failures)


async def test_a_refused_login_is_never_hammered_but_a_key_press_tries_again() -> None:
    supervisor, failures, runs, wake = Supervisor(), list[Failure](), list[int](), asyncio.Event()

    async def script() -> None:
        runs.append(1)
        raise AuthError("wrong password")

    supervisor.keep("x", script, failures.append, wake)
    await until(lambda: failures)
    await asyncio.sleep(0.05)
    assert len(runs) == 1
    assert failures[0].retry_in is None
    wake.set()
    await until(lambda: len(runs) == 2)
    await supervisor.stop()


async def test_a_stale_connection_is_replaced_at_once_but_only_the_first_time() -> None:
    error = LostError("idle too long", retry=Retry.AT_ONCE)
    assert Supervisor._pause(error, 1) == 0.0
    assert Supervisor._pause(error, 2) > 0.0  # type: ignore[operator]


async def test_only_what_a_person_must_change_is_given_up() -> None:
    refused, full = AuthError("wrong password"), StoreError("the disk is full")
    assert Supervisor._pause(refused, 1) is None
    assert Supervisor._pause(refused, 1, stubborn=True) is not None
    assert Supervisor._pause(full, 1) is not None
    assert Supervisor._pause(StoreLockedError("another mailtui", 1), 1) is not None


async def test_an_unexpected_exception_becomes_a_failure_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "delay", lambda attempt, chance: 0.001)
    supervisor, failures = Supervisor(), list[Failure]()

    async def script() -> None:
        raise ZeroDivisionError("boom")

    supervisor.keep("x", script, failures.append, asyncio.Event())
    await until(lambda: len(failures) >= 2)
    await supervisor.stop()
    assert isinstance(failures[0].error, MailtuiError)
    assert "ZeroDivisionError" in failures[0].error.text


async def test_stop_cancels_everything_and_waits_for_it() -> None:
    supervisor, ended = Supervisor(), list[str]()

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("slow")

    supervisor.spawn("slow", slow())
    await asyncio.sleep(0)
    await supervisor.stop()
    assert ended == ["slow"]


async def test_a_wake_forgets_earlier_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def pause(attempt: int, chance: float) -> float:
        asked.append(attempt)
        return 0.001 if attempt < 3 else 100.0

    monkeypatch.setattr(module, "delay", pause)
    supervisor, wake = Supervisor(), asyncio.Event()

    async def script() -> None:
        raise LostError("gone")

    supervisor.keep("x", script, lambda failure: None, wake)
    await until(lambda: len(asked) == 3)
    wake.set()
    await until(lambda: len(asked) == 6)
    await supervisor.stop()
    assert asked == [1, 2, 3, 1, 2, 3]
