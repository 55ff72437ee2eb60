"""Previews: tables, JSON, calendars, contacts, archives, text, and what is none of these."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from mailtui.mail.preview.choose import preview
from mailtui.mail.sanitize import cell_width

ICS = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:The crane\\, and after it
  lunch
DTSTART;TZID=Europe/Berlin:20261123T090000
DTEND;TZID=Europe/Berlin:20261123T103000
LOCATION:Jetty 4
RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4
ORGANIZER;CN=Anna:mailto:anna@example.org
ATTENDEE;CN="Ben: the second";PARTSTAT=ACCEPTED:mailto:ben@example.org
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:me@example.org
DESCRIPTION:Bring\\nthe rope
BEGIN:VALARM
DESCRIPTION:not this
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def text(data: bytes, kind: str, name: str = "", width: int = 60) -> str:
    found = preview(data, kind, name, "", width)
    for line in found.lines:
        assert sum(cell_width(span.text) for span in line) <= width
    return "\n".join("".join(span.text for span in line).rstrip() for line in found.lines)


def test_an_invitation_is_a_card() -> None:
    shown = text(ICS.encode(), "text/calendar")
    assert shown.splitlines() == [
        "Invitation: The crane, and after it lunch",
        "When  Mon 23 Nov 2026, 09:00 - 10:30 (Europe/Berlin)",
        "Again every week on MO, 4 times",
        "Where Jetty 4",
        "From  Anna <anna@example.org>",
        "Who   Ben: the second <ben@example.org>  yes",
        "      me@example.org  no answer yet",
        "",
        "Bring",
        "the rope",
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", "Thu 24 Dec 2026 to Sat 26 Dec 2026"),
        ("DTSTART;VALUE=DATE:20261224", "Thu 24 Dec 2026"),
        ("DTSTART:20261231T230000Z\nDTEND:20270101T010000Z", "Thu 31 Dec 2026, 23:00 - Fri 1 Jan 2027, 01:00 (UTC)"),
        ("DTSTART:99999999T999999Z", "99999999T999999Z"),
        ("STATUS:CANCELLED\nSUMMARY:x", "Called off: x"),
        ("SUMMARY:\x1b[31mred", "␛[31mred"),
        ("RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20261201", "every 2 days, until Tue 1 Dec 2026"),
    ],
)
def test_times_of_calendars(lines: str, words: str) -> None:
    assert words in text(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\n".encode(), "text/calendar", width=80)


def test_a_contact_is_a_card() -> None:
    card = (
        "BEGIN:VCARD\nFN:Anna Lindqvist\nORG:Harbour;Pilots\nitem1.EMAIL;TYPE=work:anna@example.org\nTEL:+46 1\n"
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=utf-8:Gr=C3=BC=C3=9Fe\nPHOTO:AAAA\nEND:VCARD\n"
    )
    assert text(card.encode() * 2, "text/vcard").splitlines() == [
        "Anna Lindqvist",
        "  organisation: Harbour, Pilots",
        "  mail (work): anna@example.org",
        "  phone: +46 1",
        "  note: Grüße",
        "",
        "Anna Lindqvist",
        "  organisation: Harbour, Pilots",
        "  mail (work): anna@example.org",
        "  phone: +46 1",
        "  note: Grüße",
    ]


def test_a_table_has_columns() -> None:
    shown = text(b'name;amount\r\nrope;12\r\n"a; b";3\r\n', "application/octet-stream", "x.csv")
    assert shown.splitlines() == ["name  amount", "────────────", "rope  12", "a; b  3"]


def test_a_table_that_is_too_wide_becomes_cards() -> None:
    head = ",".join(f"column{number}" for number in range(20))
    row = ",".join(f"value {number}" for number in range(20))
    shown = text(f"{head}\n{row}\n".encode(), "text/csv")
    assert shown.splitlines()[3] == "column3: value 3"


def test_json_is_indented() -> None:
    assert text(b'{"a": [1, "\xc3\xbc"]}', "application/json").splitlines()[2] == "    1,"
    assert text(b'{"a": ', "application/json") == '{"a":'
    assert text(b"[" * 100_000, "application/json").startswith("[[[[")


def test_an_archive_is_listed_not_unpacked() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes/plan.txt", "hello")
        archive.writestr("../../evil\x1b[31m.txt", "x")
        archive.writestr("bomb.bin", b"\0" * 5_000_000)
    shown = text(held.getvalue(), "application/zip", "a.zip")
    assert "3 files, 5,000,006 bytes unpacked" in shown
    assert "notes/plan.txt" in shown
    assert "␛[31m" in shown
    assert "(grows more than 200 times)" in shown
    assert "damaged" in text(held.getvalue()[:200], "application/zip", "a.zip")


def test_an_archive_with_a_huge_table_of_contents_is_not_read() -> None:
    end = b"PK\x05\x06" + bytes(8) + (2**31).to_bytes(4, "little") + bytes(6)
    assert "too many files" in text(b"PK\x03\x04" + bytes(40) + end, "application/zip")


def test_what_is_no_text_shows_its_first_bytes() -> None:
    shown = text(b"\x7fELF\x00\x01" + bytes(100), "application/octet-stream", "a.bin", 80)
    assert "no preview" in shown
    assert "7f 45 4c 46" in shown
    assert "just text" in text(b"just text\n", "application/octet-stream", "noext")


def test_a_document_is_not_shown_as_its_source() -> None:
    for type_ in ("application/pdf", "text/plain", "application/octet-stream"):
        shown = preview(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", type_, "a.pdf", "", 30)
        words = " ".join("".join(span.text for span in line) for line in shown.lines)
        assert "a PDF document" in words
        assert "obj" not in words
        assert len(shown.lines) > 1


@pytest.mark.parametrize(
    "kind", ["text/calendar", "text/vcard", "text/csv", "application/json", "text/plain", "text/html"]
)
def test_hostile_previews_end_soon_and_stay_small(kind: str) -> None:
    for unit in (
        b"BEGIN:VEVENT\n",
        b"BEGIN:VCARD\nFN:x\n",
        b'"',
        b",",
        b"ATTENDEE:x\n",
        b"\n ",
        b"a;b\n",
        b"<b>",
        b"[",
    ):
        began = time.perf_counter()
        found = preview(unit * (8_000_000 // len(unit)), kind, "", "", 60)
        assert time.perf_counter() - began < 6
        assert len(found.lines) <= 20_000


def attribute(number: int, data: bytes) -> bytes:
    return b"\x02" + number.to_bytes(2, "little") + b"\x01\x00" + len(data).to_bytes(4, "little") + data + b"\0\0"


def test_winmail_names_its_files() -> None:
    packed = b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x9002, b"x" * 14) + attribute(0x8010, b"plan\x1b[31m.pdf\x00")
    packed += attribute(0x800F, b"y" * 1500) + attribute(0x9002, b"") + attribute(0x8010, b"b.txt\x00")
    assert text(packed, "application/ms-tnef", "winmail.dat").splitlines() == [
        "Outlook packed these files into it:",
        "",
        "1,500  plan␛[31m.pdf",
        "    0  b.txt",
    ]
    assert "damaged" in text(packed[:20], "application/ms-tnef")
    assert "damaged" in text(b"\x78\x9f\x3e\x22" + b"\xff" * 5000, "application/ms-tnef")
