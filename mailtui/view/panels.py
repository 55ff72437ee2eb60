"""Steps of the history, operations of the ledger and safety copies as lines to choose from. All texts are made safe
here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mailtui.mail.sanitize import clip, pad, safe_line
from mailtui.model.ids import AccountId
from mailtui.model.ledger import Line, LineState, SafetyCopy, Step
from mailtui.model.rules import Rule
from mailtui.view.dates import SmartDate
from mailtui.view.figures import count, duration, plural
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces

DAY = 86400
LATELY = 3
"""Deeds of a rule that are shown."""
LAST_DAYS = 7
"""Days before a safety copy is thrown away in which the panel says so."""


class Entry(NamedTuple):
    """One line. `value` "" can't be chosen."""

    left: Pieces
    right: Pieces = ()
    value: str = ""


def ago(seconds: float) -> str:
    """now, 4 min, 3 h, 12 days"""
    if seconds < 5:
        return "now"
    return duration(seconds) if seconds < 2 * DAY else plural(round(seconds / DAY), "day")


def history(steps: Iterable[Step], date: SmartDate, glyphs: Glyphs) -> list[Entry]:
    """Newest first: when, what, and whether it was undone or waits."""
    out = []
    for step in steps:
        style, mark = "text", Piece("  ", "dim")
        right: Pieces = ()
        if step.undone:
            style, mark = "dim", Piece(f"{glyphs.undone} ", "warn")
            right = (Piece("undone ", "warn"),)
        elif step.waiting:
            right = (Piece(f"{glyphs.pending} {count(step.waiting)} pending ", "warn"),)
        when = Piece(f" {date(step.created):>7}  ", "dim")
        out.append(Entry((when, mark, Piece(safe_line(step.label), style)), right, str(step.id)))
    return out


def rules(known: Iterable[Rule], steps: Sequence[Step], date: SmartDate, glyphs: Glyphs) -> list[Entry]:
    """Each with its search, and below it what it did last."""
    out = []
    for number, rule in enumerate(known):
        wishes = f" {glyphs.separator} ".join(safe_line(wish) for wish in rule.wishes())
        where = safe_line(", ".join(rule.accounts))
        name = (Piece(" "), Piece(f"{safe_line(rule.name)}  ", "strong"), Piece(wishes, "text"))
        out.append(Entry(name, (Piece(f"{where} ", "dim"),) if where else (), f"rule {number}"))
        out.append(Entry((Piece("   "), Piece(safe_line(rule.match), "dim"))))
        did = [step for step in steps if rule.did(step.label)][:LATELY]
        for entry, step in zip(history(did, date, glyphs), did, strict=True):
            out.append(Entry((Piece("  "), *entry.left), entry.right, f"step {step.id}"))
    return out


def ledger(lines: Sequence[Line], now: float, glyphs: Glyphs) -> list[Entry]:
    """Failed operations first, then those that wait; below each one what the server said."""
    several = len({line.account for line in lines}) > 1
    out: list[Entry] = []
    for line in sorted(lines, key=lambda line: (line.state is not LineState.FAILED, line.id)):
        failed = line.state is LineState.FAILED
        mark = Piece(f" {glyphs.failed} ", "error") if failed else Piece(f" {glyphs.pending} ", "warn")
        where = f"{_account(line.account)}  " if several else ""
        words = "failed" if failed else "pending"
        right = (
            Piece(where, "dim"),
            Piece(words, "error" if failed else "warn"),
            Piece(f" {ago(now - line.created):>7} ", "dim"),
        )
        out.append(Entry((mark, Piece(safe_line(line.text), "text")), right, str(line.id)))
        if line.answer:
            out.append(Entry((Piece("   ", "dim"), Piece(safe_line(line.answer), "error" if failed else "dim"))))
    return out


def copies(found: Iterable[SafetyCopy], typed: str, now: float, glyphs: Glyphs) -> list[Entry]:
    """Those that fit what was typed: who, what, where it was, how long it has been gone; how long it will be kept if
    that is not long."""
    out = []
    for copy in found:
        who, subject = safe_line(copy.from_).strip() or "(unknown sender)", safe_line(copy.subject).strip()
        mailbox = safe_line(copy.mailbox)
        if match(typed, f"{who} {subject} {mailbox}") is None:
            continue
        left = (
            Piece("  "),
            Piece(pad(clip(who, 16, glyphs.ellipsis), 16) + "  ", "strong"),
            Piece(subject or "(no subject)", "text"),
        )
        words = f" {clip(mailbox.rpartition('/')[2], 14, glyphs.ellipsis)} {glyphs.separator} {ago(now - copy.deleted)}"
        if copy.until is not None and copy.until - now < LAST_DAYS * DAY:
            words += f" {glyphs.separator} {ago(max(copy.until - now, 60))} left"
        out.append(Entry(left, (Piece(words + " ", "dim"),), copy.word))
    return out


def _account(account: AccountId) -> str:
    return safe_line(account)
