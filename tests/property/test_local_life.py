"""A local account under a random life, told by a plain dict of what should be seen: deeds, undo and redo, other
programs, restarts, kills between two renames, rebuilt indexes. Nothing lost, nothing doubled, nothing ever waits.

MAILTUI_LEDGER_RUNS and MAILTUI_LEDGER_STEPS make it longer."""

from __future__ import annotations

import contextlib
import copy
import os
import tempfile
from collections.abc import Callable, Iterator
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from mailtui.model.folder import Role
from mailtui.model.ids import PlacementId
from mailtui.model.intents import (
    Copy,
    CreateMailbox,
    DeleteMailbox,
    Expunge,
    Intent,
    Move,
    Redo,
    RenameMailbox,
    SetFlags,
    Undo,
)
from mailtui.model.mail import Flags
from mailtui.store import files as file_work
from mailtui.store.folders import Folders
from mailtui.store.requests import OutsideChange
from tests.support.local_store import LOCAL, LocalBed, local_bed

RUNS = int(os.environ.get("MAILTUI_LEDGER_RUNS", "25"))
STEPS = int(os.environ.get("MAILTUI_LEDGER_STEPS", "18"))

ROLES = {"Trash": Role.TRASH, "Archive": Role.ARCHIVE, "Junk": Role.JUNK}
LASTING = ("INBOX", "Archive", "Trash", "Junk", "Sent", "Drafts", "Advertising")
FLAGS = ("\\Seen", "\\Flagged", "one", "two")
MADE = ("Work", "Work/a", "Lists", "Lists/a")
PLACES = ("INBOX", "Archive", "Trash", "Work", "Work/a", "Lists")
Mail = tuple[int, frozenset[str]]
"""(number, flags)"""
World = dict[str, dict[int, Mail]]
"""What should be seen: folder -> the mails in it, each by a key of the test's own."""
PICKS = st.sets(st.integers(0, 4), min_size=1, max_size=4)
KILLS = st.one_of(st.none(), st.none(), st.integers(1, 5))
"""At which rename the process dies, if at all."""


class Killed(BaseException):
    """The process ends here; nothing is put in order."""


@contextlib.contextmanager
def killed_at(call: int | None) -> Iterator[None]:
    """The `call`-th rename or link of a transaction is the last thing that is done."""
    if call is None:
        yield
        return
    count = 0

    def last(real: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*names: str) -> None:
            nonlocal count
            count += 1
            real(*names)
            if count == call:
                raise Killed

        return wrapped

    def nothing(*_: object) -> None:
        pass

    with (
        mock.patch("os.rename", last(os.rename)),
        mock.patch("os.link", last(os.link)),
        mock.patch.object(file_work.FileWork, "undo", nothing),
        mock.patch.object(Folders, "put_back", nothing),
    ):
        yield


def _order(mail: Mail) -> tuple[int, list[str]]:
    return mail[0], sorted(mail[1])


class LocalLife(RuleBasedStateMachine):
    """Rules act on the store and on the dict alike; after each both must tell the same."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="mailtui-local-")
        self._stack = contextlib.ExitStack()
        self.bed: LocalBed = self._stack.enter_context(local_bed(self._folder.name))
        self.world: World = {name: {} for name in LASTING}
        self.done: list[tuple[World, World]] = []
        self.undone: list[tuple[World, World]] = []
        """(before, after) of every step."""
        self._next = 0

    def teardown(self) -> None:
        self._stack.close()
        self._folder.cleanup()

    # -- looking

    def agree(self) -> None:
        seen = {
            name: sorted(
                ((int(row.subject.split()[-1]), frozenset(row.flags.names())) for box, row in rows if box == name),
                key=_order,
            )
            for rows in [self.bed.rows()]
            for name in self.bed.seen()
        }
        assert seen == {name: sorted(mails.values(), key=_order) for name, mails in self.world.items()}
        assert self.bed.audit() == []

    def rows(self, name: str, picks: set[int]) -> dict[int, PlacementId]:
        """Some of the mails of a folder: key -> placement."""
        left = [
            (row.subject, frozenset(row.flags.names()), row.placement) for box, row in self.bed.rows() if box == name
        ]
        found = {}
        for place, (key, (number, flags)) in enumerate(sorted(self.world.get(name, {}).items())):
            if place in picks:
                row = next(row for row in left if row[:2] == (f"number {number}", flags))
                left.remove(row)
                found[key] = row[2]
        return found

    def do(self, after: World, *intents: Intent, kill: int | None = None) -> None:
        try:
            with killed_at(kill):
                self.bed.do(*intents)
        except Killed:
            self.bed.reopen(crashed=True)
            self.agree()
            return
        if after != self.world:
            self.done.append((self.world, after))
            self.undone = []
        self.world = after
        self.agree()

    def forget(self) -> None:
        self.done, self.undone = [], []

    # -- other programs

    @initialize(count=st.integers(2, 5))
    def some_mail(self, count: int) -> None:
        for _ in range(count):
            self.deliver("INBOX")

    @rule(name=st.sampled_from(("INBOX", "Archive")))
    def deliver(self, name: str) -> None:
        self._next += 1
        self.bed.drop(name, self._next)
        worlds = [self.world, *(world for step in (*self.done, *self.undone) for world in step)]
        for world in {id(world): world for world in worlds}.values():
            world[name][self._next] = (self._next, frozenset())
        self.agree()

    @rule(running=st.booleans(), to=st.sampled_from(("INBOX", "Archive", "Trash")), star=st.booleans())
    def carried_by_another(self, running: bool, to: str, star: bool) -> None:
        """A file goes into another folder, or gets a flag."""
        files = sorted((self.bed.folder("INBOX") / "cur").iterdir())
        if not files:
            return
        path = files[0]
        row = next(row for box, row in self.bed.rows() if box == "INBOX" and self.bed.path(row.placement) == path)
        known = (int(row.subject.split()[-1]), frozenset(row.flags.names()))
        key = next(key for key, mail in self.world["INBOX"].items() if mail == known)
        name, (number, flags) = path.name, self.world["INBOX"].pop(key)
        if star and "F" not in name.rpartition(",")[2]:
            name, flags = f"{name}F", flags | {"\\Flagged"}
        if to != "INBOX":  # letters of keywords mean something else there
            name = name.rstrip("abcdefghijklmnopqrstuvwxyz")
            flags = frozenset(flag for flag in flags if flag.startswith("\\"))
        self.world[to][key] = (number, flags)
        os.rename(path, self.bed.folder(to) / "cur" / name)
        if running:
            self.bed.store.apply([OutsideChange((self.bed.box("INBOX"), self.bed.box(to)))])
        else:
            self.bed.reopen()
        self.forget()
        self.agree()

    # -- the person

    @rule(
        name=st.sampled_from(PLACES),
        picks=PICKS,
        add=st.sets(st.sampled_from(FLAGS)),
        remove=st.sets(st.sampled_from(FLAGS)),
        kill=KILLS,
    )
    def mark(self, name: str, picks: set[int], add: set[str], remove: set[str], kill: int | None) -> None:
        rows = self.rows(name, picks)
        after = copy.deepcopy(self.world)
        for key in rows:
            number, flags = after[name][key]
            after[name][key] = (number, (flags | add) - remove)
        self.do(after, SetFlags(tuple(rows.values()), Flags.of(sorted(add)), Flags.of(sorted(remove))), kill=kill)

    @rule(name=st.sampled_from(PLACES), picks=PICKS, to=st.sampled_from(PLACES), kill=KILLS)
    def move(self, name: str, picks: set[int], to: str, kill: int | None) -> None:
        if to in self.world:
            rows = self.rows(name, picks)
            after = copy.deepcopy(self.world)
            for key in rows:
                after[to][key] = after[name].pop(key)
            self.do(after, Move(tuple(rows.values()), ROLES.get(to) or self.bed.box(to)), kill=kill)

    @rule(name=st.sampled_from(PLACES), picks=PICKS, to=st.sampled_from(PLACES), kill=KILLS)
    def copy(self, name: str, picks: set[int], to: str, kill: int | None) -> None:
        if to in self.world:
            rows = self.rows(name, picks)
            after = copy.deepcopy(self.world)
            for key in rows:
                self._next += 1
                after[to][self._next] = after[name][key]
            self.do(after, Copy(tuple(rows.values()), self.bed.box(to)), kill=kill)

    @rule(name=st.sampled_from(PLACES), picks=PICKS, kill=KILLS)
    def expunge(self, name: str, picks: set[int], kill: int | None) -> None:
        rows = self.rows(name, picks)
        after = copy.deepcopy(self.world)
        for key in rows:
            del after[name][key]
        self.do(after, Expunge(tuple(rows.values())), kill=kill)

    @rule(name=st.sampled_from(PLACES), picks=PICKS, kill=KILLS)
    def several(self, name: str, picks: set[int], kill: int | None) -> None:
        """Marked, put into the Trash, and the half of it deleted for good: one deed."""
        rows = self.rows(name, picks)
        after = copy.deepcopy(self.world)
        half = dict(list(rows.items())[::2])
        for key in rows:
            number, flags = after[name].pop(key)
            if key not in half:
                after["Trash"][key] = (number, flags | {"one"})
        everything = tuple(rows.values())
        marked = SetFlags(everything, Flags.of(["one"]))
        self.do(after, marked, Move(everything, Role.TRASH), Expunge(tuple(half.values())), kill=kill)

    def parent_is_there(self, name: str) -> bool:
        """Else undoing could mean to delete a folder that has others below it, which is refused."""
        return "/" not in name or name.rpartition("/")[0] in self.world

    @rule(name=st.sampled_from(MADE))
    def make(self, name: str) -> None:
        if name not in self.world and self.parent_is_there(name):
            self.do({**copy.deepcopy(self.world), name: {}}, CreateMailbox(LOCAL, name))

    @rule(old=st.sampled_from(MADE), new=st.sampled_from(MADE))
    def rename(self, old: str, new: str) -> None:
        if old not in self.world or new == old or new.startswith(f"{old}/") or not self.parent_is_there(new):
            return
        names = {name: new + name[len(old) :] for name in self.world if name == old or name.startswith(f"{old}/")}
        if not set(names.values()) & set(self.world):
            after = {names.get(name, name): mails for name, mails in copy.deepcopy(self.world).items()}
            self.do(after, RenameMailbox(self.bed.box(old), new))

    @rule(name=st.sampled_from(MADE), kill=KILLS)
    def delete(self, name: str, kill: int | None) -> None:
        if name in self.world and not any(other.startswith(f"{name}/") for other in self.world):
            after = copy.deepcopy(self.world)
            del after[name]
            self.do(after, DeleteMailbox(self.bed.box(name)), kill=kill)

    @precondition(lambda self: self.done)
    @rule(kill=KILLS)
    def undo(self, kill: int | None) -> None:
        try:
            with killed_at(kill):
                self.bed.order(Undo())
        except Killed:
            self.bed.reopen(crashed=True)
            self.agree()
            return
        step = self.done.pop()
        self.undone.append(step)
        self.world = step[0]
        self.agree()

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        self.bed.order(Redo())
        step = self.undone.pop()
        self.done.append(step)
        self.world = step[1]
        self.agree()

    # -- the computer

    @rule(crashed=st.booleans())
    def restart(self, crashed: bool) -> None:
        self.bed.reopen(crashed=crashed)
        self.agree()

    @rule()
    def reindex(self) -> None:
        self.bed.reindex()
        self.agree()

    @rule()
    def lose_the_index(self) -> None:
        self.bed.lose_index()
        self.forget()
        self.agree()


TestLocalLife = LocalLife.TestCase
TestLocalLife.settings = settings(max_examples=RUNS, stateful_step_count=STEPS, deadline=None)
