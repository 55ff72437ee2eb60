"""The words that the search language knows, and the nearest one to a word that it does not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

TEXT_FIELDS = frozenset(("from", "to", "cc", "subject", "body", "list", "attachment"))
NAMES = {
    name: name
    for name in (
        *("from", "to", "cc", "subject", "body", "list", "attachment", "has", "is", "in", "account"),
        *("before", "after", "on", "larger", "smaller", "size", "id", "keyword"),
    )
} | {"folder": "in", "since": "after", "date": "on", "filename": "attachment", "tag": "keyword"}
STATES = {
    "unread": "unread",
    "unseen": "unread",
    "read": "read",
    "seen": "read",
    "flagged": "flagged",
    "starred": "flagged",
    "unflagged": "unflagged",
    "answered": "answered",
    "replied": "answered",
    "unanswered": "unanswered",
    "draft": "draft",
}
HAS = {"attachment": "attachment", "attachments": "attachment", "file": "attachment"}
ROLES = {"spam": "junk", "bin": "trash", "deleted": "trash", "starred": "flagged"}
"""Other words for roles in `in:`."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one; empty if none is close."""
    return next(iter(get_close_matches(word[:30], list(known), n=1, cutoff=0.6)), "")
