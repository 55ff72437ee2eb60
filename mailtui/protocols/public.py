"""Addresses that something in a mail may make us connect to: never one inside the reader's own network. Blocking."""

from __future__ import annotations

import ipaddress
import socket

from mailtui.model.errors import LinkError, Retry


def public_address(host: str, port: int, *, private: bool = False) -> str:
    """The first address of `host`; all of them must be public, unless `private`. Whoever connects connects to this one,
    not to what the name may stand for a moment later. Raises LinkError, OSError."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a label of the name is empty or too long
        raise LinkError(f"{host!r} is no name of a host", retry=Retry.NEVER) from error
    if not private and not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in found):
        raise LinkError(
            f"{host} is not on the public internet", "a mail has no business there: nothing was sent", Retry.NEVER
        )
    return found[0]
