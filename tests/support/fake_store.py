"""A store of made-up mail for the screen's tests: rows are computed when asked for, so a million cost nothing."""

from __future__ import annotations

import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mailtui.model.account import Account, Settings
from mailtui.model.changes import Change
from mailtui.model.errors import QueryError
from mailtui.model.folder import Mailbox, Role
from mailtui.model.ids import AccountId, MailboxId, MessageId, PlacementId, Revision, ThreadId, Word
from mailtui.model.intents import Deed, Intent, Order, Wish
from mailtui.model.ledger import Line, LineState, SafetyCopy, Step
from mailtui.model.listing import By
from mailtui.model.mail import Address, Content, Envelope, Flag, Flags, Row, RowKey
from mailtui.model.outgoing import Outgoing, Person
from mailtui.model.senders import SenderGroup
from tests.support.fake_lines import FakeLines

NOW = 1_795_420_000  # Mon 23 Nov 2026, 07:46 UTC

PEOPLE = (
    ("Anna Lindqvist", "anna@lindqvist.example"),
    ("Yusuf Demir", "yusuf@harbour.example"),
    ("小林 真由美", "kobayashi@example.jp"),
    ("Grace Okafor", "grace@okafor.example"),
    ("GitHub", "notifications@github.example"),
    ("Ελένη Παπαδάκη", "eleni@example.gr"),
    ("Tomás O’Brien", "tomas@obrien.example"),
    ("The Long Reads Weekly", "hello@longreads.example"),
    ("Marie-Claire Fontaine-Dubois", "mc@fontaine.example"),
    ("", "no-reply@rail.example"),
)
SUBJECTS = (
    "Re: The boat goes back into the water on Saturday",
    "Minutes of Tuesday’s meeting, and three open questions",
    "来週の打ち合わせについて（資料添付）",
    "Your ticket Hamburg → København, 14 March",
    "[harbour/pilot] Fix the tide table off-by-one (#412)",
    "Photos from the lighthouse 📷🏝️ finally sorted",
    "Invoice 2026-0117",
    "Re: Re: could you look at the second draft before Friday noon? I moved the chapter about the ferry to the front",
    "מזל טוב! ההזמנה שלך אושרה",
    "Dinner?",
    "This week: seven essays about maps, one about forgetting",
    "Family call 👨‍👩‍👧‍👦 on Sunday 🇸🇪",
)
HOSTILE = (
    "[/] closing nothing [/foo]",
    "[@click=app.quit]win a prize[/]",
    "\x1b]0;PWNED\x07 title \x1b[31mred\x1b[0m",
    "C1 \x9b31m and \x90 dcs \x9c",
    "bidi \u202egnp.exe\u202c \u2066x\u2069",
    "null \x00 bell \x07 del \x7f back\x08space",
    "line\nbreak\r\nand\ttab\u2028sep",
    "zero\u200bwidth\u200dj\ufeffoiner z\u0300\u0301\u0302\u0303\u0304\u0305algo",
)
SNIPPETS = (
    "Can you bring the long rope? The short one broke last autumn and nobody has bought another.",
    "I wrote down what we agreed on, so that nobody has to remember it.",
    "",
    "Thank you for travelling with us. Seats 41 and 42, coach 7, quiet zone.",
)


def row(number: int, mailbox: int = 1, *, total: int = 0, hostile: bool = False, flags: Flags | None = None) -> Row:
    """Row of a placement; the higher the number the newer. Every row's look depends on its number alone."""
    name, addr = PEOPLE[number * 7 % len(PEOPLE)]
    subject = HOSTILE[number % len(HOSTILE)] if hostile else SUBJECTS[number * 5 % len(SUBJECTS)]
    bits = 0 if number % 4 == 3 or number > total - 3 > 0 else int(Flag.SEEN)
    bits |= Flag.FLAGGED if number % 11 == 0 else 0
    bits |= Flag.ANSWERED if number % 6 == 1 else 0
    return Row(
        placement=PlacementId(number),
        word=Word(f"w{number:011}"),
        message=MessageId(number),
        thread=ThreadId(number),
        mailbox=MailboxId(mailbox),
        uid=number,
        flags=flags if flags is not None else Flags(bits),
        date=NOW - 300 - max(total - number, 0) * 9_700 + min(number - total, 0) * 0,
        from_=(Address(subject if hostile else name, addr),),
        to=(Address("Me", "me@example.org"),),
        subject=subject,
        size=1800 + number * 7919 % 300_000,
        message_id=f"{number}@example.org",
        attachment=number % 5 == 2,
        body_here=True,
        pending=False,
        snippet=SNIPPETS[number % len(SNIPPETS)],
    )


class FakeReader:
    """A MailReader over made-up mail. Mailbox 1 (Inbox) has `total` messages; what tests add, drop or flag is kept
    beside. `calls` counts what was asked for, by name."""

    def __init__(self, total: int = 1000, *, hostile: bool = False, accounts: Sequence[str] = ("home",)) -> None:
        self.total = total
        self.hostile = hostile
        self.accounts = tuple(AccountId(name) for name in accounts)
        self.added: list[int] = []
        self.dropped: list[int] = []
        self.flagged: dict[int, Flags] = {}
        self.calls: Counter[str] = Counter()
        self.bodies: dict[int, bytes] = {}
        self.missing: set[int] = set()
        self.unread = 42
        self.extra: tuple[Mailbox, ...] = ()
        self.before_page: Callable[[], None] = lambda: None
        self.moved: dict[int, int] = {}
        self.steps: list[Step] = []
        self.lines: list[Line] = []
        self.copies: list[SafetyCopy] = []
        self.threads: dict[int, tuple[int, ...]] = {}
        self.filed: dict[int, str] = {}
        self.known = [Person(addr, name, 3, 1, NOW) for name, addr in PEOPLE if name]
        self.outgoing: list[Outgoing] = []
        self.saved: dict[int, Row] = {}
        """Messages that were written: row and (in `bodies`) bytes by placement."""
        self.thread_of: dict[int, int] = {}
        """Threads of messages that are not alone in theirs."""
        self.threaded = FakeLines(self._all_of, self.thread_of, self._stamp)
        self._folder = tempfile.TemporaryDirectory(prefix="mailtui-fake-")

    # -- what tests do

    def deliver(self, count: int = 1) -> tuple[PlacementId, ...]:
        """New messages, newest of all."""
        first = self.total + len(self.added) + 1
        numbers = range(first, first + count)
        self.added.extend(numbers)
        return tuple(PlacementId(number) for number in numbers)

    def drop(self, *placements: int) -> None:
        self.dropped = sorted({*self.dropped, *placements})

    def row(self, number: int) -> Row:
        if number in self.saved:
            return self.saved[number]
        newest = number > self.total
        box = self.moved.get(number, 1)
        one = row(number, box, total=self.total, hostile=self.hostile, flags=self.flagged.get(number))
        if number in self.thread_of:
            one = replace(one, thread=ThreadId(self.thread_of[number]))
        if not newest:
            return one
        return _with(one, date=NOW + (number - self.total), flags=self.flagged.get(number, Flags()))

    # -- MailReader

    def revision(self) -> Revision:
        return Revision(1)

    def mailboxes(self) -> tuple[Mailbox, ...]:
        self.calls["mailboxes"] += 1
        out: list[Mailbox] = []
        for index, account in enumerate(self.accounts):
            base = index * 100
            inbox = len(self._alive()) if index == 0 else self._saved_in(base + 1)
            out.append(mailbox(base + 1, "INBOX", Role.INBOX, total=inbox, unread=self.unread, account=account))
            for number, (name, role, total, unread) in enumerate(FOLDERS, 2):
                out.append(mailbox(base + number, name, role, total=total, unread=unread, account=account))
        return (*out, *self.extra)

    def _stamp(self) -> object:
        return (len(self.added), tuple(self.dropped), dict(self.flagged), dict(self.moved), dict(self.saved))

    def _all_of(self, mailbox: MailboxId) -> tuple[Row, ...]:
        return self.page(mailbox, limit=100_000)

    def _saved_in(self, mailbox: int) -> int:
        return sum(1 for one in self.saved.values() if one.mailbox == mailbox)

    def _alive(self) -> range | list[int]:
        if not self.dropped:
            return range(1, self.total + len(self.added) + 1)
        gone = set(self.dropped)
        return [number for number in range(1, self.total + len(self.added) + 1) if number not in gone]

    def page(
        self,
        mailbox: MailboxId,
        *,
        after: RowKey | None = None,
        limit: int = 200,
        newest_first: bool = True,
        skip: int = 0,
    ) -> tuple[Row, ...]:
        self.calls["page"] += 1
        self.calls["rows read"] += limit
        self.calls["most skipped"] = max(self.calls["most skipped"], skip)
        self.before_page()
        if mailbox != 1:
            there = sorted((n for n, box in self.moved.items() if box == mailbox), reverse=newest_first)
            there += [number for number, one in self.saved.items() if one.mailbox == mailbox]
            return tuple(self.row(number) for number in there)[:limit] if after is None else ()
        alive = self._alive()
        if newest_first:
            end = len(alive) if after is None else bisect_left(alive, after.placement)
            end = max(0, end - skip)
            numbers = list(alive[max(0, end - limit) : end])[::-1]
        else:
            start = 0 if after is None else bisect_left(alive, after.placement + 1)
            numbers = list(alive[start + skip : start + skip + limit])
        return tuple(self.row(number) for number in numbers)

    def rank(self, mailbox: MailboxId, key: RowKey) -> int:
        self.calls["rank"] += 1
        alive = self._alive()
        return len(alive) - bisect_left(alive, key.placement + 1)

    def ordered(self, mailboxes: Sequence[MailboxId], by: By, limit: int) -> tuple[PlacementId, ...]:
        keys: dict[By, Callable[[Row], tuple[object, ...]]] = {
            By.SENDER: lambda row: (row.from_[0].name.lower() or row.from_[0].addr,),
            By.SUBJECT: lambda row: (row.subject.lower(),),
            By.SIZE: lambda row: (-row.size,),
            By.UNREAD: lambda row: (row.flags.bits & 1,),
        }
        rows = [row for box in mailboxes for row in self.page(box, limit=limit)]
        return tuple(row.placement for row in sorted(rows, key=keys[by]))

    def rows(self, placements: Sequence[PlacementId]) -> tuple[Row, ...]:
        self.calls["rows"] += 1
        gone = set(self.dropped) - set(self.moved)
        newest = self.total + len(self.added)
        return tuple(
            self.row(number)
            for number in placements
            if number in self.saved or (number not in gone and number <= newest)
        )

    def by_word(self, word: Word) -> Row | None:
        return self.row(int(word[1:])) if word[1:].isdigit() else None

    def thread(self, thread: ThreadId) -> tuple[Row, ...]:
        joined = tuple(number for number in self._alive() if self.thread_of.get(number) == thread)
        return tuple(self.row(number) for number in self.threads.get(thread, joined or (thread,)))

    def envelope(self, placement: PlacementId) -> Envelope | None:
        return Envelope(subject=self.row(placement).subject)

    def content(self, placement: PlacementId) -> Content | None:
        self.calls["content"] += 1
        if placement in self.missing:
            return None
        raw = self.bodies.get(placement) or _letter(self.row(placement))
        path = Path(self._folder.name) / f"{placement}.eml"
        path.write_bytes(raw)
        return Content(str(path), len(raw))

    def search(
        self,
        query: str,
        *,
        mailbox: MailboxId | None = None,
        account: str | None = None,
        limit: int = 50,
        before: RowKey | None = None,
        unfinished: bool = False,
    ) -> tuple[Row, ...]:
        self.calls["search"] += 1
        if "(" in query and ")" not in query:
            raise QueryError("this bracket is never closed", query, query.index("("), 1, "add )")
        alive: range | list[int] = self._alive()
        if self.moved:
            alive = sorted({*alive, *(number for number, box in self.moved.items() if box not in {5, 6})})
        found: list[Row] = []
        for number in reversed(alive if before is None else alive[: bisect_left(alive, before.placement)]):
            one = self.row(number)
            words = query.lower().replace("(", " ").replace(")", " ").split()
            if all(_says(one, word) for word in words):
                found.append(one)
            if len(found) == limit:
                break
        return tuple(found)

    def senders(self, mailbox: MailboxId, *, newest: int | None = None) -> tuple[SenderGroup, ...]:
        """By the author's address; nobody writes to lists."""
        self.calls["senders"] += 1
        found: dict[str, list[Row]] = {}
        for one in self.page(mailbox, limit=newest or 10_000):
            found.setdefault(one.from_[0].addr, []).append(one)
        return tuple(
            SenderGroup(
                f"from {addr}", rows[0].from_[0].name, addr, (), True, len(rows),
                sum(not one.flags.seen for one in rows), rows[0].key, rows[0].subject,
            )
            for addr, rows in found.items()
        )  # fmt: skip

    def of_sender(self, mailbox: MailboxId, group: SenderGroup) -> tuple[PlacementId, ...]:
        found = self.page(mailbox, limit=10_000)
        return tuple(one.placement for one in found if group.holds(one.from_[0].addr, ""))

    def interrupt(self) -> None:
        self.calls["interrupt"] += 1

    def pending(self) -> int:
        return sum(line.state is LineState.WAITING for line in self.lines)

    def history(self, limit: int = 100) -> tuple[Step, ...]:
        return tuple(self.steps[:limit])

    def ledger(self) -> tuple[Line, ...]:
        return tuple(self.lines)

    def safety_copies(self, limit: int = 1000) -> tuple[SafetyCopy, ...]:
        return tuple(self.copies[:limit])

    def outbox(self) -> tuple[Outgoing, ...]:
        return tuple(self.outgoing)

    def people(self, prefix: str, limit: int = 10) -> tuple[Person, ...]:
        self.calls["people"] += 1
        wanted = prefix.casefold()
        return tuple(one for one in self.known if wanted in f"{one.name} {one.address}".casefold())[:limit]

    def why_filed(self, placement: PlacementId) -> str:
        return self.filed.get(placement, "")

    def close(self) -> None:
        self._folder.cleanup()


def _says(one: Row, word: str) -> bool:
    if word == "is:unread":
        return not one.flags.seen
    return word.startswith(("in:", "account:")) or word in one.subject.lower()


FOLDERS = (
    ("Drafts", Role.DRAFTS, 2, 0),
    ("Sent", Role.SENT, 3_204, 0),
    ("Archive", Role.ARCHIVE, 48_112, 0),
    ("Junk", Role.JUNK, 17, 9),
    ("Trash", Role.TRASH, 230, 0),
    ("Harbour", Role.NONE, 812, 3),
    ("Harbour/Tide tables", Role.NONE, 96, 0),
    ("Harbour/Winter storage", Role.NONE, 31, 0),
    ("Lists/python-dev", Role.NONE, 12_408, 1_204),
    ("Lists/textual", Role.NONE, 744, 18),
    ("Receipts", Role.NONE, 402, 0),
)


def mailbox(
    number: int, name: str, role: Role = Role.NONE, *, total: int = 0, unread: int = 0, account: str = "home"
) -> Mailbox:
    return Mailbox(
        id=MailboxId(number),
        account=AccountId(account),
        name=name,
        delimiter="/",
        role=role,
        attributes=frozenset(),
        total=total,
        unread=unread,
        remote_total=total,
        selectable=True,
        checkpoint=None,
    )


def _with(one: Row, *, date: int, flags: Flags) -> Row:
    return replace(one, date=date, flags=flags)


def _letter(one: Row) -> bytes:
    author = one.from_[0]
    lines = [
        f"From: {author.name} <{author.addr}>",
        "To: Me <me@example.org>",
        f"Subject: {one.subject}",
        "Date: Mon, 23 Nov 2026 06:20:00 +0000",
        f"Message-ID: <{one.message_id}>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Hello,",
        "",
        "the crane is booked for ten o’clock, so let us meet at the jetty a little before nine. "
        "Can you bring the long rope? The short one broke last autumn, and nobody has bought another.",
        "",
        "> Who has the key to the shed?",
        "> > I think Tomás took it home.",
        "",
        "See https://harbour.example/crane for the way.",
        "",
        "Yours,",
        author.name or "the railway",
        "-- ",
        "Sent from a boat",
    ]
    return "\r\n".join(lines).encode("utf-8", "replace")


class FakeEngine:
    """IntentSink and ChangeSource in one: remembers what was sent, tells what the test says."""

    def __init__(self, reader: FakeReader | None = None) -> None:
        self.sent: list[Deed | Intent | Order | Wish] = []
        self.listeners: list[Callable[[Sequence[Change]], None]] = []
        self.reader = reader

    @property
    def deeds(self) -> list[Deed]:
        """What was sent of them."""
        return [one for one in self.sent if isinstance(one, Deed)]

    def send(self, message: Deed | Intent | Order | Wish) -> None:
        self.sent.append(message)

    def listen(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, *changes: Change) -> None:
        for listener in list(self.listeners):
            listener(changes)


STORE = ["/dev/null/store"]
"""Where nobody can make a folder, not even root; tests of the screen put one of their own here."""


def settings(accounts: Sequence[str] = ("home",), **more: object) -> Settings:
    return Settings(
        accounts=tuple(Account(AccountId(name), f"me@{name}.example", "Me") for name in accounts),
        **({"store": STORE[-1]} | more),  # type: ignore[arg-type]
    )
