"""Labels: what was typed, as flags to add and to take away, and the deed that it comes to."""

from __future__ import annotations

from collections.abc import Sequence

from mailtui.mail.sanitize import clip, safe_line
from mailtui.model.intents import Deed, SetFlags
from mailtui.model.labels import labels, wire_name
from mailtui.model.mail import NO_FLAGS, Flags, Row
from mailtui.view.deeds import Plan, Target, ids, label

SHOWN = 20
"""Cells of a label in the list."""


def parse(typed: str) -> tuple[Flags, Flags]:
    """`work -later` adds one and takes one away. Raises ValueError: with the reason, or without if there is nothing."""
    words = typed.replace(",", " ").split()
    if not words:
        raise ValueError
    add = Flags.of(wire_name(word.removeprefix("+")) for word in words if not word.startswith("-"))
    remove = Flags.of(wire_name(word[1:]) for word in words if word.startswith("-"))
    return add.without(remove), remove


def verb(typed: str) -> str:
    """What Enter will do, or why it does nothing; safe text."""
    try:
        add, remove = parse(typed)
    except ValueError as error:
        return f"no: {error}" if error.args else ""
    parts = [f"add {_listed(add)}"] if add != NO_FLAGS else []
    parts += [f"take away {_listed(remove)}"] if remove != NO_FLAGS else []
    return ", ".join(parts)


def _listed(flags: Flags) -> str:
    return " ".join(safe_line(name.removeprefix("\\").removeprefix("$")) for name in flags.names())


def relabel(targets: Sequence[Target], typed: str) -> Plan:
    try:
        add, remove = parse(typed)
    except ValueError as error:
        return Plan(None, why=f"That is no label: {error}" if error.args else "")
    if not targets:
        return Plan(None)
    signs = [f"+{_listed(add)}"] if add != NO_FLAGS else []
    signs += [f"-{_listed(remove)}"] if remove != NO_FLAGS else []
    return Plan(Deed(label("Labelled", targets, " ".join(signs)), (SetFlags(ids(targets), add=add, remove=remove),)))


def shown(row: Row, room: int, ellipsis: str) -> str:
    """The labels of a row, as the list shows them, in at most `room` cells; "" if it has none."""
    found = labels(row.flags.keywords)
    text = " ".join(clip(safe_line(word), SHOWN, ellipsis) for word in found)
    return clip(text, room, ellipsis) if text else ""
