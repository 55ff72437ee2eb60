"""How a POP3 connection comes to be: greetings, STLS, logins, and what is not believed on the way."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.account import Protocol, Secret, Security, ServerSettings
from mailtui.model.errors import AuthError, LocalProtocolError, LostError, RemoteProtocolError, TimeoutError_, TlsError
from mailtui.protocols.pop3.link import PopLink
from tests.support.certificates import Authority
from tests.support.scripted import SECRET, C, Close, Drip, Gone, S, Step, Tls, imap_settings, scripted


def settings(port: int, **changes: object) -> ServerSettings:
    return replace(imap_settings(port), protocol=Protocol.POP3, **changes)  # type: ignore[arg-type]


def capa(*names: str) -> list[Step]:
    return [C("CAPA"), S("\r\n".join(("+OK", "UIDL", "PIPELINING", *names, ".")))]


async def talk(steps: Sequence[Step], secret: Secret = SECRET, **changes: object) -> None:
    async with scripted(steps) as server:
        link = await PopLink.open(settings(server.port, **changes), secret)
        await link.close()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_user_and_password() -> None:
    steps = [S("+OK hi"), *capa(), C("USER alice"), S("+OK"), C(f"PASS {SECRET.reveal()}"), S("+OK in")]
    await talk([*steps, Gone()])


async def test_apop_where_nothing_is_encrypted() -> None:
    def digest(line: str) -> bool:
        return line == "APOP mrose c4c9334bac560ecc979e58001b3e22fb"  # RFC 1939 section 7

    steps = [S("+OK ready <1896.697170952@dbc.mtview.ca.us>"), *capa(), C(digest), S("+OK in"), Gone()]
    await talk(steps, Secret("tanstaaf"), user="mrose")


async def test_a_stamp_that_is_no_message_id_is_not_answered() -> None:
    steps = [S(b"+OK <\x01\x02collision@x>\r\n"), *capa(), C("USER alice"), S("+OK"), C(lambda line: True), S("+OK")]
    await talk([*steps, Gone()])


async def test_plain_with_the_command_and_a_long_one_after_it() -> None:
    word = b64(f"\0alice\0{SECRET.reveal()}")
    await talk([S("+OK"), *capa("SASL PLAIN"), C(f"AUTH PLAIN {word}"), S("+OK"), Gone()])
    long = Secret("p" * 300)
    steps = [S("+OK"), *capa("SASL PLAIN"), C("AUTH PLAIN"), S("+ "), C(b64(f"\0alice\0{long.reveal()}")), S("+OK")]
    await talk([*steps, Gone()], long)


async def test_login_in_two_rounds() -> None:
    steps = [S("+OK"), *capa("SASL LOGIN"), C("AUTH LOGIN"), S(f"+ {b64('Username:')}"), C(b64("alice"))]
    await talk([*steps, S(f"+ {b64('Password:')}"), C(b64(SECRET.reveal())), S("+OK"), Gone()])


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
async def test_tokens(mechanism: str) -> None:
    def holds(line: str) -> bool:
        said = base64.b64decode(line).decode()
        return "auth=Bearer s3cret-canary\1\1" in said and "alice" in said

    steps = [S("+OK"), *capa(f"SASL {mechanism}"), C(f"AUTH {mechanism}"), S("+ "), C(holds), S("+OK"), Gone()]
    await talk(steps, auth=mechanism.lower())


async def test_a_server_that_asks_without_end() -> None:
    rounds = [S("+ "), C(lambda line: True)] * 8
    with pytest.raises(RemoteProtocolError, match="without end"):
        await talk([S("+OK"), *capa("SASL LOGIN"), C("AUTH LOGIN"), *rounds, S("+ "), Gone()])


@pytest.mark.parametrize("user", ["alice\r\nDELE 1", "alice\nQUIT", "a\0b"])
async def test_no_command_hides_in_a_user_name(user: str) -> None:
    with pytest.raises(LocalProtocolError) as raised:
        await talk([S("+OK"), *capa(), Gone()], user=user)
    assert "DELE" not in str(raised.value)


async def test_no_command_hides_in_a_password() -> None:
    with pytest.raises(LocalProtocolError) as raised:
        await talk([S("+OK"), *capa(), Gone()], Secret("canary\r\nDELE 1"))
    assert "canary" not in str(raised.value)


async def test_a_refusal_never_repeats_the_password() -> None:
    steps = [S("+OK"), *capa(), C("USER alice"), S("+OK"), C(lambda line: True), S(f"-ERR {SECRET.reveal()} is wrong")]
    with pytest.raises(AuthError) as raised:
        await talk([*steps, Gone()])
    assert "canary" not in str(raised.value)


async def test_servers_before_capa() -> None:
    steps = [S("+OK"), C("CAPA"), S("-ERR what"), C("USER alice"), S("+OK"), C(lambda line: True), S("+OK")]
    await talk([*steps, C("CAPA"), S("-ERR what"), Gone()])


# -- STLS


async def test_stls_forgets_what_was_said_before(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    steps = [
        *(S("+OK"), *capa("STLS", "SASL LOGIN", "X-EVIL"), C("STLS"), S("+OK"), Tls(authority.issue())),
        *(*capa("SASL PLAIN"), C(f"AUTH PLAIN {b64(chr(0) + 'alice' + chr(0) + SECRET.reveal())}"), S("+OK"), Gone()),
    ]
    async with scripted(steps) as server:
        told = settings(server.port, security=Security.STARTTLS, ca_file=str(authority.ca_file))
        link = await PopLink.open(told, SECRET)
        assert "X-EVIL" not in link.capabilities
        await link.close()


async def test_answers_that_came_before_tls_are_not_believed() -> None:
    steps = [S("+OK"), *capa("STLS"), C("STLS"), S(b"+OK begin\r\n+OK\r\nUIDL\r\n.\r\n"), Gone(may=True)]
    with pytest.raises(RemoteProtocolError, match="before the connection was encrypted"):
        await talk(steps, security=Security.STARTTLS)


@pytest.mark.parametrize(
    "steps", [[S("+OK"), *capa(), Gone()], [S("+OK"), *capa("STLS"), C("STLS"), S("-ERR not now"), Gone()]]
)
async def test_without_stls_nothing_is_sent_in_clear(steps: list[Step]) -> None:
    with pytest.raises(TlsError, match="STLS"):
        await talk(steps, security=Security.STARTTLS)


# -- greetings


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([S("* OK IMAP4rev1"), Gone()], RemoteProtocolError),
        ([S("-ERR too many connections"), Gone()], LostError),
        ([S("+OK"), S("+OK unasked"), Gone(may=True)], RemoteProtocolError),
        ([Close()], LostError),
        ([Close(hard=True)], LostError),
        ([S(b"x" * 100_000), Gone()], RemoteProtocolError),
        ([Drip(b"+OK no end of it" * 100, 0.05)], TimeoutError_),
    ],
)
async def test_greetings(steps: list[Step], error: type[Exception]) -> None:
    with pytest.raises(error):
        await talk(steps, timeout=0.5)
