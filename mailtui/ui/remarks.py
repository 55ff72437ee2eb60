"""What the reader says about a message beyond its text: that its list was left, why it looks like advertising.
Blocking: runs on a thread."""

from __future__ import annotations

import os

from mailtui.files.left_lists import NAME, Left, LeftLists
from mailtui.mail.sanitize import safe_line
from mailtui.mail.trust import Known
from mailtui.model.errors import FileError
from mailtui.model.folder import Mailbox, Role
from mailtui.ui.clock import now
from mailtui.view.dates import SmartDate

REASONS = 4
"""So many are told, the strongest."""


class Remarks:
    """`store`: absolute path of the data folder."""

    def __init__(self, store: str) -> None:
        self._lists = LeftLists(store)
        self._file = os.path.join(store, NAME)

    def __call__(self, raw: bytes, mailbox: Mailbox | None, known: Known) -> tuple[str, str]:
        """A note and an aside, safe sentences, "" for none. Never raises for what is in the message, or for a memory
        that can't be read."""
        if mailbox is None:
            return "", ""
        return self._left(raw, mailbox), why_advertising(raw, known) if mailbox.role is Role.ADVERTISING else ""

    def _left(self, raw: bytes, mailbox: Mailbox) -> str:
        if not os.path.exists(self._file):
            return ""
        from mailtui.mail.classify.unsubscribe import list_name
        from mailtui.mail.headers import scan_envelope

        envelope = scan_envelope(raw)
        try:
            left = self._lists.find(mailbox.account, list_name(envelope))
        except FileError:  # `X` says what is wrong with it
            return ""
        return reminder(left, True) if left is not None and left.goes_on(envelope.date or 0) else ""


def why_advertising(raw: bytes, known: Known) -> str:
    """What speaks for it, or that nothing does; a safe sentence."""
    from mailtui.mail.classify import advertising as score
    from mailtui.mail.classify.features import read_features

    features = read_features(raw)
    found = score.advertising(features, score.Known(mine=known.mine, written=dict.fromkeys(known.people, 1)))
    why = ", ".join(found.reasons[:REASONS])
    if found.veto:
        return safe_line(f"Not advertising by its looks: {found.veto}")
    if found.advertising:
        return safe_line(f"Advertising: {why}")
    return safe_line(f"Little speaks for advertising: {why}" if why else "Nothing speaks for advertising")


def reminder(left: Left, goes_on: bool) -> str:
    """`You left this list on 3 May; it still mails.` Safe text."""
    when = SmartDate(now())(left.at)
    place = f"at {when}" if ":" in when else f"on {when}"
    return f"You left this list {place}; it still mails." if goes_on else f"You left this list {place}."
