"""The operation x protocol table by keys, in a real terminal: each cell is done, seen where it belongs, and undone. The
same by commands, and without a network: tests/integration/test_operation_table.py."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import pytest

from tests.integration.test_operation_table import OPERATIONS, dovecot_with_pop3, kept
from tests.support.dovecot import Dovecot
from tests.support.operating import PROTOCOLS, Person, Protocol, State
from tests.support.profile import ROOT, wait_until
from tests.support.tmux import Screen

__all__ = ["dovecot_with_pop3"]
pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.server,
]


@dataclass(frozen=True, slots=True)
class Keys:
    """What is pressed in the Inbox, on the letter `one`. `steps`: how often `u` takes it back."""

    press: Callable[[Screen], None]
    steps: int = 1
    before: Callable[[Screen], None] | None = None


def keys(*wanted: str) -> Callable[[Screen], None]:
    return lambda screen: screen.keys(*wanted)


def into(key: str, title: str, folder: str) -> Callable[[Screen], None]:
    """Through the box that asks for a folder."""

    def press(screen: Screen) -> None:
        screen.keys(key)
        screen.wait_for(title)
        screen.type(folder)
        screen.keys("Enter")

    return press


def labelled(screen: Screen) -> None:
    screen.keys("s", "L")
    screen.wait_for("Label")
    screen.type("todo")
    screen.keys("Enter")


def for_ever(screen: Screen) -> None:
    screen.keys("D")
    screen.wait_for("for ever?")
    screen.keys("y")


def new_folder(name: str) -> Callable[[Screen], None]:
    def press(screen: Screen) -> None:
        screen.keys("h", "n")
        screen.wait_for("New folder")
        screen.type(name)
        screen.keys("Enter")
        screen.wait_for(name)
        screen.keys("g", "i")

    return press


def written(subject: str, *end: str) -> Callable[[Screen], None]:
    def press(screen: Screen) -> None:
        screen.keys("c")
        screen.wait_for("New message", "Subject")
        screen.type("ben@example.net")
        screen.keys("Enter")
        screen.type(subject)
        screen.keys("Enter")
        screen.type("Hello")
        screen.wait_for("Hello")
        screen.keys(*end)
        screen.wait_gone("New message")

    return press


def taken_out(role: str, key: str) -> Callable[[Screen], None]:
    """In the folder of that role, the letter that was put there."""

    def press(screen: Screen) -> None:
        screen.keys("g", "f")
        screen.wait_for("folder")
        screen.type(role)
        screen.keys("Enter")
        screen.wait_for("1 of 1", "one")
        screen.keys(key)
        screen.wait_for("Nothing here")
        screen.keys("g", "i")

    return press


KEYS = {
    "read": Keys(keys("U")),
    "mark": Keys(labelled, steps=2),
    "move": Keys(into("m", "Move", "Work"), before=new_folder("Work")),
    "copy": Keys(into("C", "Copy", "Archive")),
    "archive": Keys(keys("a")),
    "delete": Keys(keys("d")),
    "delete-forever": Keys(for_ever),
    "folder": Keys(new_folder("Plans")),
    "draft": Keys(written("plan", "Escape"), steps=0),
    "spam": Keys(keys("!")),
    "not-spam": Keys(taken_out("junk", "!"), before=keys("!")),
    "advertising": Keys(keys("N")),
    "not-advertising": Keys(taken_out("advertising", "N"), before=keys("N")),
    "sent": Keys(written("news", "C-s"), steps=0),
}
"""By the names of OPERATIONS; `rule` has no key."""


@dataclass(slots=True)
class Session:
    me: Person
    screen: Screen
    dirty: bool = True
    """The last cell was not brought to its end: what is here is not what the next one begins with."""


@pytest.fixture(scope="module", params=PROTOCOLS)
def sessions(
    request: pytest.FixtureRequest, dovecot_with_pop3: Dovecot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Session]]:
    """One screen per protocol, for all its cells; a new one after a cell that failed."""
    protocol: Protocol = request.param
    open_: list[Session] = []

    def session() -> Session:
        if open_ and not open_[-1].dirty:
            return open_[-1]
        while open_:
            open_.pop().screen.__exit__(None, None, None)
        me = Person(protocol, dovecot_with_pop3, tmp_path_factory.mktemp(protocol), "mark_read_seconds = -1")
        env = {"HOME": str(me.folder), "PYTHONPATH": str(ROOT)}
        screen = Screen(me.argv(), env=env).__enter__()
        open_.append(Session(me, screen))
        screen.wait_for("1 of 3", "one")
        return open_[-1]

    yield session
    while open_:
        open_.pop().screen.__exit__(None, None, None)


def test_every_operation_has_its_keys() -> None:
    assert set(KEYS) == set(OPERATIONS) - {"rule"}


@pytest.mark.parametrize("name", KEYS)
def test_by_keys(name: str, sessions: Callable[[], Session]) -> None:
    session = sessions()
    me, screen = session.me, session.screen
    session.dirty = True
    remote = kept(OPERATIONS[name], me.protocol) == "server"
    pressed = KEYS[name]

    def settled(wanted: State, server: State) -> None:
        assert wait_until(lambda: me.here() == wanted), (me.here(), wanted, screen.text())
        assert wait_until(lambda: me.on_server() == server), (me.on_server(), server, screen.text())

    first, first_server = me.here(), me.on_server()
    screen.keys("g", "i", "g", "g")
    if pressed.before is not None:
        pressed.before(screen)
        screen.keys("g", "g")
        assert wait_until(lambda: me.here() != first), screen.text()
        assert wait_until(lambda: not remote or me.on_server() == me.here()), screen.text()
    before, server_before = me.here(), me.on_server()
    wanted = deepcopy(before)
    OPERATIONS[name].outcome(wanted)
    pressed.press(screen)
    settled(wanted, wanted if remote else server_before)
    for _ in range(pressed.steps):
        screen.keys("u")
        screen.wait_for("Undone")
    if pressed.steps:
        settled(before, server_before)
        if pressed.before is not None:
            screen.keys("u")
            settled(first, first_server)
    assert "Traceback" not in screen.text()
    session.dirty = False
