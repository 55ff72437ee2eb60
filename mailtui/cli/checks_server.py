"""What `mailtui doctor` asks of each server: its address, a connection, a login, and what it can do."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from mailtui.cli import exits
from mailtui.cli.finding import Finding, fail, ok, warn
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import SHELL, Account, Protocol, SecretKind, ServerSettings
from mailtui.model.errors import AuthError, MailtuiError, TlsError
from mailtui.model.folder import RemoteMailbox, Role
from mailtui.model.ports import Secrets

if TYPE_CHECKING:
    from mailtui.protocols.imap.link import ImapLink
    from mailtui.protocols.smtp.opening import Offer

SECONDS = 10.0
"""For a name to be resolved, and for a connection to stand."""

_COSTS: tuple[tuple[str, str, str], ...] = (
    ("idle", "IDLE", "new mail is seen at the next poll instead of at once"),
    ("condstore", "CONDSTORE", "flag changes are found by asking for all flags of a folder"),
    ("qresync", "QRESYNC", "deletions are found by asking for all UIDs of a folder"),
    ("move", "MOVE", "moving takes three steps instead of one"),
    ("uidplus", "UIDPLUS", "where a moved message went must be searched"),
    ("list_status", "LIST-STATUS", "counting the folders takes one command for each"),
    ("special_use", "SPECIAL-USE", "folders for sent mail, drafts ... are guessed by their names"),
)
"""Attribute of the link's capabilities, its name, and what its absence costs."""

_WANTED = (Role.SENT, Role.DRAFTS, Role.TRASH, Role.ARCHIVE, Role.JUNK)


async def check_account(account: Account, secrets: Secrets) -> AsyncIterator[Finding]:
    """Everything about one account's servers, in order; stops at a server's first failure."""
    smtp = None if account.send_command else account.smtp
    for server in (account.imap, account.pop3, smtp):
        if server is not None:
            async for finding in _check_server(account, server, secrets):
                yield finding
    if account.send_command:
        yield _program(account)


async def _check_server(account: Account, server: ServerSettings, secrets: Secrets) -> AsyncIterator[Finding]:
    for probe in (_resolve, _connect):
        finding = await probe(account, server)
        yield finding
        if finding.status:
            return
    if server.protocol is Protocol.IMAP:
        probes = _imap(account, server, secrets)
    elif server.protocol is Protocol.SMTP:
        probes = _smtp(account, server, secrets)
    else:
        probes = _check_maildrop(account, server, secrets)
    async for finding in probes:
        yield finding


async def _imap(account: Account, server: ServerSettings, secrets: Secrets) -> AsyncIterator[Finding]:
    link = None
    try:
        secret = None if server.secret.kind is SecretKind.NONE else await secrets.get(server)
        from mailtui.protocols.imap.link import ImapLink

        link = await ImapLink.open(server, secret)
        yield ok(
            account.id, "login", f"logged in to {server.host} as {safe_line(server.user)} ({server.security.value})"
        )
        for finding in _capabilities(account, link):
            yield finding
        yield _special_folders(account, await link.list_mailboxes())
        await link.logout()
    except MailtuiError as error:
        yield _refusal(account, error)
    finally:
        if link is not None:
            await link.close()


_POP_COSTS = (
    ("UIDL", "messages are told apart by their headers, which takes a command for each at every visit"),
    ("PIPELINING", "every message takes a round trip"),
    ("TOP", "without names of the server's own, messages are fetched whole to be told apart"),
)
"""A capability of a POP3 server, and what its absence costs."""


async def _check_maildrop(account: Account, server: ServerSettings, secrets: Secrets) -> AsyncIterator[Finding]:
    """Looks, and neither fetches nor deletes."""
    from mailtui.protocols.pop3.link import PopLink

    link = None
    try:
        secret = None if server.secret.kind is SecretKind.NONE else await secrets.get(server)
        link = await PopLink.open(server, secret)
        yield ok(
            account.id, "login", f"logged in to {server.host} as {safe_line(server.user)} ({server.security.value})"
        )
        lacking = [
            (name, cost) for name, cost in _POP_COSTS if link.capabilities.known and name not in link.capabilities
        ]
        for name, cost in lacking:
            yield warn(account.id, "capabilities", f"the server tells of no {name}: {cost}", "nothing: it works")
        if not lacking:
            yield ok(account.id, "capabilities", "the server can do all that mailtui can use")
        count, _, octets = await link.survey()
        size = f", {sum(octets.values()):,} bytes" if octets else ""
        yield ok(account.id, "maildrop", f"{count if count is not None else len(octets or ()):,} messages{size}")
        await link.quit()
    except MailtuiError as error:
        yield _refusal(account, error)
    finally:
        if link is not None:
            await link.close()


async def _smtp(account: Account, server: ServerSettings, secrets: Secrets) -> AsyncIterator[Finding]:
    """Up to the point where a message would be handed over; none is."""
    link = None
    try:
        secret = None if server.secret.kind is SecretKind.NONE else await secrets.get(server)
        from mailtui.protocols.smtp.link import SmtpLink

        link = await SmtpLink.open(server, secret)
        how = "without a login" if secret is None else f"as {safe_line(server.user)}"
        yield ok(account.id, "smtp login", f"{server.host} takes mail {how} ({server.security.value})")
        yield _takes(account, link.offer)
    except MailtuiError as error:
        yield _refusal(account, error, "smtp ")
    finally:
        if link is not None:
            await link.close()


def _takes(account: Account, offer: Offer) -> Finding:
    """What can be sent."""
    size = f"messages of up to {offer.size / 1e6:,.0f} MB" if offer.size else "messages of a size that it does not tell"
    lacks = [
        cost
        for keyword, cost in (
            ("8bitmime", "no 8-bit text (8BITMIME)"),
            ("smtputf8", "no international addresses (SMTPUTF8)"),
            ("dsn", "no delivery notifications (DSN)"),
        )
        if keyword not in offer
    ]
    return ok(account.id, "smtp capabilities", "; ".join((f"it takes {size}", *lacks)))


def _program(account: Account) -> Finding:
    """It is not run: who knows what it would send."""
    program = account.send_command[0]
    if account.send_command[:2] == SHELL:
        return ok(account.id, "send_command", "mail is sent by the shell command in `send_command`")
    if shutil.which(program) is None:
        text = f"the program {safe_line(program)} that sends mail can't be run"
        return fail(account.id, "send_command", text, "install it, or correct `send_command`", exits.USAGE)
    if "-t" in account.send_command:
        text = "-t lets the program take recipients from the message too: some may get it a second time at another try"
        return warn(account.id, "send_command", text, "leave -t out of `send_command`: every recipient is an argument")
    return ok(account.id, "send_command", f"mail is sent by {safe_line(program)}")


async def _resolve(account: Account, server: ServerSettings) -> Finding:
    check = f"{server.protocol.value} address"
    try:
        async with asyncio.timeout(SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        fix = "check the network and its DNS server"
        return fail(account.id, check, f"no answer about the name {server.host}", fix, exits.TRY_LATER)
    except (OSError, UnicodeError):
        fix = "check `host` in config.toml, then the network"
        return fail(account.id, check, f"the name {server.host} is not known", fix, exits.TRY_LATER)
    addresses = sorted({str(one[4][0]) for one in found})
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ok(account.id, check, f"{server.host} is {', '.join(addresses[:3])}{more}")


async def _connect(account: Account, server: ServerSettings) -> Finding:
    check = f"{server.protocol.value} connection"
    place = f"{server.host}, port {server.port}"
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(server.host, server.port)
    except TimeoutError:
        return fail(account.id, check, f"no answer from {place}", "a firewall, or the wrong `port`?", exits.TRY_LATER)
    except OSError as error:
        why = error.strerror or "no connection"
        return fail(account.id, check, f"{place}: {why}", "check `port` and `security`", exits.TRY_LATER)
    writer.transport.abort()
    return ok(account.id, check, f"{place} answers")


def _refusal(account: Account, error: MailtuiError, prefix: str = "") -> Finding:
    check = prefix + ("login" if isinstance(error, AuthError) else "TLS" if isinstance(error, TlsError) else "session")
    status = exits.status_of(error)
    return fail(account.id, check, safe_line(error.text), safe_line(error.hint) or "see the README", status)


def _capabilities(account: Account, link: ImapLink) -> Sequence[Finding]:
    found = []
    for attribute, name, cost in _COSTS:
        has = getattr(link.capabilities, attribute)
        if not has:
            found.append(warn(account.id, "capabilities", f"the server has no {name}: {cost}", "nothing: it works"))
    return found or [ok(account.id, "capabilities", "the server can do all that mailtui can use")]


def _special_folders(account: Account, mailboxes: Sequence[RemoteMailbox]) -> Finding:
    by_hand = {role for role, _ in account.roles}
    names = {mailbox.name for mailbox in mailboxes}
    for role, name in account.roles:
        if name not in names:
            text = f"the folder '{safe_line(name)}' for {role.value} is not on the server"
            return warn(account.id, "folders", text, f"correct `roles` in [accounts.{account.id}]")
    marked = {attribute for mailbox in mailboxes for attribute in mailbox.attributes}
    missing = [role.value for role in _WANTED if role not in by_hand and f"\\{role.value}" not in marked]
    if missing:
        text = f"the server does not say which folder is for {', '.join(missing)}; they are guessed by name"
        return warn(account.id, "folders", text, f"if a guess is wrong, set `roles` in [accounts.{account.id}]")
    return ok(account.id, "folders", f"{len(mailboxes):,} folders, all roles are known")
