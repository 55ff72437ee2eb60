"""The status line as a value: what each account does, how far a fill is, what waits to go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import AccountChanged, Change, OutboxChanged, PendingChanged, ProgressChanged
from mailtui.model.ids import AccountId, MailboxId
from mailtui.model.link import LinkState
from mailtui.view.figures import count, duration
from mailtui.view.glyphs import Glyphs
from mailtui.view.pieces import Piece, Pieces, spread

_WORDS = {
    LinkState.OFFLINE: "offline",
    LinkState.CONNECTING: "connecting",
    LinkState.SYNCING: "syncing",
    LinkState.IDLE: "up to date",
    LinkState.WAITING: "connection lost",
    LinkState.FAILED: "needs you",
}
_STYLES = {
    LinkState.IDLE: "good",
    LinkState.SYNCING: "good",
    LinkState.WAITING: "warn",
    LinkState.FAILED: "error",
}
_WORST = (
    LinkState.FAILED,
    LinkState.WAITING,
    LinkState.SYNCING,
    LinkState.CONNECTING,
    LinkState.OFFLINE,
    LinkState.IDLE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """One account's connection. `retry_at`: seconds on the clock of whoever calls `apply`."""

    state: LinkState = LinkState.OFFLINE
    text: str = ""
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class Filling:
    """A long fill of one mailbox."""

    account: AccountId
    mailbox: MailboxId
    done: int
    total: int
    rate: float


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the status line says."""

    links: tuple[tuple[AccountId, Link], ...] = ()
    fillings: tuple[Filling, ...] = ()
    pending: int = 0
    failed: int = 0
    leaving: int = 0
    held: int = 0
    stuck: int = 0
    """Messages of the outbox: on their way, not before their time, for a person to decide."""
    demo: bool = False

    @property
    def counting_down(self) -> bool:
        """Whether the text changes by the second."""
        return any(link.retry_at is not None for _, link in self.links)

    def states(self) -> dict[AccountId, LinkState]:
        return {account: link.state for account, link in self.links}


def apply(status: Status, change: Change, now: float) -> Status:
    """The next status; `now` in seconds on any steady clock. Changes that do not matter here leave it as it is."""
    match change:
        case AccountChanged():
            retry = now + change.retry_in if change.retry_in is not None else None
            link = Link(change.state, safe_line(change.text), retry)
            links = dict(status.links) | {change.account: link}
            fillings = status.fillings
            if change.state is not LinkState.SYNCING:
                fillings = tuple(one for one in fillings if one.account != change.account)
            return replace(status, links=tuple(links.items()), fillings=fillings)
        case ProgressChanged():
            others = tuple(one for one in status.fillings if one.mailbox != change.mailbox)
            if change.done >= change.total:
                return replace(status, fillings=others)
            mine = Filling(change.account, change.mailbox, change.done, change.total, change.rate)
            return replace(status, fillings=(mine, *others))
        case PendingChanged():
            return replace(status, pending=change.pending, failed=change.failed)
        case OutboxChanged():
            return replace(status, leaving=change.waiting, held=change.held, stuck=change.stuck)
        case _:
            return status


def progress_text(label: str, filling: Filling) -> str:
    """Inbox 12,300 of 100,000 · 4,100/s · 21 s left"""
    text = f"{label} {count(filling.done)} of {count(filling.total)}"
    if filling.rate < 1:
        return text
    left = duration((filling.total - filling.done) / filling.rate)
    return f"{text} · {count(round(filling.rate))}/s · {left} left"


def bar(done: int, total: int, cells: int, glyphs: Glyphs) -> Pieces:
    """A bar of `cells` cells."""
    full = min(cells, cells * done // total) if total > 0 else 0
    return (Piece(glyphs.filled * full, "accent"), Piece(glyphs.empty * (cells - full), "dim"))


def format_status(
    status: Status,
    width: int,
    glyphs: Glyphs,
    names: Mapping[MailboxId, str],
    now: float,
    place: str = "",
    toast: Pieces = (),
) -> Pieces:
    """The line, `width` cells. `names`: safe labels of mailboxes; `place`: where the cursor is; `toast`: what was just
    done, for a moment in place of the accounts."""
    left: list[Piece] = [Piece(" ")]
    if status.demo:
        left += [Piece(" demo ", "badge"), Piece(" ")]
    left += toast or _links(status, width, glyphs, now)
    if status.fillings and not toast:
        first = status.fillings[0]
        text = progress_text(names.get(first.mailbox, "mail"), first)
        left.append(Piece("  "))
        if width >= 76:
            left += [*bar(first.done, first.total, 12, glyphs), Piece(" ")]
        left.append(Piece(text.replace("·", glyphs.separator), "text"))
    right: list[Piece] = []
    if status.stuck:
        right.append(Piece(f"{glyphs.failed} {count(status.stuck)} stuck  ", "error"))
    if status.leaving + status.held:
        right.append(Piece(f"{count(status.leaving + status.held)} in outbox  ", "warn" if status.leaving else "dim"))
    if status.failed:
        right.append(Piece(f"{glyphs.failed} {count(status.failed)} failed  ", "error"))
    if status.pending:
        right.append(Piece(f"{glyphs.pending} {count(status.pending)} pending  ", "warn"))
    if place:
        right.append(Piece(f"{place} ", "dim"))
    return spread(left, right, width, glyphs.ellipsis)


def _links(status: Status, width: int, glyphs: Glyphs, now: float) -> list[Piece]:
    """Every account while there is room, else only those that do not run as they should."""
    links = sorted(status.links, key=lambda item: _WORST.index(item[1].state))
    filling = {one.account for one in status.fillings}
    if filling and width < 110:
        links = [item for item in links if item[1].state is not LinkState.IDLE]
    if len(links) * 24 > width:
        links = [item for item in links if item[1].state is not LinkState.IDLE][: max(1, width // 30)] or links[:1]
    out: list[Piece] = []
    for account, link in links:
        words = _WORDS[link.state]
        if link.state in {LinkState.WAITING, LinkState.FAILED} and link.text and width >= 100:
            words = link.text
        if link.retry_at is not None:
            words += f", next try in {duration(link.retry_at - now)}"
        style = _STYLES.get(link.state, "dim")
        if out:
            out.append(Piece("  "))
        out += [Piece(f"{glyphs.links[link.state]} ", style), Piece(safe_line(account), "text")]
        if account not in filling:
            out.append(Piece(f" {words}", "dim"))
    return out
