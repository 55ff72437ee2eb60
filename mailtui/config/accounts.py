"""Reads `[accounts.NAME]` and its server tables: defaults that depend on each other, and what must not go together."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import replace
from typing import Any

from mailtui.config.check import Checker, title
from mailtui.config.identities import read_identities
from mailtui.config.locate import Path
from mailtui.config.schema import ACCOUNT, LOCAL, POP3, PORTS, SECRET_KEYS, SERVER
from mailtui.model.account import (
    Account,
    Identity,
    LocalSettings,
    Protocol,
    Secret,
    SecretKind,
    SecretSource,
    Security,
    ServerSettings,
)
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.keep import KEEP_FOREVER

NO_SECRET = SecretSource(SecretKind.NONE)


def read_account(checker: Checker, name: str, folder: str) -> Account | None:
    """One account; None if too much is wrong with it (the checker has the mistakes)."""
    path: Path = ("accounts", name)
    if not name.strip() or not name.isprintable():
        checker.mistake("an account needs a name of printable characters", path)
    found = checker.section(path, ACCOUNT)
    email = found["email"] or ""
    servers = {
        protocol: read_server(checker, (*path, protocol.value), protocol, email, folder)
        for protocol in Protocol
        if checker.has((*path, protocol.value))
    }
    local = _local(checker, (*path, "local"), folder) if checker.has((*path, "local")) else None
    _check_combination(checker, path, servers, has_local=local is not None)
    incoming = servers.get(Protocol.IMAP) or servers.get(Protocol.POP3)
    own = Identity(email, found["name"], (), found["signature"], found["signature_position"] == "above")
    return Account(
        id=AccountId(name),
        email=email,
        name=found["name"],
        imap=servers.get(Protocol.IMAP),
        pop3=servers.get(Protocol.POP3),
        smtp=_with_login_of(servers.get(Protocol.SMTP), incoming, checker, (*path, "smtp")),
        identities=read_identities(checker, (*path, "identities"), found["identities"], own, folder),
        signature=own.signature,
        signature_above=own.signature_above,
        offline=found["offline"],
        poll_seconds=round(found["poll"]),
        watch=found["watch"],
        folders=found["folders"],
        save_sent=_keeps_copies(found["save_sent"], servers),
        file_spam=_by_itself(found["file_spam"], servers),
        file_advertising=_by_itself(found["file_advertising"], servers),
        send_command=found["send_command"] or (),
        local=local,
        roles=tuple((Role(role), folder_name) for role, folder_name in found["roles"]),
    )


_SAVING = (
    # hosts of SMTP servers that put what they send into Sent, and those of the mailboxes where that happens
    (("smtp.gmail.com", "smtp.googlemail.com"), ("imap.gmail.com", "imap.googlemail.com")),
    (
        ("smtp.office365.com", "smtp-mail.outlook.com"),
        ("outlook.office365.com", "imap-mail.outlook.com", "outlook.office.com"),
    ),
)


def _keeps_copies(said: bool | None, servers: dict[Protocol, ServerSettings | None]) -> bool:
    """Unless the person says so: whether we put a copy into Sent. Only if mail is read where it was saved."""
    if said is not None:
        return said
    hosts = [one.host.lower().rstrip(".") if one else "" for one in map(servers.get, (Protocol.SMTP, Protocol.IMAP))]
    return not any(hosts[0] in senders and hosts[1] in mailboxes for senders, mailboxes in _SAVING)


def _by_itself(said: bool | None, servers: dict[Protocol, ServerSettings | None]) -> bool:
    """On a server other programs see what is filed: there the person has to want it."""
    return Protocol.IMAP not in servers if said is None else said


def _local(checker: Checker, path: Path, folder: str) -> LocalSettings:
    return LocalSettings(checker.path((*path, "path"), checker.section(path, LOCAL)["path"], folder))


def _check_combination(
    checker: Checker, path: Path, servers: dict[Protocol, ServerSettings | None], *, has_local: bool
) -> None:
    reading = [protocol.value for protocol in (Protocol.IMAP, Protocol.POP3) if protocol in servers]
    if has_local:
        if reading:
            hint = "one account reads one mailbox: make two accounts"
            checker.mistake(f"{title(path)} has both {reading[0]} and local", (*path, "local"), hint)
    elif Protocol.IMAP in servers and Protocol.POP3 in servers:
        checker.mistake(
            f"{title(path)} has both imap and pop3", (*path, "pop3"), "one account reads one mailbox: make two accounts"
        )
    elif Protocol.IMAP not in servers and Protocol.POP3 not in servers:
        checker.mistake(f"missing table {title((*path, 'imap'))}", path, "say where this account's mail comes from")


def read_server(checker: Checker, path: Path, protocol: Protocol, email: str, folder: str) -> ServerSettings | None:
    """One protocol table; None if its host is missing or wrong."""
    found = checker.section(path, POP3 if protocol is Protocol.POP3 else SERVER)
    security: Security = found["security"]
    host: str | None = found["host"]
    if host is None:
        return None
    if security is Security.NONE and not found["allow_cleartext"] and not is_loopback(host):
        checker.wrong_value(
            f"{title(path)}: passwords and mail would cross the network in clear text",
            (*path, "security"),
            'use "tls" or "starttls" (or, if you must, allow_cleartext = true)',
        )
    return ServerSettings(
        protocol=protocol,
        host=host,
        port=found["port"] or PORTS[protocol, security],
        security=security,
        user=found["user"] or email,
        secret=_secret(checker, path, protocol, found),
        ca_file=_ca_file(checker, (*path, "ca_file"), found["ca_file"], folder),
        auth=found["auth"],
        timeout=found["timeout"],
        connections=found["connections"],
        idle_renew=found["idle_renew"],
        leave_on_server=found.get("leave_on_server", KEEP_FOREVER),
    )


def is_loopback(host: str) -> bool:
    """Whether the name means this computer (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _ca_file(checker: Checker, path: Path, value: str | None, folder: str) -> str | None:
    file = checker.path(path, value, folder)
    if file is not None and not os.path.isfile(file):
        checker.wrong_value(f"there is no file {file}", path)
    return file


def _secret(checker: Checker, path: Path, protocol: Protocol, found: dict[str, Any]) -> SecretSource:
    given = [key for key in SECRET_KEYS if checker.has((*path, key)) and found[key] is not False]
    auth = found["auth"]
    if auth == "none":
        if protocol is not Protocol.SMTP:
            checker.wrong_value(f"'auth' in {title(path)}: only SMTP can go without a login", (*path, "auth"))
        return NO_SECRET
    if auth == "apop" and protocol is not Protocol.POP3:
        checker.wrong_value(f"'auth' in {title(path)}: only POP3 has APOP", (*path, "auth"))
    if len(given) > 1:
        checker.mistake(f"{title(path)} has both {given[0]} and {given[1]}", (*path, given[1]), "keep one of them")
    if not given:
        if protocol is not Protocol.SMTP:
            checker.mistake(f"{title(path)} does not say where the password is", path, "add password_command = [...]")
        return NO_SECRET
    key = given[0]
    oauth = auth in ("xoauth2", "oauthbearer")
    if oauth and key != "token_command":
        checker.mistake(f'auth = "{auth}" needs a token, not {key}', (*path, key), "use token_command")
    if key == "token_command" and auth in ("plain", "login", "apop"):
        checker.mistake(f'auth = "{auth}" needs a password, not a token', (*path, key), "use password_command")
    return _source(checker, path, key, found)


def _source(checker: Checker, path: Path, key: str, found: dict[str, Any]) -> SecretSource:
    value = found[key]
    if value is None:
        return NO_SECRET  # the mistake is already told
    if key == "password":
        checker.passwords.append((*path, key))
        checker.warn("a password in a file is easily copied", (*path, key), "password_command or keyring is safer")
        return SecretSource(SecretKind.PLAIN, plain=Secret(value))
    if key == "keyring":
        return SecretSource(SecretKind.KEYRING, service=f"mailtui:{found['host']}" if value is True else value)
    return SecretSource(SecretKind(key), argv=value)


def _with_login_of(
    smtp: ServerSettings | None, incoming: ServerSettings | None, checker: Checker, path: Path
) -> ServerSettings | None:
    """SMTP without a login of its own takes the one of the account's incoming server."""
    if smtp is None or incoming is None or smtp.secret.kind is not SecretKind.NONE or smtp.auth == "none":
        return smtp
    user = smtp.user if checker.has((*path, "user")) else incoming.user
    auth = smtp.auth if checker.has((*path, "auth")) else incoming.auth
    return replace(smtp, user=user, secret=incoming.secret, auth=auth)
