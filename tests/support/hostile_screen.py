"""The screen over the hostile messages of the corpus, to be run in a real terminal: `python -m
tests.support.hostile_screen FOLDER`. Every attempt to reach a network is written to FOLDER/network."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mailtui.mail.headers import scan_envelope
from mailtui.mail.text import scan_text
from mailtui.model.ids import PlacementId
from mailtui.model.mail import Row
from tests.support.fake_store import FakeEngine, FakeReader, settings
from tests.support.scoring import CORPUS


class HostileReader(FakeReader):
    """Row 1 is the first message; what the list shows is what the scanners found."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        super().__init__(len(messages))
        self.bodies = {number: raw or b"\n" for number, raw in enumerate(messages, 1)}
        self._rows: dict[int, Row] = {}

    def row(self, number: int) -> Row:
        if number not in self._rows:
            raw = self.bodies[number]
            envelope, found = scan_envelope(raw), scan_text(raw, 20_000)
            self._rows[number] = replace(
                super().row(number),
                from_=envelope.from_,
                to=envelope.to[:3],
                subject=envelope.subject,
                snippet=found.snippet,
                attachment=found.attachment,
            )
        return self._rows[number]


def hostile_messages() -> list[bytes]:
    """All security messages, and a few that are worse than these."""
    found = [path.read_bytes() for path in sorted((CORPUS / "security").glob("*.eml"))]
    evil = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\x90q\x9c\x1b_G\x1b\\[bold]x[/]"
    head = f"From: {evil} <a@b.example>\nSubject: {evil}\nX-{evil}: {evil}\nReply-To: {evil}@evil.example\n".encode()
    parts = f'Content-Type: text/html; name="{evil}.csv"\nContent-Disposition: attachment\n\n{evil},{evil}\n'.encode()
    found.append(
        head + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + evil.encode() + b"\n--b\n" + parts + b"--b--"
    )
    calendar = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{evil}\nLOCATION:{evil}\nEND:VEVENT\n".encode()
    found.append(head + b"Content-Type: text/calendar\n\n" + calendar)
    report = (
        f"Reporting-MTA: {evil}\n\nFinal-Recipient: rfc822;{evil}\nAction: failed\nDiagnostic-Code: {evil}\n".encode()
    )
    found.append(head + b"Content-Type: message/delivery-status\n\n" + report)
    return found


def main() -> None:
    folder = Path(sys.argv[1])

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            with (folder / "network").open("a") as log:
                log.write(f"{address}\n")
        raise OSError("no network here")

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    from mailtui.ui.app import MailtuiApp

    reader = HostileReader(hostile_messages())
    engine = FakeEngine(reader)
    opener = ("/bin/true",)
    chosen = settings(downloads=str(folder / "got"), opener=opener, store=str(folder / "store"))
    app = MailtuiApp(reader, engine, engine, chosen)
    app.run()
    reader.close()
    assert PlacementId(1) in reader.bodies


if __name__ == "__main__":
    main()
