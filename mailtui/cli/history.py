"""`mailtui undo`, `redo` and `history`."""

from __future__ import annotations

import argparse
from typing import Any

from mailtui import boot
from mailtui.cli import exits
from mailtui.cli.output import Column, iso_date, print_array, print_table, short_date
from mailtui.cli.session import reading, settings_of
from mailtui.cli.telling import REDO, UNDO, Said, count, steps, tell
from mailtui.model.account import Settings
from mailtui.model.changes import Done
from mailtui.model.ids import StepId
from mailtui.model.intents import Redo, Undo
from mailtui.model.ledger import Step
from mailtui.model.ports import MailReader

ALL = 1_000_000
"""Steps; more than any history has."""

_COLUMNS = (Column("STEP", right=True), Column("DATE"), Column("STATE"), Column("WHAT"))


def run_undo(args: argparse.Namespace) -> int:
    """The newest N steps, or the one named. Raises NotFoundError when there are not so many, or it is undone."""
    settings = settings_of(args)
    with reading(settings) as reader:
        if args.step is not None:
            return _undo_one(args, settings, reader)
        there = sum(not step.undone and not step.author for step in reader.history(ALL))
        _refuse_more_than(there, args.count, "undo")
        done = steps(changes := boot.submit(settings, Undo(args.count)))
        return tell(args, reader, changes, _said("Undone", done, args.count, REDO))


def _undo_one(args: argparse.Namespace, settings: Settings, reader: MailReader) -> int:
    step = next((one for one in reader.history(ALL) if one.id == args.step), None)
    if step is None or step.undone:
        why = f"step {args.step} is undone already" if step else f"there is no step {args.step}"
        raise exits.NotFoundError(why, "`mailtui history` lists the steps")
    changes = boot.submit(settings, Undo(step=StepId(step.id)))
    return tell(args, reader, changes, _said("Undone", steps(changes), 1, REDO))


def run_redo(args: argparse.Namespace) -> int:
    """Raises NotFoundError when not so many steps were undone since anything new was done."""
    settings = settings_of(args)
    with reading(settings) as reader:
        there = sum(step.redoable for step in reader.history(ALL))
        _refuse_more_than(there, args.count, "redo")
        done = steps(changes := boot.submit(settings, Redo(args.count)))
        return tell(args, reader, changes, _said("Redone", done, args.count, UNDO))


def _refuse_more_than(there: int, wanted: int, verb: str) -> None:
    if there >= wanted:
        return
    only = f"there {'is' if there == 1 else 'are'} only {count(there, 'step')} to {verb}; nothing was done"
    text = only if there else f"there is nothing to {verb}"
    raise exits.NotFoundError(text, "`mailtui history` lists the steps")


def _said(word: str, done: tuple[Done, ...], wanted: int, back: str) -> Said:
    """What was undone, newest first. A mailtui that runs may tell less than it did."""
    labels = ", ".join(step.label for step in done) or count(wanted, "step")
    return Said(f"{word}: {labels}", done[-1].label if done else "", len(done) or wanted, back)


def run_history(args: argparse.Namespace) -> int:
    with reading(settings_of(args)) as reader:
        found = reader.history(args.limit or ALL)
    if args.json:
        print_array(shape(step) for step in found)
        return exits.OK
    print_table(_COLUMNS, [(str(step.id), short_date(int(step.created)), _state(step), step.label) for step in found])
    return exits.OK


def shape(step: Step) -> dict[str, Any]:
    return {
        "step": step.id,
        "label": step.label,
        "created": iso_date(int(step.created)),
        "undone": step.undone,
        "redoable": step.redoable,
        "waiting": step.waiting,
    }


def _state(step: Step) -> str:
    return " ".join(word for word, said in (("undone", step.undone), ("waiting", step.waiting)) if said)
