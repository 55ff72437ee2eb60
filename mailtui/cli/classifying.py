"""`mailtui classify`: what a message looks like (mail, spam, advertising), why, and the ways off its list.

Nothing is moved by asking. What spam looks like is what was taught; as long as that is too little, it is learned, for
this once, from what lies in Junk now, and what honest mail looks like from the Inbox and the Archive."""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

from mailtui import boot
from mailtui.cli.output import to_json
from mailtui.cli.session import reading, settings_of
from mailtui.cli.show import message_bytes, row_of
from mailtui.mail.classify.advertising import ENOUGH, advertising
from mailtui.mail.classify.features import read_features
from mailtui.mail.classify.spam import NOTHING_LEARNED, Learned
from mailtui.mail.classify.unsubscribe import ways
from mailtui.mail.classify.verdict import decide
from mailtui.mail.classify.weights import fit
from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Role
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader

TAUGHT = 150
"""Messages of each sort that are read, newest first."""


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown id and LaterError when the message's text is not on this computer yet."""
    settings = settings_of(args)
    with reading(settings) as reader:
        row = row_of(reader, args.id)
        features = read_features(message_bytes(reader, row))
        with boot.judging(settings, features) as context:
            if not context.learned.enough:
                context = replace(context, learned=_learned(reader, row))
            verdict = decide(features, context)
        known, filed = context.known, reader.why_filed(row.placement)
    score = advertising(features, known)
    found = ways(features)
    if args.json:
        print(
            to_json(
                {
                    "id": row.word,
                    "kind": verdict.kind.value,
                    "reason": verdict.reason,
                    "filed": filed or None,
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
    if filed:
        print(safe_line(filed))
    if args.why:
        print(f"spam: {verdict.spam:.0%}")
        print(f"advertising: {score.points:g} points, {ENOUGH:g} are enough")
        for reason in score.reasons:
            print(f"  {safe_line(reason)}")
        if score.veto:
            print(f"  but: {safe_line(score.veto)}")
        print(f"to unsubscribe: {found.plain()}")
    return 0


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
