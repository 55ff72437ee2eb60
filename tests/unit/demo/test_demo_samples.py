"""The sample mail: how much, how fresh, how varied, and always the same."""

from __future__ import annotations

import email
import re
from collections import Counter
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parsedate_to_datetime

import pytest

from mailtui.demo.arrivals import ARRIVALS, arrive, deliver_arrivals
from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.samples.build import FOLDERS, build_letters, filled_mailboxes, posted
from mailtui.demo.samples.compose import Letter, moment
from mailtui.demo.samples.files import chart, pdf, zipped

NOW = 1_795_418_000
LETTERS = build_letters(NOW)


def header(letter: Letter, name: str) -> str:
    return str(email.message_from_bytes(letter.raw, policy=compat32).get(name, ""))


def test_same_moment_same_bytes() -> None:
    assert build_letters(NOW) == LETTERS


def test_counts() -> None:
    where = Counter(letter.folder for letter in LETTERS)
    assert 190 <= len(LETTERS) <= 215
    assert 105 <= where["INBOX"] <= 120
    assert set(where) == {"INBOX", *FOLDERS}
    unread = sum(letter.folder == "INBOX" and "\\Seen" not in letter.flags for letter in LETTERS)
    assert 12 <= unread <= 18
    assert all("\\Draft" in letter.flags for letter in LETTERS if letter.folder == "Drafts")
    assert {flag for letter in LETTERS for flag in letter.flags} >= {"\\Answered", "\\Flagged", "$Junk"}


def test_every_letter_parses_and_is_well_framed() -> None:
    for letter in LETTERS:
        parsed = email.message_from_bytes(letter.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        for part in parsed.walk():
            part.get_content_type()
            if not part.is_multipart():
                part.get_payload(decode=True)
        assert letter.raw.endswith(b"\r\n")
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", letter.raw)


def test_message_ids_are_unique_and_replies_find_their_letters() -> None:
    ids = [header(letter, "Message-ID") for letter in LETTERS]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    answered = [header(letter, "In-Reply-To") for letter in LETTERS]
    replies = [reference for reference in answered if reference]
    assert len(replies) > 40
    assert set(replies) <= set(ids)


def test_replies_come_after_what_they_answer() -> None:
    when = {header(letter, "Message-ID"): letter.when for letter in LETTERS}
    for letter in LETTERS:
        reference = header(letter, "In-Reply-To")
        assert not reference or when[reference] < letter.when, header(letter, "Subject")


def test_only_example_domains() -> None:
    addresses = {found for letter in LETTERS for found in re.findall(rb"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", letter.raw)}
    for domain in addresses:
        assert re.search(rb"(^|\.)example\.(com|net|org)$", domain), domain


@pytest.mark.parametrize("now", [NOW, NOW - NOW % 86400, NOW - NOW % 86400 + 86399])
def test_fresh_at_any_hour(now: int) -> None:
    inbox = [letter for letter in build_letters(now) if letter.folder == "INBOX"]
    assert all(letter.when < now for letter in inbox)
    assert sum(now - letter.when < 86400 for letter in inbox) >= 15
    letter = inbox[-1]
    assert parsedate_to_datetime(header(letter, "Date")).timestamp() == letter.when
    newest = {header(letter, "From") for letter in inbox[-12:]}
    assert len(newest) >= 11


def test_variety() -> None:
    everything = b"".join(letter.raw for letter in LETTERS)
    for word in (
        b"text/calendar", b"application/pdf", b"image/png", b"application/zip", b"text/csv", b"message/rfc822",
        b"multipart/report", b"format=\"flowed\"", b'charset="iso-2022-jp"', b'charset="koi8-r"', b'charset="big5"',
        b'charset="iso-8859-1"', b"Content-Transfer-Encoding: 8bit", b"List-Unsubscribe=One-Click",
        b"\x1b[31m", b"METHOD:REQUEST", b"cid:header@letters",
    ):  # fmt: skip
        assert word in everything, word
    parsed = [email.message_from_bytes(letter.raw, policy=default) for letter in LETTERS]
    texts = [message.get_body(("plain",)) for message in parsed]
    bodies = Counter(part.get_payload() for part in texts if part is not None)
    assert bodies.most_common(1)[0][1] == 1


def test_exhibits_hold_what_they_promise() -> None:
    exhibits = {header(letter, "Message-ID"): letter for letter in LETTERS if b"oddities" in letter.raw}
    assert b"\nDate:" not in b"\n" + exhibits["<odd-1@oddities.example.org>"].raw
    assert "é".encode() in exhibits["<odd-2@oddities.example.org>"].raw
    assert b"caf\xe9" in exhibits["<odd-3@oddities.example.org>"].raw
    assert b"--never--" not in exhibits["<odd-4@oddities.example.org>"].raw
    assert b"Subject:" not in exhibits["<odd-5@oddities.example.org>"].raw
    assert b"%E2%80%AEfdp.exe" in exhibits["<odd-9@oddities.example.org>"].raw


def test_mailboxes_are_filled() -> None:
    boxes = filled_mailboxes(posted(NOW))
    assert boxes.sorted()[0].name == "INBOX"
    assert not boxes["Projects"].selectable
    assert boxes["Junk"].attributes == ("\\Junk",)
    assert sum(len(box.uids) for box in boxes.sorted()) == len(LETTERS)
    assert boxes["INBOX"].messages[1].internaldate < boxes["INBOX"].messages[100].internaldate


async def test_arrivals_come_at_their_times_and_stop() -> None:
    waits: list[float] = []
    inbox = Mailboxes()["INBOX"]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    await deliver_arrivals(inbox, posted(NOW), clock=lambda: NOW + sum(waits), sleep=sleep)
    assert waits == [arrival.wait for arrival in ARRIVALS]
    assert waits[0] == 8
    assert all(20 <= wait <= 40 for wait in waits[1:])
    assert len(inbox.uids) == 8
    assert not any(message.flags for message in inbox.messages.values())
    first = email.message_from_bytes(inbox.messages[1].raw, policy=default)
    assert first["Subject"] == "Re: Who brings what"
    assert first["In-Reply-To"] in {header(letter, "Message-ID") for letter in LETTERS}
    assert parsedate_to_datetime(first["Date"]).timestamp() == NOW + 8


def test_arrivals_answer_each_other() -> None:
    post = posted(NOW)
    letters = [arrive(post, arrival) for arrival in ARRIVALS]
    assert header(letters[6], "In-Reply-To") == header(letters[1], "Message-ID")


@pytest.mark.parametrize("age", ["", "soon", "3d", "2d 9:00"])
def test_ages_that_mean_nothing(age: str) -> None:
    with pytest.raises(ValueError, match="not an age"):
        moment(NOW, age)


def test_attached_files_are_real() -> None:
    page = pdf("A (title)", ["line"])
    start = int(page.split(b"startxref\n")[1].split()[0])
    assert page[start:].startswith(b"xref\n0 5\n")
    assert chart().startswith(b"\x89PNG\r\n\x1a\n")
    assert zipped({"a": b"1"}) == zipped({"a": b"1"})
