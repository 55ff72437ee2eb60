"""Every hard message of the shared corpus, read in place (skips where it is absent)."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from mailtui.mail.headers import MAX_SUBJECT, scan_envelope
from mailtui.mail.text import scan_text

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")


def messages() -> Iterator[tuple[str, bytes]]:
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and path.suffix not in {".json", ".tsv", ".md", ".txt"}:
            yield str(path.relative_to(CORPUS)), path.read_bytes()


def test_index_scanners_never_raise_and_are_quick() -> None:
    slow = []
    for name, raw in messages():
        begin = time.process_time()
        scan_envelope(raw)
        scan_text(raw)
        if time.process_time() - begin > 1.0:
            slow.append(name)
    assert slow == []


def _words(text: str) -> str:
    return " ".join(text.split())


def _stdlib(raw: bytes, field: str) -> str | int | None:
    """What the standard library makes of a header; raises whatever it raises."""
    value = email.message_from_bytes(raw, policy=email.policy.default)[field]
    if field == "date":
        if value is None or value.datetime is None:
            return None
        stamp = value.datetime if value.datetime.tzinfo else value.datetime.replace(tzinfo=UTC)
        return int(stamp.timestamp())
    text = _words(str(value or ""))
    return text.strip("<> ") if field == "message-id" else text


# Classes where we differ on purpose: 8-bit headers and wrong charsets that we guess better, dates before 1970, with
# AM/PM, zone comments or year 102, blanks before the colon, comments behind the id, NUL dropped, CR as a line end.
KNOWN = {
    "subject": {"spamscope/mail_test_9.eml", "ruby-mail/rfc2822/example13.eml", "stalwart/eml/malformed/019.eml"},
    "message-id": {
        "ruby-mail/rfc2822/example13.eml",
        "stalwart/eml/malformed/019.eml",
        "security/references_inject.eml",
        "spamassassin-public/spam-2/00951.f7044a1b178dc3dcff44932f840b8805.eml",
        "spamassassin-public/spam-2/00064.839dfb3973ed439e19c1ca77cffdab3d.eml",
    },
    "date": {
        "spamassassin-t/spam/hashbl.eml",
        "spamassassin-t/spam/001.eml",
        "flanker/messages/disposition-notification.eml",
        "notmuch/crypto/encrypted-signed.eml",
        "stalwart/eml/malformed/019.eml",
        "spamassassin-public/spam-2/00641.b3c1c440f7940c86ab5d1e4f9fa3518b.eml",
    },
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("field", ["subject", "date", "message-id"])
def test_envelopes_equal_the_standard_library(field: str) -> None:
    different = []
    for name, raw in messages():
        if "bomb" in name:
            continue
        try:
            theirs = _stdlib(raw.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in raw else raw.partition(b"\n\n")[0], field)
        except Exception:  # it raises on hostile headers, which is why we do not use it
            continue
        envelope = scan_envelope(raw)
        ours: str | int | None = envelope.date
        if field == "subject":
            ours = _words(envelope.subject)
        elif field == "message-id":
            ours = envelope.message_id
        if ours == theirs or name in KNOWN[field]:
            continue
        if isinstance(theirs, str) and ("\ufffd" in theirs or len(theirs) > MAX_SUBJECT or not theirs.isprintable()):
            continue
        if isinstance(theirs, int) and theirs < 0:
            continue
        different.append((name, theirs, ours))
    assert different == []
