"""A real IMAP server in the test's own event loop, as poor and as unreliable as the test wants: the demo's server with
capabilities switched off, and with faults at chosen commands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.server import PASSWORD, USER, DemoServer
from mailtui.demo.session import Session
from mailtui.model.account import Account
from tests.support.running_engine import account

SWITCHES = ("MOVE", "UIDPLUS", "CONDSTORE", "QRESYNC", "IDLE", "SPECIAL-USE", "LITERAL+", "ESEARCH")


class How(Enum):
    CUT_BEFORE = "the connection is cut before the command is done"
    CUT_AFTER = "it is done, and the connection cut before the answer"
    CUT_AMID = "it is done, and the connection cut in the middle of the answer"
    REFUSE = "NO"
    BAD = "BAD"


@dataclass
class Fault:
    """Hits the next `times` commands of this name (`UID MOVE`, `APPEND`; empty: any), after letting `skip` pass."""

    command: str
    how: How
    answer: str = ""
    skip: int = 0
    times: int = 1


class _Cut(ConnectionError):
    pass


@dataclass
class Unreliable:
    faults: list[Fault] = field(default_factory=list)
    budget: int | None = None
    """Octets of answers after which the connection is cut, once."""
    commands: list[str] = field(default_factory=list)
    """Names of all commands, and their arguments up to the first literal."""

    def hit(self, name: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and (not fault.command or fault.command == name):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def spend(self, data: bytes) -> bytes:
        """As much of an answer as the line still carries."""
        if self.budget is None:
            return data
        part = data[: self.budget]
        self.budget -= len(part)
        return part

    def count(self, name: str) -> int:
        return sum(command.split("\n")[0] == name for command in self.commands)


class _Session(Session):
    unreliable: Unreliable

    def _command(self, line: bytes) -> Iterator[bytes]:
        if self.unreliable.budget is None:
            yield from self._faulty(line)
            return
        # What was asked is done, and wholly (a MOVE is never half done): only its answer is cut.
        yield self.unreliable.spend(b"".join(self._faulty(line)))
        if self.unreliable.budget == 0:
            self.unreliable.budget = None
            raise _Cut

    def _faulty(self, line: bytes) -> Iterator[bytes]:
        words = line.split(b" ")
        tag = words[0].decode()
        name = b" ".join(words[1:3] if words[1].upper() == b"UID" else words[1:2]).decode().upper()
        self.unreliable.commands.append(f"{name}\n{line.decode('utf-8', 'replace')}")
        fault = self.unreliable.hit(name)
        match fault.how if fault is not None else None:
            case None:
                yield from super()._command(line)
            case How.CUT_BEFORE:
                raise _Cut
            case How.CUT_AFTER:
                list(super()._command(line))
                raise _Cut
            case How.CUT_AMID:
                answer = b"".join(super()._command(line))
                yield answer[: len(answer) // 2]
                raise _Cut
            case How.REFUSE:
                assert fault is not None
                yield f"{tag} NO {fault.answer or 'not now'}\r\n".encode()
            case How.BAD:
                assert fault is not None
                yield f"{tag} BAD {fault.answer or 'what?'}\r\n".encode()


class PoorServer(DemoServer):
    def __init__(self, mailboxes: Mailboxes, without: Iterable[str] = ()) -> None:
        super().__init__(mailboxes, without=without)
        self.unreliable = Unreliable()

    def session(self, wake: Callable[[], None]) -> Session:
        made = _Session(self.mailboxes, self._user, self._password, self._offered, wake)
        made.unreliable = self.unreliable
        return made


@asynccontextmanager
async def poor_server(
    mailboxes: Mailboxes, without: Iterable[str] = (), **more: object
) -> AsyncIterator[tuple[PoorServer, Account]]:
    """The server and an account on it; the account's password is the demo's."""
    server = PoorServer(mailboxes, without)
    ports = await server.start()
    try:
        yield server, account(USER, ports.imap, **more)  # type: ignore[arg-type]
    finally:
        await server.stop()


__all__ = ["PASSWORD", "SWITCHES", "Fault", "How", "PoorServer", "Unreliable", "poor_server"]
