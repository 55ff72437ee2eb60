"""One click against an HTTPS server on this computer: what is sent, and what is never done."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mailtui.files.left_lists import LeftLists
from mailtui.model.changes import ListLeft
from mailtui.model.errors import LinkError, LostError, RefusedError, TlsError
from mailtui.model.intents import LeaveList
from mailtui.protocols.oneclick import leave
from tests.support.certificates import Authority
from tests.support.popping import pop_account
from tests.support.running_engine import ACCOUNT, running

Asked = list[tuple[str, dict[str, str], bytes]]


class Server:
    def __init__(self, authority: Authority) -> None:
        asked: Asked = []
        self.asked = asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, dict(self.headers), body))
                self.send_response(int(self.path.rpartition("=")[2]))
                self.send_header("Location", "https://elsewhere.example/")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing."""

        made = authority.issue()
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(made.cert, made.key)
        self.web = HTTPServer(("127.0.0.1", 0), Handler)
        self.web.socket = trust.wrap_socket(self.web.socket, server_side=True)
        self.thread = threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def url(self, status: int, host: str = "localhost") -> str:
        return f"https://{host}:{self.web.server_port}/leave?who=1&say={status}"

    def end(self) -> None:
        self.web.shutdown()
        self.thread.join()
        self.web.server_close()


@pytest.fixture
def trust(tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(Authority(tmp_path / "ca").ca_file))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(Authority(tmp_path / "ca"))
    yield made
    made.end()


def test_what_is_sent(server: Server, trust: ssl.SSLContext) -> None:
    leave(server.url(202), trust=trust, private=True)
    ((path, fields, body),) = server.asked
    assert path == "/leave?who=1&say=202"
    assert body == b"List-Unsubscribe=One-Click"
    assert fields["Content-Type"] == "application/x-www-form-urlencoded"
    assert {"Cookie", "Referer", "Authorization"} & set(fields) == set()


@pytest.mark.parametrize(("status", "lasting"), [(302, True), (404, True), (503, False)])
def test_other_answers_are_no_success(server: Server, trust: ssl.SSLContext, status: int, lasting: bool) -> None:
    with pytest.raises(RefusedError, match=str(status)) as found:
        leave(server.url(status), trust=trust, private=True)
    assert found.value.lasting is lasting
    assert len(server.asked) == 1  # a redirect is not followed


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[fe80::1%25lo]"])
def test_a_mail_asks_for_nothing_in_here(host: str) -> None:
    with pytest.raises(LinkError, match=r"public internet|can't be asked"):
        leave(f"https://{host}/x")


def test_only_https() -> None:
    with pytest.raises(LinkError, match="no https"):
        leave("http://shop.example/u")


def test_who_is_not_trusted_is_told_nothing(server: Server) -> None:
    with pytest.raises(TlsError):
        leave(server.url(200), private=True)
    assert server.asked == []


def test_nobody_there(trust: ssl.SSLContext) -> None:
    with pytest.raises(LostError, match="can't be asked"):
        leave("https://127.0.0.1:9/x", trust=trust, private=True)


async def test_the_engine_asks_beside_its_loop_and_tells_the_answer(
    server: Server, trust: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtui.protocols.oneclick.leave", partial(leave, trust=trust, private=True))
    async with running(tmp_path / "store", pop_account(9), watch=False) as me:
        for status in (200, 404):
            me.engine.send(LeaveList(ACCOUNT, f"list{status}.example", server.url(status)))
        await me.until(lambda: len([one for one in me.changes if isinstance(one, ListLeft)]) == 2)
        told = {one.name: one for one in me.changes if isinstance(one, ListLeft)}
    assert (told["list200.example"].status, told["list200.example"].host) == (200, "localhost")
    assert told["list404.example"].status == 0
    assert "said 404" in told["list404.example"].text
    kept = LeftLists(str(tmp_path / "store"))
    assert kept.find(ACCOUNT, "list200.example") is not None
    assert kept.find(ACCOUNT, "list404.example") is None
    assert len(server.asked) == 2
