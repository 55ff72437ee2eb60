"""Handing mail to a server that fails in every phase: each failure has its defined outcome."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailtui.model.account import Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, MailtuiError, RemoteProtocolError, TimeoutError_, TlsError
from mailtui.model.outgoing import Fate
from mailtui.protocols.smtp.link import Handed, Parcel, SmtpLink
from mailtui.protocols.smtp.message import wire
from tests.support.certificates import Authority
from tests.support.smtp_server import CUT, Action, SmtpServer

RAW = b"From: me@example.com\r\nTo: you@example.com\r\nBcc: x@example.com\r\nSubject: hi\r\n\r\nText\r\n.dot\r\n"
TWO = ("one@example.com", "two@example.com")
SECRET = Secret("secret")


def settings(server: SmtpServer, **more: Any) -> ServerSettings:
    made = ServerSettings(
        *(Protocol.SMTP, "localhost", server.port, Security.NONE, "me"),
        SecretSource(SecretKind.PLAIN, plain=SECRET),
        timeout=2.0,
    )
    return replace(made, **more)


def fault(**actions: Action) -> Callable[[str, str], Action | None]:
    return lambda phase, said: actions.get(phase)


async def send(
    server: SmtpServer,
    whom: tuple[str, ...] = TWO,
    raw: bytes = RAW,
    *,
    told: list[tuple[str, ...]] | None = None,
    notify: bool = False,
    sender: str = "me@example.com",
    **more: Any,
) -> Handed:
    link = await SmtpLink.open(settings(server, **more), SECRET)

    async def about_to_end(accepted: tuple[str, ...]) -> None:
        if told is not None:
            told.append(accepted)

    try:
        return await link.hand_over(Parcel(sender, whom, wire(raw), notify, "id+1@x"), about_to_end)
    finally:
        await link.close()


def fates(handed: Handed) -> dict[str, Fate]:
    return {one.address: one.fate for one in handed.recipients}


async def test_a_message_arrives_as_it_was_without_bcc() -> None:
    told: list[tuple[str, ...]] = []
    async with SmtpServer() as server:
        handed = await send(server, told=told)
    assert fates(handed) == dict.fromkeys(TWO, Fate.SENT)
    assert "queued as 42" in handed.answer
    (taken,) = server.taken
    assert taken.data == RAW.replace(b"Bcc: x@example.com\r\n", b"")
    assert (taken.sender, taken.recipients) == ("me@example.com", list(TWO))
    assert told == [TWO]
    assert "QUIT" in server.heard


async def test_many_recipients_cost_one_round_trip() -> None:
    many = tuple(f"r{n}@example.com" for n in range(250))
    async with SmtpServer() as server:
        handed = await send(server, many)
        assert set(fates(handed).values()) == {Fate.SENT}
        assert server.taken[0].recipients == list(many)
    async with SmtpServer(extensions=()) as plain:
        handed = await send(plain, many[:5])
        assert set(fates(handed).values()) == {Fate.SENT}


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "CRAM-MD5"])
async def test_logins(auth: str) -> None:
    async with SmtpServer(auth=(auth,)) as server:
        assert set(fates(await send(server)).values()) == {Fate.SENT}
    async with SmtpServer(auth=(auth,), password="other") as server:
        with pytest.raises(AuthError) as refused:
            await send(server)
        assert "secret" not in str(refused.value)
        assert "535" in refused.value.text


@pytest.mark.parametrize("auth", ["XOAUTH2", "OAUTHBEARER"])
async def test_tokens(auth: str) -> None:
    source = SecretSource(SecretKind.TOKEN_COMMAND)
    async with SmtpServer(auth=(auth,)) as server:
        assert set(fates(await send(server, secret=source)).values()) == {Fate.SENT}
    async with SmtpServer(auth=(auth,), password="other") as server:
        with pytest.raises(AuthError):
            await send(server, secret=source)


async def test_a_login_put_off_is_tried_again_and_an_unknown_one_is_explained() -> None:
    async with SmtpServer(fault=fault(auth=Action("454 4.7.0 busy"))) as server:
        with pytest.raises(LostError, match="busy"):
            await send(server)
    async with SmtpServer(auth=("GSSAPI",)) as server:
        with pytest.raises(AuthError, match="no login that mailtui knows"):
            await send(server)


# -- refusals, phase by phase


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(("code", "fate"), [(451, Fate.WAITING), (452, Fate.WAITING), (550, Fate.REFUSED)])
async def test_refusals_of_the_message(phase: str, code: int, fate: Fate) -> None:
    async with SmtpServer(fault=fault(**{phase: Action(f"{code} because")})) as server:
        handed = await send(server)
    assert fates(handed) == dict.fromkeys(TWO, fate)
    assert all("because" in one.answer for one in handed.recipients)
    assert server.taken == []


@pytest.mark.parametrize("phase", ["connect", "ehlo"])
@pytest.mark.parametrize("code", [421, 450, 554])
async def test_turned_away_at_the_door(phase: str, code: int) -> None:
    async with SmtpServer(fault=fault(**{phase: Action(f"{code} not now")})) as server:
        with pytest.raises(LostError, match="not now"):
            await send(server)


@pytest.mark.parametrize("phase", ["connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot"])
async def test_cut_before_it_was_taken_over_but_not_after_the_dot(phase: str) -> None:
    told: list[tuple[str, ...]] = []
    async with SmtpServer(fault=fault(**{phase: CUT}), extensions=("PIPELINING",)) as server:
        if phase == "dot":
            handed = await send(server, told=told)
            assert fates(handed) == dict.fromkeys(TWO, Fate.UNSURE)
        else:
            with pytest.raises(LostError):
                await send(server, told=told, raw=RAW + (b"y" * 998 + b"\r\n") * 30_000)
            assert told in ([], [TWO])
    assert server.taken == []


async def test_cut_after_it_was_taken_over_is_unsure() -> None:
    told: list[tuple[str, ...]] = []
    async with SmtpServer(fault=fault(accepted=CUT)) as server:
        handed = await send(server, told=told)
    assert fates(handed) == dict.fromkeys(TWO, Fate.UNSURE)
    assert "may have been delivered" in handed.answer
    assert len(server.taken) == 1
    assert told == [TWO]


async def test_some_recipients_are_refused() -> None:
    def some(phase: str, said: str) -> Action | None:
        answers = {"no@example.com": "550 5.1.1 unknown", "later@example.com": "450 4.2.1 greylisted"}
        return Action(answers[said]) if phase == "rcpt" and said in answers else None

    told: list[tuple[str, ...]] = []
    async with SmtpServer(fault=some) as server:
        handed = await send(server, ("no@example.com", *TWO, "later@example.com"), told=told)
    assert fates(handed) == {
        "no@example.com": Fate.REFUSED,
        "later@example.com": Fate.WAITING,
        **dict.fromkeys(TWO, Fate.SENT),
    }
    assert told == [TWO]
    assert server.taken[0].recipients == list(TWO)


async def test_the_connection_is_good_for_the_next_message_after_a_refusal() -> None:
    async def quiet(accepted: tuple[str, ...]) -> None:
        pass

    async with SmtpServer(fault=lambda phase, said: Action("550 no") if said == "bad@example.com" else None) as server:
        link = await SmtpLink.open(settings(server), SECRET)
        first = await link.hand_over(Parcel("me@example.com", ("bad@example.com",), wire(RAW)), quiet)
        second = await link.hand_over(Parcel("me@example.com", TWO, wire(RAW)), quiet)
        await link.close()
    assert set(fates(first).values()) == {Fate.REFUSED}
    assert set(fates(second).values()) == {Fate.SENT}
    assert server.connections == 1


async def test_no_dot_is_said_when_it_could_not_be_written_down() -> None:
    async def full(accepted: tuple[str, ...]) -> None:
        raise MailtuiError("the disk is full")

    async with SmtpServer() as server:
        link = await SmtpLink.open(settings(server), SECRET)
        with pytest.raises(MailtuiError, match="disk is full"):
            await link.hand_over(Parcel("me@example.com", TWO, wire(RAW)), full)
        assert not link.usable
        await link.close()
        await asyncio.sleep(0.05)
    assert server.taken == []


async def test_being_cancelled_after_the_dot_waits_a_moment_for_the_answer() -> None:
    reached = asyncio.Event()

    async def about(accepted: tuple[str, ...]) -> None:
        reached.set()

    async with SmtpServer(fault=fault(accepted=Action(wait=0.3))) as server:
        link = await SmtpLink.open(settings(server), SECRET)
        task = asyncio.ensure_future(link.hand_over(Parcel("me@example.com", TWO, wire(RAW)), about))
        await reached.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        handed = await task
        assert link.interrupted
        assert set(fates(handed).values()) == {Fate.SENT}
        await link.close()


# -- what the server can't take


async def test_too_large_is_known_before_it_is_sent() -> None:
    async with SmtpServer(extensions=("SIZE 100",)) as server:
        handed = await send(server, raw=RAW + b"x" * 200)
    assert set(fates(handed).values()) == {Fate.REFUSED}
    assert "takes 100 at most" in handed.answer
    assert not [line for line in server.heard if line.startswith("MAIL")]


async def test_international_mail() -> None:
    whom = ("jürgen@bücher.example", "two@bücher.example")
    async with SmtpServer() as server:
        handed = await send(server, whom)
        assert set(fates(handed).values()) == {Fate.SENT}
        assert "SMTPUTF8" in server.taken[0].parameters
        assert server.taken[0].recipients == list(whom)
        await send(server, ("two@bücher.example",))
        assert server.taken[1].recipients == ["two@xn--bcher-kva.example"]
        assert "SMTPUTF8" not in server.taken[1].parameters
    async with SmtpServer(extensions=("8BITMIME",)) as server:
        handed = await send(server, whom)
        assert fates(handed) == {whom[0]: Fate.REFUSED, whom[1]: Fate.SENT}
        handed = await send(server, TWO, "Subject: ä\r\n\r\n".encode())
        assert set(fates(handed).values()) == {Fate.REFUSED}
        assert "SMTPUTF8" in handed.answer
    async with SmtpServer(extensions=()) as server:
        handed = await send(server, TWO, "Subject: x\r\n\r\nä".encode())
        assert "8BITMIME" in handed.answer


async def test_notifications_are_asked_for_only_when_wanted() -> None:
    async with SmtpServer() as server:
        await send(server, notify=True)
        await send(server)
    assert "RET=HDRS ENVID=id+2B1@x" in server.taken[0].parameters
    assert len([line for line in server.heard if "NOTIFY=SUCCESS,FAILURE,DELAY" in line]) == 2


async def test_a_sender_that_is_no_address_and_a_recipient_that_is_none() -> None:
    async with SmtpServer() as server:
        handed = await send(server, sender="me@example.com> SIZE=1\r\nRSET")
        assert set(fates(handed).values()) == {Fate.REFUSED}
        handed = await send(server, ("ok@example.com", "bad\r\nDATA@example.com"))
        assert fates(handed) == {"ok@example.com": Fate.SENT, "bad\r\nDATA@example.com": Fate.REFUSED}
    assert not [line for line in server.heard if "RSET" in line]


# -- a server that is none


@pytest.mark.parametrize("said", ["HTTP/1.1 400 Bad", "garbage", "99 huh", "220-" + "x" * 200 + "\n"])
async def test_something_else_listens_there(said: str) -> None:
    async with SmtpServer(fault=fault(connect=Action(said))) as server:
        with pytest.raises((RemoteProtocolError, TimeoutError_)):
            await send(server, timeout=0.5)


async def test_endless_answers_end() -> None:
    async with SmtpServer(fault=fault(ehlo=Action("\n".join(["250-x" * 20] * 5000)))) as server:
        with pytest.raises((RemoteProtocolError, LostError)):
            await send(server)


async def test_a_silent_server_is_left() -> None:
    for phase in ("connect", "mail", "data"):
        async with SmtpServer(fault=fault(**{phase: Action(wait=5.0)})) as server:
            with pytest.raises(TimeoutError_):
                await send(server, timeout=0.3)


async def test_quit_is_not_waited_for_long() -> None:
    loop = asyncio.get_running_loop()
    async with SmtpServer(fault=fault(quit=Action(wait=60.0))) as server:
        started = loop.time()
        assert set(fates(await send(server)).values()) == {Fate.SENT}
        assert loop.time() - started < 5


# -- TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    certificate = authority.issue()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate.cert, certificate.key)
    return made


def tls(authority: Authority, security: Security) -> dict[str, Any]:
    return {"security": security, "ca_file": str(authority.ca_file)}


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_encrypted(security: Security, authority: Authority, context: ssl.SSLContext) -> None:
    big = RAW + b"z" * 2_000_000
    async with SmtpServer(context=context, implicit=security is Security.TLS) as server:
        handed = await send(server, raw=big, **tls(authority, security))
        assert set(fates(handed).values()) == {Fate.SENT}
    assert server.taken[0].data.endswith(b"z" * 2_000_000 + b"\r\n")
    clear = [line for line in server.heard if not line.startswith("(tls)")]
    assert [line.partition(" ")[0] for line in clear] == ([] if security is Security.TLS else ["EHLO", "STARTTLS"])


@pytest.mark.parametrize(
    "make",
    [
        lambda context: SmtpServer(context=context, offers_tls=False),
        lambda context: SmtpServer(context=context, fault=fault(starttls=Action("454 4.7.0 no"))),
        lambda context: SmtpServer(context=context, fault=fault(starttls=Action("502 what?"))),
        lambda context: SmtpServer(context=context, fault=fault(starttls=CUT)),
        lambda context: SmtpServer(context=context, fault=fault(starttls=Action(extra=b"250 injected\r\n"))),
        lambda context: SmtpServer(context=context, fault=fault(starttls=Action(extra=b"250-inj"))),
        lambda context: SmtpServer(context=context, fault=fault(ehlo=Action(extra=b"250 early\r\n"))),
    ],
)
async def test_without_tls_nothing_is_said(
    make: Callable[[ssl.SSLContext], SmtpServer], authority: Authority, context: ssl.SSLContext
) -> None:
    async with make(context) as server:
        with pytest.raises(TlsError):
            await send(server, **tls(authority, Security.STARTTLS))
    assert server.taken == []
    assert not [line for line in server.heard if line.partition(" ")[0] not in {"EHLO", "STARTTLS"}]


async def test_a_certificate_that_is_not_trusted(authority: Authority, context: ssl.SSLContext) -> None:
    for security in (Security.TLS, Security.STARTTLS):
        async with SmtpServer(context=context, implicit=security is Security.TLS) as server:
            with pytest.raises(TlsError):
                await send(server, security=security)
    assert not [line for line in server.heard if line.startswith(("AUTH", "MAIL"))]
