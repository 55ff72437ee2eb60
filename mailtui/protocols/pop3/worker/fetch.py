"""Whole messages into spool files: what arrived whole is kept when the connection breaks, the rest leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mailtui.model.errors import LinkError
from mailtui.protocols.pop3.link import Item, PopLink
from mailtui.protocols.pop3.replies import Status
from mailtui.store.files import FileWork
from mailtui.store.maildir import Spool, Spooled, SpoolFile


class Fetching:
    """RETR for a batch of messages."""

    def __init__(self, link: PopLink, spool: Spool, arrived: Callable[[], None]) -> None:
        self._link = link
        self._spool = spool
        self._arrived = arrived
        self.refused: dict[int, Status] = {}
        """By message number."""
        self.broken: LinkError | None = None
        """Why the last batch is not whole."""

    async def bodies(self, wanted: Sequence[tuple[int, int]]) -> dict[int, Spooled]:
        """(number, octets) to spooled files, in the order asked. Raises LinkError, ProtocolError, StoreError: then
        nothing stays spooled."""
        found = await self.some(wanted)
        if self.broken is not None:
            drop(found.values())
            raise self.broken
        return found

    async def some(self, wanted: Sequence[tuple[int, int]]) -> dict[int, Spooled]:
        """As `bodies`, but when the connection breaks, what was whole by then (see `broken`)."""
        found: dict[int, Spooled] = {}
        open_files: list[SpoolFile] = []
        self.broken = None

        def sink() -> SpoolFile:
            file = self._spool.open()
            open_files.append(file)
            return file

        def arrived(item: Item, result: object) -> None:
            if isinstance(result, Spooled):
                found[item.number] = result
                open_files.pop(0)
            elif isinstance(result, Status):
                self.refused[item.number] = result
            self._arrived()

        try:
            await self._link.fetch([Item(number, octets) for number, octets in wanted], sink, arrived)
        except LinkError as error:
            for file in open_files:
                file.abort()
            self.broken = error
        except BaseException:
            for file in open_files:
                file.abort()
            drop(found.values())
            raise
        return found


def drop(files: Iterable[Spooled]) -> None:
    """Forgets spooled files."""
    FileWork.forget([spooled.path for spooled in files])
