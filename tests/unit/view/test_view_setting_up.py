"""The set-up sheet as values."""

from __future__ import annotations

import pytest

from mailtui.model.account import Protocol, Secret, SecretKind, Security
from mailtui.model.errors import AuthError, LostError, MailtuiError, TlsError, UsageError
from mailtui.model.setting_up import Found, Place
from mailtui.view.setting_up import (
    SERVER_ROWS,
    Mistake,
    Row,
    Sheet,
    check_email,
    failed,
    place_of,
    show_place,
    step_of,
    told,
)

IMAP = Place(Protocol.IMAP, "imap.example.org", 993, Security.TLS)
POP3 = Place(Protocol.POP3, "pop.example.org", 995, Security.TLS)
SMTP = Place(Protocol.SMTP, "smtp.example.org", 587, Security.STARTTLS)
FOUND = Found("in a list", "Example", (IMAP, POP3), SMTP, "anna", save_sent=False)


@pytest.mark.parametrize(
    ("text", "protocol", "port", "security"),
    [
        ("imap.example.org", Protocol.IMAP, 993, Security.TLS),
        (" IMAP.Example.org. starttls ", Protocol.IMAP, 143, Security.STARTTLS),
        ("imap.example.org:143", Protocol.IMAP, 143, Security.STARTTLS),
        ("imap.example.org 143 tls", Protocol.IMAP, 143, Security.TLS),
        ("imap.example.org:9993", Protocol.IMAP, 9993, Security.TLS),
        ("none 127.0.0.1:1143", Protocol.IMAP, 1143, Security.NONE),
        ("smtp.example.org:587", Protocol.SMTP, 587, Security.STARTTLS),
        ("smtp.example.org starttls", Protocol.SMTP, 587, Security.STARTTLS),
        ("smtp.example.org", Protocol.SMTP, 465, Security.TLS),
        ("pop", Protocol.POP3, 995, Security.TLS),
    ],
)
def test_places(text: str, protocol: Protocol, port: int, security: Security) -> None:
    place = place_of(text, protocol)
    assert (place.port, place.security) == (port, security)
    assert place_of(show_place(place), protocol) == place


@pytest.mark.parametrize(
    "text", ["", "tls", "a b c", "a:0", "a:65536", "a:x", "https://a/", "a@b", "a_\x1b[1m", "ümlaut.de", "a..b", "a:٣"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        place_of(text, Protocol.IMAP)
    assert "\x1b" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "anna", "anna@", "@x.org", "a b@x.org", "a,b@x.org", "a\x1b@x.org", '"a"@x.org'])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Mistake) as caught:
        check_email(text)
    assert caught.value.row is Row.EMAIL


def full() -> Sheet:
    sheet = Sheet(texts={Row.EMAIL: " anna@example.org ", Row.NAME: "Anna"})
    sheet.learn(FOUND)
    return sheet


def test_a_common_provider_takes_four_answers() -> None:
    sheet = full()
    assert sheet.rows() == (Row.EMAIL, Row.NAME, Row.PASSWORD, Row.WAY)
    draft = sheet.draft("secret")
    assert (draft.email, draft.name, draft.incoming, draft.outgoing) == ("anna@example.org", "Anna", IMAP, SMTP)
    assert (draft.user, draft.way, draft.password, draft.command) == ("anna", SecretKind.PLAIN, Secret("secret"), "")
    assert not draft.save_sent
    assert "secret" not in repr(draft)


def test_a_program_stands_in_for_the_password() -> None:
    sheet = full()
    sheet.turn(Row.WAY, 1)
    assert sheet.rows() == (Row.EMAIL, Row.NAME, Row.WAY, Row.COMMAND)
    with pytest.raises(Mistake) as caught:
        sheet.draft("")
    assert caught.value.row is Row.COMMAND
    sheet.texts[Row.COMMAND] = "pass x"
    draft = sheet.draft("typed before")
    assert (draft.way, draft.command, draft.password) == (SecretKind.COMMAND, "pass x", None)
    sheet.turn(Row.WAY, -1)
    assert sheet.choice(Row.WAY).startswith("config.toml")


def test_who_takes_tokens_only_asks_for_a_program() -> None:
    sheet = Sheet(texts={Row.EMAIL: "anna@example.org"})
    sheet.learn(Found("x", "X", (IMAP,), SMTP, "anna@example.org", way=SecretKind.TOKEN_COMMAND))
    assert Row.COMMAND in sheet.rows()
    assert Row.PASSWORD not in sheet.rows()
    sheet.learn(FOUND)
    assert Row.PASSWORD in sheet.rows(), "another address may take passwords again"


def test_pop3_can_be_chosen_and_is_if_there_is_nothing_else() -> None:
    sheet = full()
    sheet.turn(Row.PROTOCOL, 1)
    assert sheet.draft("x").incoming == POP3
    sheet.turn(Row.PROTOCOL, 1)
    assert sheet.draft("x").incoming == IMAP
    only = Sheet(texts={Row.EMAIL: "a@b.org"})
    only.learn(Found("x", incoming=(POP3,), user="a@b.org"))
    assert only.choice(Row.PROTOCOL) == "POP3"
    assert only.draft("x").outgoing is None


def test_what_is_not_found_is_asked() -> None:
    sheet = Sheet(texts={Row.EMAIL: "anna@example.org"})
    sheet.learn(Found(""))
    assert set(SERVER_ROWS) <= set(sheet.rows())
    with pytest.raises(Mistake) as caught:
        sheet.draft("x")
    assert caught.value.row is Row.INCOMING
    sheet.texts |= {Row.INCOMING: "mail.example.org", Row.OUTGOING: "?"}
    with pytest.raises(Mistake) as caught:
        sheet.draft("x")
    assert caught.value.row is Row.OUTGOING
    sheet.learn(FOUND)
    assert sheet.text(Row.INCOMING) == "mail.example.org", "what was typed stays"
    sheet.forget()
    assert sheet.text(Row.INCOMING) == ""


@pytest.mark.parametrize(
    ("error", "place", "row"),
    [
        (AuthError("no"), IMAP, Row.PASSWORD),
        (LostError("no"), SMTP, Row.OUTGOING),
        (LostError("no"), IMAP, Row.INCOMING),
        (TlsError("no", "name it in `ca_file`"), IMAP, Row.CA),
        (TlsError("no"), POP3, Row.INCOMING),
        (Mistake(Row.NAME, "no"), None, Row.NAME),
    ],
)
def test_who_is_blamed(error: MailtuiError, place: Place | None, row: Row) -> None:
    sheet = full()
    assert sheet.blame(error, place) is row
    assert row in sheet.rows()
    assert sheet.servers == (row in SERVER_ROWS)
    program = Sheet(way=SecretKind.COMMAND)
    assert program.blame(AuthError("no"), IMAP) is Row.COMMAND


def test_what_is_said() -> None:
    texts = [text for _, text in told(FOUND)]
    assert texts == ["Example: imap.example.org, smtp.example.org (in a list)"]
    closed = told(Found("in a list", "X", note="it lets nobody in", link="https://x", closed=True))
    assert [style for style, _ in closed] == ["warn", "link"]
    assert "DNS" in told(Found("x", incoming=(IMAP,), doubtful=True))[-1][1]
    assert "help pages" in told(Found(""))[0][1]
    assert failed(step_of(IMAP), LostError("a\x1bb", "go on")) == [
        ("error", "IMAP login at imap.example.org: a␛b"),
        ("text", "-> go on"),
    ]
