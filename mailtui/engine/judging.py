"""What new mail is taken for, and what is said about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mailtui.mail.classify.features import Features, read_features
from mailtui.mail.classify.verdict import Kind, Verdict, decide
from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.account import Account, Settings
from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.store.acquaintance import context
from mailtui.store.arrivals import Arrived

SUBJECT_CELLS, REASON_CELLS = 48, 120
_ROLES = {Kind.SPAM: Role.JUNK, Kind.ADVERTISING: Role.ADVERTISING}


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that is filed. `label` for the history and `reason`: one line each, safe for a terminal."""

    placement: PlacementId
    digest: bytes
    kind: str
    to: Role
    reason: str
    label: str


def judged(
    settings: Settings,
    account: Account,
    arrived: Sequence[Arrived],
    index: sqlite3.Connection,
    taught: sqlite3.Connection,
) -> list[Judged]:
    """What of these the account wants filed."""
    mine, found = own_addresses(settings), []
    for one in arrived:
        try:
            features = read_features(Path(one.path).read_bytes())
        except OSError:
            continue  # another program took it away just now
        verdict = decide(features, context(index, taught, mine, features))
        if files(account, verdict):
            reason, kind = because(verdict), verdict.kind.value
            label = f"Filed as {kind}: {_subject(features)} ({reason})"
            found.append(Judged(one.placement, one.digest, kind, _ROLES[verdict.kind], reason, label))
    return found


def files(account: Account, verdict: Verdict) -> bool:
    """Whether the account wants such mail filed by itself."""
    match verdict.kind:
        case Kind.SPAM:
            return account.file_spam and verdict.sure
        case Kind.ADVERTISING:
            return account.file_advertising
        case _:
            return False


def because(verdict: Verdict) -> str:
    """The reasons in one line, safe for a terminal."""
    return clip(safe_line(", ".join(verdict.why[:4])), REASON_CELLS)


def own_addresses(settings: Settings) -> frozenset[str]:
    """Every address that the person writes from, lower case."""
    return frozenset(
        address.lower()
        for account in settings.accounts
        for identity in account.senders
        for address in (account.email, identity.email, *identity.aliases)
    )


def _subject(features: Features) -> str:
    return clip(safe_line(features.envelope.subject[:200]).strip() or "(no subject)", SUBJECT_CELLS)
