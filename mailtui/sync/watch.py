"""Which mailboxes are watched live, and by which of the spare connections. Pure; the workers do it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import MailboxId


def matches(name: str, pattern: str) -> bool:
    """`*` stands for any characters, as in LIST."""
    parts = pattern.split("*")
    if len(parts) == 1:
        return name == pattern
    if not name.startswith(parts[0]) or not name.endswith(parts[-1]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return at <= len(name) - len(parts[-1])


def worth_watching(
    known: Iterable[Mailbox], patterns: Sequence[str], looked: Sequence[MailboxId]
) -> tuple[MailboxId, ...]:
    """Most worth first: what is on the screen, what the config names (in its order), what was on the screen before.
    `looked`: newest first. Never the Inbox: that has a connection of its own."""
    here = {mailbox.id: mailbox for mailbox in known if mailbox.role is not Role.INBOX}
    named = sorted(here.values(), key=lambda mailbox: mailbox.name.casefold())
    order = [*looked[:1]]
    for pattern in patterns:
        order += [mailbox.id for mailbox in named if matches(mailbox.name, pattern)]
    order += looked[1:]
    return tuple(mailbox for mailbox in dict.fromkeys(order) if mailbox in here)


def assign(worth: Sequence[MailboxId], now: Sequence[MailboxId | None]) -> list[MailboxId | None]:
    """Who watches what. `now`: what each spare connection watches; one that watches something still worth it stays
    there, the others take the rest in order."""
    best = worth[: len(now)]
    rest = [mailbox for mailbox in best if mailbox not in now]
    return [mailbox if mailbox in best else rest.pop(0) if rest else None for mailbox in now]
