"""What an action says when it is in the journal: one line, or one JSON object."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mailtui.cli import exits
from mailtui.cli.output import to_json
from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import Change, Done, Notice, PendingChanged
from mailtui.model.ports import MailReader

UNDO = "`mailtui undo` takes it back"
REDO = "`mailtui redo` does it again"


class Said(NamedTuple):
    """`text`: the sentence for a person. `label`: what the history calls it. `changed`: how many messages, folders,
    steps, operations or copies. `back`: how to go back."""

    text: str
    label: str
    changed: int
    back: str = UNDO


class Phrase(NamedTuple):
    """What was done, in the past tense, around what it was done to."""

    before: str
    after: str = ""

    def around(self, what: str) -> str:
        return f"{self.before} {what}{self.after}"


def count(number: int, what: str = "message") -> str:
    """`1 message`, `3 messages`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def steps(changes: Iterable[Change]) -> tuple[Done, ...]:
    """The steps of the history that were made, undone or redone."""
    return tuple(change for change in changes if isinstance(change, Done))


def tell(args: argparse.Namespace, reader: MailReader, changes: Sequence[Change], said: Said) -> int:
    """Prints what was done. 1 if an error was told of on the way."""
    pending = _pending(reader, changes)
    done = steps(changes)
    if args.json:
        label = said.label or (done[-1].label if done else "")
        _print_object(done[-1].step if done else None, label, said.changed, pending)
    else:
        _print_line(said.text, said.back if done else "", "goes to the server with the next sync" if pending else "")
    return _tell_notices(changes)


def tell_nothing(args: argparse.Namespace, reader: MailReader, why: str) -> int:
    """All is as it should be already."""
    if args.json:
        _print_object(None, "", 0, reader.pending())
    else:
        _print_line(f"Nothing to do: {why}")
    return exits.OK


def _pending(reader: MailReader, changes: Iterable[Change]) -> int:
    figures = [change.pending for change in changes if isinstance(change, PendingChanged)]
    return figures[-1] if figures else reader.pending()


def _print_object(step: int | None, label: str, changed: int, pending: int) -> None:
    print(to_json({"step": step, "label": label, "changed": changed, "pending": pending}))


def _print_line(*parts: str) -> None:
    line = " · ".join(safe_line(part) for part in parts if part)
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        line.encode(encoding)
    except UnicodeEncodeError:  # a terminal without the dot gets a dash, and not a question mark
        line = line.replace(" · ", " - ")
    print(line)


def _tell_notices(changes: Iterable[Change]) -> int:
    status = exits.OK
    for change in changes:
        if isinstance(change, Notice):
            hint = f"\n  {safe_line(change.hint)}" if change.hint else ""
            print(f"mailtui: {safe_line(change.text)}{hint}", file=sys.stderr)
            status = exits.FAILED if change.level == "error" else status
    return status
