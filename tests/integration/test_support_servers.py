"""The fixtures themselves: what the other tests rely on is really there."""

from __future__ import annotations

import imaplib
import ssl
import time

import pytest

from tests.support.dovecot import Dovecot
from tests.support.second_client import digest
from tests.support.servers import MailServer, Seed

RAW = b"Message-ID: <%d@example.com>\r\nSubject: n %d\r\nFrom: a@example.com\r\n\r\nbody %d\r\n"


def seeds(count: int) -> list[Seed]:
    return [Seed(RAW % (n, n, n), "S" if n % 2 else "", 1_600_000_000 + n * 60) for n in range(1, count + 1)]


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_all_three_ways_in(mail_server: MailServer, security: str) -> None:
    with mail_server.client("alice", security=security) as client:
        offered = client.capabilities()
    assert {"IMAP4rev1", "IDLE", "CONDSTORE", "QRESYNC", "MOVE", "UIDPLUS", "SPECIAL-USE", "LIST-STATUS"} <= offered
    if mail_server.name == "dovecot":
        assert {"COMPRESS=DEFLATE", "NOTIFY", "LITERAL+"} <= offered


def test_certificate_is_for_localhost_only(mail_server: MailServer) -> None:
    context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL("127.0.0.1", mail_server.imaps_port, ssl_context=context, timeout=10).logout()


def test_wrong_password_is_refused(dovecot: MailServer) -> None:
    link = imaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=10)
    with pytest.raises(imaplib.IMAP4.error):
        link.login("alice", "wrong")
    link.logout()


def test_seeded_mail_is_byte_identical_and_in_order(mail_server: MailServer) -> None:
    user = mail_server.new_user()
    given = seeds(40)
    assert mail_server.seed(user, given) == 40
    assert mail_server.seed(user, given[:3], "Archive") == 3
    with mail_server.client(user) as client:
        assert list(client.digests().values()) == [digest(seed.raw) for seed in given]
        assert sorted(client.flags().items())[0][1] == {"\\Seen"}
        assert len(client.uids("Archive")) == 3
        assert {"INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive"} <= set(client.mailboxes())


def test_second_client_changes_what_others_see(mail_server: MailServer) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(5))
    with mail_server.client(user) as one, mail_server.client(user) as two:
        uids = one.uids()
        one.add_flags(uids[:2], "\\Flagged $Forwarded")
        one.remove_flags(uids[:1], "\\Seen")
        assert two.flags()[uids[0]] == {"\\Flagged", "$Forwarded"}
        one.expunge(uids[2:3])
        one.move(uids[3:4], "Archive")
        one.copy(uids[4:], "Sent")
        one.append(RAW % (9, 9, 9), flags=["\\Seen"], date=1_600_000_000)
        assert two.uids() == [*uids[:2], uids[4], max(uids) + 1]
        assert len(two.uids("Archive")) == len(two.uids("Sent")) == 1
        one.create("Projects/&AMU-lesund")
        before = one.uidvalidity("Projects/&AMU-lesund")
        one.rename("Projects/&AMU-lesund", "Old")
        one.create("Projects/&AMU-lesund")
        assert one.uidvalidity("Projects/&AMU-lesund") != before
        one.delete("Old")
        assert "Old" not in one.mailboxes()
        assert "Projects/&AMU-lesund" in one.mailboxes()


def test_restart_keeps_ports_and_mail(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(2))
    with dovecot.client(user) as client:
        uids = client.uids()
        client.imap.socket().settimeout(5)
        start = time.monotonic()
        dovecot.restart()
        assert time.monotonic() - start < 5
        with pytest.raises((OSError, imaplib.IMAP4.abort)):
            client.uids()
    with dovecot.client(user) as client:
        assert client.uids() == uids


def test_lost_index_means_a_new_uidvalidity(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, seeds(3))
    with dovecot.client(user) as client:
        before = client.uidvalidity()
    time.sleep(1.1)  # UIDVALIDITY is made of the clock's seconds
    dovecot.wipe_index(user)
    with dovecot.client(user) as client:
        assert client.uidvalidity() != before
        assert len(client.uids()) == 3
