"""One session without a socket: whatever comes in, it answers and never breaks."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.session import Session
from mailtui.demo.smtp import SmtpSession
from mailtui.demo.state import CAPABILITIES

RAW = b"Subject: one\r\nFrom: Ann <a@example.com>\r\nTo: b@example.com\r\n\r\ntext\r\n"
WORDS = [
    *("UID", "FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE", "SELECT", "LIST", "STATUS", "APPEND", "CREATE"),
    *("1", "1:*", "1,,2", ":", "*", "99999999999999999999999", "INBOX", '"', '""', '"&-"', "&x", "(", ")", "()"),
    *("(UID FLAGS)", "ALL", "FULL", "BODY[", "BODY[TEXT]<0.1>", "ENVELOPE", "+FLAGS", "-FLAGS.SILENT", "FLAGS"),
    *("(\\Seen)", "\\Deleted", "NOT", "OR", "SINCE", "1-Foo-2026", "MODSEQ", "RETURN", "(STATUS (MESSAGES))"),
    *("(QRESYNC (1 1))", "(CHANGEDSINCE 1)", "{0+}\r\n", "CLOSE", "ENABLE", "QRESYNC", "RENAME", "DELETE", "/", "a/b"),
]


def logged_in() -> Session:
    boxes = Mailboxes()
    boxes["INBOX"].append(RAW)
    session = Session(boxes, "u", "p", CAPABILITIES)
    ask(session, b"x LOGIN u p\r\nx SELECT INBOX\r\n")
    return session


def ask(session: Session, data: bytes) -> bytes:
    return b"".join(session.feed(data))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7))
def test_words_in_any_order_get_one_tagged_answer(words: list[str]) -> None:
    session = logged_in()
    out = ask(session, f"t1 {' '.join(words)}\r\n".encode())
    assert sum(line.startswith(b"t1 ") for line in out.split(b"\r\n")) == 1
    assert b"t2 OK" in ask(session, b"t2 NOOP\r\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    ask(logged_in(), data + b"\r\n")
    b"".join(SmtpSession("u", "p", lambda *_: None).feed(data + b"\r\n"))


def test_envelope() -> None:
    out = ask(logged_in(), b"t FETCH 1 FAST\r\nt FETCH 1 (ENVELOPE)\r\n")
    assert b'INTERNALDATE " 1-Jan-1970 00:00:00 +0000" RFC822.SIZE %d)' % len(RAW) in out
    ann = b'(("Ann" NIL "a" "example.com"))'
    assert b'(NIL "one" %s %s %s ((NIL NIL "b" "example.com")) NIL NIL NIL NIL)' % (ann, ann, ann) in out


def test_append_of_utf8_mail() -> None:
    session = logged_in()
    raw = "Subject: ü\r\n\r\n".encode()
    assert b"t OK" in ask(session, b"t ENABLE UTF8=ACCEPT\r\n")
    out = ask(session, b"t APPEND INBOX UTF8 (~{%d+}\r\n%s)\r\n" % (len(raw), raw))
    assert out.startswith(b"* 2 EXISTS\r\nt OK [APPENDUID 1 2]")
    assert raw in ask(session, b"t FETCH 2 (BODY[])\r\n")
    assert b"\\Seen" in ask(session, b"t FETCH 2 (FLAGS)\r\n")


def test_readonly_and_deleted_mailboxes() -> None:
    session = logged_in()
    ask(session, b"t CREATE Old\r\nt EXAMINE Old\r\n")
    assert ask(session, b"t STORE 1 FLAGS ()\r\n") == b"t NO [READ-ONLY] the mailbox is open for reading only\r\n"
    assert ask(session, b"t DELETE Old\r\n") == b"t OK DELETE done\r\n"
    assert ask(session, b"t FETCH 1 FLAGS\r\n") == b"t BAD no mailbox is selected\r\n"
    assert ask(session, b"t SELECT Old\r\n") == b"t NO [NONEXISTENT] no such mailbox\r\n"


def test_closing_expunges() -> None:
    session = logged_in()
    ask(session, b"t STORE 1 +FLAGS (\\Deleted)\r\n")
    assert ask(session, b"t CLOSE\r\n") == b"t OK CLOSE done\r\n"
    assert b"(MESSAGES 0)" in ask(session, b"t STATUS INBOX (MESSAGES)\r\n")


def test_renaming_inbox_moves_its_mail() -> None:
    session = logged_in()
    assert b"* 1 EXPUNGE" in ask(session, b"t RENAME INBOX Past\r\nt NOOP\r\n")
    assert b"(MESSAGES 1 UIDNEXT 2)" in ask(session, b"t STATUS Past (MESSAGES UIDNEXT)\r\n")
