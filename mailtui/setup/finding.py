"""Finds the servers of an address: in the list of large providers, from the domain itself (autoconfig), by its mail
exchanger, by SRV records (RFC 6186, RFC 8314), and at last by trying the names that are usual."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from mailtui.model.account import Protocol, Security
from mailtui.model.errors import MailtuiError
from mailtui.model.setting_up import Found, Place
from mailtui.protocols.greeting import listens
from mailtui.protocols.webfile import get
from mailtui.setup import autoconfig
from mailtui.setup.dns import Kind, Server
from mailtui.setup.hosts import domain_of, is_host, is_public, within
from mailtui.setup.provider import Provider
from mailtui.setup.providers import by_domain, by_exchanger
from mailtui.setup.resolving import Resolver

NOTHING = Found("")
SECONDS = 12.0
"""For the domain itself and DNS together, and once more for the guesses."""
PROBE_SECONDS = 5.0
_LISTED = "in mailtui's list"

_SERVICES: dict[str, tuple[Protocol, Security]] = {
    "_imaps": (Protocol.IMAP, Security.TLS),
    "_imap": (Protocol.IMAP, Security.STARTTLS),
    "_pop3s": (Protocol.POP3, Security.TLS),
    "_pop3": (Protocol.POP3, Security.STARTTLS),
    "_submissions": (Protocol.SMTP, Security.TLS),
    "_submission": (Protocol.SMTP, Security.STARTTLS),
}
"""By what they are preferred; without `s` the connection is upgraded, never in clear text (RFC 8314 section 5.1)."""

_GUESSES: tuple[tuple[Protocol, int, Security, tuple[str, ...]], ...] = (
    (Protocol.IMAP, 993, Security.TLS, ("imap.", "mail.", "")),
    (Protocol.IMAP, 143, Security.STARTTLS, ("imap.", "mail.", "")),
    (Protocol.POP3, 995, Security.TLS, ("pop.", "pop3.", "mail.", "")),
    (Protocol.POP3, 110, Security.STARTTLS, ("pop.", "mail.", "")),
    (Protocol.SMTP, 465, Security.TLS, ("smtp.", "mail.", "")),
    (Protocol.SMTP, 587, Security.STARTTLS, ("smtp.", "mail.", "")),
)


@dataclass(frozen=True, slots=True)
class Ways:
    """How the world is asked; tests bring their own."""

    fetch: Callable[[str], bytes]
    """The body of a small file by HTTPS; blocking. Raises MailtuiError."""
    ask: Callable[[str, Kind], Awaitable[Sequence[Server]]]
    """Records of a name, best first."""
    listens: Callable[[Place], Awaitable[bool]]
    """Whether a server is there."""
    listed: Callable[[str], Provider | None] = by_domain
    """The provider of a domain."""

    @classmethod
    def real(cls) -> Ways:
        """Those of this computer."""
        fetch = partial(get, largest=autoconfig.LARGEST)
        return cls(fetch, Resolver().ask, partial(listens, seconds=PROBE_SECONDS))


async def find(email: str, ways: Ways) -> Found:
    """What is known about the mail of this address; NOTHING if that is nothing. Takes seconds."""
    domain = domain_of(email)
    if not domain:
        return NOTHING
    provider = ways.listed(domain)
    if provider is not None:
        return provider.found(email, _LISTED)
    if not is_public(domain):
        return NOTHING
    told, exchanger, records = await asyncio.gather(
        _bounded(_from_domain(email, domain, ways)),
        _bounded(_from_exchanger(email, domain, ways)),
        _bounded(_from_records(email, domain, ways)),
    )
    for found in (told, exchanger, records):
        if found is not None:
            return found
    return await _bounded(_guessed(email, domain, ways)) or NOTHING


async def _bounded(work: Awaitable[Found | None]) -> Found | None:
    """None if it takes too long."""
    try:
        async with asyncio.timeout(SECONDS):
            return await work
    except TimeoutError:
        return None


async def _from_domain(email: str, domain: str, ways: Ways) -> Found | None:
    """https only: what comes in clear text could come from anybody. Both places are the domain's own, where the address
    is known."""
    urls = (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(email)}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )
    for found in await asyncio.gather(*(asyncio.to_thread(_fetched, url, email, ways) for url in urls)):
        if found is not None:
            return found
    return None


def _fetched(url: str, email: str, ways: Ways) -> Found | None:
    try:
        return autoconfig.read(ways.fetch(url), email)
    except (MailtuiError, autoconfig.AutoconfigError):
        return None


async def _from_exchanger(email: str, domain: str, ways: Ways) -> Found | None:
    for server in await ways.ask(domain, Kind.MX):
        provider = by_exchanger(server.host)
        if provider is not None:
            return provider.found(email, f"by its mail exchanger, {server.host}")
    return None


async def _from_records(email: str, domain: str, ways: Ways) -> Found | None:
    asked = await asyncio.gather(*(ways.ask(f"{service}._tcp.{domain}", Kind.SRV) for service in _SERVICES))
    places: dict[Protocol, tuple[int, int, Place]] = {}
    for order, ((protocol, security), servers) in enumerate(zip(_SERVICES.values(), asked, strict=True)):
        for server in servers[:1]:
            if is_host(server.host) and server.port:  # "." says that there is no such service
                ranked = (server.priority, order, Place(protocol, server.host, server.port, security))
                places[protocol] = min(places.get(protocol, ranked), ranked, key=lambda one: one[:2])
    incoming = [places[protocol] for protocol in (Protocol.IMAP, Protocol.POP3) if protocol in places]
    if not incoming:
        return None
    incoming.sort(key=lambda one: one[0])  # RFC 6186 section 3.4: POP3 may be preferred by its priority
    outgoing = places[Protocol.SMTP][2] if Protocol.SMTP in places else None
    found = tuple(place for _, _, place in incoming)
    every = found if outgoing is None else (*found, outgoing)
    return Found(
        source="in its DNS (SRV)",
        incoming=found,
        outgoing=outgoing,
        user=email,
        doubtful=not all(within(place.host, domain) for place in every),
    )


async def _guessed(email: str, domain: str, ways: Ways) -> Found | None:
    tried = [
        Place(protocol, f"{start}{domain}", port, security)
        for protocol, port, security, starts in _GUESSES
        for start in starts
    ]
    there = await asyncio.gather(*(ways.listens(place) for place in tried))
    first: dict[Protocol, Place] = {}
    for place, listening in zip(tried, there, strict=True):
        if listening:
            first.setdefault(place.protocol, place)
    incoming = tuple(first[protocol] for protocol in (Protocol.IMAP, Protocol.POP3) if protocol in first)
    if not incoming:
        return None
    return Found("by trying the usual names", incoming=incoming, outgoing=first.get(Protocol.SMTP), user=email)
