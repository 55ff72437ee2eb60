"""Small real files to attach: PNG, PDF, ZIP, CSV, iCalendar. Written out here, byte for byte the same every time."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from mailtui.demo.samples.compose import moment


def png(width: int, height: int, pixel: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """A picture of width x height pixels, 8-bit RGB."""
    rows = b"".join(b"\0" + bytes(c for x in range(width) for c in pixel(x, y)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sea(width: int = 160, height: int = 90) -> bytes:
    """Evening sky over water with a low sun."""

    def pixel(x: int, y: int) -> tuple[int, int, int]:
        horizon = height * 3 // 5
        if (x - width * 2 // 3) ** 2 + (y - horizon + 6) ** 2 < 90 and y < horizon:
            return 255, 226, 160
        if y < horizon:
            return 60 + 180 * y // horizon, 80 + 80 * y // horizon, 140 - 30 * y // horizon
        shine = 60 if abs(x - width * 2 // 3) < 3 + (y - horizon) // 3 and (x + y) % 3 else 0
        return 30 + shine, 60 + shine, 96 + shine // 2

    return png(width, height, pixel)


def chart(width: int = 200, height: int = 100) -> bytes:
    """A bar chart that goes down, which is what one wants of latencies."""

    def pixel(x: int, y: int) -> tuple[int, int, int]:
        bar = x // 20
        if y == height - 1 or x == 0:
            return 90, 90, 90
        return (64, 128, 190) if x % 20 > 4 and y > 8 + bar * 8 else (250, 250, 248)

    return png(width, height, pixel)


def pdf(title: str, lines: list[str]) -> bytes:
    """One A4 page of plain ASCII text in Helvetica."""
    words = [title, "", *lines]
    show = "".join(f"({_escape(line)}) Tj T*\n" for line in words)
    stream = f"BT /F1 12 Tf 18 TL 56 770 Td\n{show}ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 12, 0, 0)), data)
    return out.getvalue()


def calendar(now: int, uid: str, start: int, minutes: int, summary: str, where: str = "", method: str = "") -> str:
    """One event `start` seconds after `now`. `method`: REQUEST makes it an invitation to Robin."""

    def stamp(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M00Z")

    begin = moment(now, "0m") + start
    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Sample mail//EN"]
    rows += [f"METHOD:{method}"] if method else []
    rows += ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp(now)}", f"DTSTART:{stamp(begin)}"]
    rows += [f"DTEND:{stamp(begin + minutes * 60)}", f"SUMMARY:{summary}"]
    rows += [f"LOCATION:{where}"] if where else []
    if method:
        rows += ["ORGANIZER;CN=Nadia Karim:mailto:nadia@lighthouse.example.com"]
        rows += ["ATTENDEE;CN=Robin Ashworth;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:robin@example.org"]
    return "\r\n".join([*rows, "END:VEVENT", "END:VCALENDAR", ""])
