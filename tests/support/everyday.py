"""Ten everyday tasks on the demo's sample mail, as the keys of three programs and as what must be true afterwards.

The keys were found by doing the tasks, in a terminal of 120x40, with the programs' default keys; `tests/bench/
bench_keystrokes.py` does them again. What counts as done is the same for all three (`Task.done`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from tests.support.keystrokes import Gone, Steps, Typed, seen

Folders: TypeAlias = Mapping[str, Mapping[str, frozenset[str]]]
"""Folder -> message (what `name_of` says of it) -> flags: `seen`, `answered`, `flagged`."""

NAMES = ("mailtui", "neomutt", "aerc")
TICKET, PAPER = "ticket-7Q2M4.pdf", "Dear Prof. Ashworth, your paper is accepted"
PAGE_40, FOX = "Are you on page 40 yet?", "Re: There is a fox asleep in your shed"
NEWSLETTER = "The Slow Tide #48: what the estuary heard"
ANSWER = "Page 38. Ring you tonight."


class World(Protocol):
    """Where a program's work can be seen."""

    downloads: Path
    """The folder into which it saves."""

    def folders(self) -> Folders: ...

    def posted(self) -> list[bytes]:
        """Messages that it handed over for sending."""


@dataclass(frozen=True, slots=True)
class Task:
    title: str
    keys: Mapping[str, Steps]
    """Program -> keys; a program that can't do it has none. They end when the last one is pressed."""
    done: Callable[[World, Folders], str]
    """What is still missing, given the folders as they were before; "" when all is done."""
    needs_doing: bool = True
    """False: it is done before it begins, as what is to be seen is on the screen alone, or all is as it was."""


def only_seen(world: World, before: Folders) -> str:
    """For tasks of reading: the steps themselves wait until the text is on the screen."""
    return ""


def places(folders: Folders, subject: str) -> Counter[str]:
    return Counter(folder for folder, mails in folders.items() for name in mails if name.endswith(subject))


def lies_in(subject: str, *wanted: str) -> Callable[[World, Folders], str]:
    def done(world: World, before: Folders) -> str:
        found = places(world.folders(), subject)
        return "" if found == Counter(wanted) else f"{subject!r} lies in {dict(found)}, not in {wanted}"

    return done


def triaged(world: World, before: Folders) -> str:
    """Of thirty messages twelve are archived, six deleted, six have their star changed; nothing else happened."""
    now = world.folders()
    gone = before["INBOX"].keys() - now["INBOX"].keys()
    archived = now["Archive"].keys() - before["Archive"].keys()
    trashed = now["Trash"].keys() - before["Trash"].keys()
    stars = [
        name
        for name, flags in before["INBOX"].items()
        if name in now["INBOX"] and ("flagged" in flags) != ("flagged" in now["INBOX"][name])
    ]
    counts = len(gone), len(archived), len(gone - archived), len(trashed - gone), len(stars)
    return "" if counts == (18, 12, 6, 0, 6) else f"gone, archived, deleted, strange, starred: {counts}"


def replied(world: World, before: Folders) -> str:
    letters = world.posted()
    if len(letters) != 1 or ANSWER.encode() not in letters[0] or b"lucia.ferrer@example.com" not in letters[0]:
        return f"{len(letters)} letters sent"
    return "" if len(world.folders()["Sent"]) == len(before["Sent"]) + 1 else "no copy in Sent"


def saved(world: World, before: Folders) -> str:
    path = world.downloads / TICKET
    return "" if path.is_file() and path.read_bytes().startswith(b"%PDF-1.4") else f"{path} is not there"


def all_read(world: World, before: Folders) -> str:
    unread = [name for name, flags in world.folders()["Lists"].items() if "seen" not in flags]
    return f"{len(unread)} unread" if unread else ""


THREAD = (
    "Your father and I have been looking",
    "I call not-the-landing",
    "Saturday to Saturday, starting five",
    "He has laminated the table",
    "Tom says I am invited",
)
"""A line of each of the letters of the thread that lie in the Inbox, in order."""
ASKED = "Count me in. I can take the train"
"""And of a letter between them that lies in Sent."""

TASKS: Mapping[str, Task] = {
    "find": Task(
        "find a mail of last month and read it",
        {
            "mailtui": ("/", Typed("arrived"), seen("Search in all mail  2"), "Enter", "j", seen("with a gull on top")),
            "neomutt": ("/", Typed("arrived"), "Enter", "Enter", seen("with a gull on top")),
            "aerc": ("/", Typed("arrived"), "Enter", "Enter", seen("with a gull on top")),
        },
        only_seen,
        needs_doing=False,
    ),
    "triage": Task(
        "triage 30 messages: of each five archive two, delete one, star one, leave one",
        {
            "mailtui": ("a", "a", "d", "s", "j", "j") * 6,
            "neomutt": (
                *("t", "t", "d", "F", "j") * 6,
                *(";", "s", Typed("=Ar"), "Tab", "Enter", "Enter"),
                *("$", "Enter"),
            ),
            "aerc": ("A", "A", "D", ":", Typed("flag"), "Enter", "j", "j") * 6,
        },
        triaged,
    ),
    "thread": Task(
        "find a conversation and read it in order",
        {
            "mailtui": (
                *("/", Typed("cornwall"), seen("Search in all mail"), "Enter", "g", "v", seen("in all folders")),
                *("g", "g", seen(THREAD[0]), "j", seen(THREAD[1]), "j", seen(ASKED), "j", seen(THREAD[2])),
                *("j", seen(THREAD[3]), "j", seen(THREAD[4])),
            ),
            "neomutt": (
                *("/", Typed("cornwall"), "Enter", "Enter", seen(THREAD[0])),
                *(step for line in THREAD[1:] for step in ("j", seen(line))),
            ),
            "aerc": (
                *("T", "/", Typed("cornwall"), "Enter", "Enter", seen(THREAD[0])),
                *(step for line in THREAD[1:] for step in ("J", seen(line))),
            ),
        },
        only_seen,
        needs_doing=False,
    ),
    "reply": Task(
        "answer the newest mail and send it",
        {
            "mailtui": ("r", seen("Reply: Are you"), Typed(ANSWER), seen(ANSWER), "C-s", Gone("Reply: Are you")),
            "neomutt": (
                *("/", Typed("page 40"), "Enter", "r", "Enter", "Enter", seen("Include"), "Enter", seen("> L.")),
                *("O", Typed(ANSWER), "Escape", "Z", "Z", seen("y:Send"), "y"),
            ),
            "aerc": ("R", "q", seen("> L."), "O", Typed(ANSWER), "Escape", "Z", "Z", seen("Send this email?"), "y"),
        },
        replied,
    ),
    "save": Task(
        "find a ticket by its place and save the attached file",
        {
            "mailtui": (
                *("/", Typed("penhallow"), seen("Search in all mail  1"), "Enter", "Enter"),
                *("v", seen("Attachments"), "s", seen("Saved")),
            ),
            "neomutt": ("/", Typed("penhallow"), "Enter", "v", seen(TICKET), "j", "s", "Enter"),
            "aerc": ("/", Typed("penhallow"), "Enter", "Enter", seen(TICKET), "C-j", "S", ".", "Enter"),
        },
        saved,
    ),
    "move": Task(
        "move the third mail to a folder below Projects, and take it back",
        {
            "neomutt": (
                *("/", Typed("fox"), "Enter", "j", "s", Typed("=P"), "Tab", "G", "Tab", "Enter", "Enter", "$", "Enter"),
                *("c", Typed("=P"), "Tab", "G", "Tab", "Enter", seen("Garden [Msgs:7"), "*", "s", Typed("!"), "Enter"),
                *("Enter", "$", "Enter", "c", Typed("!"), "Enter", seen("=INBOX [Msgs:115")),
            ),
            "aerc": (
                *("j", "j", ":", Typed("mv P"), "Tab", "G", "Tab", "Enter", seen("Messages moved")),
                *("c", "P", "Tab", "G", "Tab", "Enter", seen("Rosa Delgado"), "G", ":", Typed("mv I"), "Tab", "Enter"),
                *(seen("Messages moved"), "c", "I", "Tab", "Enter"),
            ),
            "mailtui": (
                *("j", "j", "m", seen("Move 1 message"), Typed("gard"), seen("Projects / Garden"), "Enter"),
                *(seen("Moved to Garden"), "u", seen("Undone")),
            ),
        },
        lies_in(FOX, "INBOX"),
        needs_doing=False,
    ),
    "not_spam": Task(
        "get the oldest mail out of Junk, back to the Inbox",
        {
            "neomutt": (
                *("c", Typed("=J"), "Tab", "Enter", seen("=Junk [Msgs:10"), "=", "s", Typed("!"), "Enter", "Enter"),
                *("$", "Enter"),
            ),
            "aerc": ("c", "J", "Tab", "Enter", seen("accepted"), "G", ":", Typed("mv I"), "Tab", "Enter"),
            "mailtui": ("g", "!", seen("10 · 3 unread"), "G", seen("10 of 10"), "!"),
        },
        lies_in(PAPER, "INBOX"),
    ),
    "newsletter": Task(
        "file a newsletter of the Inbox under Advertising",
        {
            "neomutt": ("/", Typed("48:"), "Enter", "s", Typed("=Ad"), "Tab", "Enter", "Enter", "$", "Enter"),
            "aerc": ("/", Typed("48:"), "Enter", seen("| search"), ":", Typed("mv Ad"), "Tab", "Enter"),
            "mailtui": ("'", Typed("slow"), seen("what the estuary heard"), "Enter", "N"),
        },
        lies_in(NEWSLETTER, "Advertising"),
    ),
    "all_read": Task(
        "go to another folder, mark all of it as read, and come back",
        {
            "neomutt": (
                *("c", Typed("=L"), "Tab", "Enter", seen("=Lists [Msgs:14"), "T", Typed("~U"), "Enter"),
                *(";", "N", "c", Typed("!"), "Enter", seen("=INBOX [Msgs:115")),
            ),
            "aerc": (
                *("c", "L", "Tab", "Enter", seen("termware"), ":", Typed("mark -a"), "Enter"),
                *(":", Typed("read"), "Enter", "c", "I", "Tab", "Enter", seen(PAGE_40)),
            ),
            "mailtui": (
                *("g", "f", seen("Go to folder"), Typed("li"), seen("Lists"), "Enter", seen("Lists  14 · 2 unread")),
                *("*", "u", "U", "g", "i", seen("Inbox  115")),
            ),
        },
        all_read,
    ),
    "links": Task(
        "find a newsletter and list its links",
        {
            "neomutt": ("/", Typed("80 columns"), "Enter", "C-b", seen("https://plainterminal.example.com/cat")),
            "aerc": (
                *("/", Typed("80 columns"), "Enter", "Enter", seen("Narrow is a feature"), "C-l", "Tab"),
                seen("https://plainterminal.example.com/cat"),
            ),
            "mailtui": (
                *("/", Typed("80 columns"), seen("Search in all mail  1"), "Enter", "Enter"),
                *("l", seen("Links", "https://plainterminal.example.com/cat")),
            ),
        },
        only_seen,
        needs_doing=False,
    ),
}
