"""UID sets (RFC 9051 section 9, sequence-set): compact text from numbers and back, as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MAX_UID = 0xFFFF_FFFF


def format_uids(uids: Iterable[int]) -> str:
    """`1:3,7` from numbers in any order, doubles dropped. Raises ValueError for no numbers or one out of range."""
    ordered = sorted(set(uids))
    if not ordered:
        raise ValueError("an empty UID set can't be sent")
    if ordered[0] < 1 or ordered[-1] > MAX_UID:
        raise ValueError(f"a UID lies between 1 and {MAX_UID}")
    return ",".join(_text(low, high) for low, high in _runs(ordered))


def _text(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}:{high}"


def _runs(ordered: list[int]) -> Iterator[tuple[int, int]]:
    low = high = ordered[0]
    for uid in ordered[1:]:
        if uid == high + 1:
            high = uid
            continue
        yield low, high
        low = high = uid
    yield low, high


def parse_uids(text: str | bytes) -> tuple[tuple[int, int], ...]:
    """Inclusive ranges of a set without `*`; each with low <= high, in the server's order. Raises ValueError."""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    found = []
    for part in text.split(","):
        first, colon, last = part.partition(":")
        low = _number(first)
        high = _number(last) if colon else low
        found.append((min(low, high), max(low, high)))
    return tuple(found)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MAX_UID:
        raise ValueError(f"not a UID: {text[:20]!r}")
    return int(text)
