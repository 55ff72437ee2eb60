"""What the history and the ledger show: steps that can be undone, operations that wait or failed, safety copies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailtui.model.ids import AccountId, IntentId, StepId, Word


@dataclass(frozen=True, slots=True)
class Step:
    """One deed of the history, newest first when listed."""

    id: StepId
    label: str
    created: float
    """Seconds since 1970 UTC."""
    undone: bool
    waiting: int
    """Operations of it that no server has confirmed yet."""
    redoable: bool = False
    """Undone, and nothing new was done since."""
    author: str = ""
    """Who did it: empty for the person, else one of `intents.AUTHORS`; "undo the last one" passes over those."""


class LineState(Enum):
    WAITING = "waiting"
    FAILED = "failed"
    """The server refused it; nothing of it is shown any more, it can be retried or discarded."""


@dataclass(frozen=True, slots=True)
class Line:
    """One operation of the ledger, oldest first when listed."""

    id: IntentId
    account: AccountId
    state: LineState
    text: str
    """What it is: "Move 3 messages to Archive"."""
    created: float
    """Seconds since 1970 UTC."""
    messages: int
    answer: str
    """The server's words at the last try; empty if it was not tried yet."""


@dataclass(frozen=True, slots=True)
class SafetyCopy:
    """A message that left the server; its file is kept on this computer until `until`."""

    word: Word
    account: AccountId
    mailbox: str
    """Where it was; empty if unknown."""
    from_: str
    subject: str
    date: int
    """Seconds since 1970 UTC."""
    deleted: float
    """Seconds since 1970 UTC."""
    until: float | None
    """When the copy is thrown away (seconds since 1970 UTC); None: never."""
