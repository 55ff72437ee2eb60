"""What one session knows of the mailbox it has open: sequence numbers and untold news. No I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from mailtui.demo.mailboxes import Mailbox
from mailtui.demo.wire import Ranges, compress, pick


class View:
    """A Watcher of one mailbox. `wake` is called whenever news arrive; `flush` tells them."""

    def __init__(self, mailbox: Mailbox, readonly: bool, wake: Callable[[], None]) -> None:
        self.mailbox = mailbox
        self.readonly = readonly
        self.uids = list(mailbox.uids)
        """UID of sequence number n at n - 1, as the client believes."""
        self.lost = False
        self._wake = wake
        self._gone: set[int] = set()
        self._changed: dict[int, None] = {}
        self._grown = False
        mailbox.watchers.append(self)

    def close(self) -> None:
        if self in self.mailbox.watchers:
            self.mailbox.watchers.remove(self)

    def added(self, uids: Sequence[int]) -> None:
        self.uids.extend(uids)
        self._grown = True
        self._wake()

    def removed(self, uids: Sequence[int]) -> None:
        self._gone.update(uids)
        self._wake()

    def changed(self, uid: int) -> None:
        self._changed[uid] = None
        self._wake()

    def reset(self) -> None:
        self.lost = True
        self._wake()

    def number(self, uid: int) -> int:
        return bisect_left(self.uids, uid) + 1

    def resolve(self, ranges: Ranges, by_uid: bool) -> list[int]:
        """The UIDs a set names, ascending, those still there only."""
        if by_uid:
            chosen = pick(ranges, self.uids)
        else:
            numbers = pick(ranges, range(1, len(self.uids) + 1), len(self.uids))
            chosen = [self.uids[number - 1] for number in numbers]
        return [uid for uid in chosen if uid in self.mailbox.messages]

    def flush(self, *, expunges: bool, vanished: bool, modseq: bool) -> Iterator[bytes]:
        """Untagged news: EXPUNGE (or VANISHED after ENABLE QRESYNC), EXISTS, FETCH FLAGS.

        `expunges` is False where numbers must stay as they are (RFC 9051 section 7.5.1).
        """
        if expunges and self._gone:
            yield from self._tell_gone(vanished)
        if self._grown:
            self._grown = False
            yield b"* %d EXISTS\r\n" % len(self.uids)
        changed, self._changed = self._changed, {}
        for uid in changed:
            if uid in self.mailbox.messages:
                yield self.flags_line(uid, modseq)

    def _tell_gone(self, vanished: bool) -> Iterator[bytes]:
        gone, self._gone = sorted(self._gone), set()
        if vanished:
            dead = set(gone)
            self.uids = [uid for uid in self.uids if uid not in dead]
            yield b"* VANISHED %s\r\n" % compress(gone).encode("ascii")
            return
        for uid in reversed(gone):
            number = self.number(uid)
            del self.uids[number - 1]
            yield b"* %d EXPUNGE\r\n" % number

    def flags_line(self, uid: int, modseq: bool, flags: bool = True) -> bytes:
        message = self.mailbox.messages[uid]
        parts = [b"UID %d" % uid]
        if flags:
            parts.append(b"FLAGS (%s)" % flag_words(message.flags))
        if modseq:
            parts.append(b"MODSEQ (%d)" % message.modseq)
        return b"* %d FETCH (%s)\r\n" % (self.number(uid), b" ".join(parts))


def flag_words(flags: frozenset[str]) -> bytes:
    return " ".join(sorted(flags)).encode("latin-1")
