"""Leaving a list by one click (RFC 8058): one HTTPS POST, no cookies, no redirects, never to this network. Blocking."""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from mailtui.model.errors import LinkError, LostError, RefusedError, Retry, TimeoutError_, TlsError
from mailtui.protocols.public import public_address

BODY = b"List-Unsubscribe=One-Click"
"""RFC 8058 section 3.2."""
SECONDS = 20.0
"""For each step of it."""
PORT = 443


class _Checked(http.client.HTTPSConnection):
    """Connects to the address that was checked, not to what the name may stand for a moment later."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self._address = address
        self._trust = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def leave(url: str, *, trust: ssl.SSLContext | None = None, private: bool = False) -> int:
    """Tell the server behind `url` (https, from the List-Unsubscribe field) that its reader leaves the list; returns
    its yes (a status of 2xx). A mail must not choose what is asked for inside the reader's own network: unless
    `private`, names of addresses that are not public are refused. `trust`: else the system's authorities. Raises
    RefusedError, TlsError, LostError, TimeoutError_, LinkError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme.lower() != "https" or not host:
        raise LinkError(f"{url!r} is no https address", "only those are asked for by one click", Retry.NEVER)
    port = parts.port or PORT
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        address = public_address(host, port, private=private)
        connection = _Checked(host, port, address, trust or ssl.create_default_context())
        try:
            fields = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "mailtui"}
            connection.request("POST", path, BODY, fields)
            answer = connection.getresponse()
            status, words = answer.status, answer.reason
        finally:
            connection.close()
    except ssl.SSLError as error:
        raise TlsError(f"no trustworthy connection to {host}: {error.reason or error}") from error
    except TimeoutError as error:
        raise TimeoutError_(f"{host} did not answer within {SECONDS:.0f} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise LostError(f"{host} can't be asked: {_why(error)}") from error
    if not 200 <= status < 300:
        hint = "it wants to send us elsewhere, which one click does not allow" if 300 <= status < 400 else ""
        raise RefusedError(f"{host} said {status} {words}", str(status), lasting=status < 500, hint=hint)
    return status


def _why(error: Exception) -> str:
    """Without the number of the error."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
