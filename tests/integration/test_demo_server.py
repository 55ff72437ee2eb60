"""The demo's IMAP and SMTP server, asked by the standard library's clients and by a bare socket."""

from __future__ import annotations

import asyncio
import imaplib
import re
import smtplib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future

import pytest

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.server import HOST, PASSWORD, USER, DemoServer, Ports


class Served:
    """A DemoServer on a loop of its own, so that blocking clients can talk to it."""

    def __init__(self, without: Iterable[str] = (), messages: int = 0) -> None:
        self.boxes = Mailboxes(uidvalidity=7)
        self.boxes.create("Archive", ("\\Archive",))
        self.boxes.create("Brief/Übung")
        self.boxes["INBOX"].append_all([(mail(n), frozenset(), 1_700_000_000 + n) for n in range(1, messages + 1)])
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.server = DemoServer(self.boxes, without=without)
        self.ports: Ports = asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(10)

    def do(self, call: object) -> object:
        """Run a plain function on the server's loop."""
        done: Future[object] = Future()

        def run() -> None:
            assert callable(call)
            done.set_result(call())

        self.loop.call_soon_threadsafe(run)
        return done.result(10)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class Wire:
    """A bare IMAP conversation: `ask` sends one command and returns all lines up to its tagged one."""

    def __init__(self, served: Served, login: bool = True) -> None:
        self.socket = socket.create_connection((HOST, served.ports.imap), 10)
        self.file = self.socket.makefile("rb")
        self._tag = 0
        self.greeting = self.line()
        if login:
            assert self.ask(f"LOGIN {USER} {PASSWORD}")[-1].startswith("a1 OK")

    def line(self) -> str:
        return self.file.readline().decode("utf-8").removesuffix("\r\n")

    def send(self, text: str) -> str:
        self._tag += 1
        self.socket.sendall(f"a{self._tag} {text}\r\n".encode())
        return f"a{self._tag} "

    def until(self, start: str) -> list[str]:
        lines = [self.line()]
        while not lines[-1].startswith(start):
            raw = self.file.readline()
            assert raw, lines
            lines.append(raw.decode("utf-8").removesuffix("\r\n"))
        return lines

    def ask(self, text: str) -> list[str]:
        return self.until(self.send(text))

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def mail(number: int) -> bytes:
    head = f"From: a@example.com\r\nSubject: mail {number}\r\n X\r\nDate: Mon, 6 Jul 2026 10:00:00 +0000\r\n\r\n"
    return f"{head}{{9}}\r\nno {number}\r\n".encode()


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served(messages=10)
    yield server
    server.close()


@pytest.fixture
def wire(served: Served) -> Iterator[Wire]:
    conversation = Wire(served)
    yield conversation
    conversation.close()


@pytest.fixture
def other(served: Served) -> Iterator[Wire]:
    conversation = Wire(served)
    yield conversation
    conversation.close()


@pytest.fixture
def client(served: Served) -> Iterator[imaplib.IMAP4]:
    imap = imaplib.IMAP4(HOST, served.ports.imap, timeout=10)
    imap.login(USER, PASSWORD)
    yield imap
    imap.logout()


def test_standard_client_reads_and_changes(client: imaplib.IMAP4) -> None:
    names = b"\n".join(line for line in client.list()[1] if isinstance(line, bytes))
    assert b'\\Archive) "/" "Archive"' in names
    assert b"&ANw-bung" in names
    assert client.select()[1] == [b"10"]
    raw = client.uid("FETCH", "3", "(FLAGS BODY.PEEK[])")[1][0][1]
    assert raw == mail(3)
    assert client.uid("FETCH", "3", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1] == b"Subject: mail 3\r\n X\r\n\r\n"
    assert client.uid("FETCH", "3", "(BODY.PEEK[TEXT]<5.2>)")[1][0][1] == b"no"
    client.uid("STORE", "2,4", "+FLAGS", "(\\Seen $Todo)")
    assert client.uid("SEARCH", "KEYWORD", "$todo")[1] == [b"2 4"]
    assert client.uid("SEARCH", "UNSEEN", "SUBJECT", '"mail 1"')[1] == [b"1 10"]
    assert client.uid("SEARCH", "OR", "UID", "9:*", "NOT", "UNSEEN")[1] == [b"2 4 9 10"]
    assert client.uid("COPY", "1:2", "Archive")[0] == "OK"
    assert client.response("COPYUID")[1] == [b"8 1:2 1:2"]
    assert client.uid("MOVE", "5", "Archive")[0] == "OK"
    client.uid("STORE", "1", "+FLAGS.SILENT", "\\Deleted")
    assert client.expunge()[1] == [b"5", b"1"]  # the MOVE took away number 5
    assert client.uid("SEARCH", "ALL")[1] == [b"2 3 4 6 7 8 9 10"]
    assert client.status("Archive", "(MESSAGES UNSEEN UIDNEXT)")[1] == [b'"Archive" (MESSAGES 3 UNSEEN 2 UIDNEXT 4)']


def test_append_and_mailbox_commands(client: imaplib.IMAP4) -> None:
    assert client.create('"New &- old/Sub"')[0] == "OK"
    assert client.append('"New &- old/Sub"', "(\\Seen)", '" 1-Jul-2026 09:00:00 +0200"', mail(1))[0] == "OK"
    assert client.rename('"New &- old"', "Plain")[0] == "OK"
    assert client.select("Plain/Sub")[1] == [b"1"]
    assert client.fetch("1", "(INTERNALDATE)")[1] == [b'1 (INTERNALDATE " 1-Jul-2026 07:00:00 +0000")']
    assert client.append("Nowhere", "", "", mail(1))[1][0].startswith(b"[TRYCREATE]")
    assert client.unsubscribe("Plain")[0] == "OK"
    assert not any(b'"Plain"' in line for line in client.lsub()[1] if isinstance(line, bytes))
    assert client.delete("Plain")[0] == "OK"
    assert any(b'\\Noselect \\HasChildren) "/" "Plain"' in line for line in client.list()[1] if isinstance(line, bytes))
    assert client.delete("INBOX")[0] == "NO"


def test_wrong_password_and_commands_before_login(served: Served) -> None:
    wire = Wire(served, login=False)
    assert "CAPABILITY IMAP4rev1 LITERAL+" in wire.greeting
    assert wire.ask("SELECT INBOX")[-1] == "a1 BAD log in first"
    assert wire.ask(f"LOGIN {USER} wrong")[-1].startswith("a2 NO [AUTHENTICATIONFAILED]")
    assert wire.ask("AUTHENTICATE PLAIN AHJvYmluQGV4YW1wbGUub3JnAGxpZ2h0aG91c2U=")[-1].startswith("a3 OK [CAPABILITY")
    assert wire.ask("NONSENSE")[-1] == "a4 BAD unknown command NONSENSE"
    assert wire.ask("FETCH 1 FLAGS")[-1] == "a5 BAD no mailbox is selected"
    wire.close()


def test_sasl_with_challenges(served: Served) -> None:
    wire = Wire(served, login=False)
    tag = wire.send("AUTHENTICATE LOGIN")
    assert wire.line() == "+ VXNlcm5hbWU6"
    wire.socket.sendall(b"cm9iaW5AZXhhbXBsZS5vcmc=\r\n")
    assert wire.line() == "+ UGFzc3dvcmQ6"
    wire.socket.sendall(b"bGlnaHRob3VzZQ==\r\n")
    assert wire.until(tag)[-1].startswith("a1 OK")
    tag = wire.send("AUTHENTICATE PLAIN")
    assert wire.line() == "+ "
    wire.socket.sendall(b"*\r\n")
    assert wire.until(tag)[-1] == "a2 BAD the client gave up"
    wire.close()


def test_literals_with_and_without_waiting(wire: Wire) -> None:
    assert (
        wire.ask("APPEND {5+}\r\nINBOX (\\Flagged) {14+}\r\nSubject: x\r\n\r\n")[-1]
        == "a2 OK [APPENDUID 7 11] APPEND done"
    )
    tag = wire.send("LIST {0}")
    assert wire.line() == "+ go on"
    wire.socket.sendall(b' "INBOX"\r\n')
    assert wire.until(tag)[0] == '* LIST (\\HasNoChildren) "/" "INBOX"'


def test_list_extended_with_status(wire: Wire) -> None:
    lines = wire.ask(
        'LIST (SUBSCRIBED) "" ("INBOX" "Arch*") RETURN (SPECIAL-USE STATUS (MESSAGES UIDVALIDITY HIGHESTMODSEQ))'
    )
    assert lines[:-1] == [
        '* LIST (\\HasNoChildren \\Subscribed) "/" "INBOX"',
        '* STATUS "INBOX" (MESSAGES 10 UIDVALIDITY 7 HIGHESTMODSEQ 11)',
        '* LIST (\\HasNoChildren \\Archive \\Subscribed) "/" "Archive"',
        '* STATUS "Archive" (MESSAGES 0 UIDVALIDITY 8 HIGHESTMODSEQ 1)',
    ]


def test_condstore(wire: Wire) -> None:
    assert "* OK [HIGHESTMODSEQ 11] counted" in wire.ask("SELECT INBOX (CONDSTORE)")
    assert wire.ask("UID STORE 3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Seen)")[0] == "* 3 FETCH (UID 3 MODSEQ (12))"
    refused = wire.ask("UID STORE 3,4 (UNCHANGEDSINCE 11) +FLAGS (\\Flagged)")
    assert refused[0] == "* 4 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (13))"
    assert "[MODIFIED 3]" in refused[-1]
    assert wire.ask("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 11)")[:-1] == [
        "* 3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (12))",
        "* 4 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (13))",
    ]
    assert (
        wire.ask("UID SEARCH RETURN (ALL COUNT) MODSEQ 12")[0] == '* ESEARCH (TAG "a6") UID ALL 3:4 COUNT 2 MODSEQ 13'
    )


def test_qresync_tells_what_happened_meanwhile(wire: Wire, other: Wire) -> None:
    wire.ask("SELECT INBOX")
    wire.ask("UID STORE 2:4,7 +FLAGS.SILENT (\\Deleted)")
    wire.ask("UID EXPUNGE 2:4")
    wire.ask("UID STORE 9 +FLAGS.SILENT (\\Answered)")
    assert other.ask("SELECT INBOX (QRESYNC (7 11))")[-1].startswith("a2 BAD")
    assert other.ask("ENABLE QRESYNC")[0] == "* ENABLED QRESYNC"
    lines = other.ask("SELECT INBOX (QRESYNC (7 11 1:10 (1,5 1,5)))")
    assert "* VANISHED (EARLIER) 2:4" in lines
    assert [line for line in lines if " FETCH " in line] == [
        "* 4 FETCH (UID 7 FLAGS (\\Deleted) MODSEQ (15))",
        "* 6 FETCH (UID 9 FLAGS (\\Answered) MODSEQ (17))",
    ]
    assert not any("VANISHED" in line for line in other.ask("SELECT INBOX (QRESYNC (99 11))"))
    assert "* VANISHED (EARLIER) 3" in other.ask("UID FETCH 3,9 (FLAGS) (CHANGEDSINCE 11 VANISHED)")
    assert other.ask("UID EXPUNGE 7")[0] == "* VANISHED 7"


def test_two_sessions_see_each_other(wire: Wire, other: Wire) -> None:
    wire.ask("SELECT INBOX")
    other.ask("SELECT INBOX")
    wire.ask("STORE 2 +FLAGS (\\Seen \\Deleted)")
    assert other.ask("NOOP")[0] == "* 2 FETCH (UID 2 FLAGS (\\Deleted \\Seen))"
    wire.ask("EXPUNGE")
    assert not any("EXPUNGE" in line for line in other.ask("FETCH 1 (UID)"))
    assert other.ask("NOOP")[0] == "* 2 EXPUNGE"
    assert other.ask("FETCH 2 (UID)")[0] == "* 2 FETCH (UID 3)"


def test_idle_hears_at_once(served: Served, wire: Wire) -> None:
    wire.ask("SELECT INBOX")
    tag = wire.send("IDLE")
    assert wire.line() == "+ idling"
    served.do(lambda: served.boxes["INBOX"].append(mail(11)))
    assert wire.line() == "* 11 EXISTS"
    served.do(lambda: served.boxes["INBOX"].expunge([1]))
    assert wire.line() == "* 1 EXPUNGE"
    wire.socket.sendall(b"DONE\r\n")
    assert wire.until(tag)[-1] == "a3 OK IDLE done"


def test_new_uidvalidity_ends_the_session(served: Served, wire: Wire) -> None:
    wire.ask("SELECT INBOX")
    served.do(lambda: served.boxes["INBOX"].expunge([1]))
    served.do(lambda: served.boxes["INBOX"].renumber(99))
    assert wire.until("* BYE")
    assert wire.line() == ""
    again = Wire(served)
    assert "* OK [UIDVALIDITY 99] UIDs hold" in again.ask("EXAMINE INBOX")
    assert again.ask("UID FETCH 1 (BODY.PEEK[TEXT])")[0].startswith("* 1 FETCH (UID 1 BODY[TEXT] {")
    again.close()


def test_utf8_names_after_enable(wire: Wire) -> None:
    assert wire.ask('LIST "" Brief/*')[0].endswith('"Brief/&ANw-bung"')
    wire.ask("ENABLE UTF8=ACCEPT")
    assert wire.ask('LIST "" Brief/*')[0].endswith('"Brief/Übung"')
    assert wire.ask('STATUS "Brief/Übung" (MESSAGES)')[0] == '* STATUS "Brief/Übung" (MESSAGES 0)'


@pytest.mark.parametrize(
    ("gone", "command"),
    [
        ("CONDSTORE", "UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)"),
        ("QRESYNC", "SELECT INBOX (QRESYNC (7 1))"),
        ("UIDPLUS", "UID EXPUNGE 1"),
        ("MOVE", "UID MOVE 1 Archive"),
        ("IDLE", "IDLE"),
        ("ENABLE", "ENABLE QRESYNC"),
        ("ESEARCH", "SEARCH RETURN (COUNT) ALL"),
        ("LIST-EXTENDED", 'LIST "" * RETURN (SUBSCRIBED)'),
        ("LIST-STATUS", 'LIST "" * RETURN (STATUS (MESSAGES))'),
        ("NAMESPACE", "NAMESPACE"),
        ("UNSELECT", "UNSELECT"),
        ("ID", "ID NIL"),
    ],
)
def test_what_is_switched_off_is_unknown(gone: str, command: str) -> None:
    served = Served(without=[gone], messages=2)
    wire = Wire(served)
    assert gone not in wire.ask("CAPABILITY")[0].split()
    wire.ask("SELECT INBOX")
    assert wire.ask(command)[-1].startswith("a4 BAD")
    wire.close()
    served.close()


def test_without_condstore_nothing_speaks_of_modseq() -> None:
    served = Served(without=["CONDSTORE"], messages=2)
    wire = Wire(served)
    assert "QRESYNC" not in wire.ask("CAPABILITY")[0]
    assert "MODSEQ" not in "".join(wire.ask("SELECT INBOX") + wire.ask("STORE 1 +FLAGS (\\Seen)"))
    wire.close()
    served.close()


def test_unknown_capability_is_refused() -> None:
    with pytest.raises(ValueError, match="X-NONE"):
        DemoServer(without=["X-NONE"])


def test_ten_thousand_messages() -> None:
    served = Served(messages=10_000)
    wire = Wire(served)
    assert "* 10000 EXISTS" in wire.ask("SELECT INBOX")
    start = time.perf_counter()
    bodies = "\n".join(wire.ask("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])"))
    assert len(re.findall(r"^\* \d+ FETCH", bodies, re.MULTILINE)) == 10_000
    wire.ask("UID STORE 1:* +FLAGS.SILENT (\\Deleted)")
    assert len(wire.ask("EXPUNGE")) == 10_001
    assert time.perf_counter() - start < 20
    wire.close()
    served.close()


def test_dropped_connections_and_a_second_life(served: Served) -> None:
    wire = Wire(served)
    asyncio.run_coroutine_threadsafe(served.server.drop(), served.loop).result(10)
    assert wire.line() == ""
    wire.close()
    again = Wire(served)
    assert again.ask("LOGOUT") == ["* BYE until next time", "a2 OK LOGOUT done"]
    assert again.line() == ""
    again.close()


def test_endless_line_ends_with_bye(served: Served) -> None:
    wire = Wire(served, login=False)
    wire.socket.sendall(b"a1 LOGIN {99999999999}\r\n")
    assert wire.line() == "* BYE literal too large"
    wire.close()


def test_submitted_mail_arrives(served: Served, wire: Wire) -> None:
    wire.ask("SELECT INBOX")
    with smtplib.SMTP(HOST, served.ports.smtp, timeout=10) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused, match="log in first"):
            smtp.sendmail("robin@example.org", ["robin@example.org"], b"x")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(USER, "wrong")
        smtp.login(USER, PASSWORD)
        refused = smtp.sendmail(
            "robin@example.org", [USER, "nobody@example.com"], "Subject: self\r\n\r\n.dot\r\nünder\r\n".encode(),
            mail_options=["BODY=8BITMIME"],
        )  # fmt: skip
        assert list(refused) == ["nobody@example.com"]
        smtp.sendmail("robin@example.org", ["mum@example.net"], b"Subject: not for robin\r\n\r\nx\r\n")
        with pytest.raises(smtplib.SMTPResponseException):
            smtp.sendmail("robin@example.org", [USER], b"x", mail_options=["SIZE=99999999999"])
    assert wire.ask("NOOP")[0] == "* 11 EXISTS"
    raw = served.boxes["INBOX"].messages[11].raw
    assert raw.startswith(b"Return-Path: <robin@example.org>\r\nReceived: ")
    assert raw.endswith("Subject: self\r\n\r\n.dot\r\nünder\r\n".encode())
    assert len(served.boxes["INBOX"].uids) == 11


def test_smtp_in_one_gulp(served: Served) -> None:
    """PIPELINING, LOGIN, and the order of things."""
    with socket.create_connection((HOST, served.ports.smtp), 10) as bare:
        bare.sendall(
            b"AUTH PLAIN x\r\nEHLO me\r\nAUTH LOGIN\r\ncm9iaW5AZXhhbXBsZS5vcmc=\r\nbGlnaHRob3VzZQ==\r\n"
            b"RCPT TO:<a@b>\r\nDATA\r\nMAIL FROM:<a@b> RET=FULL\r\nMAIL FROM:<\xc3\xbc@b>\r\nMAIL FROM:<a@b>\r\n"
            b"RCPT TO:<robin@example.org>\r\nDATA\r\nhello\r\n.\r\nRSET\r\nWHAT\r\nQUIT\r\n"
        )
        answer = b""
        while piece := bare.recv(4096):
            answer += piece
    codes = [line[:3] for line in answer.split(b"\r\n")[:-1] if line[3:4] == b" "]
    assert b" ".join(codes) == b"220 503 250 334 334 235 503 503 555 553 250 250 354 250 250 500 221"
    assert served.boxes["INBOX"].messages[11].raw.endswith(b"hello\r\n")
