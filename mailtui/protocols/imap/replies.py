"""Responses as values (RFC 9051 section 7). How they are read from the wire: parse.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mailtui.model.mail import Flags


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE, PREAUTH; `tag` empty when untagged. `code` upper case, `arguments` what follows it."""

    tag: str
    kind: str
    code: str
    arguments: str
    text: str


@dataclass(frozen=True, slots=True)
class Continuation:
    text: bytes


@dataclass(frozen=True, slots=True)
class Capability:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enabled:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    count: int


@dataclass(frozen=True, slots=True)
class Recent:
    count: int


@dataclass(frozen=True, slots=True)
class Defined:
    """FLAGS: what the mailbox knows, wire names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """ID (RFC 2971): what the server says it is; keys lower case."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Namespaces:
    """NAMESPACE (RFC 2342): (prefix as on the wire, delimiter) of the personal, other users' and shared ones."""

    personal: tuple[tuple[bytes, str | None], ...]
    others: tuple[tuple[bytes, str | None], ...]
    shared: tuple[tuple[bytes, str | None], ...]


@dataclass(frozen=True, slots=True)
class Expunge:
    seq: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """Inclusive UID ranges (RFC 7162 section 3.2.10)."""

    ranges: tuple[tuple[int, int], ...]
    earlier: bool


@dataclass(frozen=True, slots=True)
class Found:
    """SEARCH or ESEARCH: inclusive ranges. A sort order is not kept."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """LIST; `name` as on the wire."""

    attributes: frozenset[str]
    delimiter: str | None
    name: bytes


@dataclass(frozen=True, slots=True)
class StatusOf:
    """STATUS; items upper case."""

    name: bytes
    items: tuple[tuple[str, int], ...]


class Held(bytes):
    """A BODY[] that came as a quoted string or where no sink was given: in memory."""


class FetchReply(NamedTuple):
    """One FETCH. `internaldate`: seconds since 1970 UTC; `body`: what the sink made of BODY[]; `header`: BODY[HEADER].
    `modseq` 0: not told, or too big to be one. A named tuple, because a hundred thousand are made in a second."""

    seq: int
    uid: int | None = None
    flags: Flags | None = None
    modseq: int = 0
    internaldate: int | None = None
    size: int | None = None
    body: object | None = None
    header: bytes | None = None
    email_id: str = ""
    """EMAILID (RFC 8474) or X-GM-MSGID: the same message in every mailbox."""
    thread_id: str = ""
    """THREADID or X-GM-THRID."""
    labels: tuple[str, ...] = ()
    """X-GM-LABELS, decoded."""


@dataclass(frozen=True, slots=True)
class Other:
    """Harmless or unknown."""

    line: bytes


Reply: TypeAlias = (
    Status
    | Continuation
    | Capability
    | Enabled
    | Exists
    | Recent
    | Defined
    | Identity
    | Namespaces
    | Expunge
    | Vanished
    | Found
    | Listed
    | StatusOf
    | FetchReply
    | Other
)
