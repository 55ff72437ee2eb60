"""A small file by HTTPS: no cookies, few redirects, bounded in size and time. Blocking."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from urllib.parse import urljoin, urlsplit

from mailtui.model.errors import LinkError, LostError, RefusedError, Retry, TimeoutError_, TlsError

SECONDS = 8.0
"""For all of it."""
MOST_REDIRECTS = 3
_PIECE = 8192
_FIELDS = {"User-Agent": "mailtui", "Accept": "text/xml, application/xml"}
Dial = Callable[[str, int, float], socket.socket]
"""A TCP connection to this host and port within these seconds."""


def _dial(host: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((host, port), seconds)


class _Connection(http.client.HTTPSConnection):
    """HTTPS over a socket that somebody else connected."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, dial: Dial, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds, context=context)
        self._trust, self._dial, self._seconds = context, dial, seconds

    def connect(self) -> None:
        plain = self._dial(self.host, self.port, self._seconds)
        try:
            plain.settimeout(self._seconds)
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def get(
    url: str,
    largest: int,
    *,
    trust: ssl.SSLContext | None = None,
    dial: Dial = _dial,
    seconds: float = SECONDS,
    fields: Mapping[str, str] = _FIELDS,
) -> bytes:
    """The body behind `url`, at most `largest` bytes, or RefusedError. Only https, also when it is sent elsewhere.
    `fields`: all that the request says beside its host. Raises LinkError (Tls, Lost, Timeout), RefusedError."""
    ask = partial(_answer, largest=largest, context=trust or ssl.create_default_context(), dial=dial, fields=fields)
    end = monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme.lower() != "https" or not parts.hostname or not url.isascii():
            raise LinkError(f"{url!r} is no https address", retry=Retry.NEVER)
        status, elsewhere, body = ask(parts.hostname, url, end=end)
        if status in {301, 302, 303, 307, 308} and elsewhere:
            url = urljoin(url, elsewhere)
        elif status == 200:
            return body
        else:
            raise RefusedError(f"{parts.hostname} said {status}", str(status))
    raise RefusedError("it is sent from one place to the next", "redirects")


def _answer(
    host: str,
    url: str,
    *,
    largest: int,
    context: ssl.SSLContext,
    dial: Dial,
    fields: Mapping[str, str],
    end: float,
) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    try:
        connection = _Connection(host, parts.port or 443, context, dial, max(0.1, end - monotonic()))
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers=dict(fields))
            answer = connection.getresponse()
            body = b"" if answer.status != 200 else _body(answer, largest, end)
            return answer.status, answer.headers.get("Location", ""), body
        finally:
            connection.close()
    except ssl.SSLError as error:
        raise TlsError(f"no trustworthy connection to {host}: {error.reason or error}") from error
    except TimeoutError as error:
        raise TimeoutError_(f"{host} takes too long") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise LostError(f"{host} can't be asked: {type(error).__name__}") from error


def _body(answer: http.client.HTTPResponse, largest: int, end: float) -> bytes:
    body = b""
    while piece := answer.read1(_PIECE):
        body += piece
        if len(body) > largest:
            raise RefusedError("the file is too long", "size")
        if monotonic() > end:
            raise TimeoutError
    return body
