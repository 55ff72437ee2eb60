"""`mailtui classify`: what a message looks like (mail, spam, advertising), why, and the ways off its list.

Nothing is kept and nothing is moved: what spam looks like is learned, each time, from what lies in Junk now, and what
honest mail looks like from the Inbox and the Archive."""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from pathlib import Path

from mailtui.cli.output import to_json
from mailtui.cli.session import reading, settings_of
from mailtui.cli.show import message_bytes, row_of
from mailtui.mail.classify.advertising import ENOUGH, Known, advertising
from mailtui.mail.classify.features import Features, read_features
from mailtui.mail.classify.spam import NOTHING_LEARNED, Learned
from mailtui.mail.classify.unsubscribe import ways
from mailtui.mail.classify.verdict import Context, decide
from mailtui.mail.classify.weights import fit
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings
from mailtui.model.folder import Role
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader

TAUGHT = 150
"""Messages of each sort that are read, newest first."""
COUNTED = 100
"""Mails from and to a sender are not counted further than this."""


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown id and LaterError when the message's text is not on this computer yet."""
    settings = settings_of(args)
    with reading(settings) as reader:
        row = row_of(reader, args.id)
        features = read_features(message_bytes(reader, row))
        known = _known(settings, reader, row, features)
        verdict = decide(features, Context(known, _learned(reader, row)))
    score = advertising(features, known)
    found = ways(features)
    if args.json:
        print(
            to_json(
                {
                    "id": row.word,
                    "kind": verdict.kind.value,
                    "reason": verdict.reason,
                    "spam": round(verdict.spam, 3),
                    "advertising": {"points": score.points, "enough": ENOUGH, "reasons": list(score.reasons)}
                    | {"veto": score.veto or None},
                    "unsubscribe": {"best": found.best, "one_click": found.one_click or None}
                    | {"mail": found.mails[0].to if found.mails else None, "pages": list(found.pages)},
                }
            )
        )
        return 0
    print(f"{verdict.kind.value}: {verdict.reason}")
    if args.why:
        print(f"spam: {verdict.spam:.0%}")
        print(f"advertising: {score.points:g} points, {ENOUGH:g} are enough")
        for reason in score.reasons:
            print(f"  {safe_line(reason)}")
        if score.veto:
            print(f"  but: {safe_line(score.veto)}")
        print(f"to unsubscribe: {found.plain()}")
    return 0


def _known(settings: Settings, reader: MailReader, row: Row, features: Features) -> Known:
    """What the store knows about the sender and the person."""
    mine = frozenset(account.email.lower() for account in settings.accounts)
    sender = features.sender.replace('"', "")
    thread = {one.message_id for one in reader.thread(row.thread) if {who.addr.lower() for who in one.from_} & mine}
    answered = bool(thread & set(features.envelope.in_reply_to))
    if "@" not in sender:
        return Known(mine=mine, answered=answered)
    sent = [box for box in reader.mailboxes() if box.role is Role.SENT]
    written = sum(len(reader.search(f'to:"{sender}"', mailbox=box.id, limit=COUNTED)) for box in sent)
    seen = len(reader.search(f'from:"{sender}"', limit=COUNTED))
    return Known(mine=mine, written={sender: written}, answered=answered, seen={sender: seen})


def _learned(reader: MailReader, row: Row) -> Learned:
    """What Junk, Inbox and Archive teach, without the message itself."""
    taught: list[tuple[tuple[str, ...], bool]] = []
    for spam, roles in ((True, (Role.JUNK,)), (False, (Role.INBOX, Role.ARCHIVE))):
        boxes = [box.id for box in reader.mailboxes() if box.role in roles]
        rows = sorted((one for box in boxes for one in reader.page(box, limit=TAUGHT)), key=lambda one: -one.date)
        for one in rows[:TAUGHT]:
            content = reader.content(one.placement) if one.message != row.message else None
            if content is not None:
                with contextlib.suppress(OSError):
                    taught.append((read_features(Path(content.path).read_bytes()).tokens, spam))
    spams = sum(spam for _, spam in taught)
    hams = len(taught) - spams
    bare = Learned(spams, hams, NOTHING_LEARNED.counts)
    if not bare.enough:
        return bare
    bad = Counter(token for tokens, spam in taught if spam for token in tokens)
    good = Counter(token for tokens, spam in taught if not spam for token in tokens)
    weights = fit(taught)
    return Learned(
        spams,
        hams,
        lambda tokens: {token: (bad[token], good[token]) for token in tokens if bad[token] or good[token]},
        lambda tokens: weights,
    )
