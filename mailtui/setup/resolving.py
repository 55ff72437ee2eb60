"""Asks the DNS servers of this computer for MX and SRV records. The standard library can't, and a library for two kinds
of records is not worth its weight."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from functools import partial

from mailtui.model.errors import LinkError
from mailtui.protocols.datagrams import ask_tcp, ask_udp
from mailtui.setup import dns

SECONDS = 2.5
"""For one server to answer."""
MOST_SERVERS = 3
PORT = 53
_LONGEST_FILE = 64 << 10


def nameservers(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    """Addresses of the DNS servers (resolv.conf(5)); that of this computer if none are named."""
    found: list[str] = []
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            lines = file.read(_LONGEST_FILE).splitlines()
    except OSError:
        lines = []
    for line in lines:
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                ipaddress.ip_address(words[1].partition("%")[0])
            except ValueError:
                continue
            found.append(words[1])
    return tuple(found[:MOST_SERVERS]) or ("127.0.0.1",)


class Resolver:
    """Records of a name. `servers`: else those of this computer."""

    def __init__(self, servers: Sequence[str] = (), port: int = PORT, seconds: float = SECONDS) -> None:
        self._servers = tuple(servers) or nameservers()
        self._port = port
        self._seconds = seconds

    async def ask(self, name: str, kind: dns.Kind) -> tuple[dns.Server, ...]:
        """Best first; none if there are none, or nobody can tell."""
        for server in self._servers:
            try:
                return await self._ask(server, name, kind)
            except (LinkError, dns.DnsError):
                continue
        return ()

    async def _ask(self, server: str, name: str, kind: dns.Kind) -> tuple[dns.Server, ...]:
        number = secrets.randbelow(1 << 16)
        question = dns.ask(number, name, kind)
        read = partial(dns.read, number, name, kind)
        answer = await ask_udp(server, self._port, question, read, self._seconds)
        if answer.truncated:
            answer = await ask_tcp(server, self._port, question, read, self._seconds)
        return answer.servers
