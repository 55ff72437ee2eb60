"""What a test of the set-up needs: the demo's servers in a thread, and a list with one provider: them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

from mailtui.demo.server import HOST, PASSWORD, USER, DemoServer, Ports
from mailtui.model.account import Protocol, Security
from mailtui.model.errors import LostError
from mailtui.model.setting_up import Place
from mailtui.setup.dns import Kind, Server
from mailtui.setup.finding import Ways
from mailtui.setup.provider import Provider

__all__ = ["HOST", "PASSWORD", "USER", "Demo", "deaf"]


class Demo:
    """IMAP and SMTP on loopback; the account is robin@example.org."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = DemoServer()
        self.ports: Ports = asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(20)
        self.imap = Place(Protocol.IMAP, HOST, self.ports.imap, Security.NONE)
        self.smtp = Place(Protocol.SMTP, HOST, self.ports.smtp, Security.NONE)

    def ways(self, **more: object) -> Ways:
        """A world in which the demo is a large provider, and there is nobody else."""
        entry = Provider(
            "Lighthouse", "example.org", f"{HOST}:{self.ports.imap}", f"{HOST}:{self.ports.smtp}", note="keep it lit"
        )
        entry = replace(entry, **more)  # type: ignore[arg-type]
        return replace(deaf(), listed={"example.org": entry}.get)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


def deaf() -> Ways:
    """A world in which nobody answers."""

    def fetch(url: str) -> bytes:
        raise LostError("nobody is there")

    async def ask(name: str, kind: Kind) -> Sequence[Server]:
        return ()

    async def listens(place: Place) -> bool:
        return False

    return Ways(fetch, ask, listens, lambda domain: None)
