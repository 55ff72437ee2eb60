"""UID sets (RFC 9051 section 9, sequence-set): compact text from numbers and back, as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MAX_UID = 0xFFFF_FFFF
_DIGITS = frozenset("0123456789,:")


def ranges_of(uids: Iterable[int]) -> list[tuple[int, int]]:
    """Inclusive ranges, ascending, from numbers in any order; doubles dropped."""
    found: list[tuple[int, int]] = []
    low = high = -2
    for uid in sorted(set(uids)):
        if uid == high + 1:
            high = uid
            continue
        if low >= 0:
            found.append((low, high))
        low = high = uid
    if low >= 0:
        found.append((low, high))
    return found


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers as ascending ranges that neither touch nor overlap."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def format_uids(uids: Iterable[int]) -> str:
    """`1:3,7` from numbers in any order, doubles dropped. Raises ValueError for no numbers or one out of range."""
    numbers = set(uids)
    if not numbers:
        raise ValueError("an empty UID set can't be sent")
    if min(numbers) < 1 or max(numbers) > MAX_UID:
        raise ValueError(f"a UID lies between 1 and {MAX_UID}")
    return ",".join(_text(low, high) for low, high in ranges_of(numbers))


def _text(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}:{high}"


def split_ranges(ranges: Sequence[tuple[int, int]], length: int) -> Iterator[str]:
    """The ranges as several sets of at most `length` characters each (one range may be longer)."""
    parts: list[str] = []
    used = 0
    for low, high in ranges:
        text = _text(low, high)
        if parts and used + 1 + len(text) > length:
            yield ",".join(parts)
            parts, used = [], 0
        used += len(text) + bool(parts)
        parts.append(text)
    if parts:
        yield ",".join(parts)


def parse_uids(text: str | bytes) -> tuple[tuple[int, int], ...]:
    """Inclusive ranges of a set without `*`; each with low <= high, in the server's order. Raises ValueError."""
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    if not text or not _DIGITS.issuperset(text):
        raise ValueError(f"not a UID set: {text[:20]!r}")
    found = []
    for part in text.split(","):
        first, colon, last = part.partition(":")
        low = int(first) if len(first) <= 10 else MAX_UID + 1
        high = (int(last) if len(last) <= 10 else MAX_UID + 1) if colon else low
        if high < low:
            low, high = high, low
        if low < 1 or high > MAX_UID:
            raise ValueError(f"not a UID: {part[:20]!r}")
        found.append((low, high))
    return tuple(found)
