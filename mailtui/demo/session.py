"""One IMAP session: bytes in, bytes out (RFC 9051 with the extensions in `state.CAPABILITIES`). No I/O."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterator
from typing import Final

from mailtui.demo import folders, selected
from mailtui.demo.grammar import CONTINUE, Assembler, BadCommand, Overflow, Refusal, Scanner
from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.state import Handler, Replies, State

_FOLDERS: Final[dict[str, Handler]] = {
    "NAMESPACE": folders.namespace,
    "LIST": folders.list_,
    "LSUB": folders.lsub,
    "STATUS": folders.status,
    "CREATE": folders.create,
    "DELETE": folders.delete,
    "RENAME": folders.rename,
    "SUBSCRIBE": folders.subscribe,
    "UNSUBSCRIBE": folders.unsubscribe,
    "APPEND": folders.append,
    "SELECT": selected.select,
    "EXAMINE": selected.examine,
}
_SELECTED: Final[dict[str, Handler]] = {
    "CLOSE": selected.close,
    "UNSELECT": selected.unselect,
    "FETCH": selected.fetch,
    "STORE": selected.store,
    "SEARCH": selected.search,
    "COPY": selected.copy,
    "MOVE": selected.move,
    "EXPUNGE": selected.expunge,
}
_WITH_UID = frozenset({"FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE"})


class Session:
    """Feed it what the client sends and write what it yields. `wake` is called when `idle_news` may say something."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        user: str,
        password: str,
        offered: tuple[str, ...],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.state = State(mailboxes, offered, wake)
        self.ended = False
        self._user = user
        self._password = password
        self._assembler = Assembler(literal_plus="LITERAL+" in offered)
        self._idle_tag = ""
        self._auth: Iterator[bytes] | None = None
        self._answer = b""

    def greeting(self) -> bytes:
        return b"* OK [CAPABILITY %s] mailtui demo server\r\n" % self._capabilities()

    def _capabilities(self) -> bytes:
        return " ".join(self.state.offered).encode("ascii")

    def close(self) -> None:
        """Forget the open mailbox; to be called when the connection is gone."""
        self.ended = True
        self.state.leave()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, yield replies. Draining between two pieces is fine: other sessions may work meanwhile."""
        self._assembler.feed(data)
        try:
            while not self.ended:
                if self._idle_tag or self._auth is not None:
                    line = self._assembler.line()
                    if line is None:
                        return
                    yield from self._answered(line)
                    continue
                command = self._assembler.take()
                if command is None:
                    return
                if command is CONTINUE:
                    yield b"+ go on\r\n"
                else:
                    assert isinstance(command, bytes)
                    yield from self._command(command)
        except Overflow as problem:
            self.ended = True
            yield f"* BYE {problem}\r\n".encode("ascii")

    def idle_news(self) -> bytes:
        """What an idling client must hear now; empty if it is not idling. A lost mailbox ends the session."""
        view = self.state.view
        if view is not None and view.lost:
            self.ended = True
            return b"* BYE the mailbox is no more what it was; connect again\r\n"
        return b"".join(self.state.news()) if self._idle_tag else b""

    def _answered(self, line: bytes) -> Iterator[bytes]:
        if self._auth is not None:
            self._answer = line
            yield from self._step_auth()
            return
        tag, self._idle_tag = self._idle_tag, ""
        if line.upper() == b"DONE":
            yield from self.state.news()
            yield f"{tag} OK IDLE done\r\n".encode("ascii")
        else:
            yield f"{tag} BAD DONE expected\r\n".encode("ascii")

    def _command(self, line: bytes) -> Iterator[bytes]:
        scan = Scanner(line)
        tag = "*"
        try:
            tag = scan.atom()
            scan.space()
            name = scan.word()
            by_uid = name == "UID"
            if by_uid:
                scan.space()
                name = scan.word()
                if name not in _WITH_UID:
                    raise BadCommand(f"UID {name} is no command")
            yield from self._run(name, scan, tag, by_uid)
        except BadCommand as problem:
            yield f"{tag} BAD {problem}\r\n".encode("ascii", "replace")
        except Refusal as problem:
            code = f"[{problem.code}] " if problem.code else ""
            yield f"{tag} NO {code}{problem}\r\n".encode("ascii", "replace")

    def _run(self, name: str, scan: Scanner, tag: str, by_uid: bool) -> Iterator[bytes]:
        if name == "AUTHENTICATE":
            yield from self._authenticate(scan, tag)
            return
        if name == "IDLE":
            yield from self._idle(scan, tag)
            return
        text = yield from self._replies(name, scan, tag, by_uid)
        yield f"{tag} OK {text}\r\n".encode("ascii")

    def _replies(self, name: str, scan: Scanner, tag: str, by_uid: bool) -> Replies:
        match name:
            case "CAPABILITY":
                yield b"* CAPABILITY %s\r\n" % self._capabilities()
                return "CAPABILITY done"
            case "NOOP" | "CHECK":
                scan.end()
                yield from self.state.news()
                return f"{name} done"
            case "LOGOUT":
                self.ended = True
                yield b"* BYE until next time\r\n"
                return "LOGOUT done"
            case "ID":
                self.state.need("ID")
                yield b'* ID ("name" "mailtui demo")\r\n'
                return "ID done"
            case "LOGIN":
                scan.space()
                user = scan.astring()
                scan.space()
                self._log_in(user, scan.astring())
                return self._welcome()
        if not self.state.authenticated:
            raise BadCommand("log in first")
        if name == "ENABLE":
            return (yield from self._enable(scan))
        handler = _FOLDERS.get(name)
        if handler is None:
            handler = _SELECTED.get(name)
            if handler is None:
                raise BadCommand(f"unknown command {name}")
            assert self.state.selected
        return (yield from handler(self.state, scan, tag, by_uid))

    def _enable(self, scan: Scanner) -> Replies:
        self.state.need("ENABLE")
        enabled = []
        while scan.skip(b" "):
            name = scan.word()
            if name in ("CONDSTORE", "QRESYNC", "UTF8=ACCEPT") and self.state.offers(name):
                enabled.append(name)
        self.state.qresync = self.state.qresync or "QRESYNC" in enabled
        self.state.condstore = self.state.condstore or bool({"CONDSTORE", "QRESYNC"} & set(enabled))
        self.state.utf8 = self.state.utf8 or "UTF8=ACCEPT" in enabled
        yield f"* ENABLED {' '.join(enabled)}".rstrip().encode("ascii") + b"\r\n"
        return "ENABLE done"

    def _idle(self, scan: Scanner, tag: str) -> Iterator[bytes]:
        self.state.need("IDLE")
        scan.end()
        if not self.state.authenticated:
            raise BadCommand("log in first")
        self._idle_tag = tag
        yield b"+ idling\r\n"
        yield from self.state.news()

    def _authenticate(self, scan: Scanner, tag: str) -> Iterator[bytes]:
        scan.space()
        mechanism = scan.word()
        if f"AUTH={mechanism}" not in self.state.offered:
            raise Refusal("mechanism is not offered here", "CANNOT")
        first = None
        if scan.skip(b" "):
            self.state.need("SASL-IR")
            first = scan.data[scan.at :]
        steps = self._plain(first) if mechanism == "PLAIN" else self._login_steps()
        self._auth = self._finish(steps, tag)
        yield from self._step_auth()

    def _step_auth(self) -> Iterator[bytes]:
        assert self._auth is not None
        piece = next(self._auth)
        if not piece.startswith(b"+"):
            self._auth = None
        yield piece

    def _finish(self, steps: Iterator[bytes], tag: str) -> Iterator[bytes]:
        """The challenges, then the tagged outcome as the last piece."""
        try:
            yield from steps
            yield f"{tag} OK {self._welcome()}\r\n".encode("ascii")
        except Refusal as problem:
            yield f"{tag} NO [{problem.code}] {problem}\r\n".encode("ascii")
        except BadCommand as problem:
            yield f"{tag} BAD {problem}\r\n".encode("ascii")

    def _plain(self, first: bytes | None) -> Iterator[bytes]:
        if first is None:
            yield b"+ \r\n"
            first = self._answer
        parts = _unpack(first).split(b"\0")
        if len(parts) != 3:
            raise BadCommand("PLAIN takes three parts")
        self._log_in(parts[1], parts[2])

    def _login_steps(self) -> Iterator[bytes]:
        yield b"+ VXNlcm5hbWU6\r\n"
        user = _unpack(self._answer)
        yield b"+ UGFzc3dvcmQ6\r\n"
        self._log_in(user, _unpack(self._answer))

    def _log_in(self, user: bytes, password: bytes) -> None:
        if self.state.authenticated:
            raise BadCommand("already logged in")
        good = hmac.compare_digest(user, self._user.encode()) and hmac.compare_digest(password, self._password.encode())
        if not good:
            raise Refusal("user or password is wrong", "AUTHENTICATIONFAILED")
        self.state.authenticated = True

    def _welcome(self) -> str:
        return f"[CAPABILITY {' '.join(self.state.offered)}] logged in"


def _unpack(answer: bytes) -> bytes:
    if answer == b"*":
        raise BadCommand("the client gave up")
    try:
        return base64.b64decode(b"" if answer == b"=" else answer, validate=True)
    except binascii.Error as error:
        raise BadCommand("base64 expected") from error
