"""Remote pictures against an HTTPS server on this computer: what is said to it, what is refused, what is kept."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mailtui.files.fetched_pictures import FetchedPictures
from mailtui.model.changes import PicturesFetched
from mailtui.model.errors import LinkError, RefusedError, TlsError
from mailtui.model.ids import PlacementId
from mailtui.model.intents import FetchPictures
from mailtui.protocols import remote_picture
from mailtui.protocols.public import public_address
from mailtui.protocols.remote_picture import fetch
from tests.support.certificates import Authority
from tests.support.popping import pop_account
from tests.support.running_engine import running


class Server:
    """`/pic` is a picture, `/big` too long, `/to?URL` sends elsewhere; all else is missing."""

    def __init__(self, authority: Authority) -> None:
        asked = self.asked = list[tuple[str, dict[str, str]]]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, dict(self.headers)))
                path, _, rest = self.path.partition("?")
                self.send_response({"/pic": 200, "/big": 200, "/to": 302}.get(path, 404))
                self.send_header("Location", rest)
                self.send_header("Set-Cookie", "who=you")
                self.end_headers()
                self.wfile.write(b"x" * (remote_picture.LARGEST + 1) if path == "/big" else b"picture")

            def log_message(self, *args: object) -> None:
                """Nothing."""

        made = authority.issue()
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(made.cert, made.key)
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.web.socket = trust.wrap_socket(self.web.socket, server_side=True)
        self.thread = threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def url(self, path: str) -> str:
        return f"https://localhost:{self.web.server_port}{path}"

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


def test_what_is_said(server: Server, trust: ssl.SSLContext) -> None:
    assert fetch(server.url("/to?/pic"), trust=trust, private=True) == b"picture"
    assert [path for path, _ in server.asked] == ["/to?/pic", "/pic"]
    for _, fields in server.asked:
        said = {name.lower() for name in fields}
        assert said == {"host", "accept-encoding", "user-agent", "accept"}
        assert "mailtui" not in str(fields).lower()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "192.168.1.1"])
def test_a_mail_asks_for_nothing_in_here(host: str) -> None:
    with pytest.raises(LinkError, match=r"public internet|can't be asked"):
        fetch(f"https://{host}/x.png")


def test_not_even_when_it_is_sent_there(server: Server, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def address(host: str, port: int, *, private: bool) -> str:
        return public_address(host, port, private=host == "localhost")

    monkeypatch.setattr(remote_picture, "public_address", address)
    with pytest.raises(LinkError, match="public internet"):
        fetch(server.url(f"/to?https://127.0.0.1:{server.web.server_port}/pic"), trust=trust)
    assert [path.partition("?")[0] for path, _ in server.asked] == ["/to"]


def test_what_is_refused(server: Server, trust: ssl.SSLContext) -> None:
    with pytest.raises(RefusedError, match="too long"):
        fetch(server.url("/big"), trust=trust, private=True)
    with pytest.raises(RefusedError, match="404"):
        fetch(server.url("/none"), trust=trust, private=True)
    with pytest.raises(LinkError, match="no https"):
        fetch(server.url("/to?http://x.example/"), trust=trust, private=True)
    with pytest.raises(TlsError):
        fetch(server.url("/pic"), private=True)


async def test_the_engine_fetches_beside_its_loop_and_keeps_them(
    server: Server, trust: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_picture, "fetch", partial(fetch, trust=trust, private=True))
    urls = (server.url("/pic"), server.url("/none"), server.url("/pic"), "https://x.example:99999/")
    async with running(tmp_path / "store", pop_account(9), watch=False) as me:
        me.engine.send(FetchPictures(PlacementId(7), urls))
        await me.until(lambda: any(isinstance(one, PicturesFetched) for one in me.changes))
        (told,) = [one for one in me.changes if isinstance(one, PicturesFetched)]
    assert (told.placement, told.fetched, told.failed) == (7, 1, 2)
    assert "404" in told.text
    kept = FetchedPictures(str(tmp_path / "store"))
    assert [kept.find(url) for url in urls] == [b"picture", None, b"picture", None]
