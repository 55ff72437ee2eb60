"""How a connection begins: greetings, TLS, STARTTLS and those who tamper with it, logins of every kind."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
import traceback
import warnings
from pathlib import Path

import pytest

from mailtui import __version__
from mailtui.model.account import Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import (
    AuthError,
    LinkError,
    LostError,
    MailtuiError,
    RemoteProtocolError,
    TimeoutError_,
    TlsError,
)
from mailtui.protocols.imap.link import ImapLink
from mailtui.protocols.imap.replies import Reply
from tests.support.certificates import Authority, Certificate
from tests.support.scripted import SECRET, C, Close, Gone, Pause, S, Step, Tls, imap_settings, logged_in, scripted

WORD = SECRET.reveal()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.issue()


# -- greetings


@pytest.mark.parametrize(
    ("greeting", "error", "words"),
    [
        (S("* BYE [UNAVAILABLE] full \x1b[2J"), LostError, "full"),
        (S("* NO go away"), LostError, "go away"),
        (S("* XX hello"), RemoteProtocolError, "not IMAP"),
        (S("HTTP/1.1 400 Bad Request"), RemoteProtocolError, "not IMAP"),
        (S("+OK POP3 ready"), RemoteProtocolError, "not IMAP"),
        (S("A1 OK hello"), RemoteProtocolError, "not IMAP"),
        (S(b"\x00\xff\xfe\r\n"), RemoteProtocolError, "not IMAP"),
        (Close(), LostError, "closed"),
        (Close(hard=True), LostError, "closed"),
    ],
)
async def test_bad_greetings(greeting: Step, error: type[MailtuiError], words: str) -> None:
    async with scripted([greeting, *([] if isinstance(greeting, Close) else [Gone()])]) as server:
        with pytest.raises(error, match=words):
            await asyncio.wait_for(ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET), 5)


async def test_silence() -> None:
    async with scripted([Gone()]) as server:
        with pytest.raises(TimeoutError_, match="greeting"):
            await ImapLink.open(imap_settings(server.port, timeout=0.3), SECRET)


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(LostError, match="no connection to 127"):
            await ImapLink.open(imap_settings(taken.getsockname()[1]), SECRET)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300 + ".invalid", "..."])
async def test_no_such_host(host: str) -> None:
    with pytest.raises(LostError):
        await ImapLink.open(imap_settings(143, host=host), SECRET)


async def test_a_server_that_is_no_imap4rev1() -> None:
    async with scripted(
        [S("* OK hi"), C("{tag} CAPABILITY"), S("* CAPABILITY IMAP2"), S("{tag} OK"), Gone()]
    ) as server:
        with pytest.raises(RemoteProtocolError, match="IMAP4rev1"):
            await ImapLink.open(imap_settings(server.port), SECRET)


async def test_preauth_where_clear_text_is_allowed() -> None:
    async with scripted([S("* PREAUTH [CAPABILITY IMAP4rev1] hi"), C("{tag} NOOP"), S("{tag} OK"), Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), None)
        await link.noop()
        await link.close()


# -- TLS


async def test_implicit_tls(authority: Authority, certificate: Certificate) -> None:
    async with scripted([*logged_in(), C("{tag} LOGOUT"), S("* BYE"), S("{tag} OK")], certificate) as server:
        link = await ImapLink.open(
            imap_settings(server.port, security=Security.TLS, ca_file=str(authority.ca_file)), SECRET
        )
        await link.logout()
        assert link.closed


@pytest.mark.parametrize("starttls", [False, True])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("unknown", "does not know"),
        ("self", "self-signed"),
        ("host", "for another host"),
        ("expired", "it has expired: ask the provider, or check this computer's clock"),
    ],
)
async def test_certificates_that_can_not_be_trusted(
    kind: str, words: str, starttls: bool, authority: Authority, certificate: Certificate, tmp_path: Path
) -> None:
    shown, trusted = certificate, str(authority.ca_file)
    if kind == "unknown":
        trusted = str(Authority(tmp_path).ca_file)
    elif kind == "self":
        own = Authority(tmp_path)
        shown = Certificate(own.ca_file, tmp_path / "ca.key")
    elif kind == "expired":
        shown = authority.issue("expired", days=-1)
    else:
        shown = authority.issue("elsewhere", "DNS:mail.example.org")
    security = Security.STARTTLS if starttls else Security.TLS
    before: list[Step] = [
        S("* OK hi"),
        C("{tag} CAPABILITY"),
        S("* CAPABILITY IMAP4rev1 STARTTLS"),
        S("{tag} OK"),
        C("{tag} STARTTLS"),
        S("{tag} OK"),
        Tls(shown),
    ]
    server_error: BaseException | None = None
    try:
        async with scripted(before if starttls else [], None if starttls else shown) as server:
            with pytest.raises(TlsError) as caught:
                await ImapLink.open(imap_settings(server.port, security=security, ca_file=trusted), SECRET)
    except Exception as error:  # the server's side of a broken handshake
        server_error = error
    assert words in str(caught.value), server_error
    assert WORD not in str(caught.value)


async def test_a_server_that_knows_only_broken_versions_of_tls(authority: Authority, certificate: Certificate) -> None:
    """One that says why, as real ones do: asyncio's servers only hang up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert, certificate.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        settings = imap_settings(port, security=Security.TLS, ca_file=str(authority.ca_file))
        with pytest.raises(TlsError, match=r"offers no TLS 1\.2 or newer"):
            await ImapLink.open(settings, SECRET)
        await asyncio.to_thread(thread.join)


async def test_a_handshake_that_never_comes() -> None:
    async with scripted([Gone(may=True)]) as server:
        with pytest.raises(TimeoutError_):
            await ImapLink.open(imap_settings(server.port, security=Security.TLS, timeout=0.4), SECRET)


async def test_clear_text_where_tls_is_expected() -> None:
    async with scripted([S("* OK hello, this is plain IMAP")]) as server:
        with pytest.raises(TlsError, match="no TLS connection"):
            await ImapLink.open(imap_settings(server.port, security=Security.TLS), SECRET)


async def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(TlsError, match="ca_file"):
            await ImapLink.open(imap_settings(1, security=Security.TLS, ca_file=str(tmp_path / name)), SECRET)


# -- STARTTLS

OFFER: list[Step] = [S("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi"), C("{tag} STARTTLS")]


async def test_starttls_forgets_what_was_said_before(authority: Authority, certificate: Certificate) -> None:
    news: list[Reply] = []
    steps = [
        S("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=EVIL IDLE] hi"),
        S("* 99 EXISTS"),
        S('* LIST () "/" planted'),
        C("{tag} STARTTLS"),
        S("* 98 EXISTS"),
        S("{tag} OK go"),
        Tls(certificate),
        C("{tag} CAPABILITY"),
        S("* CAPABILITY IMAP4rev1"),
        S("{tag} OK"),
        C(f"{{tag}} LOGIN alice {WORD}"),
        S("{tag} OK [CAPABILITY IMAP4rev1 MOVE] in"),
        C('{tag} LIST "" "*"'),
        S('* LIST () "/" INBOX'),
        S("{tag} OK"),
        Gone(),
    ]
    async with scripted(steps) as server:
        link = await ImapLink.open(
            imap_settings(server.port, security=Security.STARTTLS, ca_file=str(authority.ca_file)),
            SECRET,
            on_untagged=news.append,
        )
        assert link.capabilities.names == {"IMAP4REV1", "MOVE"}
        assert [mailbox.name for mailbox in await link.list_mailboxes()] == ["INBOX"]
        await link.close()
    assert news == []


STRIPPED: dict[str, list[Step]] = {
    "not offered": [S("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi"), Gone()],
    "refused": [*OFFER, S("{tag} NO not today"), Gone()],
    "bad": [*OFFER, S("{tag} BAD what"), Gone()],
    "preauth": [S("* PREAUTH [CAPABILITY IMAP4rev1] in"), Gone()],
}


@pytest.mark.parametrize("way", STRIPPED)
async def test_no_tls_no_login(way: str) -> None:
    async with scripted(STRIPPED[way]) as server:
        with pytest.raises(TlsError):
            await ImapLink.open(imap_settings(server.port, security=Security.STARTTLS), SECRET)


@pytest.mark.parametrize(
    "injected",
    [
        b"* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n",
        b"A9 OK done\r\n",
        b"* OK half a li",
        b"\r\n",
        b"* BYE\r\n",
        b"* LIST () NIL {3}\r\n",
    ],
)
@pytest.mark.parametrize("apart", [False, True])
async def test_bytes_between_the_ok_and_tls(injected: bytes, apart: bool) -> None:
    """Response injection (CVE-2020-14093 and its kin): what follows the OK in clear text is never read as protected."""
    async with scripted(
        [S("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi"), C("{tag} STARTTLS"), *_injecting(injected, apart), Gone()]
    ) as server:
        with pytest.raises((RemoteProtocolError, TlsError)):
            await ImapLink.open(imap_settings(server.port, security=Security.STARTTLS), SECRET)


def _injecting(injected: bytes, apart: bool) -> list[Step]:
    if apart:
        return [S("{tag} OK go"), S(injected)]
    return [S(_WithTag(injected))]


class _WithTag(str):
    """A tagged OK with more bytes behind it in the same packet."""

    def __new__(cls, injected: bytes) -> _WithTag:
        # S adds a CRLF of its own: it ends whatever was injected.
        return super().__new__(cls, "{tag} OK go\r\n" + injected.decode())


# -- logins


def settings_for(port: int, auth: str = "auto", *, token: bool = False) -> ServerSettings:
    kind = SecretKind.TOKEN_COMMAND if token else SecretKind.PLAIN
    return imap_settings(port, auth=auth, secret=SecretSource(kind))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def greeted(*capabilities: str) -> list[Step]:
    return [S(f"* OK [CAPABILITY IMAP4rev1 {' '.join(capabilities)}] hi")]


IN: list[Step] = [S("{tag} OK [CAPABILITY IMAP4rev1] in"), Gone()]
PLAIN = b64(f"\0alice\0{WORD}")
X2 = b64(f"user=alice\1auth=Bearer {WORD}\1\1")


def bearer(message: str) -> bool:
    return message.startswith("n,a=alice,\1host=127.0.0.1\1port=") and message.endswith(f"\1auth=Bearer {WORD}\1\1")


LOGINS: dict[str, tuple[str, bool, list[Step]]] = {
    "plain, first": (
        "auto",
        False,
        [*greeted("AUTH=PLAIN", "SASL-IR"), C(f"{{tag}} AUTHENTICATE PLAIN {PLAIN}"), *IN],
    ),
    "plain asked": ("plain", False, [*greeted("AUTH=PLAIN"), C("{tag} AUTHENTICATE PLAIN"), S("+ "), C(PLAIN), *IN]),
    "plain, odd": (
        "plain",
        False,
        [*greeted("AUTH=PLAIN"), C("{tag} AUTHENTICATE PLAIN"), S("+ !!!"), C(PLAIN), *IN],
    ),
    "login asked": (
        "login",
        False,
        [
            *greeted("AUTH=LOGIN", "SASL-IR"),
            C("{tag} AUTHENTICATE LOGIN"),
            S("+ VXNlcm5hbWU6"),
            C(b64("alice")),
            S("+ UGFzc3dvcmQ6"),
            C(b64(WORD)),
            *IN,
        ],
    ),
    "login command": ("login", False, [*greeted("AUTH=GSSAPI"), C(f"{{tag}} LOGIN alice {WORD}"), *IN]),
    "xoauth2": ("auto", True, [*greeted("AUTH=XOAUTH2", "SASL-IR"), C(f"{{tag}} AUTHENTICATE XOAUTH2 {X2}"), *IN]),
    "oauthbearer": (
        "auto",
        True,
        [
            *greeted("AUTH=XOAUTH2", "AUTH=OAUTHBEARER"),
            C("{tag} AUTHENTICATE OAUTHBEARER"),
            S("+"),
            C(lambda line: bearer(base64.b64decode(line).decode())),
            *IN,
        ],
    ),
    "capabilities untagged": (
        "auto",
        False,
        [*greeted(), C(f"{{tag}} LOGIN alice {WORD}"), S("* CAPABILITY IMAP4rev1"), S("{tag} OK"), Gone()],
    ),
}


@pytest.mark.parametrize("way", LOGINS)
async def test_logins(way: str) -> None:
    auth, token, steps = LOGINS[way]
    async with scripted(steps) as server:
        link = await ImapLink.open(settings_for(server.port, auth, token=token), SECRET)
        assert link.capabilities.names == {"IMAP4REV1"}
        await link.close()


@pytest.mark.parametrize(
    ("auth", "token", "words", "offered"),
    [
        ("auto", False, "password login", "LOGINDISABLED"),
        ("xoauth2", False, "XOAUTH2", "AUTH=PLAIN"),
        ("auto", True, "XOAUTH2", "AUTH=PLAIN"),
    ],
)
async def test_logins_that_are_not_even_tried(auth: str, token: bool, words: str, offered: str) -> None:
    async with scripted([*greeted(offered), Gone()]) as server:
        with pytest.raises(AuthError, match=words):
            await ImapLink.open(settings_for(server.port, auth, token=token), SECRET)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (f"{{tag}} NO [AUTHENTICATIONFAILED] not {WORD}, nor {b64(WORD)}", AuthError),
        ("{tag} BAD what", AuthError),
        ("{tag} NO [EXPIRED] old", AuthError),
        ("{tag} NO [PRIVACYREQUIRED] no", AuthError),
        ("{tag} NO [UNAVAILABLE] the directory is down", LostError),
        ("{tag} NO [LIMIT] too many", LostError),
        ("* BYE enough", LostError),
    ],
)
async def test_refused_logins_never_tell_the_secret(answer: str, error: type[LinkError]) -> None:
    async with scripted([*greeted(), C(f"{{tag}} LOGIN alice {WORD}"), S(answer), Gone()]) as server:
        with pytest.raises(error) as caught:
            await ImapLink.open(imap_settings(server.port), SECRET)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__)
    assert WORD not in told
    assert b64(WORD) not in told


@pytest.mark.parametrize(("mechanism", "word"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
async def test_the_error_of_a_token_is_acknowledged(mechanism: str, word: str) -> None:
    steps = [
        *greeted(f"AUTH={mechanism}"),
        C(f"{{tag}} AUTHENTICATE {mechanism}"),
        S("+ "),
        C(lambda line: len(line) > 20),
        S(f"+ {b64('a JSON text')}"),
        C(word),
        S("{tag} NO invalid token"),
        Gone(),
    ]
    async with scripted(steps) as server:
        with pytest.raises(AuthError, match="invalid token"):
            await ImapLink.open(settings_for(server.port, token=True), SECRET)


async def test_a_login_that_asks_without_end() -> None:
    endless: list[Step] = [step for _ in range(8) for step in (S("+ "), C(lambda line: True))]
    async with scripted([*greeted("AUTH=PLAIN"), C("{tag} AUTHENTICATE PLAIN"), *endless, S("+ "), Gone()]) as server:
        with pytest.raises(RemoteProtocolError, match="without end"):
            await ImapLink.open(imap_settings(server.port), SECRET)


async def test_a_password_that_is_no_ascii_travels_as_a_literal() -> None:
    secret = Secret('pä"ss')
    size = len(secret.reveal().encode())
    for offered, form in (("", f"{{{size}}}"), ("LITERAL+", f"{{{size}+}}"), ("LITERAL-", f"{{{size}+}}")):
        wait = [S("+ go")] if not offered else []
        steps = [
            *greeted(offered),
            C(f"{{tag}} LOGIN alice {form}"),
            *wait,
            C(secret.reveal()),
            Close(),
        ]
        async with scripted(steps) as server:
            with pytest.raises(LostError):
                await ImapLink.open(imap_settings(server.port), secret)


@pytest.mark.parametrize(("user", "word"), [("al\0ice", "x"), ("alice", "a\0b"), ("alice\r\nA1 LOGOUT", "x")])
async def test_users_and_passwords_that_would_inject(user: str, word: str) -> None:
    """NUL stays here; CR and LF travel as a literal, if at all."""
    async with scripted(
        [*greeted(), Gone()]
        if "\0" in user + word
        else [*greeted(), C(lambda line: line.endswith(" LOGIN {16}")), Close()]
    ) as server:
        with pytest.raises(MailtuiError):
            await ImapLink.open(imap_settings(server.port, user=user), Secret(word))


async def test_no_secret_at_all() -> None:
    async with scripted([*greeted(), Gone()]) as server:
        with pytest.raises(AuthError, match="no password"):
            await ImapLink.open(imap_settings(server.port), None)


async def test_a_caller_that_gives_up_leaves_nothing_open() -> None:
    async with scripted([*greeted(), C(lambda line: True), Pause(0.2), Gone()]) as server:
        opening = asyncio.ensure_future(ImapLink.open(imap_settings(server.port), SECRET))
        await asyncio.sleep(0.1)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening


async def test_what_is_said_and_switched_on_after_the_login() -> None:
    after: list[Step] = [
        C(f'{{tag}} ID ("name" "mailtui" "version" "{__version__}")'),
        S('* ID ("name" "Tester")'),
        S("{tag} OK"),
        C("{tag} ENABLE QRESYNC UTF8=ACCEPT"),
        S("* ENABLED QRESYNC X-OTHER"),
        S("{tag} OK"),
        Gone(),
    ]
    async with scripted(logged_in("ID ENABLE CONDSTORE QRESYNC UTF8=ACCEPT", after)) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        assert link.server == (("name", "Tester"),)
        assert link.capabilities.qresync
        assert link.capabilities.enabled == {"QRESYNC"}
        assert not link.capabilities.utf8
        await link.close()
