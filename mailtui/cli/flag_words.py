"""Flag names of the command line: to wire names (RFC 9051 section 2.3.2), and to the sentence of the history."""

from __future__ import annotations

from collections.abc import Iterable

from mailtui.cli.picking import shown
from mailtui.cli.telling import Phrase
from mailtui.model import labels
from mailtui.model.errors import UsageError
from mailtui.model.mail import Flags

_PHRASES = {
    ("+", "\\Seen"): Phrase("Marked", " as read"),
    ("-", "\\Seen"): Phrase("Marked", " as unread"),
    ("+", "\\Flagged"): Phrase("Starred"),
    ("-", "\\Flagged"): Phrase("Took the star off"),
}


def flags(add: Iterable[str], remove: Iterable[str]) -> tuple[Flags, Flags]:
    """What `--add` and `--remove` mean. Raises UsageError for no name at all, a name that can't be a flag, or one that
    is in both."""
    plus, minus = (Flags.of(wire_name(name) for name in names) for names in (add, remove))
    if not plus.names() and not minus.names():
        raise UsageError("no flag is named", "say which: `--add NAME` or `--remove NAME`")
    both = [name for name in plus.names() if name.lower() in {other.lower() for other in minus.names()}]
    if both:
        raise UsageError(f"'{shown(both[0])}' is to be added and removed", "name it once")
    return plus, minus


def wire_name(name: str) -> str:
    """As `model.labels`. Raises UsageError."""
    try:
        return labels.wire_name(name)
    except ValueError as error:
        if str(error) == labels.RULE:
            raise UsageError(f"'{shown(name)}' can't be a flag", labels.RULE) from None
        hint = "`mailtui delete` deletes" if name.lower().endswith("deleted") else str(error)
        raise UsageError(f"the flag '{shown(name)}' can't be set or taken off", hint) from None


def phrase(add: Flags, remove: Flags) -> Phrase:
    marks = [("+", name) for name in add.names()] + [("-", name) for name in remove.names()]
    if len(marks) == 1 and marks[0] in _PHRASES:
        return _PHRASES[marks[0]]
    return Phrase("Flagged", f": {' '.join(sign + name.removeprefix(chr(92)) for sign, name in marks)}")
