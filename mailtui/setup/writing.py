"""Writes the first config.toml: with comments, readable by its owner alone, whole or not at all, never over another."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from datetime import date

import tomli_w

from mailtui.config.read import load
from mailtui.config.schema import PORTS
from mailtui.model.account import Account, SecretKind, Security
from mailtui.model.errors import ConfigError
from mailtui.model.setting_up import Draft, Place
from mailtui.setup.hosts import domain_of

_HEAD = """\
# mailtui's configuration, made by its set-up on {day}. `mailtui config check` looks at it, `mailtui doctor` at the
# servers too. Every key that there is: config.example.toml of the project.

"""
_PUBLIC = {"com", "net", "org", "co", "ac", "gov", "edu", "mail", "email"}


def account_name(email: str) -> str:
    """A short name for the account: `gmail` for ada@gmail.com, `example` for ada@mail.example.co.uk."""
    labels = domain_of(email).split(".")[:-1] or [email.rpartition("@")[2].lower()]
    label = next((one for one in reversed(labels) if one not in _PUBLIC), labels[0])
    return re.sub(r"[^a-z0-9-]", "", label)[:24] or "mail"


def to_toml(draft: Draft, day: date) -> str:
    """The whole file."""
    name = draft.account or account_name(draft.email)
    lines = [
        _HEAD.format(day=day.isoformat()),
        "# The name of the account; it is shown in the folder pane, and used as `-a NAME`.\n",
        f"[accounts.{_key(name)}]\n",
        _line("email", draft.email),
        "# Your name as others see it.\n" + _line("name", draft.name) if draft.name else "",
        "# The server keeps what is sent by itself.\nsave_sent = false\n" if not draft.save_sent else "",
        "\n",
        "# Where mail comes from.\n",
        f"[accounts.{_key(name)}.{draft.incoming.protocol.value}]\n",
        _server(draft, draft.incoming),
        _secret(draft),
    ]
    if draft.outgoing is not None:
        lines += [
            "\n# Where mail goes out; with the login from above.\n",
            f"[accounts.{_key(name)}.smtp]\n",
            _server(draft, draft.outgoing),
        ]
    return "".join(lines)


def _line(key: str, value: object) -> str:
    return tomli_w.dumps({key: value})


def _key(name: str) -> str:
    """A part of a table's name: bare, or quoted."""
    return tomli_w.dumps({name: 0}).rpartition(" = ")[0]


def _server(draft: Draft, place: Place) -> str:
    text = _line("host", place.host)
    if place.port != PORTS[place.protocol, place.security]:
        text += _line("port", place.port)
    if place.security is not Security.TLS:
        remark = "Encrypted by STARTTLS." if place.security is Security.STARTTLS else "Clear text: on this computer."
        text += f"# {remark}\n" + _line("security", place.security.value)
    if place is draft.incoming and draft.user != draft.email:
        text += _line("user", draft.user)
    return text + (_line("ca_file", os.path.abspath(os.path.expanduser(draft.ca_file))) if draft.ca_file else "")


def _secret(draft: Draft) -> str:
    if draft.way is SecretKind.KEYRING:
        return "# The password lies in the system's keyring.\nkeyring = true\n"
    if draft.way is SecretKind.COMMAND:
        return "# This program prints the password.\n" + _line("password_command", draft.command)
    if draft.way is SecretKind.TOKEN_COMMAND:
        words = "# This program prints an OAuth 2 access token.\n"
        return words + _line("token_command", draft.command) + 'auth = "xoauth2"\n'
    password = draft.password.reveal() if draft.password is not None else ""
    words = "# The password. Nobody else may read this file; password_command and keyring are safer.\n"
    return words + _line("password", password)


def write(draft: Draft, path: str, day: date) -> None:
    """The file at `path`, which must not exist, and its folder. Raises ConfigError with nothing left behind."""
    folder = os.path.dirname(path)
    beside = os.path.join(folder, f".config-{secrets.token_hex(6)}.toml")
    try:
        _make(folder)
        try:
            _fill(beside, to_toml(draft, day))
            _proof(draft, beside)
            _place(beside, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
    except FileExistsError:
        raise there_is_one(path) from None
    except OSError as error:
        raise ConfigError(
            f"can't write {path}: {error.strerror}", "is the disk full, or the folder not yours?"
        ) from None


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder") from None


def there_is_one(path: str) -> ConfigError:
    """The error that says so."""
    return ConfigError(
        f"there is a config file already: {path}",
        "it is never overwritten: add a table [accounts.NAME] to it (config.example.toml shows one)",
    )


def _fill(path: str, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _place(beside: str, path: str) -> None:
    """Under its name at once, or FileExistsError."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: whoever is faster in this moment loses nothing but the comment
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.rename(beside, path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _proof(draft: Draft, path: str) -> None:
    """Our own reader must find in it what was meant. Raises ConfigError."""
    (account,) = load(path).settings.accounts
    if not _same(account, draft):
        raise ConfigError("the configuration would not say what was meant", "write it by hand: config.example.toml")


def _same(account: Account, draft: Draft) -> bool:
    incoming = account.imap or account.pop3
    if incoming is None or (account.email, account.name) != (draft.email, draft.name):
        return False
    servers = [incoming] if account.smtp is None else [incoming, account.smtp]
    places = [Place(one.protocol, one.host, one.port, one.security) for one in servers]
    if places != list(draft.places()) or {(one.user, one.secret.kind) for one in servers} != {(draft.user, draft.way)}:
        return False
    plain = incoming.secret.plain
    return draft.way is not SecretKind.PLAIN or (draft.password == plain)
