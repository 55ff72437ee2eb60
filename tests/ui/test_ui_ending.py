"""A screen that a signal ended: nothing reads any more when the database is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]


async def test_letting_go_waits_for_reads(make: Make) -> None:
    desk = make()
    began, ended = threading.Event(), threading.Event()

    def read() -> None:
        began.set()
        time.sleep(0.2)
        ended.set()

    async with desk.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, desk)
        desk.app.bridge.ask("rows", read, lambda found: None, lambda error: None)
        assert began.wait(5)
        desk.app.let_go()  # as a signal does it: nothing was unmounted
        assert ended.is_set()
        desk.app.bridge.ask("rows", lambda: 1 / 0, lambda found: None, lambda error: None)
        desk.app.let_go()
