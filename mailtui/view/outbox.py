"""The outbox as lines: every message on its way, where it stands, and what the server said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from mailtui.mail.sanitize import safe_line
from mailtui.model.outgoing import Fate, Outgoing, Stage
from mailtui.view.dates import MONTHS, WEEKDAYS, moment
from mailtui.view.figures import duration, plural, size
from mailtui.view.glyphs import Glyphs
from mailtui.view.panels import Entry
from mailtui.view.pieces import Piece
from mailtui.view.reader import wrap

SOON = 3600.0
"""Seconds below which a time is told as a distance."""
_ORDER = (Stage.STUCK, Stage.FINAL, Stage.SENDING, Stage.DUE, Stage.HELD, Stage.SENT)
MOVING = (Stage.HELD, Stage.DUE, Stage.SENDING, Stage.FINAL)


def summary(outgoing: Iterable[Outgoing]) -> tuple[int, int]:
    """How many are on their way, how many are stuck."""
    stages = [one.stage for one in outgoing]
    return sum(stage in MOVING for stage in stages), stages.count(Stage.STUCK)


def state_words(one: Outgoing, now: float) -> Piece:
    """Where it stands, in a few words."""
    match one.stage:
        case Stage.HELD:
            return Piece(f"goes out {when(one.not_before, now)}", "accent")
        case Stage.DUE if one.next_try > now:
            return Piece(f"next try {when(one.next_try, now)}", "warn")
        case Stage.DUE:
            return Piece("waits for a connection", "dim")
        case Stage.SENDING | Stage.FINAL:
            return Piece("is being sent", "good")
        case Stage.STUCK:
            unsure = sum(to.fate is Fate.UNSURE for to in one.recipients)
            refused = sum(to.fate is Fate.REFUSED for to in one.recipients)
            words = [f"refused for {refused} of {len(one.recipients)}"] if refused else []
            words += ["may have gone out"] if unsure else []
            return Piece(", ".join(words) or "stuck", "error")
        case Stage.SENT:
            return Piece("sent", "dim")


def when(stamp: float, now: float, zone: tzinfo | None = None) -> str:
    """in 9 s, in 12 min, today 18:00, tomorrow 8:00, else the date. Seconds since 1970 UTC."""
    if stamp - now < SOON:
        return f"in {duration(stamp - now)}"
    at, today = moment(stamp, zone), moment(now, zone)
    clock = f"{at.hour}:{at.minute:02}"
    days = (at.date() - today.date()).days
    if days < 2:
        return f"{'today' if days < 1 else 'tomorrow'} {clock}"
    year = f" {at.year}" if at.year != today.year else ""
    return f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}{year}, {clock}"


def entries(outgoing: Sequence[Outgoing], now: float, glyphs: Glyphs, cells: int = 60) -> list[Entry]:
    """Stuck ones first; below each that needs it the server's words, for every recipient that has some, in lines of
    at most `cells`."""
    out: list[Entry] = []
    for one in sorted(outgoing, key=lambda one: (_ORDER.index(one.stage), -one.created)):
        stuck = one.stage is Stage.STUCK
        to = ", ".join(safe_line(each.address) for each in one.recipients[:3])
        more = f" +{len(one.recipients) - 3}" if len(one.recipients) > 3 else ""
        mark = Piece(
            f"  {glyphs.failed if stuck else glyphs.done if one.stage is Stage.SENT else glyphs.pending} ",
            "error" if stuck else "dim" if one.stage is Stage.SENT else "accent",
        )
        subject = safe_line(one.subject) or "(no subject)"
        quiet = one.stage is Stage.SENT
        left = (mark, Piece(subject, "dim" if quiet else "strong"), Piece(f"  {to}{more}", "dim"))
        state = state_words(one, now)
        out.append(Entry(left, (state, Piece(" ")), str(one.id)))
        if quiet:
            continue
        out += [
            Entry((Piece("      "), Piece(line, "warn" if stuck else "dim")))
            for said in _answers(one)
            for line in wrap(said, cells, 3)
        ]
    return out


def _answers(one: Outgoing) -> list[str]:
    """The server's words; told once if they are the same for all."""
    said = {to.address: safe_line(to.answer) for to in one.recipients if to.answer and to.fate is not Fate.SENT}
    if not said:
        tries = f"{plural(one.tries, 'try', 'tries')}: " if one.tries else ""
        return [f"{tries}{safe_line(one.answer)}"] if one.answer else []
    if len(set(said.values())) == 1:
        return [next(iter(said.values()))]
    return [f"{safe_line(address)}: {words}" for address, words in said.items()][:6]


def details(one: Outgoing) -> str:
    """For the foot: 2 recipients, 12K."""
    return f"{plural(len(one.recipients), 'recipient')}, {size(one.size)}"
