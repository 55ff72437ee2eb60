"""One remote picture of a mail, fetched because the reader said so: HTTPS only, no cookies, no referrer, nothing that
tells more than an address must, never from this network. Blocking."""

from __future__ import annotations

import socket
import ssl

from mailtui.protocols.public import public_address
from mailtui.protocols.webfile import get

LARGEST = 5_000_000
SECONDS = 12.0
"""For all of it, redirects included."""
FIELDS = {"User-Agent": "Mozilla/5.0", "Accept": "image/*"}
"""What many send: the sender is not told which program this is."""


def fetch(url: str, *, trust: ssl.SSLContext | None = None, private: bool = False) -> bytes:
    """The bytes behind `url`, whatever they are: the decoder finds out. `private`: also from addresses that are not
    public (for tests). Raises LinkError (Tls, Lost, Timeout), RefusedError."""

    def dial(host: str, port: int, seconds: float) -> socket.socket:
        return socket.create_connection((public_address(host, port, private=private), port), seconds)

    return get(url, LARGEST, trust=trust, dial=dial, seconds=SECONDS, fields=FIELDS)
