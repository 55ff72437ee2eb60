"""The outbox after a crash, or when its index was lost: the files are the truth for what is in it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace

from mailtui.mail.headers import scan_envelope
from mailtui.model.errors import StoreError
from mailtui.model.ids import AccountId
from mailtui.model.outgoing import Fate, OutgoingId, Recipient, Stage, SubmissionEnded
from mailtui.store import outbox_files as files
from mailtui.store.hand import Hand
from mailtui.store.outbox import Outbox
from mailtui.store.outbox_files import NEVER, Queued
from mailtui.store.saving import head_of, read_written

LOST = "the index was lost: look whether it is still to be sent"


def recover(hand: Hand, outbox: Outbox, *, rebuilt: bool) -> None:
    """Inside a transaction. What was being sent when the last writer ended is settled; files without a row are shown
    again, held, if the index is new (`rebuilt`), else they are what a crash left of a message that was never queued or
    had gone already. A folder that can't be listed says nothing about what is in it. Raises StoreError if that leaves
    nothing to go by."""
    try:
        words = _words(hand.root)
    except OSError as error:
        if rebuilt:
            raise StoreError(f"can't look into the outbox: {error}", "it is tried again at the next start") from error
        hand.touched.notices.append(("warning", f"can't look into the outbox: {error.strerror}", "nothing was lost"))
        outbox.abandoned()
        return
    known = {word for (word,) in hand.db.execute("SELECT word FROM outbox").fetchall()}
    adopted = [_adopt(hand, word) for word in sorted(words - known)] if rebuilt else []
    outbox.abandoned()
    for ident in adopted:
        row = files.find(hand.db, ident)
        if row is not None and row.stage in (Stage.HELD.value, Stage.DUE.value):
            outbox.hold(row, LOST)
    if adopted:
        some = "1 message" if len(adopted) == 1 else f"{len(adopted)} messages"
        hand.touched.notices.append(("warning", f"{some} in the outbox: {LOST}", "send it now, or take it back"))
    _agree(hand, outbox, words)
    for word in words - known if not rebuilt else ():
        hand.work.unlinks += [files.message_path(hand.root, word), files.state_path(hand.root, word)]
    outbox.keep_up()


def _words(root: str) -> set[str]:
    """Of the messages that are there; what is left of half-written files goes. Raises OSError."""
    found, states = set(), set()
    names: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        names = os.listdir(files.folder(root))
    for name in names:
        word, dot, kind = name.partition(".")
        if kind == "eml":
            found.add(word)
        elif kind == "json":
            states.add(word)
        elif dot:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(files.folder(root), name))
    for word in states - found:
        with contextlib.suppress(OSError):
            os.unlink(files.state_path(root, word))
    return found


def _adopt(hand: Hand, word: str) -> int:
    """A row from the files alone."""
    state = files.read_state(hand.root, word)
    if state is None:
        row, whom = _guess(hand, word)
        return files.insert(hand.db, row, whom)
    row, whom, accepted = state
    ident = files.insert(hand.db, row, whom)
    hand.db.executemany(
        "UPDATE outbox_recipient SET accepted = 1 WHERE outgoing = ? AND address = ?",
        [(ident, address) for address in accepted],
    )
    return ident


def _guess(hand: Hand, word: str) -> tuple[Queued, list[Recipient]]:
    """Without a state file the header has to do."""
    from mailtui.mail.compose.resending import taken_apart  # rarely needed, and much is behind it

    path = files.message_path(hand.root, word)
    try:
        data, at = read_written(path), os.stat(path).st_mtime
    except (StoreError, OSError):
        data, at = b"", time.time()
    envelope = scan_envelope(head_of(data))
    ident, again = envelope.message_id, taken_apart(head_of(data))
    wrote, everyone = envelope.from_, (*envelope.to, *envelope.cc, *envelope.bcc)
    if again is not None:  # never to those who had it first
        ident, wrote, everyone = again.message_id, again.by, (*again.to, *again.cc, *again.bcc)
    addresses = dict.fromkeys(one.addr for one in everyone if "@" in one.addr)
    sender = wrote[0].addr if wrote else ""
    row = hand.db.execute("SELECT account FROM mailbox ORDER BY id LIMIT 1").fetchone()
    account = row[0] if row is not None else ""
    queued = Queued(0, word, account, Stage.HELD.value, len(data), sender, ident, envelope.subject, at, NEVER)
    return queued, [Recipient(address) for address in addresses]


def _agree(hand: Hand, outbox: Outbox, words: set[str]) -> None:
    """Rows without a file can't be sent; state files that are ahead of a transaction that failed are put right."""
    rows = hand.db.execute(f"SELECT {files.COLUMNS} FROM outbox").fetchall()  # noqa: S608
    for row in (Queued(*columns) for columns in rows):
        whom = files.recipients(hand.db, row.id)
        if row.stage == Stage.SENT.value:
            if row.copied and row.word in words:
                hand.work.unlinks += [files.message_path(hand.root, row.word), files.state_path(hand.root, row.word)]
        elif row.word not in words:
            text = "the message's file is gone"
            fates = tuple(Recipient(one.address, Fate.REFUSED, text) for one in whom if one.fate is Fate.WAITING)
            if fates:
                outbox.fact(SubmissionEnded(AccountId(row.account), OutgoingId(row.id), fates, text))
        else:
            state = files.read_state(hand.root, row.word)
            if state is None or replace(state[0], id=row.id, step=row.step) != row or state[1] != whom:
                files.write_state(hand.root, row, whom)
