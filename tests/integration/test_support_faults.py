"""The fault tools themselves, on stdlib clients and tiny programs."""

from __future__ import annotations

import contextlib
import imaplib
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.corpus import Corpus
from tests.support.proxy import FaultProxy, Way
from tests.support.servers import MailServer
from tests.support.strace import Fault, count_calls, run

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture
def proxy(dovecot: MailServer) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.imap_port) as one:
        yield one


def greet(port: int, seconds: float = 5.0) -> bytes:
    """Everything the server says in `seconds` or until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.settimeout(seconds)
        data = b""
        with contextlib.suppress(TimeoutError):
            while more := link.recv(4096):
                data += more
        return data


def test_proxy_passes_and_counts(dovecot: MailServer, proxy: FaultProxy) -> None:
    user = dovecot.new_user()
    dovecot.seed(user, Corpus(30))
    with dovecot.client(user, port=proxy.port) as client:
        total = sum(map(len, client.raw().values()))
    assert total < proxy.to_client < total + 8000
    assert 50 < proxy.to_server < 2000
    assert proxy.connections == 1


def test_cut_after_exactly_so_many_bytes_and_only_once(proxy: FaultProxy) -> None:
    proxy.cut(10)
    assert len(greet(proxy.port)) == 10
    assert proxy.fired
    assert len(greet(proxy.port, 0.3)) > 10


def test_cut_of_what_the_client_says(proxy: FaultProxy) -> None:
    proxy.cut(4, Way.TO_SERVER)
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imaplib.IMAP4("127.0.0.1", proxy.port, timeout=5)
    assert proxy.to_server == 4


def test_stall_and_resume(proxy: FaultProxy) -> None:
    proxy.stall(3)
    with socket.create_connection(("127.0.0.1", proxy.port)) as link:
        link.settimeout(0.4)
        assert link.recv(100) == b"* O"
        with pytest.raises(TimeoutError):
            link.recv(100)
        proxy.resume()
        assert link.recv(100).startswith(b"K ")


def test_slow(proxy: FaultProxy) -> None:
    proxy.slow(1, 0.02)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as link:
        start = time.monotonic()
        for _ in range(10):
            assert len(link.recv(100)) == 1
        assert time.monotonic() - start > 0.18


def test_refuse_accept_drop(proxy: FaultProxy) -> None:
    port = proxy.port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        assert link.recv(4096)
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            greet(port)
        proxy.drop()
        with pytest.raises(ConnectionResetError):
            link.recv(100)
    proxy.accept()
    assert proxy.port == port
    assert greet(port, 0.3).startswith(b"* OK")


def test_rewrite(proxy: FaultProxy) -> None:
    proxy.rewrite(lambda data: data.replace(b"* OK", b"* BYE"))
    assert greet(proxy.port, 0.3).startswith(b"* BYE")


WRITER = "import os\nfor n in range(20):\n    os.rename('a', 'b'); os.rename('b', 'a')\nprint('done')"


@needs_strace
def test_strace_kills_at_the_nth_call(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    program = [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{WRITER}"]
    whole, counts = count_calls(program)
    assert whole.code == 0
    assert counts["rename"] == 40
    assert run(program, Fault("rename", 40)).killed
    assert (tmp_path / "b").exists()
    (tmp_path / "b").rename(tmp_path / "a")
    assert run(program, Fault("rename", 41)).out == "done\n"


@needs_strace
def test_strace_fails_a_call(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    program = [sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{WRITER}"]
    failed = run(program, Fault("rename", 3, "ENOSPC"))
    assert failed.code == 1
    assert "No space left" in failed.err


def test_corpus_is_the_same_every_time_and_knows_its_truth() -> None:
    one, two = Corpus(300), Corpus(300)
    first, second = list(one), list(two)
    assert first == second
    assert one.planted == two.planted
    assert list(Corpus(300, seed=2)) != first
    for word in ("quarterly", "請求書"):
        assert 0 < one.planted[word] < 40
    sizes = sorted(len(seed.raw) for seed in first)
    assert 4_000 < sizes[150] < 12_000
    assert 60 < one.threads < 200
