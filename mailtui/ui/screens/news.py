"""Changes sorted by who cares, so that each pane hears of a moment once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from textual.notifications import SeverityLevel

from mailtui.mail.sanitize import safe_line, safe_text
from mailtui.model.changes import (
    AccountChanged,
    Answered,
    BodyArrived,
    BodyFailed,
    Change,
    Done,
    ListLeft,
    MailboxesChanged,
    Notice,
    OutboxChanged,
    PendingChanged,
    PicturesFetched,
    ProgressChanged,
    Resync,
    RowsChanged,
    Unsent,
)
from mailtui.model.ids import Revision
from mailtui.model.ledger import Line, LineState
from mailtui.model.link import LinkState
from mailtui.model.outgoing import Outgoing, Stage
from mailtui.view.outbox import summary
from mailtui.view.status import Status, apply

_LEVELS: dict[str, SeverityLevel] = {"error": "error", "warning": "warning"}


@dataclass(slots=True)
class News:
    """What one batch of Changes comes to."""

    status: Status
    rows: list[RowsChanged] = field(default_factory=list)
    bodies: list[BodyArrived | BodyFailed] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    done: Done | None = None
    """The newest of the deeds that were done or undone."""
    answers: list[Answered | ListLeft | PicturesFetched] = field(default_factory=list)
    """What servers found, what those of lists said, how pictures could be fetched."""
    unsent: list[Unsent] = field(default_factory=list)
    """Messages that came back as drafts."""
    counts: bool = False
    """Folders or their counts may be others."""
    everything: bool = False
    """Some Changes were missed."""


def sort_news(changes: Iterable[Change], status: Status, now: float) -> News:
    """`now`: seconds, for countdowns."""
    news = News(status)
    for change in changes:
        match change:
            case RowsChanged():
                news.rows.append(change)
                news.counts = True
            case MailboxesChanged():
                news.counts = True
            case BodyArrived() | BodyFailed():
                news.bodies.append(change)
            case AccountChanged():
                before = news.status.states().get(change.account)
                news.status = apply(news.status, change, now)
                if change.state is LinkState.FAILED and before is not LinkState.FAILED:
                    news.notices.append(Notice(change.revision, "error", change.text, change.hint, change.account))
            case ProgressChanged() | PendingChanged() | OutboxChanged():
                news.status = apply(news.status, change, now)
            case Done():
                news.done = change
            case Notice():
                news.notices.append(change)
            case Answered() | ListLeft() | PicturesFetched():
                news.answers.append(change)
            case Unsent():
                news.unsent.append(change)
            case Resync():
                news.counts = news.everything = True
            case _:
                assert_never(change)
    return news


def waiting(lines: Sequence[Line]) -> PendingChanged:
    """What the ledger comes to, for a screen that starts."""
    failed = sum(line.state is LineState.FAILED for line in lines)
    return PendingChanged(Revision(0), len(lines) - failed, failed)


def leaving(found: Sequence[Outgoing]) -> OutboxChanged:
    """The same for the outbox."""
    stages = [one.stage for one in found]
    held = stages.count(Stage.HELD)
    return OutboxChanged(Revision(0), summary(found)[0] - held, held, stages.count(Stage.STUCK))


def told(notice: Notice) -> dict[str, Any]:
    """A Notice as Textual's `notify` wants it."""
    text = notice.text[:1].upper() + notice.text[1:]
    words = safe_text(f"{text}\n{notice.hint}" if notice.hint else text)
    return {
        "message": words,
        "title": safe_line(notice.account) if notice.account else "",
        "severity": _LEVELS.get(notice.level, "information"),
        "timeout": 12 if notice.level == "error" else 6,
        "markup": False,
    }
