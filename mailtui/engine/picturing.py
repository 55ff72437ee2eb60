"""Remote pictures, fetched on threads of their own, which nobody waits for, not even the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from mailtui.files.fetched_pictures import FetchedPictures
from mailtui.model.changes import Change, PicturesFetched
from mailtui.model.errors import MailtuiError
from mailtui.model.ids import Revision
from mailtui.model.intents import FetchPictures

MOST = 40
AT_ONCE = 4


def _fetch(url: str) -> bytes:
    """HTTP and its TLS are imported when somebody asks for a picture."""
    from mailtui.protocols.remote_picture import fetch

    return fetch(url)


class Picturing:
    """`publish` is called on the event loop that `ask` was called on. `fetch`: the bytes behind an address; raises
    MailtuiError."""

    def __init__(
        self, root: str, publish: Callable[[Sequence[Change]], None], fetch: Callable[[str], bytes] = _fetch
    ) -> None:
        self._kept = FetchedPictures(root)
        self._publish = publish
        self._fetch = fetch
        self._one_writes = threading.Lock()

    def ask(self, wish: FetchPictures) -> None:
        """Returns at once; a PicturesFetched comes later."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            change = self._fetched(wish)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(self._publish, [change])

        threading.Thread(target=work, name="pictures", daemon=True).start()

    def _fetched(self, wish: FetchPictures) -> PicturesFetched:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="picture") as threads:
            problems = list(threads.map(self._one, dict.fromkeys(wish.urls[:MOST])))
        failed = [problem for problem in problems if problem]
        here = len(problems) - len(failed)
        return PicturesFetched(Revision(0), wish.placement, here, len(failed), failed[0] if failed else "")

    def _one(self, url: str) -> str:
        """Why it could not be had, or ""."""
        try:
            data = self._fetch(url)
            with self._one_writes:
                self._kept.keep(url, data)
        except MailtuiError as error:
            return error.text
        except Exception as error:  # an address that http.client chokes on must not leave the person waiting
            return f"it can't be asked for: {type(error).__name__}"
        return ""
