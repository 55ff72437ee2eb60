"""`mailtui attachments` and `mailtui save`: what is attached to a message, and out of it into files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailtui.cli.exits import NotFoundError
from mailtui.cli.output import Column, print_table, to_json
from mailtui.cli.session import reading, settings_of
from mailtui.cli.show import message_bytes, row_of
from mailtui.mail.sanitize import safe_line

if TYPE_CHECKING:
    from mailtui.mail.attachments import Attachment


def run_list(args: argparse.Namespace) -> int:
    """Raises NotFoundError for an unknown id, LaterError when the message is not on this computer yet."""
    found, _ = _attachments(args)
    if args.json:
        print(
            to_json(
                [
                    {
                        "part": one.number,
                        "name": one.name,
                        "file_name": one.file_name,
                        "type": one.type,
                        "size": one.size,
                        "dangers": list(one.dangers),
                    }
                    for one in found
                ]
            )
        )
        return 0
    columns = (Column("PART", right=True), Column("BYTES", right=True), Column("TYPE", most=40), Column("NAME"))
    print_table(columns, [(str(one.number), f"{one.size:,}", one.type, one.name) for one in found])
    for one in found:
        for danger in one.dangers:
            print(f"({one.number}: {danger})")
    return 0


def run_save(args: argparse.Namespace) -> int:
    """All attachments, or those named; all are looked up before any is written. Raises NotFoundError, FileError."""
    from mailtui.files.saving import save
    from mailtui.mail.attachments import content, wanted
    from mailtui.mail.parse import parse_message

    found, raw = _attachments(args)
    chosen, unknown = wanted(found, args.parts)
    if unknown:
        named = ", ".join(safe_line(word) for word in unknown[:5])
        raise NotFoundError(
            f"no such attachment: {named}; nothing was saved", f"`mailtui attachments {args.id}` lists them"
        )
    raw = parse_message(raw).raw
    folder = args.to or settings_of(args).downloads
    saved = [(one.number, save(content(raw, one), folder, one.file_name)) for one in chosen]
    if args.json:
        print(to_json([{"part": number, "path": file.path, "size": file.size} for number, file in saved]))
        return 0
    for _, file in saved:
        print(safe_line(file.path))
    if not saved:
        print("nothing is attached")
    return 0


def _attachments(args: argparse.Namespace) -> tuple[tuple[Attachment, ...], bytes]:
    from mailtui.mail.attachments import find

    with reading(settings_of(args)) as reader:
        raw = message_bytes(reader, row_of(reader, args.id))
    return find(raw), raw
