"""Finding the servers of an address: what is preferred, what is not believed, and the same through real sockets on
loopback."""

from __future__ import annotations

import asyncio
import http.server
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.account import Protocol, Security
from mailtui.model.errors import LinkError, LostError, RefusedError, TimeoutError_, TlsError
from mailtui.model.setting_up import Found, Place
from mailtui.protocols.greeting import listens
from mailtui.protocols.webfile import get
from mailtui.setup import finding
from mailtui.setup.dns import Kind, Server
from mailtui.setup.finding import NOTHING, Ways, find
from mailtui.setup.providers import by_domain
from tests.support.certificates import Authority
from tests.support.setting_up import deaf
from tests.unit.setup.test_setup_autoconfig import config
from tests.unit.setup.test_setup_autoconfig import server as entry

EMAIL = "anna@example.net"


def look(ways: Ways, email: str = EMAIL) -> Found:
    return asyncio.run(find(email, ways))


def told(records: dict[str, list[Server]]) -> Callable[[str, Kind], Awaitable[Sequence[Server]]]:
    async def ask(name: str, kind: Kind) -> Sequence[Server]:
        return records.get(name, []) if kind is (Kind.SRV if name.startswith("_") else Kind.MX) else []

    return ask


def there(*names: str) -> Callable[[Place], Awaitable[bool]]:
    async def listening(place: Place) -> bool:
        return f"{place.host}:{place.port}" in names

    return listening


def test_the_list_comes_first_and_asks_nobody() -> None:
    def never(url: str) -> bytes:
        raise AssertionError(url)

    found = look(replace(deaf(), fetch=never, listed=by_domain), "anna@gmail.com")
    assert (found.provider, found.source) == ("Gmail", "in mailtui's list")


@pytest.mark.parametrize("email", ["anna", "anna@", "anna@x.invalid", "anna@localhost", "a@[127.0.0.1]", "a@127.0.0.1"])
def test_nobody_is_asked_about_what_is_no_domain(email: str) -> None:
    def never(url: str) -> bytes:
        raise AssertionError(url)

    assert look(replace(deaf(), fetch=never), email) == NOTHING


def test_nothing() -> None:
    assert look(deaf()) == NOTHING


def test_the_domain_itself_is_asked_by_https_at_both_places() -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        if "well-known" in url:
            return config(entry(), entry("smtp", "smtp.example.net", "465"))
        raise LostError("no")

    found = look(replace(deaf(), fetch=fetch))
    assert found.incoming == (Place(Protocol.IMAP, "imap.example.net", 993, Security.TLS),)
    assert found.outgoing == Place(Protocol.SMTP, "smtp.example.net", 465, Security.TLS)
    assert sorted(asked) == [
        "https://autoconfig.example.net/mail/config-v1.1.xml?emailaddress=anna%40example.net",
        "https://example.net/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


def test_rubbish_from_the_domain_is_nothing() -> None:
    assert look(replace(deaf(), fetch=lambda url: b"<!DOCTYPE html><html>")) == NOTHING


def test_the_mail_exchanger_names_the_provider() -> None:
    ask = told({"example.net": [Server("mx.example.net", 0, 1), Server("aspmx.l.google.com", 0, 5)]})
    found = look(replace(deaf(), ask=ask))
    assert (found.provider, found.user) == ("Gmail", EMAIL)
    assert "aspmx.l.google.com" in found.source


def test_srv_records() -> None:
    ask = told(
        {
            "_imap._tcp.example.net": [Server("imap.example.net", 143, 0)],
            "_imaps._tcp.example.net": [Server("imap.example.net", 9993, 0), Server("other.example.net", 993, 5)],
            "_pop3s._tcp.example.net": [Server("", 0, 0)],
            "_submission._tcp.example.net": [Server("smtp.example.net", 587, 0)],
        }
    )
    found = look(replace(deaf(), ask=ask))
    assert found.incoming == (Place(Protocol.IMAP, "imap.example.net", 9993, Security.TLS),)
    assert found.outgoing == Place(Protocol.SMTP, "smtp.example.net", 587, Security.STARTTLS)
    assert not found.doubtful


def test_srv_records_of_another_domain_are_doubtful_and_may_prefer_pop3() -> None:
    ask = told(
        {
            "_imaps._tcp.example.net": [Server("imap.example.net", 993, 10)],
            "_pop3s._tcp.example.net": [Server("pop.elsewhere.example", 995, 0)],
        }
    )
    found = look(replace(deaf(), ask=ask))
    assert [place.protocol for place in found.incoming] == [Protocol.POP3, Protocol.IMAP]
    assert found.doubtful
    assert found.outgoing is None


def test_guesses() -> None:
    found = look(replace(deaf(), listens=there("mail.example.net:993", "mail.example.net:143", "smtp.example.net:587")))
    assert found.incoming == (Place(Protocol.IMAP, "mail.example.net", 993, Security.TLS),)
    assert found.outgoing == Place(Protocol.SMTP, "smtp.example.net", 587, Security.STARTTLS)
    pop = look(replace(deaf(), listens=there("pop.example.net:995")))
    assert pop.incoming == (Place(Protocol.POP3, "pop.example.net", 995, Security.TLS),)
    assert look(replace(deaf(), listens=there("smtp.example.net:465"))) == NOTHING


def test_who_hangs_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SECONDS", 0.05)

    async def hang(name: str, kind: Kind) -> Sequence[Server]:
        await asyncio.sleep(30)
        return ()

    found = look(replace(deaf(), ask=hang, listens=there("imap.example.net:993")))
    assert found.incoming[0].host == "imap.example.net"


# -- the web, on loopback


class Web:
    """HTTPS on loopback under any name that its certificate holds."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "ca")
        made = self.authority.issue(names="DNS:autoconfig.example.net,DNS:example.net")
        pages = self.pages = dict[str, tuple[int, dict[str, str], bytes]]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, fields, body = pages.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.cert, made.key)
        self.web.socket = context.wrap_socket(self.web.socket, server_side=True)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.trust = ssl.create_default_context(cafile=str(self.authority.ca_file))
        self.dialled: list[str] = []

    def dial(self, host: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(f"{host}:{port}")
        return socket.create_connection(("127.0.0.1", self.web.server_port), seconds)

    def get(self, url: str, largest: int = 1000) -> bytes:
        return get(url, largest, trust=self.trust, dial=self.dial, seconds=5)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    made = Web(tmp_path_factory.mktemp("web"))
    yield made
    made.web.shutdown()
    made.web.server_close()


def test_a_file_is_fetched_and_redirects_followed(web: Web) -> None:
    web.pages["/mail/config-v1.1.xml?x=1"] = (302, {"Location": "https://example.net/a"}, b"")
    web.pages["/a"] = (200, {}, b"here")
    web.dialled.clear()
    assert web.get("https://autoconfig.example.net/mail/config-v1.1.xml?x=1") == b"here"
    assert web.dialled == ["autoconfig.example.net:443", "example.net:443"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Location": "http://example.net/a"}, LinkError),
        ({"Location": "https://example.net/round"}, RefusedError),
        ({"Location": "https://example.net:x/"}, ValueError),
        ({"Location": "file:///etc/passwd"}, LinkError),
        ({}, RefusedError),
    ],
)
def test_bad_redirects(web: Web, fields: dict[str, str], error: type[Exception]) -> None:
    web.pages["/round"] = (302, fields, b"")
    if error is ValueError:
        error = LinkError
    with pytest.raises(error):
        web.get("https://example.net/round")


def test_too_long_missing_and_not_trusted(web: Web) -> None:
    web.pages["/long"] = (200, {}, b"x" * 1001)
    with pytest.raises(RefusedError, match="too long"):
        web.get("https://example.net/long")
    with pytest.raises(RefusedError, match="404"):
        web.get("https://example.net/none")
    with pytest.raises(TlsError):
        web.get("https://other.example.net/long")
    with pytest.raises(TlsError):
        get("https://example.net/long", 10, dial=web.dial, seconds=5)
    with pytest.raises(LinkError, match="no https"):
        web.get("http://example.net/")


def test_nobody_and_somebody_who_never_ends(web: Web) -> None:
    def refused(host: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(LostError):
        get("https://example.net/", 10, dial=refused)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TimeoutError_):
            get(
                "https://example.net/",
                10,
                dial=lambda h, p, s: socket.create_connection(("127.0.0.1", port)),
                seconds=0.2,
            )


# -- greetings, on loopback


@pytest.mark.parametrize(
    ("line", "protocol", "there_is"),
    [
        (b"* OK ready\r\n", Protocol.IMAP, True),
        (b"* BYE busy\r\n", Protocol.IMAP, False),
        (b"+OK <1@x>\r\n", Protocol.POP3, True),
        (b"220 mx ESMTP\r\n", Protocol.SMTP, True),
        (b"HTTP/1.1 400\r\n", Protocol.SMTP, False),
        (b"x" * 9000, Protocol.SMTP, False),
        (b"", Protocol.SMTP, False),
    ],
)
def test_greetings(line: bytes, protocol: Protocol, there_is: bool) -> None:
    async def run() -> bool:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(line)
            if line:
                await asyncio.sleep(0.2)
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await listens(Place(protocol, "127.0.0.1", port, Security.STARTTLS), 2.0)
        finally:
            server.close()

    assert asyncio.run(run()) is there_is


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = server.getsockname()[1]
        assert not asyncio.run(listens(Place(Protocol.IMAP, "127.0.0.1", silent, Security.NONE), 0.1))
    assert not asyncio.run(listens(Place(Protocol.IMAP, "127.0.0.1", silent, Security.TLS), 1.0))
    assert not asyncio.run(listens(Place(Protocol.IMAP, "a" * 300, 993, Security.NONE), 1.0))


def test_a_certificate_is_checked(web: Web) -> None:
    """HTTPS is no IMAP, but its certificate is looked at first: one from nobody is no server at all."""
    place = Place(Protocol.IMAP, "127.0.0.1", web.web.server_port, Security.TLS)
    assert not asyncio.run(listens(place, 1.0))
