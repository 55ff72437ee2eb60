"""Reads `identities` of an account: addresses in strings, or tables with all that belongs to a name to write under."""

from __future__ import annotations

from typing import Any

from mailtui.config import kinds
from mailtui.config.check import Checker
from mailtui.config.kinds import Kind, Wrong
from mailtui.config.locate import Path
from mailtui.config.picture import nearest
from mailtui.mail.addresses import parse_addresses
from mailtui.model.account import Identity

LARGEST = 65_536
"""Bytes of a signature."""
PHRASE = "an array of addresses or of tables"
_KEYS: dict[str, Kind] = {
    "email": kinds.email(),
    "name": kinds.text(empty=True),
    "aliases": kinds.texts(),
    "signature": kinds.lines(),
    "signature_file": kinds.text("a path"),
    "signature_position": kinds.one_of(("below", "above")),
    "reply_to": kinds.email(),
    "bcc_self": kinds.boolean(),
}


def read_identities(checker: Checker, path: Path, given: Any, account: Identity, folder: str) -> tuple[Identity, ...]:
    """Identities of an account; what one of them does not say is as in `account`."""
    if not isinstance(given, list):
        checker.wrong_value(f"'identities' must be {PHRASE}", path, 'such as ["info@example.org"]')
        return ()
    found = []
    for number, element in enumerate(given):
        try:
            found.append(_identity(checker, (*path, number), element, account, folder))
        except Wrong as wrong:
            place = (*path, number) if wrong.index is None else (*path, number, wrong.index)
            checker.wrong_value(f"'{place[-1] if wrong.index else 'identities'}' {wrong.text}", place, wrong.hint)
    return tuple(found)


def _identity(checker: Checker, path: Path, given: Any, account: Identity, folder: str) -> Identity:
    if isinstance(given, str):
        people = parse_addresses(given.encode())
        if len(people) != 1 or "@" not in people[0].addr:
            raise Wrong('must hold addresses such as "Anna <anna@example.org>"')
        return _with(account, {"email": people[0].addr, "name": people[0].name or account.name})
    if not isinstance(given, dict):
        raise Wrong(f"must be {PHRASE}")
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _KEYS:
            raise Wrong("is no key of an identity", nearest(key, tuple(_KEYS)), key)
        try:
            values[key] = _KEYS[key].read(value)
        except Wrong as wrong:
            raise Wrong(wrong.text, wrong.hint, key) from None
    if "email" not in values:
        raise Wrong("need an email each", 'email = "anna@example.org"')
    for alias in values.get("aliases", ()):
        if alias.count("@") != 1 or alias.count("*") > 1:
            raise Wrong(
                f"hold {alias!r}, which is no address", 'such as "info@example.org" or "*@example.org"', "aliases"
            )
    if "signature_file" in values:
        values["signature"] = signature_of(checker, (*path, "signature_file"), values["signature_file"], folder)
    return _with(account, values)


def _with(account: Identity, values: dict[str, Any]) -> Identity:
    position = values.get("signature_position")
    return Identity(
        values["email"],
        values.get("name", account.name),
        values.get("aliases", ()),
        values.get("signature", account.signature),
        account.signature_above if position is None else position == "above",
        values.get("reply_to", ""),
        values.get("bcc_self", False),
    )


def signature_of(checker: Checker, path: Path, value: str | None, folder: str) -> str:
    """The text of a signature file; empty if it can't be read (the checker has the mistake)."""
    file = checker.path(path, value, folder)
    if file is None:
        return ""
    try:
        with open(file, "rb") as stream:
            text = stream.read(LARGEST).decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        checker.wrong_value(f"can't read {file}: {error.strerror}", path)
        return ""
    except UnicodeDecodeError:
        checker.wrong_value(f"{file} is not UTF-8 text", path, "save it as UTF-8")
        return ""
    return "".join(char for char in text if char >= " " or char in "\n\t").strip("\n")
