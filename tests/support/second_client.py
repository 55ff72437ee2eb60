"""Another mail client, on the standard library's imaplib: makes the changes that mailtui has to notice and reads
the truth."""

from __future__ import annotations

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

imaplib._MAXLINE = 100_000_000  # type: ignore[attr-defined]  # `UID SEARCH ALL` of a big mailbox is one line
_FETCHED = re.compile(rb"UID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


class SecondClient:
    """One logged-in connection. Mailbox names as on the wire (modified UTF-7). Every refusal raises RuntimeError."""

    def __init__(
        self,
        port: int,
        user: str,
        password: str,
        *,
        host: str = "127.0.0.1",
        security: str = "none",
        ca_file: str | None = None,
    ) -> None:
        """`security`: none, starttls or tls."""
        context = ssl.create_default_context(cafile=ca_file) if security != "none" else None
        if security == "tls":
            self.imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=30)
        else:
            self.imap = imaplib.IMAP4(host, port, timeout=30)
            if context is not None:
                self.imap.starttls(context)
        try:
            self.imap.login(user, password)
        except imaplib.IMAP4.error:
            self.imap.shutdown()
            raise

    def __enter__(self) -> SecondClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        try:
            self.imap.logout()
        except (imaplib.IMAP4.error, OSError):
            self.imap.shutdown()

    def capabilities(self) -> frozenset[str]:
        """What the server offers after login."""
        return frozenset(word.decode() for word in self._ok(self.imap.capability())[0].split())

    def append(self, raw: bytes, mailbox: str = "INBOX", flags: Iterable[str] = (), date: int | None = None) -> None:
        """`date`: INTERNALDATE in seconds since 1970."""
        when = imaplib.Time2Internaldate(date) if date is not None else None
        self._ok(self.imap.append(_quote(mailbox), " ".join(flags), when, raw))

    def uids(self, mailbox: str = "INBOX") -> list[int]:
        self._select(mailbox)
        return [int(word) for word in (self._uid("SEARCH", "ALL")[0] or b"").split()]

    def add_flags(self, uids: Sequence[int], flags: str, mailbox: str = "INBOX") -> None:
        """`flags` as in `\\Seen $Forwarded`."""
        self._select(mailbox)
        self._uid("STORE", _set(uids), "+FLAGS.SILENT", f"({flags})")

    def remove_flags(self, uids: Sequence[int], flags: str, mailbox: str = "INBOX") -> None:
        self._select(mailbox)
        self._uid("STORE", _set(uids), "-FLAGS.SILENT", f"({flags})")

    def expunge(self, uids: Sequence[int], mailbox: str = "INBOX") -> None:
        """Exactly these, for good."""
        self._select(mailbox)
        self._uid("STORE", _set(uids), "+FLAGS.SILENT", r"(\Deleted)")
        self._uid("EXPUNGE", _set(uids))

    def move(self, uids: Sequence[int], to: str, mailbox: str = "INBOX") -> None:
        self._select(mailbox)
        self._uid("MOVE", _set(uids), _quote(to))

    def copy(self, uids: Sequence[int], to: str, mailbox: str = "INBOX") -> None:
        self._select(mailbox)
        self._uid("COPY", _set(uids), _quote(to))

    def create(self, mailbox: str) -> None:
        self._ok(self.imap.create(_quote(mailbox)))

    def delete(self, mailbox: str) -> None:
        self._leave()
        self._ok(self.imap.delete(_quote(mailbox)))

    def rename(self, old: str, new: str) -> None:
        self._leave()
        self._ok(self.imap.rename(_quote(old), _quote(new)))

    def mailboxes(self) -> list[str]:
        """Names, in the server's order."""
        lines = self._ok(self.imap.list())
        return [_unquote(line.decode().rpartition(' "/" ')[2]) for line in lines if isinstance(line, bytes)]

    def uidvalidity(self, mailbox: str = "INBOX") -> int:
        line = self._ok(self.imap.status(_quote(mailbox), "(UIDVALIDITY)"))[0]
        return int(line.rpartition(b"UIDVALIDITY ")[2].rstrip(b")"))

    def raw(self, mailbox: str = "INBOX") -> dict[int, bytes]:
        """UID -> the message's exact bytes. Leaves no \\Seen behind."""
        self._select(mailbox)
        answer = self.imap.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        found: dict[int, bytes] = {}
        for item in self._ok(answer):
            if isinstance(item, tuple) and (match := _FETCHED.search(item[0])):
                found[int(match[1])] = item[1]
        return found

    def digests(self, mailbox: str = "INBOX") -> dict[int, bytes]:
        """UID -> BLAKE2b-128 of the message, the digest that the store keeps."""
        return {uid: digest(raw) for uid, raw in self.raw(mailbox).items()}

    def flags(self, mailbox: str = "INBOX") -> dict[int, frozenset[str]]:
        """UID -> flags without \\Recent."""
        self._select(mailbox)
        found: dict[int, frozenset[str]] = {}
        for line in self._ok(self.imap.uid("FETCH", "1:*", "(UID FLAGS)")):
            if isinstance(line, bytes) and (uid := _FETCHED.search(line)) and (flags := _FLAGS.search(line)):
                found[int(uid[1])] = frozenset(flags[1].decode().split()) - {"\\Recent"}
        return found

    def _select(self, mailbox: str) -> None:
        self._ok(self.imap.select(_quote(mailbox)))

    def _leave(self) -> None:
        if self.imap.state == "SELECTED":
            self._ok(self.imap.unselect())

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        if command == "MOVE":  # imaplib knows no MOVE (RFC 6851)
            imaplib.Commands.setdefault("MOVE", ("SELECTED",))
        return self._ok(self.imap.uid(command, *arguments))

    @staticmethod
    def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
        if answer[0] != "OK":
            raise RuntimeError(f"the server said {answer}")
        return answer[1]


def digest(raw: bytes) -> bytes:
    """BLAKE2b-128."""
    return hashlib.blake2b(raw, digest_size=16).digest()


def _set(uids: Sequence[int]) -> str:
    """A sequence set, runs joined to ranges (RFC 3501 §9 sequence-set)."""
    parts: list[str] = []
    first = last = 0
    for uid in [*sorted(set(uids)), -1]:
        if first and uid == last + 1:
            last = uid
            continue
        if first:
            parts.append(str(first) if first == last else f"{first}:{last}")
        first = last = uid
    return ",".join(parts)


def _quote(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquote(text: str) -> str:
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return text
