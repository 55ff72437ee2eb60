"""What a person may have overlooked in what they wrote, and the key that mends it; times as they are typed."""

from __future__ import annotations

import os
from collections.abc import Collection

from mailtui.mail.compose.checks import Doubt, Leaving, Mend, doubts
from mailtui.mail.compose.when import moment as parse_moment
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import UsageError
from mailtui.view.completing import people_of
from mailtui.view.composer import Field, Written
from mailtui.view.dates import moment as local

_MENDS = {
    Mend.RECIPIENTS: ("t", "go:to", "to the recipients"),
    Mend.SUBJECT: ("s", "go:subject", "write one"),
    Mend.ATTACH: ("a", "attach", "attach files"),
    Mend.SENDER: ("f", "choose_sender", "other sender"),
    Mend.TEXT: ("w", "go:text", "to the text"),
    Mend.TIME: ("l", "send_later", "another time"),
    Mend.FILES: ("w", "go:files", "to the files"),
}


WHO_AND_WHEN = frozenset(("nobody", "odd-address", "typo", "past", "large"))
"""Doubts that one may have about a message that one can't change."""


def mend(doubt: Doubt) -> tuple[str, str, str]:
    """(key, what it does, its word)"""
    return _MENDS[doubt.mend]


def check(written: Written, now: float, not_before: float, known: Collection[str]) -> tuple[Doubt, ...]:
    """What a person may have overlooked. `known`: addresses one writes to, lower case."""
    to, cc, bcc = (people_of(written.field(field)) for field in (Field.TO, Field.CC, Field.BCC))
    sender = people_of(written.sender)
    leaving = Leaving(
        to,
        cc,
        bcc,
        written.subject,
        written.text,
        sender[0].addr if sender else "",
        files=len(written.files),
        size=_size(written),
        answers_all=written.answers_all,
        was_blind=written.was_blind,
        got_it=written.got_it,
        not_before=not_before,
    )
    found = doubts(leaving, now, known)
    return tuple(one for one in found if one.code in WHO_AND_WHEN) if written.fixed else found


def _size(written: Written) -> int:
    """Bytes of the whole message, near enough."""
    if not written.fixed:
        return sum(one.size for one in written.files) * 4 // 3 + len(written.text)
    try:
        return os.path.getsize(written.original)
    except OSError:
        return 0


def moment(typed: str, now: float) -> float | None:
    """What a person typed as a time to come, in seconds since 1970 UTC; None if it is none."""
    try:
        return parse_moment(typed, local(now, None).replace(tzinfo=None)).timestamp()
    except UsageError:
        return None


def no_moment(typed: str, now: float) -> str:
    """Why that is no time to come; safe."""
    try:
        parse_moment(typed, local(now, None).replace(tzinfo=None))
    except UsageError as error:
        return safe_line(error.text)
    return ""
