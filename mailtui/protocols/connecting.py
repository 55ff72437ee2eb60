"""A TCP connection, encrypted from the first byte where TLS is implicit (RFC 8314), and what went wrong in words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from mailtui.model.account import Security, ServerSettings
from mailtui.model.errors import LostError, TimeoutError_
from mailtui.protocols import tls

P = TypeVar("P", bound=asyncio.BaseProtocol)


async def connect(settings: ServerSettings, make: Callable[[], P]) -> P:
    """The protocol that `make` made; nothing has been read yet. Raises LostError, TlsError, TimeoutError_."""
    where = f"{settings.host}:{settings.port}"
    implicit = settings.security is Security.TLS
    context = tls.context(settings) if implicit else None
    try:
        async with asyncio.timeout(settings.timeout):
            transport, protocol = await asyncio.get_running_loop().create_connection(
                make, settings.host, settings.port, ssl=context, server_hostname=settings.host if implicit else None
            )
    except ssl.SSLError as error:
        raise tls.explain(error, settings) from error
    except TimeoutError as error:
        raise TimeoutError_(
            f"{where} did not answer within {settings.timeout:g} seconds", "offline, or a firewall in between"
        ) from error
    except socket.gaierror as error:
        raise LostError(
            f"the name {settings.host!r} can't be found: {error.strerror}", "offline, or `host` is misspelt"
        ) from error
    except UnicodeError as error:
        raise LostError(f"{settings.host!r} is no host name", "correct `host` in config.toml") from error
    except OSError as error:
        raise LostError(
            f"no connection to {where}: {os.strerror(error.errno) if error.errno else error}",
            "offline, or `host` and `port` are wrong",
        ) from error
    _keep_alive(transport.get_extra_info("socket"))
    return protocol


def _keep_alive(connection: socket.socket | None) -> None:
    """A peer that vanished without a word is found within about two minutes, one that takes no more of our words
    within one."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        options = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
        for name, value in (*options.items(), ("TCP_USER_TIMEOUT", 60_000)):  # TCP_KEEPALIVE: macOS
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
