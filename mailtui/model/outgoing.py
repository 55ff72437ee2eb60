"""Mail on its way out: the durable queue between the person who wrote it and the servers of those who get it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType, TypeAlias

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId
from mailtui.model.mail import Flags

OutgoingId = NewType("OutgoingId", int)
"""A message of the outbox."""


class Fate(Enum):
    """What has become of one recipient."""

    WAITING = "waiting"
    SENT = "sent"
    """The server took it over for this recipient."""
    REFUSED = "refused"
    """For good, in the server's words: only the person can send it again."""
    UNSURE = "unsure"
    """The connection ended between the final dot and the answer: it may have gone out. Never sent again by itself."""


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    """`local@domain`, as it goes into RCPT TO."""
    fate: Fate = Fate.WAITING
    answer: str = ""
    """The server's last words about it, one line."""


class Stage(Enum):
    """Where a message of the outbox stands."""

    HELD = "held"
    """Not before its time: the undo window, or sent later."""
    DUE = "due"
    """To be sent with the next connection (or at `next_try`)."""
    SENDING = "sending"
    """Handed to a server now; nothing that can't be repeated was said."""
    FINAL = "final"
    """The final dot is about to go out: if no answer comes, it is UNSURE."""
    STUCK = "stuck"
    """Some recipient was refused or is unsure: the person decides."""
    SENT = "sent"
    """Every recipient has it. Kept for a while as a record; the message itself is in Sent."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message of the outbox."""

    id: OutgoingId
    account: AccountId
    stage: Stage
    path: str
    """Absolute path of the message as it was queued, Bcc included. CRLF line ends. Empty once it is SENT."""
    size: int
    sender: str
    """Envelope sender (RFC 5321 MAIL FROM); empty for a bounce."""
    recipients: tuple[Recipient, ...]
    message_id: str
    subject: str
    created: float
    """Seconds since 1970 UTC, as all times here."""
    not_before: float
    """Not sent before: the end of the undo window, or when it was asked for."""
    next_try: float = 0.0
    tries: int = 0
    answer: str = ""
    """The server's words at the last try, one line."""
    notify: bool = False
    """A delivery status notification is asked for (RFC 3461)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the person's own mail knows."""

    address: str
    """Lower case."""
    name: str
    sent: int
    """How often the person wrote to them."""
    got: int
    """How often they wrote."""
    last: float
    """The latest of it."""


# -- intents: with what was written


@dataclass(frozen=True, slots=True)
class Save:
    """This message shall lie in a mailbox of the account (a draft, a sent message, an import), and on the server
    where the account keeps mail there. `path`: a complete file of its raw bytes, which is read within the
    transaction and left alone. `replaces`: deleted for good as soon as the new one is safe (the draft before)."""

    account: AccountId
    to: Role | MailboxId
    path: str
    flags: Flags
    replaces: PlacementId | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Queue the message of this file (CRLF, with a Message-ID, Bcc included). The file is copied into the store."""

    account: AccountId
    path: str
    sender: str
    recipients: tuple[str, ...]
    not_before: float = 0.0
    """Seconds since 1970 UTC."""
    notify: bool = False
    draft: PlacementId | None = None
    """The draft that it was: gone when this is queued, back when sending is undone."""
    answers: PlacementId | None = None
    """Is flagged \\Answered once it went out."""
    forwards: PlacementId | None = None
    """Gets $Forwarded once it went out."""


# -- orders about the queue


@dataclass(frozen=True, slots=True)
class Unsend:
    """Take it out of the queue, back to Drafts. Refused (StoreError) once the final dot may have gone out."""

    outgoing: OutgoingId


@dataclass(frozen=True, slots=True)
class SendNow:
    """Don't wait any longer."""

    outgoing: OutgoingId


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The person wants it sent again to those who were refused or are unsure; `recipients`: only to these of them."""

    outgoing: OutgoingId
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settle:
    """The person is content: unsure ones count as sent, refused ones are given up. The copy in Sent is kept or made."""

    outgoing: OutgoingId


OutboxOrder: TypeAlias = Unsend | SendNow | SendAgain | Settle


# -- facts: what the submission server said


@dataclass(frozen=True, slots=True)
class Submitting:
    """A server is asked to take it now; durable before MAIL FROM."""

    account: AccountId
    outgoing: OutgoingId


@dataclass(frozen=True, slots=True)
class FinalDot:
    """Every byte but the final dot went out; durable before the dot is written. A crash after it leaves `accepted`
    unsure."""

    account: AccountId
    outgoing: OutgoingId
    accepted: tuple[str, ...]
    """Recipients whose RCPT TO the server accepted."""


@dataclass(frozen=True, slots=True)
class SubmissionEnded:
    """The try is over. Recipients not named wait for another one at `retry_at`; but those that a FinalDot named are
    UNSURE then."""

    account: AccountId
    outgoing: OutgoingId
    recipients: tuple[Recipient, ...]
    answer: str = ""
    retry_at: float | None = None
    """Seconds since 1970 UTC."""


OutboxFact: TypeAlias = Submitting | FinalDot | SubmissionEnded
