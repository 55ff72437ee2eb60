"""What the server remembers of one IMAP session, and which extensions it offers. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Final, TypeAlias

from mailtui.demo.grammar import BadCommand, Refusal, Scanner
from mailtui.demo.mailboxes import Mailbox, Mailboxes
from mailtui.demo.view import View

CAPABILITIES: Final = (
    "IMAP4rev1",
    "LITERAL+",
    "SASL-IR",
    "AUTH=PLAIN",
    "AUTH=LOGIN",
    "ID",
    "ENABLE",
    "NAMESPACE",
    "SPECIAL-USE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "UIDPLUS",
    "MOVE",
    "IDLE",
    "UNSELECT",
    "ESEARCH",
    "CONDSTORE",
    "QRESYNC",
    "UTF8=ACCEPT",
)
_NEEDS = {"QRESYNC": ("CONDSTORE", "ENABLE"), "UTF8=ACCEPT": ("ENABLE",), "LIST-STATUS": ("LIST-EXTENDED",)}

Replies: TypeAlias = Generator[bytes, None, str]
"""A command's untagged lines, one by one; the return value is the text of its tagged OK."""


def offered_without(removed: Iterable[str]) -> tuple[str, ...]:
    """The capability list without `removed` and without whatever can't be had without them. Raises ValueError for
    names that were never there."""
    gone = {name.upper() for name in removed}
    unknown = gone - {name.upper() for name in CAPABILITIES}
    if unknown:
        raise ValueError(f"no such capability: {', '.join(sorted(unknown))}")
    gone |= {name for name, needs in _NEEDS.items() if gone & set(needs)}
    return tuple(name for name in CAPABILITIES if name.upper() not in gone)


class State:
    """Login, selected mailbox and enabled extensions of one session."""

    def __init__(self, mailboxes: Mailboxes, offered: tuple[str, ...], wake: Callable[[], None]) -> None:
        self.mailboxes = mailboxes
        self.offered = offered
        self.authenticated = False
        self.condstore = False
        self.qresync = False
        self.utf8 = False
        self.view: View | None = None
        self._wake = wake

    def offers(self, name: str) -> bool:
        return name in self.offered

    def need(self, name: str) -> None:
        """Raises BadCommand where the extension is switched off: the command does not exist then."""
        if name not in self.offered:
            raise BadCommand(f"{name} is not offered here")

    def box(self, name: str, code: str = "NONEXISTENT") -> Mailbox:
        found = self.mailboxes.get(name)
        if found is None or not found.selectable:
            raise Refusal("no such mailbox", code)
        return found

    @property
    def selected(self) -> View:
        if self.view is None:
            raise BadCommand("no mailbox is selected")
        return self.view

    @property
    def writable(self) -> View:
        if self.selected.readonly:
            raise Refusal("the mailbox is open for reading only", "READ-ONLY")
        return self.selected

    def open(self, mailbox: Mailbox, readonly: bool) -> View:
        self.leave()
        self.view = View(mailbox, readonly, self._wake)
        return self.view

    def leave(self) -> None:
        if self.view is not None:
            self.view.close()
            self.view = None

    def news(self, expunges: bool = True) -> Iterator[bytes]:
        if self.view is not None and not self.view.lost:
            yield from self.view.flush(expunges=expunges, vanished=self.qresync, modseq=self.condstore)


Handler: TypeAlias = Callable[[State, Scanner, str, bool], Replies]
"""(state, scanner after the command word, tag, whether UID came before it)."""
