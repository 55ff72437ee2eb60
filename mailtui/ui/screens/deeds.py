"""What is done to messages: from a key to the Deed that goes to the store, with the question or the folder that it
needs, and what list and reader do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

from textual.screen import ModalScreen

from mailtui.mail.sanitize import safe_line
from mailtui.model.folder import Mailbox
from mailtui.model.ids import AccountId, MailboxId, ThreadId
from mailtui.model.intents import CreateMailbox, Deed, Redo, SetFlags, Undo
from mailtui.model.ports import MailReader
from mailtui.ui.bridge import Bridge
from mailtui.ui.panes.messages import MessagesPane
from mailtui.ui.panes.status import StatusPane
from mailtui.ui.screens.questions import Picker, Prompt, Question
from mailtui.view import labels
from mailtui.view.deeds import PLANNERS, THREAD_PLANNERS, Boxes, Plan, Target, accounts, copy, move
from mailtui.view.figures import plural

PATIENCE = 10.0
"""Seconds that mail waits for the folder that was made for it."""
KEPT_BACK = "A copy stays on this computer for a while: undo or Recover bring it back."


class Desk(Protocol):
    """The screen that all of this happens on."""

    messages: MessagesPane
    status: StatusPane

    @property
    def scope(self) -> str: ...

    @property
    def mailboxes(self) -> list[Mailbox]:
        """In the order of the folder pane."""

    def to_list(self) -> None:
        """The keys go to the list."""


Ask: TypeAlias = Callable[[ModalScreen[Any], Callable[..., None]], object]


@dataclass(frozen=True, slots=True)
class _Awaited:
    """Mail that goes to a folder as soon as it is there."""

    account: AccountId
    name: str
    then: Callable[[Mailbox], None]


class Deeds:
    """`after_action`: next, previous or stay, as in `Settings`. `ask` puts a screen above everything and hands on what
    it ends with."""

    def __init__(self, desk: Desk, bridge: Bridge, after_action: str, ask: Ask) -> None:
        self._desk = desk
        self._bridge = bridge
        self._after = after_action
        self._ask = ask
        self._last: dict[AccountId, MailboxId] = {}
        self._awaited: _Awaited | None = None
        self._filed: MailboxId | None = None
        self._labelled = ""

    @property
    def _boxes(self) -> Boxes:
        return self._desk.messages.feed.boxes

    def perform(self, name: str, times: int | None) -> bool:
        """An action by name; False if it is none of ours."""
        if name in PLANNERS:
            planner = PLANNERS[name]
            self._gather(times, lambda targets: self._carry_out(planner(targets, self._boxes), targets))
        elif name in THREAD_PLANNERS:
            self._gather(times, partial(self._thread, name))
        elif name in {"move", "copy"}:
            self._gather(times, partial(self._where, name))
        elif name == "label":
            self._gather(times, self._label)
        elif name == "undo":
            self._desk.messages.feed.returning()
            self._bridge.send(Undo(times or 1))
        elif name == "redo":
            self._bridge.send(Redo(times or 1))
        elif name == "mark_matching":
            self._mark_matching()
        else:
            return False
        return True

    def again(self, name: str, times: int | None) -> bool:
        """Do it again where it needs no question a second time: to the same folder, with the same labels. False: as if
        it were asked for anew."""
        if name == "label" and self._labelled:
            self._gather(times, lambda found: self._carry_out(labels.relabel(found, self._labelled), found))
            return True
        if name in {"move", "copy"} and self._filed is not None and self._filed in self._boxes:
            to = self._boxes[self._filed]
            self._gather(times, partial(self._refile, name, to))
            return True
        return False

    def _refile(self, name: str, to: Mailbox, targets: tuple[Target, ...]) -> None:
        if accounts(targets, self._boxes) == {to.account}:
            self._file(name, targets, to)
        else:
            self._where(name, targets)

    def _gather(self, times: int | None, then: Callable[[tuple[Target, ...]], None]) -> None:
        """The reader means the message that it shows; the list, what is marked there or under the cursor."""
        picking = self._desk.messages.picking

        def some(targets: tuple[Target, ...]) -> None:
            if targets:
                then(targets)
            else:
                self._desk.status.say("There is no message here")

        if self._desk.scope == "reader":
            some(tuple(Target.of(row) for row in picking.here(times or 1)))
        else:
            picking.gather(times, some)

    def to_sender(self, name: str, targets: tuple[Target, ...], who: str) -> bool:
        """An action on all messages of a sender, as one step. `who`: safe text. True: it is done, nothing is asked."""
        plan = PLANNERS[name](targets, self._boxes)
        if plan.deed is not None and len(targets) > 1:
            plan = replace(plan, deed=replace(plan.deed, label=f"{plan.deed.label} from {who}"))
        self._carry_out(plan, targets)
        return plan.deed is not None and not plan.ask

    # -- doing

    def _carry_out(self, plan: Plan, targets: Sequence[Target]) -> None:
        if plan.deed is None:
            if plan.why:
                self._desk.status.say(plan.why)
        elif plan.ask:
            status = self._desk.status
            question = Question(status.painter, status.glyphs, plan.ask, KEPT_BACK)
            self._ask(question, lambda yes: self._do(plan, targets) if yes else None)
        else:
            self._do(plan, targets)

    def _do(self, plan: Plan, targets: Sequence[Target]) -> None:
        """Send it; the list shows it in the same moment."""
        assert plan.deed is not None
        self._bridge.send(plan.deed)
        messages, source = self._desk.messages, self._desk.messages.source
        flags = [intent for intent in plan.deed.intents if isinstance(intent, SetFlags)]
        if len(flags) == len(plan.deed.intents):
            for intent in flags:
                messages.reflag(frozenset(intent.placements), intent.add, intent.remove)
            return
        reading = self._desk.scope == "reader"
        if not reading:
            messages.picking.clear()
        if not plan.leaving or source is None:
            return
        step = -1 if self._after == "previous" else 1
        everywhere = source.query is not None and source.mailbox is None
        if everywhere and not plan.away:
            further = messages.step(plan.leaving, step)
        else:
            here = {one.placement for one in targets if everywhere or source.holds(one.mailbox)}
            further = messages.leave(here & plan.leaving, step)
        if reading and (self._after == "stay" or not further):
            self._desk.to_list()

    # -- threads

    def _thread(self, name: str, targets: tuple[Target, ...]) -> None:
        reader, mine = self._bridge.reader, accounts(targets, self._boxes)
        wanted = tuple(dict.fromkeys(target.thread for target in targets))

        def done(found: tuple[Target, ...]) -> None:
            whole = tuple(one for one in found if accounts((one,), self._boxes) <= mine)
            self._carry_out(THREAD_PLANNERS[name](whole, self._boxes), whole)

        self._bridge.ask("picking", lambda: _threads(reader, wanted), done, self._failed)

    def _failed(self, error: Exception) -> None:
        self._desk.status.say(f"The thread could not be read: {safe_line(str(error))}")

    # -- folders

    def _where(self, name: str, targets: tuple[Target, ...]) -> None:
        status, mine = self._desk.status, accounts(targets, self._boxes)
        if len(mine) != 1:
            status.say("These messages belong to several accounts: mark those of one to move or copy them")
            return
        (account,) = mine
        here = {target.mailbox for target in targets}
        boxes = [box for box in self._desk.mailboxes if box.account == account and {box.id} != here]
        taken = [box for box in self._boxes.values() if box.account == account]
        title = f"{name.capitalize()} {plural(len(targets), 'message')} to"
        picker = Picker(status.painter, status.glyphs, title, boxes, taken, self._last.get(account))
        self._ask(picker, partial(self._picked, name, targets, account))

    def _picked(self, name: str, targets: tuple[Target, ...], account: AccountId, value: str | None) -> None:
        kind, _, rest = (value or "").partition(":")
        if kind == "to" and MailboxId(int(rest)) in self._boxes:
            self._file(name, targets, self._boxes[MailboxId(int(rest))])
        elif kind == "new":
            self._awaited = _Awaited(account, rest, partial(self._file, name, targets))
            self._bridge.send(Deed(f"Created folder {safe_line(rest)}", (CreateMailbox(account, rest),)))
            self._desk.messages.later(PATIENCE, partial(self._give_up, self._awaited))

    def _file(self, name: str, targets: tuple[Target, ...], to: Mailbox) -> None:
        self._last[to.account] = self._filed = to.id
        self._carry_out(copy(targets, to) if name == "copy" else move(targets, to), targets)

    def folders_changed(self, mailboxes: Iterable[Mailbox]) -> None:
        """The folder that mail waits for may be there now."""
        awaited = self._awaited
        for box in mailboxes if awaited is not None else ():
            if awaited is not None and (box.account, box.name) == (awaited.account, awaited.name):
                self._awaited = None
                awaited.then(box)
                return

    def _give_up(self, awaited: _Awaited) -> None:
        if self._awaited is awaited:
            self._awaited = None
            self._desk.status.say(f"The folder {safe_line(awaited.name)} is not there: nothing was moved")

    # -- labels

    def _label(self, targets: tuple[Target, ...]) -> None:
        status = self._desk.status
        title = f"Label {plural(len(targets), 'message')}"
        prompt = Prompt(status.painter, status.glyphs, title, labels.verb, "work later, or -todo to take it away")

        def typed(words: str | None) -> None:
            if words:
                self._labelled = words
                self._carry_out(labels.relabel(targets, words), targets)

        self._ask(prompt, typed)

    # -- marks

    def _mark_matching(self) -> None:
        status, messages = self._desk.status, self._desk.messages
        prompt = Prompt(
            status.painter,
            status.glyphs,
            "Mark what matches in this list",
            lambda typed: f"mark messages that match {safe_line(typed.strip())}",
            "words, from:anna, older:30d ...",
        )
        self._ask(prompt, lambda value: messages.picking.match(value.strip()) if value else None)


def _threads(reader: MailReader, wanted: Sequence[ThreadId]) -> tuple[Target, ...]:
    """All messages of these threads. Blocking."""
    return tuple(Target.of(row) for thread in wanted for row in reader.thread(thread))
