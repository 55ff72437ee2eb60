"""The operation x protocol table: each thing that a person does to mail, by command, on IMAP, POP3 and local accounts,
without a network first and with it then; where the outcome lies, and that it can be taken back. The README has it as a
page, which is checked against this."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.dovecot import Dovecot
from tests.support.operating import PROTOCOLS, Person, Protocol, State
from tests.support.servers import ServerMissing

pytestmark = pytest.mark.server
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def dovecot_with_pop3() -> Iterator[Dovecot]:
    try:
        server = Dovecot()
        server.pop3 = True
        server.start()
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILTUI_REQUIRE_SERVERS=1, but {missing}")
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.remove()


# -- what comes of it: changes of a state


def flagged(subject: str, *flags: str, folder: str = "inbox") -> Callable[[State], None]:
    def change(state: State) -> None:
        state[folder] = sorted((one, had | set(flags) if one == subject else had) for one, had in state[folder])

    return change


def moved(subject: str, to: str, *flags: str, source: str = "inbox") -> Callable[[State], None]:
    def change(state: State) -> None:
        ((_, had),) = (one for one in state[source] if one[0] == subject)
        state[source] = [one for one in state[source] if one[0] != subject]
        state[to] = sorted([*state.get(to, []), (subject, had | set(flags))])

    return change


def added(folder: str, subject: str | None = None, *flags: str) -> Callable[[State], None]:
    def change(state: State) -> None:
        state.setdefault(folder, [])
        if subject is not None:
            state[folder] = sorted([*state[folder], (subject, frozenset(flags))])

    return change


def gone(subject: str) -> Callable[[State], None]:
    def change(state: State) -> None:
        state["inbox"] = [one for one in state["inbox"] if one[0] != subject]

    return change


def not_spam(state: State) -> None:
    moved("one", "inbox", "$NotJunk", source="junk")(state)
    state["inbox"] = sorted((one, flags - {"$Junk"}) for one, flags in state["inbox"])


@dataclass(frozen=True, slots=True)
class Operation:
    """`words`: what the README calls it. `before`: done, and caught up, before anything is looked at."""

    words: str
    act: Callable[[Person], None]
    outcome: Callable[[State], None]
    before: Callable[[Person], None] | None = None
    undone: bool = True
    """Whether `mailtui undo` takes it back."""


def compose(end: str, subject: str) -> Callable[[Person], None]:
    words = ("compose", "ben@example.net", "--subject", subject, "--body", "-", end)
    return lambda me: (me.must(*words, stdin=b"Hello\n"), None)[1]


def do(command: str, *options: str, folder: str = "inbox") -> Callable[[Person], None]:
    return lambda me: me.act(command, *options, folder=folder)


OPERATIONS = {
    "read": Operation("mark read", do("flag", "--add", "seen"), flagged("one", "seen")),
    "mark": Operation(
        "star, label", do("flag", "--add", "flagged", "--add", "todo"), flagged("one", "flagged", "todo")
    ),
    "move": Operation(
        "move to a folder",
        do("move", "--to", "Work"),
        moved("one", "Work"),
        before=lambda me: (me.must("folder", "create", "Work"), None)[1],
    ),
    "copy": Operation("copy", do("copy", "--to", "archive"), added("archive", "one")),
    "archive": Operation("archive", do("archive"), moved("one", "archive")),
    "delete": Operation("delete (into Trash)", do("delete"), moved("one", "trash")),
    "delete-forever": Operation("delete for ever", do("delete", "--forever", "--yes"), gone("one")),
    "sent": Operation("sent mail in Sent", compose("--send", "news"), added("sent", "news", "seen"), undone=False),
    "folder": Operation("create a folder", lambda me: (me.must("folder", "create", "Plans"), None)[1], added("Plans")),
    "draft": Operation("save a draft", compose("--draft", "plan"), added("drafts", "plan", "draft", "seen")),
    "spam": Operation("spam", do("spam"), moved("one", "junk", "$Junk")),
    "not-spam": Operation(
        "not spam",
        do("not-spam", folder="junk"),
        not_spam,
        before=do("spam"),
    ),
    "advertising": Operation("advertising", do("advertising"), moved("one", "advertising")),
    "not-advertising": Operation(
        "not advertising",
        do("not-advertising", folder="advertising"),
        moved("one", "inbox", source="advertising"),
        before=do("advertising"),
    ),
    "rule": Operation(
        "a rule (`rules apply`)",
        lambda me: (me.must("rules", "apply"), None)[1],
        moved("three", "Ruled", "ruled"),
    ),
}


def kept(operation: Operation, protocol: Protocol) -> str:
    """What the README's table says: `server` or `here`."""
    row = re.search(rf"^\| {re.escape(operation.words)} \| (\w+) \| (\w+) \| (\w+) \|$", README.read_text(), re.M)
    assert row is not None, "the README lacks it"
    return str(row[1 + PROTOCOLS.index(protocol)])


def test_the_readme_has_these_operations_and_no_other() -> None:
    page = README.read_text().partition("## What works where")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| (?:server|here) ", page, re.M)
    assert rows == [operation.words for operation in OPERATIONS.values()]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name: str, protocol: Protocol, dovecot_with_pop3: Dovecot, tmp_path: Path) -> None:
    operation = OPERATIONS[name]
    remote = kept(operation, protocol) == "server"
    me = Person(protocol, dovecot_with_pop3, tmp_path)
    if operation.before is not None:
        operation.before(me)
        me.sync()
    before, server_before = me.here(), me.on_server()
    wanted = deepcopy(before)
    operation.outcome(wanted)
    assert wanted != before

    me.unplug()
    operation.act(me)
    assert me.here() == wanted, "at once, without a network"
    me.sync(0 if protocol == "local" else 75)
    assert me.here() == wanted, "a server that does not answer changes nothing"
    assert me.on_server() == server_before
    assert bool(me.asked("ledger")) == remote, "only what a server keeps has to wait"

    me.plug()
    for _ in range(2):
        me.sync()
        assert me.here() == wanted
        assert me.asked("ledger") == []
        assert me.on_server() == (wanted if remote else server_before)
    assert (tmp_path / "sent.eml").exists() is (name == "sent")

    if operation.undone:
        me.must("undo")
        me.sync()
        assert me.here() == before, "taken back"
        assert me.on_server() == server_before
        assert me.asked("ledger") == []
