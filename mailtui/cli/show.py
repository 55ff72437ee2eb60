"""`mailtui show`: one message as safe text, as its exact bytes, or as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailtui.cli import shape
from mailtui.cli.exits import LaterError, NotFoundError
from mailtui.cli.output import terminal_width, to_json
from mailtui.cli.session import by_id, reading, settings_of
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import StoreError
from mailtui.model.ids import Word
from mailtui.model.mail import Row
from mailtui.model.ports import MailReader

if TYPE_CHECKING:
    from mailtui.mail.render.reader import Rendered

WIDEST = 100
"""Cells; longer lines of text are hard to read."""


def run(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown id and LaterError when the message's text is not on this computer yet."""
    with reading(settings_of(args)) as reader:
        row = row_of(reader, args.id)
        if args.raw:
            sys.stdout.buffer.write(message_bytes(reader, row))
            sys.stdout.buffer.flush()
        elif args.json:
            print(to_json(_object(reader, row)))
        else:
            _print(_rendered(message_bytes(reader, row), min(terminal_width(), WIDEST)))
    return 0


def row_of(reader: MailReader, word: str) -> Row:
    """The message with this id. Raises NotFoundError."""
    row = reader.by_word(Word(word))
    if row is None:
        raise NotFoundError(f"there is no message '{safe_line(word)}'", "`mailtui list` and `search` print ids")
    return row


def message_bytes(reader: MailReader, row: Row) -> bytes:
    """The raw message. Raises LaterError when it is not on this computer yet."""
    content = reader.content(row.placement)
    if content is None:
        raise LaterError(
            "this message's text is not on this computer yet",
            "run `mailtui sync`, or open it in mailtui (it is then fetched)",
        )
    try:
        return Path(content.path).read_bytes()
    except OSError as error:
        raise StoreError(f"can't read {content.path}: {error.strerror}", "`mailtui reindex` mends the index") from None


def _rendered(raw: bytes, width: int) -> Rendered:
    from mailtui.mail.render.reader import render_message

    return render_message(raw, width)


def _print(rendered: Rendered) -> None:
    """Everything in `rendered` is safe for a terminal already."""
    room = max((len(name) for name, _ in rendered.headers), default=0) + 1
    for name, value in rendered.headers:
        print(f"{name + ':':<{room}} {value}")
    print()
    for line in rendered.lines:
        print("".join(span.text for span in line).rstrip())
    if rendered.attachments or rendered.notes or rendered.warnings:
        print()
    for warning in rendered.warnings:
        print(f"(careful: {warning})")
    for attachment in rendered.attachments:
        print(f"[{attachment.name or 'unnamed'}, {attachment.type}, {attachment.size:,} bytes]")
    for note in rendered.notes:
        print(f"({note})")


def _object(reader: MailReader, row: Row) -> dict[str, Any]:
    """The message object, and what `show` adds; `text` is null while the message is not on this computer."""
    found = shape.message(row, by_id(reader))
    if reader.content(row.placement) is None:
        return found | {"headers": [], "text": None, "warnings": [], "attachments": []}
    raw = message_bytes(reader, row)
    rendered = _rendered(raw, WIDEST)
    return found | {
        "headers": [{"name": name, "value": value} for name, value in rendered.headers],
        "text": "\n".join("".join(span.text for span in line).rstrip() for line in rendered.lines),
        "warnings": list(rendered.warnings),
        "attachments": [{"name": one.name, "type": one.type, "size": one.size} for one in rendered.attachments],
    }
