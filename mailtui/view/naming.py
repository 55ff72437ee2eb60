"""Names of folders as a person types them, as the account has to have them."""

from __future__ import annotations

from collections.abc import Sequence

from mailtui.model.folder import Mailbox

LONGEST = 200
"""Characters of a name that is typed; servers take at least that many."""


def full_name(typed: str, boxes: Sequence[Mailbox]) -> str:
    """`Work / 2026` with the delimiter that the account's mailboxes have, below INBOX where all others are; "" if
    nothing is left of it."""
    delimiter = next((box.delimiter for box in boxes if box.delimiter), None)
    text = "".join(char for char in typed if char.isprintable())[:LONGEST]
    if delimiter is None:
        return text.strip()
    parts = [part.strip() for part in text.replace("/", delimiter).split(delimiter)]
    name = delimiter.join(part for part in parts if part)
    prefix = f"INBOX{delimiter}"
    others = [box.name for box in boxes if box.name.upper() != "INBOX"]
    if name and others and all(other.startswith(prefix) for other in others) and not name.startswith(prefix):
        return prefix + name
    return name


def is_taken(name: str, boxes: Sequence[Mailbox]) -> bool:
    return any(box.name == name for box in boxes)


def last_part(mailbox: Mailbox) -> str:
    return mailbox.parts[-1]


def renamed(mailbox: Mailbox, typed: str) -> str:
    """The same place in the hierarchy with another last part; a name with `/` in it is a whole new place."""
    delimiter = mailbox.delimiter
    text = "".join(char for char in typed if char.isprintable())[:LONGEST].strip()
    if delimiter is None:
        return text
    parts = [part.strip() for part in text.replace("/", delimiter).split(delimiter)]
    name = delimiter.join(part for part in parts if part)
    if not name or len(parts) > 1:
        return name
    return delimiter.join((*mailbox.parts[:-1], name))
