"""Numbers as a person reads them."""

from __future__ import annotations


def count(number: int) -> str:
    """12,300"""
    return f"{number:,}"


def short_count(number: int) -> str:
    """At most five cells: 12,300 is 12k, 1,234,567 is 1.2M."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number // 1000}k"
    return f"{number / 1_000_000:.1f}M" if number < 100_000_000 else f"{number // 1_000_000}M"


def size(octets: int) -> str:
    """At most four cells: 999 B is 1K, 1.2M, 34M."""
    amount = max(octets, 0) / 1024
    for unit in "KMGT":
        if amount < 9.95 and unit != "K":
            return f"{amount:.1f}{unit}"
        if amount < 999.5:
            return f"{max(round(amount), 1) if octets else 0}{unit}"
        amount /= 1024
    return f"{amount * 1024:.0f}T"


def plural(number: int, one: str, many: str = "") -> str:
    """1 message, 12 messages"""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """9 s, 4 min, 2 h"""
    whole = max(0, round(seconds))
    if whole < 100:
        return f"{whole} s"
    if whole < 6000:
        return f"{round(whole / 60)} min"
    return f"{round(whole / 3600)} h"
