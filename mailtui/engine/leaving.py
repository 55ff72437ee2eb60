"""Leaving lists by one click: each on a thread of its own, which nobody waits for, not even the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from mailtui.files.left_lists import Left, LeftLists
from mailtui.model.changes import Change, ListLeft
from mailtui.model.errors import MailtuiError
from mailtui.model.ids import Revision
from mailtui.model.intents import LeaveList

WAY = "one-click"


def _one_click(url: str) -> int:
    """HTTP and its TLS are imported when somebody leaves a list."""
    from mailtui.protocols.oneclick import leave

    return leave(url)


class Leaving:
    """`publish` is called on the event loop that `ask` was called on. `leave`: asks the server and returns its status;
    raises MailtuiError."""

    def __init__(
        self,
        root: str,
        publish: Callable[[Sequence[Change]], None],
        leave: Callable[[str], int] = _one_click,
    ) -> None:
        self._lists = LeftLists(root)
        self._publish = publish
        self._leave = leave
        self._one_writes = threading.Lock()

    def ask(self, wish: LeaveList) -> None:
        """Returns at once; a ListLeft comes later. What was said yes to is remembered even if nobody listens then."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            change = self._asked(wish)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(self._publish, [change])

        threading.Thread(target=work, name="leave a list", daemon=True).start()

    def _asked(self, wish: LeaveList) -> ListLeft:
        host = urlsplit(wish.url).hostname or ""
        try:
            status = self._leave(wish.url)
        except MailtuiError as error:
            return ListLeft(Revision(0), wish.account, wish.name, host, 0, error.text, error.hint)
        except Exception as error:  # an address that http.client chokes on must not leave the person waiting
            return ListLeft(Revision(0), wish.account, wish.name, host, 0, f"{host} can't be asked: {error!r}")
        hint = ""
        try:
            with self._one_writes:
                self._lists.keep(wish.account, wish.name, Left(int(time.time()), WAY, host))
        except MailtuiError as error:
            hint = f"but it can't be remembered: {error.text}"
        return ListLeft(Revision(0), wish.account, wish.name, host, status, hint=hint)
