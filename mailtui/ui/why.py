"""Why a message counts as advertising or spam, or does not, and the way off its list. Blocking: runs on a thread."""

from __future__ import annotations

from mailtui.mail.classify import advertising as score
from mailtui.mail.classify.features import Features, read_features
from mailtui.mail.classify.unsubscribe import ways
from mailtui.mail.sanitize import safe_line
from mailtui.mail.trust import Known
from mailtui.model.errors import FileError
from mailtui.model.folder import Mailbox
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader
from mailtui.ui.inside import Sheet
from mailtui.ui.leaving import NOT_HERE
from mailtui.ui.opening import KnowingOpener, raw_message
from mailtui.ui.remarks import Remarks
from mailtui.view.pieces import Piece, Pieces
from mailtui.view.reader import wrap

SERVERS_WORDS = ("x-spam-flag", "x-spam-status", "x-spam-score", "x-bogosity")
"""Fields in which a mail server says what it takes a message for. Anybody can write them."""


def why(reader: MailReader, opener: KnowingOpener, remarks: Remarks, row: Row, width: int) -> Sheet:
    """Lines of `width` cells. Raises FileError, StoreError, OSError."""
    raw = raw_message(reader, row.placement)
    if raw is None:
        raise FileError(NOT_HERE, "open it first")
    box = next((box for box in reader.mailboxes() if box.id == row.mailbox), None)
    features, known = read_features(raw), opener.known(reader, row.mailbox)
    lines: list[Pieces] = []
    note = remarks(raw, box, known)[0]
    lines += _told(note, "notice", width)
    lines += _advertising(features, known, width)
    lines += _spam(features, box, width)
    lines.append(())
    lines += _told(f"To leave its list: {ways(features).plain()}", "text", width)
    return Sheet("What this message is taken for", tuple(lines))


def _told(text: str, style: str, width: int, edge: str = "") -> list[Pieces]:
    found = wrap(text, width - len(edge), 4) if text else []
    return [(Piece(edge), Piece(line, style)) for line in found]


def _advertising(features: Features, known: Known, width: int) -> list[Pieces]:
    found = score.advertising(features, score.Known(mine=known.mine, written=dict.fromkeys(known.people, 1)))
    verdict = "advertising" if found.advertising else "not advertising"
    lines: list[Pieces] = [
        (Piece(verdict, "strong"), Piece(f"  {found.points:g} points, {score.ENOUGH:g} are enough", "dim"))
    ]
    for reason in found.reasons:
        lines += _told(reason, "text", width, "  ")
    if found.veto:
        lines += _told(f"never, because: {found.veto}", "warn", width, "  ")
    return lines


def _spam(features: Features, box: Mailbox | None, width: int) -> list[Pieces]:
    lines: list[Pieces] = []
    for name in SERVERS_WORDS:
        value = features.first(name)
        if value:
            lines += _told(f"{name.title()}: {safe_line(value[:300])}", "text", width, "  ")
    return [(), (Piece("what a server says about spam", "strong"),), *lines] if lines else []
