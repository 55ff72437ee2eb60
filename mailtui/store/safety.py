"""Safety copies: what left its server stays on this computer for a while, also when the index is lost."""

from __future__ import annotations

import contextlib
import os
import time

from mailtui.store.apply import Applier
from mailtui.store.codec import pack_keywords
from mailtui.store.maildir import flags_of, parse_name
from mailtui.store.messages import read_message, sort_date
from mailtui.store.saving import DROPPED

KEEP = 14 * 86_400.0
"""Seconds that a copy is kept by default."""
BATCH = 500
"""Copies thrown away in one transaction."""
GRACE = 86_400.0
"""Seconds that must lie between two looks at the clock, both of which found a copy old, before it goes: a clock that is
set wrong for an hour then costs nothing."""
LOOK = "safety-look"
"""The key in `meta` of the last look: when it was taken, before when copies were old then, and before when they are old
by the look before it too; seconds since the epoch."""


def forget_old(applier: Applier, keep: float | None) -> int:
    """Throws away copies older than `keep` seconds (None: only drafts that were written anew), if a look at least GRACE
    before found them old too. The files go after the commit. How many rows went."""
    rows = applier.db.execute(
        "SELECT p.id, p.file, b.account FROM placement p INDEXED BY placement_gone "
        "JOIN mailbox b ON b.id = p.base_mailbox WHERE p.gone < ? LIMIT ?",
        (_surely_old(applier, time.time(), keep) if keep is not None else DROPPED + 1, BATCH),
    ).fetchall()
    for ident, file, account in rows:
        if file:
            applier.work.unlinks.append(os.path.join(applier.hand.gone_folder(account), "cur", file))
        applier.db.execute("DELETE FROM pending WHERE placement = ?", (ident,))
        applier.db.execute("DELETE FROM placement WHERE id = ?", (ident,))
    return len(rows)


def _surely_old(applier: Applier, now: float, keep: float) -> float:
    """Copies that left before this time go. A look is taken once in GRACE and counts from the next one on; one from the
    future (the clock was ahead) is taken anew."""
    never = float(DROPPED + 1)
    found = applier.db.execute("SELECT value FROM meta WHERE key = ?", (LOOK,)).fetchone()
    when, old, sure = (float(word) for word in found[0].split()) if found else (now + 1, never, never)
    if when <= now < when + GRACE:
        return min(sure, now - keep)
    if when <= now:
        sure = old
    applier.db.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (LOOK, f"{now} {now - keep} {sure}"))
    return min(sure, now - keep)


def adopt_copies(applier: Applier) -> None:
    """After the index was lost: files of copies become hidden rows again. When they were deleted tells the file's
    change time; where they lay nothing tells: they count as the Inbox's."""
    inboxes = applier.db.execute(
        "SELECT account, min(id) FROM mailbox WHERE role = 'inbox' GROUP BY account"
    ).fetchall()
    for account, inbox in inboxes:
        folder = os.path.join(applier.hand.gone_folder(account), "cur")
        names: list[str] = []
        with contextlib.suppress(OSError):
            names = sorted(os.listdir(folder))
        for name in names:
            with contextlib.suppress(OSError):
                _adopt(applier, inbox, os.path.join(folder, name))


def _adopt(applier: Applier, inbox: int, path: str) -> None:
    file = os.path.basename(path)
    name = parse_name(file)
    if not name.ours or applier.db.execute("SELECT 1 FROM placement WHERE word = ?", (name.word,)).fetchone():
        return
    head, digest, size = read_message(path)
    message, envelope = applier.content(digest, head, size)
    date = int(file.partition(".")[0])
    flags = flags_of(name.letters, ())
    packed = pack_keywords(flags)
    applier.db.execute(
        "INSERT INTO placement(word, message, mailbox, base_mailbox, flags, keywords, base_flags, base_keywords, date, "
        "internaldate, body, file, gone) VALUES(?,?,NULL,?,?,?,?,?,?,?,1,?,?)",
        (
            *(name.word, message, inbox, flags.bits, packed, flags.bits, packed),
            *(sort_date(envelope, date), date, file, int(os.stat(path).st_ctime)),
        ),
    )
