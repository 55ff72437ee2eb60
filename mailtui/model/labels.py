"""Names of flags and labels as people write them, and as they go over the wire (RFC 9051 section 2.3.2)."""

from __future__ import annotations

from collections.abc import Iterable

_SYSTEM = {"seen": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered", "draft": "\\Draft"}
_KEYWORDS = {"forwarded": "$Forwarded"}
_NOT_HERE = {"deleted": "it is what deleting sets", "recent": "servers keep it for themselves"}
_NO_ATOM = frozenset('(){%*"\\]')
_NO_LABELS = frozenset({"junk", "nonjunk", "notjunk", "old", "forwarded", "redirected", "receiptchecked"})
"""Keywords that mail programs set for themselves."""
LONGEST = 200
"""Characters; no server takes longer keywords."""
RULE = 'flags are seen, flagged, answered, draft, forwarded, or a word of ASCII without ( ) { % * " \\ ]'


def wire_name(name: str) -> str:
    """`seen` is `\\Seen`, `forwarded` is `$Forwarded`; labels are keywords: atoms (RFC 9051 section 9). Raises
    ValueError with the reason."""
    plain = name.removeprefix("\\").lower()
    if plain in _SYSTEM:
        return _SYSTEM[plain]
    if plain in _NOT_HERE:
        raise ValueError(_NOT_HERE[plain])
    if name.lower() in _KEYWORDS:
        return _KEYWORDS[name.lower()]
    if not 0 < len(name) <= LONGEST or any(not "!" <= mark <= "~" or mark in _NO_ATOM for mark in name):
        raise ValueError(RULE)
    return name


def labels(keywords: Iterable[str]) -> tuple[str, ...]:
    """Those keywords that a person gave; `$...` and some others belong to programs."""
    return tuple(word for word in keywords if not word.startswith("$") and word.lower() not in _NO_LABELS)
