"""What commands come back with, as values; and which refusals are worth another try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailtui.model.errors import RefusedError, RemoteProtocolError
from mailtui.model.folder import RemoteStatus
from mailtui.protocols.imap.lexer import LiteralSink
from mailtui.protocols.imap.parse import MAX_MODSEQ
from mailtui.protocols.imap.replies import Exists, FetchReply, Reply, Status, StatusOf, Vanished
from mailtui.protocols.imap.seqset import MAX_UID, parse_uids

PASSING = frozenset(
    {"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED", "SERVERBUG", "OVERQUOTA", "CONTACTADMIN", "EXPIRED", "UIDVALIDITY"}
)
"""Response codes (RFC 5530 and servers' own) after which the same command may work later."""


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT said. `uidnext` None: not told. `highestmodseq` 0: none. `vanished`: only when QRESYNC was used."""

    exists: int
    uidvalidity: int
    uidnext: int | None
    highestmodseq: int
    permanent_flags: frozenset[str]
    """Lower case; `\\*` = new keywords may be made."""
    readonly: bool
    vanished: tuple[tuple[int, int], ...]
    qresync_used: bool


@dataclass(frozen=True, slots=True)
class StoreResult:
    """`modified`: UIDs that failed UNCHANGEDSINCE (RFC 7162)."""

    modified: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CopyUid:
    """COPYUID (RFC 4315): where copied or moved messages lie now. Both sides name equally many UIDs."""

    uidvalidity: int
    source: tuple[tuple[int, int], ...]
    target: tuple[tuple[int, int], ...]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """(old UID, new UID)."""
        return zip(_each(self.source), _each(self.target), strict=True)


@dataclass(frozen=True, slots=True)
class AppendUid:
    """APPENDUID (RFC 4315)."""

    uidvalidity: int
    uid: int


def _each(ranges: tuple[tuple[int, int], ...]) -> Iterator[int]:
    for low, high in ranges:
        yield from range(low, high + 1)


def must(answer: Status, host: str, what: str) -> Status:
    """The answer if it is OK. Raises RefusedError with the server's words."""
    if answer.kind == "OK":
        return answer
    raise RefusedError(f'{host} refused {what}: "{answer.text[:200]}"', answer.code, lasting=answer.code not in PASSING)


def copy_uid(status: Status) -> CopyUid | None:
    """None when there is no such code, or one that can't be believed."""
    words = status.arguments.split()
    if status.code != "COPYUID" or len(words) != 3:
        return None
    try:
        source, target = parse_uids(words[1]), parse_uids(words[2])
    except ValueError:
        return None
    validity = number(words[0])
    if not validity or sum(high - low for low, high in source) + len(source) != sum(
        high - low for low, high in target
    ) + len(target):
        return None
    return CopyUid(validity, source, target)


def append_uid(status: Status) -> AppendUid | None:
    words = status.arguments.split()
    if status.code != "APPENDUID" or len(words) != 2 or not number(words[0]) or not number(words[1]):
        return None
    return AppendUid(number(words[0]), number(words[1]))


def modified(status: Status) -> StoreResult:
    if status.code != "MODIFIED":
        return StoreResult()
    try:
        return StoreResult(parse_uids(status.arguments.strip()))
    except ValueError as error:
        raise RemoteProtocolError("the server names messages that failed in a way that can't be read") from error


def number(text: str, limit: int = MAX_UID) -> int:
    """0 when it is no number, or one too big."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return 0
    found = int(text)
    return found if found <= limit else 0


def remote_status(reply: StatusOf) -> RemoteStatus:
    items = dict(reply.items)
    return RemoteStatus(
        items.get("MESSAGES"),
        items.get("UNSEEN"),
        items.get("UIDNEXT"),
        items.get("UIDVALIDITY"),
        items.get("HIGHESTMODSEQ"),
    )


def poured(data: bytes, sink: Callable[[int], LiteralSink]) -> object:
    """A body that came as a quoted string goes the same way as all the others."""
    taker = sink(len(data))
    try:
        taker.feed(memoryview(data))
    except BaseException:
        taker.abort()
        raise
    return taker.finish()


class Selecting:
    """Gathers what SELECT says; takes every untagged reply meanwhile."""

    def __init__(self, on_fetch: Callable[[FetchReply], None] | None) -> None:
        self._on_fetch = on_fetch
        self._exists = 0
        self._codes: dict[str, str] = {}
        self._vanished: list[tuple[int, int]] = []

    def __call__(self, reply: Reply) -> bool:
        if isinstance(reply, Exists):
            self._exists = reply.count
        elif isinstance(reply, Vanished):
            self._vanished.extend(reply.ranges)
        elif isinstance(reply, FetchReply):
            if self._on_fetch is not None:
                self._on_fetch(reply)
        elif isinstance(reply, Status):
            if reply.code == "CLOSED":
                # What came up to here was about the mailbox before (RFC 7162 section 3.2.11).
                self._exists, self._vanished = 0, []
            self._codes[reply.code] = reply.arguments
        return True

    def result(self, answer: Status, asked: tuple[int, int, str] | None) -> Selected:
        """`asked`: the QRESYNC parameters that were really sent. Raises RemoteProtocolError without UIDVALIDITY."""
        validity = number(self._codes.get("UIDVALIDITY", ""))
        if not validity:
            raise RemoteProtocolError("the server gives the mailbox no UIDVALIDITY", "it can't be synchronised safely")
        modseq = 0 if "NOMODSEQ" in self._codes else number(self._codes.get("HIGHESTMODSEQ", ""), MAX_MODSEQ)
        used = asked is not None and asked[0] == validity and modseq >= asked[1]
        return Selected(
            self._exists,
            validity,
            number(self._codes.get("UIDNEXT", "")) or None,
            modseq,
            frozenset(self._codes.get("PERMANENTFLAGS", "").strip("()").lower().split()),
            answer.code == "READ-ONLY",
            tuple(self._vanished) if used else (),
            used,
        )
